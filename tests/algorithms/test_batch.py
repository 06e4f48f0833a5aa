"""Rows of a batch and JSON values: folders, files, numbers and words alone run an algorithm, away from any dialog."""

from __future__ import annotations

import json
import math
import os
import shutil

import pytest
from qgis.core import (
    QgsApplication,
    QgsProcessingContext,
    QgsProcessingOutputFile,
    QgsProcessingOutputFolder,
    QgsProcessingOutputHtml,
    QgsProcessingOutputLayerDefinition,
    QgsProcessingOutputNumber,
    QgsProcessingOutputRasterLayer,
    QgsProcessingOutputVectorLayer,
    QgsProject,
)
from qgis.PyQt.QtCore import QVariant

from counties import Listener, in_a_thread
from crop_attention.engine.products import PRODUCTS, heatmaps
from rasters import truncate

ON_DISK = (
    QgsProcessingOutputFile,
    QgsProcessingOutputFolder,
    QgsProcessingOutputHtml,
    QgsProcessingOutputRasterLayer,
    QgsProcessingOutputVectorLayer,
)


@pytest.fixture
def context():
    """A context on the project."""
    made = QgsProcessingContext()
    made.setProject(QgsProject.instance())
    return made


@pytest.fixture(scope="module")
def mapped(county, checkpoint, tmp_path_factory) -> str:
    """A folder for the outputs of one algorithm, which the next takes."""
    return str(tmp_path_factory.mktemp("outputs é"))


def rows(county, checkpoint, folder) -> dict[str, dict]:
    """Return algorithm -> values, of the kinds that JSON and the cells of a batch hold; each leans on those before."""
    series = {"S2_FOLDER": county.s2, "S1_FOLDER": county.s1}
    known = {**series, "CHECKPOINT": checkpoint, "MASKED_CLASSES": [3, 8, 9, 10], "SEASON_START": "2018-03-01"}
    return {
        "checkseries": {**known, "REPORT": f"{folder}/series.html"},
        "classifycrops": {
            **known, "PARCELS": county.parcels, "PARCELS_ONLY": False, "EXTENT": None, "RESOLUTION": 10,
            "DEVICE": "cpu", "THREADS": 1, **{product.key: f"{folder}/{product.file}" for product in PRODUCTS},
        },
        "parcellabels": {
            "CROP_MAP": f"{folder}/crop_map.tif", "CONFIDENCE": f"{folder}/confidence.tif", "PARCELS": county.parcels,
            "LEAVE_BORDER": True, "MIN_PIXELS": 5, "PARCEL_LABELS": f"{folder}/again.gpkg",
        },
        "assessaccuracy": {
            "CROP_MAP": f"{folder}/crop_map.tif", "REFERENCE": f"{folder}/again.gpkg|layername=again",
            "CROP_FIELD": "map_crop_name", "UNIT": "parcel", "REPORT": f"{folder}/accuracy.html",
            "TABLE": f"{folder}/accuracy.csv",
        },
        "attentionheatmaps": {
            **known, "PARCELS": county.parcels, "DEVICE": "cpu", "THREADS": 1, "REPORT": f"{folder}/attention.html",
            **{product.key: f"{folder}/again_{product.file}" for product in heatmaps()},
        },
        "simulatecounty": {
            "SEED": 3, "SIZE": 32, "CLOUDINESS": 0.2, "PARCEL_SIZE": 1.0, "SEASON_YEAR": 2022, "S2_DATES": 2,
            "S1_DATES": 2, "SCENARIO": "temperate_europe", "OUTPUT_FOLDER": f"{folder}/county",
        },
    }  # fmt: skip


NAMES = ("checkseries", "classifycrops", "parcellabels", "assessaccuracy", "attentionheatmaps", "simulatecounty")


@pytest.mark.parametrize("name", NAMES)
def test_values_from_json_run_it_and_every_output_is_declared_and_given(run, county, checkpoint, mapped, name):
    values = json.loads(json.dumps(rows(county, checkpoint, mapped)[name]))
    results, _, _ = run(name, values)
    algorithm = QgsApplication.processingRegistry().algorithmById(f"cropattention:{name}")
    declared = {entry.name(): entry for entry in algorithm.outputDefinitions()}
    # A map that agrees with itself in one class alone has no kappa.
    assert set(declared) - {"KAPPA"} <= set(results) <= set(declared)
    assert json.loads(json.dumps(results)) == results
    for key, value in results.items():
        if isinstance(declared[key], ON_DISK):
            assert os.path.exists(value), key
        elif isinstance(declared[key], QgsProcessingOutputNumber):
            assert math.isfinite(value), key
        else:
            assert value != "", key


