"""The door QGIS opens."""


def classFactory(iface):
    """Return the plugin; called by QGIS once, when it is enabled."""
    from qgis.core import QgsApplication

    from .models.language import use

    use(QgsApplication.locale())
    from .plugin.plugin import CropAttentionPlugin

    return CropAttentionPlugin(iface)
