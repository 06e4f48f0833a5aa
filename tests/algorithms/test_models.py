"""The ready-made models, and models that analysts make of the algorithms, away from any dialog."""

from __future__ import annotations

import os

import numpy as np
import pytest
from osgeo import gdal
from qgis.core import (
    QgsApplication,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingModelAlgorithm,
    QgsProcessingModelChildAlgorithm,
    QgsProcessingModelChildParameterSource,
    QgsProcessingModelOutput,
    QgsProcessingModelParameter,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterFile,
    QgsProject,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QVariant

from counties import SHAPES, Listener

Source = QgsProcessingModelChildParameterSource
MODELS = {
    "mapandassess": "Check, map, label and assess",
    "trainandmap": "Train and map",
    "weeklyupdate": "Weekly update of declarations",
    "fieldsandmap": "Draw fields, map and clean",
}


@pytest.fixture
def context():
    """A context on the project."""
    made = QgsProcessingContext()
    made.setProject(QgsProject.instance())
    return made


def algorithm(name: str):
    """Return an algorithm of the provider as the Toolbox holds it."""
    return QgsApplication.processingRegistry().algorithmById(f"cropattention:{name}")


def spelled_out(value):
    """Return a variant with nothing, null and empty text made one: versions of QGIS write them differently."""
    if isinstance(value, dict):
        return {key: spelled_out(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [spelled_out(entry) for entry in value]
    return "" if value is None or value == QVariant() else value


@pytest.mark.parametrize("name", sorted(MODELS))
def test_models_are_offered_with_name_group_help_and_icon(provider, name):
    model = algorithm(name)
    assert isinstance(model, QgsProcessingModelAlgorithm)
    assert (model.displayName(), model.group(), model.groupId()) == (MODELS[name], "Ready-made models", "models")
    assert model.icon().pixmap(24, 24).toImage().pixelColor(12, 16).alpha() > 0
    assert len(model.shortDescription()) > 30 and len(model.tags()) >= 5
    assert [entry.name() for entry in model.parameterDefinitions() if len(entry.help()) < 15] == []
    texts = model.helpContent()
    assert [entry.name() for entry in model.parameterDefinitions() if not texts.get(entry.name())] == []
    assert model.create().id() == model.id() == f"cropattention:{name}"
    fine, remarks = model.validate()
    assert fine, remarks


@pytest.mark.parametrize("name", sorted(MODELS))
def test_only_what_a_step_cannot_do_without_must_be_given(provider, name):
    optional = QgsProcessingParameterDefinition.Flag.FlagOptional
    must = [
        entry.name()
        for entry in algorithm(name).parameterDefinitions()
        if not entry.flags() & optional and entry.defaultValue() is None
    ]
    assert (
        must
        == {
            "mapandassess": ["PARCELS", "REFERENCE", "CROP_FIELD", "labels:PARCEL_LABELS"],
            "trainandmap": ["PARCELS", "CROP_FIELD", "train:CHECKPOINT"],
            "weeklyupdate": ["PARCELS", "DECLARED_FIELD", "declarations:CHECKED"],
            "fieldsandmap": ["labels:PARCEL_LABELS"],
        }[name]
    )


def test_the_numbers_of_the_steps_are_outputs_of_the_model(provider):
    declared = {entry.name(): entry.type() for entry in algorithm("mapandassess").outputDefinitions()}
    assert {declared[f"accuracy:{key}"] for key in ("OA", "KAPPA", "MACRO_F1", "UNIT_COUNT")} == {"outputNumber"}
    assert declared["check:READY"] == "outputBoolean" and declared["check:MESSAGE"] == "outputString"
    assert declared["labels:LABELLED"] == "outputNumber" and declared["labels:PARCEL_LABELS"] == "outputVector"
    assert "train:OA" in {entry.name() for entry in algorithm("trainandmap").outputDefinitions()}


def test_models_are_offered_before_their_steps_are_known(qgis_processing):
    """While a provider loads, the registry does not know it: no step can be found, and none must be missed."""
    from crop_attention.plugin.provider import CropAttentionProvider

    registry, lone = QgsApplication.processingRegistry(), CropAttentionProvider()
    assert registry.addProvider(lone)
    try:
        assert set(MODELS) <= {entry.name() for entry in lone.algorithms()}
        early = lone.algorithm("mapandassess")
        assert early.outputDefinition("accuracy:OA") is None
        assert early.create().outputDefinition("accuracy:OA") is not None
        assert early.create().parameterDefinition("labels:PARCEL_LABELS") is not None
    finally:
        registry.removeProvider(lone)


@pytest.mark.parametrize("name", sorted(MODELS))
def test_files_are_what_their_plans_and_the_defaults_of_the_algorithms_give(provider, name, tmp_path):
    from crop_attention.plugin.ready_models import FOLDER
    from crop_attention.tools.make_models import build
    from crop_attention.tools.model_plans import PLANS

    [plan] = [plan for plan in PLANS if plan.name == name]
    assert build(plan).toFile(str(tmp_path / "new.model3"))
    kept, made = QgsProcessingModelAlgorithm(), QgsProcessingModelAlgorithm()
    assert kept.fromFile(str(FOLDER / f"{name}.model3")) and made.fromFile(str(tmp_path / "new.model3"))
    # Names of outputs as QGIS 3.22 makes them are read by every later one.
    assert "internal_version" not in (FOLDER / f"{name}.model3").read_text("utf-8")
    made, kept = spelled_out(made.toVariant()), spelled_out(kept.toVariant())
    for part in ("children", "help", "model_name", "model_group"):
        assert made[part] == kept[part], f"{part}: run 'make models'"
    for ask in plan.asks:
        assert made["parameterDefinitions"][ask.name] == kept["parameterDefinitions"][ask.name], "run 'make models'"


def test_a_broken_file_is_left_out_and_logged(provider, tmp_path):
    from crop_attention.plugin.ready_models import load_models

    (tmp_path / "bad.model3").write_text("no model", encoding="utf-8")
    said = []
    QgsApplication.messageLog().messageReceived.connect(lambda text, tag, level: said.append((tag, text)))
    assert load_models(tmp_path) == []
    assert ("Crop Attention", "The model bad.model3 cannot be read; install the plugin again.") in said


@pytest.mark.parametrize("change, reason", [
    ({"S2_FOLDER": "nowhere"}, "The folder 'nowhere' does not exist"),
    ({"PARCELS": "none.gpkg"}, "Parcels: the layer 'none.gpkg' cannot be opened"),
    ({"REFERENCE": "none.gpkg"}, "Reference: the layer 'none.gpkg' cannot be opened"),
    ({"CROP_FIELD": "crop"}, "the layer 'parcels é' has no field 'crop'; choose one of fid, kind, crop_name"),
    ({"CROP_FIELD": "kind", "CLASS_TABLE": "plain = Rye"}, "'Rye'"),
])  # fmt: skip
def test_a_step_that_fails_gives_the_model_its_reason(run, county, checkpoint, tmp_path, change, reason):
    values = {
        "S2_FOLDER": county.s2, "PARCELS": county.parcels, "REFERENCE": county.parcels, "CROP_FIELD": "crop_name",
        "CHECKPOINT": checkpoint, "classify:CROP_MAP": str(tmp_path / "map.tif"),
        "labels:PARCEL_LABELS": str(tmp_path / "labels.gpkg"),
    }  # fmt: skip
    with pytest.raises(QgsProcessingException) as caught:
        run("mapandassess", {**values, **change})
    assert str(caught.value).count(reason) == 1
    # What earlier steps have written stays: here the accuracy alone fails.
    assert (tmp_path / "map.tif").exists() == (tmp_path / "labels.gpkg").exists() == ("CLASS_TABLE" in change)


@pytest.mark.parametrize("moment", ["Summarising clouds and gaps", "Classifying"])
def test_a_cancelled_model_is_no_success(run, county, checkpoint, tmp_path, moment):
    """Within a step, and in the first step's last part, after which QGIS alone would call the model done."""
    values = {
        "S2_FOLDER": county.s2, "PARCELS": county.parcels, "REFERENCE": county.parcels, "CROP_FIELD": "crop_name",
        "CHECKPOINT": checkpoint, "classify:CROP_MAP": str(tmp_path / "map.tif"),
        "labels:PARCEL_LABELS": str(tmp_path / "labels.gpkg"),
    }  # fmt: skip
    with pytest.raises(QgsProcessingException, match="cancelled"):
        run("mapandassess", values, Listener(moment))
    assert list(tmp_path.iterdir()) == []


def test_training_and_then_mapping_and_judging_by_the_two_models(run, quick, county, checkpoint, labelled, tmp_path):
    series = {"S2_FOLDER": county.s2, "S1_FOLDER": county.s1, "CROP_FIELD": "kind", "DEVICE": "cpu"}
    trained, said, _ = run("trainandmap", {
        **series, "PARCELS": labelled, "BASE_CHECKPOINT": checkpoint, "EPOCHS": 4, "MINIMUM_PARCELS": 5,
        "BLOCK_METRES": 250, "BUFFER_METRES": 0, "train:CHECKPOINT": str(tmp_path / "own.safetensors"),
        "train:REPORT": str(tmp_path / "training.html"), "classify:CROP_MAP": str(tmp_path / "first.tif"),
    })  # fmt: skip
    assert trained["train:CHECKPOINT"] == str(tmp_path / "own.safetensors")
    assert trained["train:N_PARCELS"] == 32 and 0 <= trained["train:OA"] <= 1
    assert trained["classify:SEASON_USED"] == "2018-03-01 to 2018-10-26"
    assert "Hemp" in (tmp_path / "training.html").read_text("utf-8")

    places = {
        "check:REPORT": "series.html", "classify:CROP_MAP": "map.tif", "classify:REPORT": "map.html",
        "labels:PARCEL_LABELS": "labels.gpkg", "accuracy:REPORT": "accuracy.html", "accuracy:TABLE": "accuracy.csv",
    }  # fmt: skip
    places = {key: str(tmp_path / name) for key, name in places.items()}
    values = {**series, "PARCELS": labelled, "REFERENCE": labelled, "CHECKPOINT": trained["train:CHECKPOINT"]}
    results, said, _ = run("mapandassess", {**values, **places})
    assert {key: results[key] for key in places} == places
    assert all(os.path.getsize(place) > 0 for place in places.values())
    maps = [gdal.Open(place).ReadAsArray() for place in (places["classify:CROP_MAP"], str(tmp_path / "first.tif"))]
    assert (maps[0] == maps[1]).all()
    features = list(QgsVectorLayer(places["labels:PARCEL_LABELS"]).getFeatures())
    right = [feature["kind"] == feature["map_crop_name"] for feature in features]
    assert results["labels:LABELLED"] == results["accuracy:UNIT_COUNT"] == len(right) == 32
    # Both give a parcel the class of most of its pixels; the border that labels leave out may turn a close vote.
    assert results["accuracy:OA"] == pytest.approx(np.mean(right), abs=2 / 32)
    assert results["accuracy:OA"] > 0.65
    assert all(feature["confidence"] > 50 for feature in features)
    assert results["check:READY"] is True and results["check:USABLE_S1_STEPS"] == 8
    assert said.steps[-1] == 100
    declared = {entry.name() for entry in algorithm("mapandassess").outputDefinitions()}
    # The confidence was left out: it was made for the labels all the same.
    assert declared <= set(results) and os.path.exists(results["classify:CONFIDENCE"])
    assert set(results) - declared <= {"CHILD_RESULTS", "CHILD_INPUTS"}


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
