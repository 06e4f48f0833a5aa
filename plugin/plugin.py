"""The plugin: one Processing provider that comes and goes with it."""

from __future__ import annotations

from qgis.core import QgsApplication
from qgis.PyQt.QtGui import QIcon
from qgis.PyQt.QtWidgets import QAction

from ..algorithms.base import icon_path, tr
from .provider import CropAttentionProvider
from .torch_folder import activate, torch_folder

MENU = "Crop Attention"


class CropAttentionPlugin:
    """Adds the provider when QGIS enables the plugin and removes it when QGIS disables it."""

    def __init__(self, iface) -> None:
        """Keep the interface of the QGIS window, None in qgis_process."""
        self.iface = iface
        self.provider: CropAttentionProvider | None = None
        self._action: QAction | None = None

    def initProcessing(self) -> None:
        """Register the provider; qgis_process calls this and nothing else."""
        activate(torch_folder())
        if self.provider is None:
            provider = CropAttentionProvider()
            if QgsApplication.processingRegistry().addProvider(provider):
                self.provider = provider
                # Models find their steps in the registry, which knows the provider only now.
                self.provider.refreshAlgorithms()

    def initGui(self) -> None:
        """Register the provider in a QGIS window, and put the set-up of torch into the menu of plugins."""
        self.initProcessing()
        if self.iface is not None and self._action is None:
            self._action = QAction(QIcon(icon_path("crop_attention.svg")), tr("Set up torch"), self.iface.mainWindow())
            self._action.triggered.connect(self._set_up)
            self.iface.addPluginToMenu(MENU, self._action)

    def _set_up(self) -> None:
        from .torch_window import TorchWindow

        TorchWindow(self.iface.mainWindow()).exec()

    def unload(self) -> None:
        """Remove the provider, which the registry deletes, and the entry of the menu."""
        if self._action is not None:
            self.iface.removePluginMenu(MENU, self._action)
            self._action.deleteLater()
            self._action = None
        if self.provider is not None:
            QgsApplication.processingRegistry().removeProvider(self.provider)
            self.provider = None
