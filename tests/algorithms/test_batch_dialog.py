"""QGIS's own batch dialog: rows that fail say why, the others finish, and the summary tells both."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys

import pytest
from osgeo import gdal
from qgis.core import QgsVectorLayer

from counties import SHAPES
from rasters import truncate

SCRIPT = '''
import json, os, sys, time
from qgis.core import QgsApplication, QgsProject
from qgis.PyQt.QtCore import QTimer
from qgis.PyQt.QtWidgets import QTextEdit

application = QgsApplication([], True)
application.initQgis()
sys.path.append(os.path.join(QgsApplication.pkgDataPath(), "python", "plugins"))
from processing.core.Processing import Processing
Processing.initialize()
import crop_attention
plugin = crop_attention.classFactory(None)
plugin.initProcessing()
from processing.core.ProcessingResults import resultsList
from processing.gui.BatchAlgorithmDialog import BatchAlgorithmDialog
from processing.tools import dataobjects

summaries = []
resultsList.addResult = lambda **entry: summaries.append(entry["result"])


def fill(dialog, rows):
    """Type the values of each row into the table."""
    panel, context = dialog.mainWidget(), dataobjects.createContext()
    panel.checkLoadLayersOnCompletion.setChecked(True)
    while panel.batchRowCount() < len(rows):
        panel.addRow()
    for row, values in enumerate(rows):
        for key, value in values.items():
            column = panel.parameter_to_column[key]
            if dialog.algorithm().parameterDefinition(key).isDestination():
                panel.tblParameters.cellWidget(row + 1, column).setValue(value)
            else:
                panel.wrappers[row][column].setParameterValue(value, context)


def batch(asked):
    """Run one batch, press Cancel when the asked row shows the asked text; return the log and the summary."""
    dialog = BatchAlgorithmDialog(QgsApplication.processingRegistry().createAlgorithmById(asked["algorithm"]))
    fill(dialog, asked["rows"])
    said = []
    dialog.messageBar().widgetAdded.connect(lambda _: said.append(dialog.messageBar().currentItem().text()))
    [log] = [entry for entry in dialog.findChildren(QTextEdit) if entry.objectName() == "txtLog"]

    def look():
        last = log.toPlainText().rsplit("Processing algorithm", 1)[-1].strip()
        if asked["cancel"] and last.startswith(asked["cancel"][0]) and asked["cancel"][1] in last:
            dialog.cancelButton().click()

    timer = QTimer()
    timer.timeout.connect(look)
    timer.start(10)
    dialog.show()
    before, deadline = len(summaries), time.monotonic() + 120
    dialog.runAlgorithm()
    while dialog.cancelButton().isEnabled() and time.monotonic() < deadline:
        application.processEvents()
        time.sleep(0.01)
    timer.stop()
    told = {"log": log.toPlainText(), "said": said, "summary": ""}
    if len(summaries) > before:
        with open(summaries[-1], encoding="utf-8") as file:
            told["summary"] = file.read()
    return told


with open(sys.argv[1], encoding="utf-8") as file:
    asked = json.load(file)
found = {name: batch(entry) for name, entry in asked.items()}
found["layers"] = sorted(layer.name() for layer in QgsProject.instance().mapLayers().values())
with open(sys.argv[2], "w", encoding="utf-8") as file:
    json.dump(found, file)
os._exit(0)
'''


@pytest.fixture(scope="module")
def found(tmp_path_factory, county, checkpoint) -> dict:
    """What the dialog said of one batch of 'Classify crops' and one of a ready-made model."""
    folder = tmp_path_factory.mktemp("batch")
    broken = shutil.copytree(county.s2, folder / "broken")
    truncate(sorted(broken.glob("*.tif"))[2], 0.3)
    # What is left empty in a row is left empty here, too.
    plain = {"S2_FOLDER": county.s2, "S1_FOLDER": "", "CHECKPOINT": checkpoint}
    rows = {
        "nowhere": {**plain, "S2_FOLDER": str(folder / "nowhere")},
        "no parcels": {**plain, "PARCELS": str(folder / "none.gpkg"), "PARCEL_LABELS": str(folder / "none_l.gpkg")},
        "broken": {**plain, "S2_FOLDER": str(broken)},
        "good": {**plain, "PARCELS": county.parcels, "PARCEL_LABELS": str(folder / "good.gpkg")},
    }
    stopped = {"first": plain, "cancelled": plain, "never begun": plain}
    judged = {
        **plain, "PARCELS": county.parcels, "REFERENCE": county.parcels, "CROP_FIELD": "crop_name",
        "CLASS_TABLE": "declared plain = Maize", "UNMATCHED": "ignore",
    }  # fmt: skip
    absent = str(folder / "none.gpkg")
    counties = {"whole": judged, "no labels": {**judged, "PARCELS": absent}, "none": {**judged, "REFERENCE": absent}}
    asked = {
        "failing": {
            "algorithm": "cropattention:classifycrops",
            "rows": [{**row, "CROP_MAP": str(folder / f"{name}.tif")} for name, row in rows.items()],
            "cancel": None,
        },
        "stopped": {
            "algorithm": "cropattention:classifycrops",
            "rows": [{**row, "CROP_MAP": str(folder / f"{name}.tif")} for name, row in stopped.items()],
            "cancel": ("2/3", "Classifying"),
        },
        "model": {
            "algorithm": "cropattention:mapandassess",
            "rows": [
                {
                    **row, "classify:CROP_MAP": str(folder / f"{name}.tif"),
                    "labels:PARCEL_LABELS": str(folder / f"{name}.gpkg"),
                }
                for name, row in counties.items()
            ],
            "cancel": None,
        },
    }  # fmt: skip
    wish, told = folder / "asked.json", folder / "found.json"
    wish.write_text(json.dumps(asked), encoding="utf-8")
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-W", "ignore", "-c", SCRIPT, str(wish), str(told)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=180, check=False)
    assert told.exists(), done.stdout[-2000:] + done.stderr[-4000:]
    return {**json.loads(told.read_text(encoding="utf-8")), "folder": folder}


def errors(summary: str) -> list[str]:
    """Return the reasons that a summary gives, row by row."""
    return re.findall(r'<p style="color: red">(.*?)</p>', summary, re.DOTALL)


def test_rows_that_fail_say_why_and_the_others_finish(found):
    told, folder = found["failing"], found["folder"]
    expected = ("nowhere' does not exist", "none.gpkg' cannot be opened", "(cut short)")
    reasons = errors(told["summary"])
    assert [part in reason for part, reason in zip(expected, reasons)] == [True] * 3 == [True] * len(reasons)
    assert "20180511" in reasons[2]
    assert "3 executions failed" in told["log"]
    assert told["summary"].count("<h3>Results</h3>") == 1
    assert gdal.Open(str(folder / "good.tif")).ReadAsArray().shape == (100, 200)
    assert QgsVectorLayer(str(folder / "good.gpkg")).featureCount() == len(SHAPES)


def test_a_cancelled_batch_keeps_what_was_done_and_nothing_half(found):
    log, folder = found["stopped"]["log"], found["folder"]
    assert "The run was cancelled; nothing was written." in log
    assert "algorithm 2/3" in log and "algorithm 3/3" not in log
    kept = {path.name for path in folder.iterdir() if path.suffix in (".tif", ".gpkg") or "partial" in path.name}
    assert kept == {"good.tif", "good.gpkg", "first.tif", "whole.tif", "whole.gpkg"}


def test_outputs_that_are_left_empty_are_not_missed(found):
    assert not any("not correctly generated" in found[name]["log"] for name in ("failing", "stopped", "model"))
    assert found["layers"].count("Crop map") == 3
    assert found["layers"].count("Parcel labels") == 2


def test_a_model_tells_its_scores_and_refuses_a_wrong_layer_before_it_maps(found):
    summary = found["model"]["summary"]
    [reason] = errors(summary)
    assert reason.startswith("Parcels: the layer '") and "none.gpkg' cannot be opened" in reason
    results = dict(re.findall(r"<tr><th>(.*?)</th><td>(.*?)</td></tr>", summary.split("<h3>Results</h3>")[1]))
    assert results["Number of units compared"] == "1"
    assert float(results["Overall accuracy (0 to 1)"]) in (0.0, 1.0)
    labels = list(QgsVectorLayer(str(found["folder"] / "whole.gpkg")).getFeatures())
    labelled = [feature for feature in labels if feature["crop_code"] > 0]
    assert results["Parcels with a label"] == str(len(labelled))
    # The confidence was left out of the row; the labels have it all the same.
    assert all(0 < feature["confidence"] <= 100 for feature in labelled)


def test_a_row_that_the_dialog_cannot_fill_is_named_before_the_batch_begins(found):
    """Without its layer the widget holds no field; QGIS leaves such a row out."""
    assert "Wrong or missing parameter value: Crop field (row 4)" in found["model"]["said"]
    assert "algorithm 1/2" in found["model"]["log"]
