"""The plugin: one Processing provider that comes and goes with it, and where to begin in the menu of plugins."""

from __future__ import annotations

from functools import partial

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QUrl
from qgis.PyQt.QtGui import QDesktopServices, QIcon
from qgis.PyQt.QtWidgets import QAction

from ..algorithms.base import icon_path, tr
from ..algorithms.help_pages import help_url
from ..models.language import CHINESE, language
from .provider import CropAttentionProvider
from .torch_folder import activate, torch_folder

MENU = "Crop Attention"


class CropAttentionPlugin:
    """Adds the provider when QGIS enables the plugin and removes it when QGIS disables it."""

    def __init__(self, iface) -> None:
        """Keep the interface of the QGIS window, None in qgis_process."""
        self.iface = iface
        self.provider: CropAttentionProvider | None = None
        self._actions: list[QAction] = []

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
        """Register the provider in a QGIS window, and fill the menu of plugins."""
        self.initProcessing()
        if self.iface is None or self._actions:
            return
        for title, icon, act in (
            (tr("Check series"), "check_series.svg", partial(self._open, "checkseries")),
            (tr("Classify crops"), "classify_crops.svg", partial(self._open, "classifycrops")),
            (tr("Help"), "", self._help),
            (tr("Set up torch"), "", self._set_up),
        ):
            action = QAction(QIcon(icon_path(icon)) if icon else QIcon(), title, self.iface.mainWindow())
            action.triggered.connect(lambda _=False, act=act: act())
            self.iface.addPluginToMenu(MENU, action)
            self._actions.append(action)

    def _open(self, algorithm: str) -> None:
        import processing

        processing.createAlgorithmDialog(f"cropattention:{algorithm}", {}).show()

    def _help(self) -> None:
        page = "README.zh_CN" if language() == CHINESE else "README"
        QDesktopServices.openUrl(QUrl(help_url(page)))

    def _set_up(self) -> None:
        from .torch_window import TorchWindow

        TorchWindow(self.iface.mainWindow()).exec()

    def unload(self) -> None:
        """Remove the provider, which the registry deletes, and the entries of the menu."""
        for action in self._actions:
            self.iface.removePluginMenu(MENU, action)
            action.deleteLater()
        self._actions = []
        if self.provider is not None:
            QgsApplication.processingRegistry().removeProvider(self.provider)
            self.provider = None
