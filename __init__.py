"""The door QGIS opens."""


def classFactory(iface):
    """Return the plugin; called by QGIS once, when it is enabled."""
    from .plugin.plugin import CropAttentionPlugin

    return CropAttentionPlugin(iface)
