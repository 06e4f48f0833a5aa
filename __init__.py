"""The door QGIS opens."""

WINDOW = "desktop"
"""What QGIS calls itself where it has a window."""


def classFactory(iface):
    """Return the plugin; called by QGIS once, when it is enabled."""
    from qgis.core import QgsApplication

    from .models import naming
    from .models.language import use

    use(QgsApplication.locale())
    naming.speak_to(naming.DIALOG if QgsApplication.platform() == WINDOW else naming.KEYS)
    from .plugin.plugin import CropAttentionPlugin

    return CropAttentionPlugin(iface)
