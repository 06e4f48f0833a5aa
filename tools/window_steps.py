"""What `window_run` has a QGIS window do, by `qgis --code`: install, open, click, wait for layers, take pictures.

What is asked and what was found are JSON files, whose places stand in the environment.
"""

from __future__ import annotations

import json
import os
import sys
import time
import traceback
from importlib.util import find_spec
from pathlib import Path

import qgis.utils
from qgis.core import Qgis, QgsApplication, QgsLayerTreeGroup, QgsProject
from qgis.PyQt.QtCore import QTimer
from qgis.PyQt.QtWidgets import QApplication, QTextEdit

TICK = 20
"""Milliseconds between two looks at the layers."""

AWAY = 60_000
"""Milliseconds for all that is not the run."""


class Steps:
    """One visit of the window; `found` is what is told at its end."""

    def __init__(self, asked: dict) -> None:
        """Take what `window_run` asked for."""
        self.asked, self.found = asked, {"qgis": Qgis.QGIS_VERSION, "finished": None}
        self.timer, self.clicked = QTimer(), 0.0
        self.timer.timeout.connect(lambda: self.guarded(self.look))

    def guarded(self, step) -> None:
        """Take a step; an error ends the visit."""
        try:
            step()
        except Exception:
            self.end(traceback.format_exc())

    def begin(self) -> None:
        """Install the archive as *Install from ZIP* does, open the dialog and click Run."""
        import pyplugin_installer

        QTimer.singleShot(AWAY + 1000 * self.asked["seconds"], lambda: self.end("the window took too long"))
        began = time.perf_counter()
        pyplugin_installer.instance().installFromZipFile(self.asked["archive"])
        self.found["install"] = time.perf_counter() - began
        self.found["hidden"] = [name for name in self.asked["hidden"] if find_spec(name) is None]
        plugin, profile = sys.modules.get("crop_attention"), QgsApplication.qgisSettingsDirPath()
        if plugin is None or not Path(plugin.__file__).is_relative_to(profile):
            raise RuntimeError(f"the archive was not installed into {profile}")
        import processing

        self.dialog = processing.createAlgorithmDialog("cropattention:classifycrops", self.asked["values"])
        self.dialog.show()
        QApplication.processEvents()
        self.picture(self.dialog, "dialog.png")
        self.dialog.algorithmFinished.connect(self.finished)
        self.clicked = time.perf_counter()
        self.dialog.runButton().click()
        self.timer.start(TICK)

    def finished(self, fine: bool, results: dict) -> None:
        """Keep what the run returned, and when."""
        self.found.update(finished=fine, run=time.perf_counter() - self.clicked)
        self.found["results"] = {key: value for key, value in results.items() if isinstance(value, (str, float, int))}

    def look(self) -> None:
        """Look whether all layers are in a group of their own."""
        passed = time.perf_counter() - self.clicked
        if self.found["finished"] is False or passed > self.asked["seconds"]:
            raise RuntimeError(f"no layers after {passed:.0f} s; the dialog says: {self.said()}")
        groups = [
            node for node in QgsProject.instance().layerTreeRoot().children() if isinstance(node, QgsLayerTreeGroup)
        ]
        layers = [node.layer() for group in groups for node in group.findLayers()]
        if self.found["finished"] and len(layers) >= self.asked["layers"]:
            self.timer.stop()
            self.found.update(click=passed, groups=[group.name() for group in groups])
            self.found["layers"] = [
                {"name": layer.name(), "valid": layer.isValid(), "style": layer.renderer().type()} for layer in layers
            ]
            self.dialog.close()
            QTimer.singleShot(0, lambda: self.guarded(self.show))

    def show(self) -> None:
        """Draw the map, take the picture of the window, and end."""
        window, canvas = qgis.utils.iface.mainWindow(), qgis.utils.iface.mapCanvas()
        window.resize(1280, 960)
        canvas.zoomToFullExtent()
        canvas.waitWhileRendering()
        QApplication.processEvents()
        self.picture(window, "window.png")
        self.end()

    def picture(self, widget, name: str) -> None:
        """Write what a widget shows."""
        if self.asked["pictures"]:
            widget.grab().save(str(Path(self.asked["pictures"], name)))

    def said(self) -> str:
        """Return what stands in the dialog's log."""
        return "\n".join(text.toPlainText() for text in self.dialog.findChildren(QTextEdit))[-2000:]

    def end(self, error: str = "") -> None:
        """Tell what was found and leave; QGIS's own tidying is not waited for."""
        Path(os.environ["CROP_ATTENTION_FOUND"]).write_text(
            json.dumps({**self.found, "error": error}), encoding="utf-8"
        )
        os._exit(0)


steps = Steps(json.loads(Path(os.environ["CROP_ATTENTION_ASKED"]).read_text(encoding="utf-8")))
QTimer.singleShot(1500, lambda: steps.guarded(steps.begin))
