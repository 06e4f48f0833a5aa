"""The plugin: one Processing provider that comes and goes with it."""

from __future__ import annotations

from qgis.core import QgsApplication

from .provider import CropAttentionProvider


class CropAttentionPlugin:
    """Adds the provider when QGIS enables the plugin and removes it when QGIS disables it."""

    def __init__(self, iface) -> None:
        """Keep the interface of the QGIS window, None in qgis_process."""
        self.iface = iface
        self.provider: CropAttentionProvider | None = None

    def initProcessing(self) -> None:
        """Register the provider; qgis_process calls this and nothing else."""
        if self.provider is None:
            provider = CropAttentionProvider()
            if QgsApplication.processingRegistry().addProvider(provider):
                self.provider = provider
                # Models find their steps in the registry, which knows the provider only now.
                self.provider.refreshAlgorithms()

    def initGui(self) -> None:
        """Register the provider in a QGIS window."""
        self.initProcessing()

    def unload(self) -> None:
        """Remove the provider; the registry deletes it."""
        if self.provider is not None:
            QgsApplication.processingRegistry().removeProvider(self.provider)
            self.provider = None
