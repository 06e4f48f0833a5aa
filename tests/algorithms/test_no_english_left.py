"""In another language no English is left in dialogs, in the Toolbox, in the set-up window and in legends."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pseudo_language import english

pytest.importorskip("babel")

PROGRAM = r"""
import sys
from pathlib import Path
from pseudo_language import begin
begin(Path(sys.argv[1]))
import re
from qgis.core import QgsApplication
app = QgsApplication([], True)
app.initQgis()
from processing.core.Processing import Processing
from processing.gui import ParametersPanel as panels
from processing.gui.AlgorithmDialog import AlgorithmDialog
from qgis.PyQt.QtWidgets import QAbstractButton, QComboBox, QLabel, QTableWidget
Processing.initialize()
panels.iface = None
import crop_attention
from crop_attention.engine.legend import own_colour
from crop_attention.engine.qml import class_map
from crop_attention.models import language
from crop_attention.models.card import CropClass
from crop_attention.models.legend import TEMPERATE_EUROPE
plugin = crop_attention.classFactory(None)
language.use(language.CHINESE)
plugin.initProcessing()
provider = QgsApplication.processingRegistry().providerById("cropattention")

def texts_of(widget):
    for kind in (QLabel, QAbstractButton):
        for each in widget.findChildren(kind):
            yield from (each.text(), each.toolTip())
    for box in widget.findChildren(QComboBox):
        # Behind its title stands a choice's value, which the terminal takes.
        yield from (box.itemText(number).replace(f"({box.itemData(number)})", "") for number in range(box.count()))
    for grid in widget.findChildren(QTableWidget):
        heads = (grid.horizontalHeaderItem(number) for number in range(grid.columnCount()))
        yield from (head.text() for head in heads if head)

def say(where, text):
    for line in re.sub(r"<[^<>]*>", "\n", text).splitlines():
        if line.strip():
            print(f"{where}\t{line.strip()}")

for found in provider.algorithms():
    algorithm, name = found.create(), found.name()
    for text in (algorithm.displayName(), algorithm.group(), algorithm.shortDescription(), algorithm.shortHelpString()):
        say(name, text)
    for each in (*algorithm.parameterDefinitions(), *algorithm.outputDefinitions()):
        say(name, each.description())
    for each in algorithm.parameterDefinitions():
        say(name, each.help())
        if hasattr(each, "options") and not each.usesStaticStrings():
            say(name, "\n".join(each.options()))
    dialog = AlgorithmDialog(found.create())
    for wrapper in dialog.mainWidget().wrappers.values():
        if type(wrapper).__module__.startswith("crop_attention"):
            for text in texts_of(wrapper.wrappedWidget()):
                say(name, text)
from crop_attention.plugin.torch_window import TorchWindow
window = TorchWindow()
say("window", window.windowTitle())
for text in texts_of(window):
    say("window", text)
changed = CropClass(200, "Maize to Grassland", own_colour(200))
for text in re.findall(r'label="([^"]*)"', class_map([*TEMPERATE_EUROPE, changed])):
    say("legend", text)
sys.stdout.flush()
import os
os._exit(0)
"""


def test_dialogs_and_legends_leave_no_english(tmp_path, provider):
    paths = [str(Path(__file__).resolve().parents[1]), *sys.path]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths)), "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path / "locale")], env=environment, capture_output=True,
        encoding="utf-8",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    lines = [line for line in done.stdout.splitlines() if "\t" in line]
    where = {line.split("\t")[0] for line in lines}
    assert where == {*(found.name() for found in provider.algorithms()), "window", "legend"}
    # Words of QGIS itself, and a device.
    assert english((line.split("\t", 1)[1] for line in lines), ["Browse Input parameters Outputs cpu"]) == []
