"""Rows of a batch and steps of a graphical model run the same algorithms, away from any dialog."""

from __future__ import annotations

import time

import pytest
from qgis.core import (
    QgsApplication,
    QgsProcessingAlgRunnerTask,
    QgsProcessingContext,
    QgsProcessingModelAlgorithm,
    QgsProcessingModelChildAlgorithm,
    QgsProcessingModelChildParameterSource,
    QgsProcessingModelOutput,
    QgsProcessingModelParameter,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterFile,
    QgsProject,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QCoreApplication

from counties import SHAPES, Listener

Source = QgsProcessingModelChildParameterSource


@pytest.fixture
def context():
    """A context on the project."""
    made = QgsProcessingContext()
    made.setProject(QgsProject.instance())
    return made


def test_batch_tells_the_county_that_failed_from_the_one_that_did_not(provider, county, checkpoint, context, tmp_path):
    from processing.gui.AlgorithmExecutor import execute

    (tmp_path / "empty").mkdir()
    rows = {"good": county.s2, "bad": str(tmp_path / "empty")}
    finished = {}
    for name, folder in rows.items():
        listener = Listener()
        algorithm = QgsApplication.processingRegistry().createAlgorithmById("cropattention:classifycrops")
        values = {"S2_FOLDER": folder, "CHECKPOINT": checkpoint, "CROP_MAP": str(tmp_path / f"{name}.tif")}
        fine, _ = execute(algorithm, values, context, listener)
        finished[name] = (fine, listener.errors)
    assert finished["good"] == (True, [])
    fine, errors = finished["bad"]
    assert not fine
    assert any(str(tmp_path / "empty") in error for error in errors)
    assert (tmp_path / "good.tif").exists() and not (tmp_path / "bad.tif").exists()


def test_background_task_runs_and_is_cancelled_in_another_thread(provider, county, checkpoint, context, tmp_path):
    for name, listener in (("whole", Listener()), ("stopped", Listener(cancel_at="Classifying"))):
        algorithm = QgsApplication.processingRegistry().createAlgorithmById("cropattention:classifycrops")
        values = {"S2_FOLDER": county.s2, "CHECKPOINT": checkpoint, "CROP_MAP": str(tmp_path / f"{name}.tif")}
        task = QgsProcessingAlgRunnerTask(algorithm, values, context, listener)
        ended = []
        task.executed.connect(lambda fine, results, ended=ended: ended.append(fine))
        QgsApplication.taskManager().addTask(task)
        deadline = time.monotonic() + 60
        while not ended and time.monotonic() < deadline:
            QCoreApplication.processEvents()
            time.sleep(0.01)
        assert ended == [name == "whole"]
        assert (tmp_path / f"{name}.tif").exists() == (name == "whole")


def test_model_maps_and_labels_from_folders(provider, county, checkpoint, context, tmp_path):
    model = QgsProcessingModelAlgorithm("county", "tests")
    folder = QgsProcessingParameterFile("FOLDER", "Folder", QgsProcessingParameterFile.Behavior.Folder)
    model.addModelParameter(folder, QgsProcessingModelParameter("FOLDER"))
    parcels = QgsProcessingParameterFeatureSource("PARCELS", "Parcels")
    model.addModelParameter(parcels, QgsProcessingModelParameter("PARCELS"))

    mapping = QgsProcessingModelChildAlgorithm("cropattention:classifycrops")
    mapping.setChildId("map")
    mapping.addParameterSources("S2_FOLDER", [Source.fromModelParameter("FOLDER")])
    mapping.addParameterSources("CHECKPOINT", [Source.fromStaticValue(checkpoint)])
    model.addChildAlgorithm(mapping)

    labelling = QgsProcessingModelChildAlgorithm("cropattention:parcellabels")
    labelling.setChildId("labels")
    labelling.addParameterSources("CROP_MAP", [Source.fromChildOutput("map", "CROP_MAP")])
    labelling.addParameterSources("PARCELS", [Source.fromModelParameter("PARCELS")])
    output = QgsProcessingModelOutput("labelled")
    output.setChildId("labels")
    output.setChildOutputName("PARCEL_LABELS")
    labelling.setModelOutputs({"labelled": output})
    model.addChildAlgorithm(labelling)

    place = str(tmp_path / "labels.gpkg")
    listener = Listener()
    values = {"FOLDER": county.s2, "PARCELS": county.parcels, "labels:labelled": place}
    results, fine = model.run(values, context, listener)
    assert fine, listener.errors
    assert results["labels:labelled"] == place
    assert QgsVectorLayer(place).featureCount() == len(SHAPES)


def test_model_says_what_a_child_refuses(provider, checkpoint, context, tmp_path):
    """Models call no checkParameterValues: the child has to look again."""
    model = QgsProcessingModelAlgorithm("county", "tests")
    mapping = QgsProcessingModelChildAlgorithm("cropattention:classifycrops")
    mapping.setChildId("map")
    mapping.addParameterSources("CHECKPOINT", [Source.fromStaticValue(checkpoint)])
    model.addChildAlgorithm(mapping)
    listener = Listener()
    _, fine = model.run({}, context, listener)
    assert not fine
    assert any("No series is given" in error for error in listener.errors)