def fail(provider, context, values, listener=None) -> list[str]:
    """Run one row as the batch dialog does; return the reasons of its failure."""
    listener = listener or Listener()
    algorithm = QgsApplication.processingRegistry().createAlgorithmById("cropattention:classifycrops")
    _, fine = algorithm.run(values, context, listener)
    assert fine == (not listener.errors)
    return listener.errors


def test_rows_fail_alone_with_their_reason(provider, county, checkpoint, context, tmp_path):
    broken = shutil.copytree(county.s2, tmp_path / "broken")
    truncate(sorted(broken.glob("*.tif"))[2], 0.3)
    absent = str(tmp_path / "none.gpkg")
    plain = {"S2_FOLDER": county.s2, "S1_FOLDER": QVariant(), "CHECKPOINT": checkpoint, "THREADS": 1}
    asked = (
        ({"S2_FOLDER": str(tmp_path / "nowhere")}, "nowhere' does not exist", ""),
        ({"S2_FOLDER": None}, "No series is given", ""),
        ({"PARCELS": absent, "PARCEL_LABELS": str(tmp_path / "l.gpkg")}, "none.gpkg' cannot be opened", ""),
        ({"S2_FOLDER": str(broken)}, "S2A_MSIL2A_20180511T105031_T31UDS.tif (cut short)", ""),
        ({"CHECKPOINT": absent}, "none.gpkg' does not exist", ""),
        ({}, "The run was cancelled; nothing was written.", "Classifying"),
        ({}, "", ""),
    )
    for number, (change, reason, cancel_at) in enumerate(asked):
        place = tmp_path / f"{number}.tif"
        said = fail(provider, context, {**plain, **change, "CROP_MAP": str(place)}, Listener(cancel_at))
        assert [reason in text for text in said] == ([True] if reason else []), said
        assert place.exists() == (not reason)
    assert {path.name for path in tmp_path.iterdir()} == {"6.tif", "6.tif.aux.xml", "broken"}


def test_an_empty_cell_is_no_value(provider, county):
    """The widgets of a batch row give a null variant where a path was taken out again."""
    from crop_attention.algorithms.inputs import Reader

    null = QVariant(QVariant.String) if hasattr(QVariant, "String") else QVariant()
    algorithm = QgsApplication.processingRegistry().createAlgorithmById("cropattention:classifycrops")
    keys = ("S2", "S1", "S1_FOLDER", "CHECKPOINT", "SEASON_START", "EXTENT", "PARCELS", "REPORT")
    reader = Reader(algorithm, {**dict.fromkeys(keys, null), "S2_FOLDER": county.s2}, QgsProcessingContext())
    assert [key for key in keys if reader.given(key)] == []
    assert (reader.series().s2, reader.series().s1) == ((county.s2,), ())
    assert reader.season_start() is None and reader.extent() is None and reader.destination("REPORT") == ""


@pytest.mark.parametrize("place", ["TEMPORARY_OUTPUT", "labels.gpkg"])
def test_labels_are_loaded_after_a_run_in_another_thread(
    provider, county, checkpoint, context, tmp_path, place, monkeypatch
):
    from processing.gui import Postprocessing

    # QGIS 3.44 takes no stand-in for a layer tree.
    monkeypatch.setattr(Postprocessing, "iface", None, raising=False)
    QgsProject.instance().clear()
    sink = place if place.isupper() else str(tmp_path / place)
    labels = QgsProcessingOutputLayerDefinition(sink, QgsProject.instance())
    values = {"S2_FOLDER": county.s2, "CHECKPOINT": checkpoint, "PARCELS": county.parcels, "PARCEL_LABELS": labels}
    fine, _ = in_a_thread("classifycrops", {**values, "CROP_MAP": str(tmp_path / "map.tif")}, context, Listener())
    algorithm = QgsApplication.processingRegistry().algorithmById("cropattention:classifycrops")
    assert fine and Postprocessing.handleAlgorithmResults(algorithm, context, Listener())
    assert [layer.name() for layer in QgsProject.instance().mapLayers().values()] == ["Parcel labels"]
    QgsProject.instance().clear()


def test_background_task_runs_and_is_cancelled_in_another_thread(provider, county, checkpoint, context, tmp_path):
    for name, listener in (("whole", Listener()), ("stopped", Listener(cancel_at="Classifying"))):
        values = {"S2_FOLDER": county.s2, "CHECKPOINT": checkpoint, "CROP_MAP": str(tmp_path / f"{name}.tif")}
        assert in_a_thread("classifycrops", values, context, listener)[0] == (name == "whole")
        assert (tmp_path / f"{name}.tif").exists() == (name == "whole")
