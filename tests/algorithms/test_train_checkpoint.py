"""Training as an analyst runs it: files in, a checkpoint out that maps the same county."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pytest
from osgeo import gdal
from qgis.core import QgsFeatureRequest, QgsProcessingException, QgsVectorLayer

from counties import COLS, FIELD, GREEN, ROWS, Listener
from crop_attention.models.checkpoint import read_card
from small_networks import SMALL

pytestmark = pytest.mark.usefixtures("quick")


@pytest.fixture
def values(county, checkpoint, labelled, tmp_path):
    return {
        "S2_FOLDER": county.s2, "S1_FOLDER": county.s1, "PARCELS": labelled, "CROP_FIELD": "kind",
        "BASE_CHECKPOINT": checkpoint, "EPOCHS": 6, "MINIMUM_PARCELS": 5, "BLOCK_METRES": 250, "BUFFER_METRES": 0,
        "DEVICE": "cpu", "CHECKPOINT": str(tmp_path / "county.safetensors"), "REPORT": str(tmp_path / "r.html"),
    }  # fmt: skip


def test_a_trained_checkpoint_maps_the_county_it_was_trained_on(run, values, county, tmp_path):
    results, said, _ = run("traincheckpoint", {**values, "FROM_SCRATCH": False})
    assert results["N_PARCELS"] == 32
    assert 0 <= results["CALIBRATION_ERROR"] <= 1 and results["FOREST_OA"] > 0.8
    assert said.steps == sorted(said.steps) and said.steps[-1] == 100
    assert any(text.startswith("Epoch 1 of 6: loss ") for text in said.infos)
    card = read_card(results["CHECKPOINT"])
    assert [entry.name for entry in card.classes] == ["Maize", "Hemp"]
    assert card.accuracy["overall accuracy by parcel, test blocks"].startswith(f"{results['OA']:.3f} (")
    assert "CROP_FIELD='kind'" in card.command and "'déclarations'" in card.command
    report = Path(results["REPORT"]).read_text("utf-8")
    assert all(
        text in report for text in ("Confusion matrix", "Hemp", "The strongest simple classifier on the same parcels")
    )
    crop_map = str(tmp_path / "map.tif")
    run("classifycrops", {"S2_FOLDER": county.s2, "S1_FOLDER": county.s1, "CHECKPOINT": results["CHECKPOINT"],
                          "CROP_MAP": crop_map, "DEVICE": "cpu"})  # fmt: skip
    found = gdal.Open(crop_map).ReadAsArray()
    truth = np.kron(np.where(GREEN > 0.5, card.classes[1].code, card.classes[0].code), np.ones((FIELD, FIELD), int))
    inner = np.kron(np.ones((ROWS, COLS), int), np.pad(np.ones((15, 15), int), 5)).astype(bool)
    assert (found == truth)[inner].mean() == pytest.approx(results["OA"], abs=0.3)
    assert (found == truth)[inner].mean() > 0.65


def test_a_layer_in_memory_and_another_network_from_scratch(run, values, labelled, monkeypatch):
    from crop_attention.models import registry

    small = {"tgfnet": partial(registry.NETWORKS["tgfnet"], **SMALL["tgfnet"])}
    monkeypatch.setattr(registry, "NETWORKS", {**registry.NETWORKS, **small})
    layer = QgsVectorLayer(labelled, "in memory")
    memory = layer.materialize(QgsFeatureRequest())
    wanted = {"PARCELS": memory, "FROM_SCRATCH": True, "EPOCHS": 1, "ARCHITECTURE": "tgfnet", "LEARNER": "network"}
    results, said, _ = run("traincheckpoint", {**values, **wanted})
    card = read_card(results["CHECKPOINT"])
    assert card.architecture == "tgfnet" and "ARCHITECTURE='tgfnet'" in card.command
    assert "From scratch" in card.training and card.season == read_card(values["BASE_CHECKPOINT"]).season


def test_a_cancelled_run_leaves_no_checkpoint_and_goes_on(run, values):
    class Stop(Listener):
        def pushInfo(self, info):
            super().pushInfo(info)
            if info.startswith("Epoch 1 "):
                self.cancel()

    said = Stop()
    with pytest.raises(QgsProcessingException, match="cancelled"):
        run("traincheckpoint", {**values, "EPOCHS": 2}, said)
    assert not Path(values["CHECKPOINT"]).exists() and not Path(values["REPORT"]).exists()
    assert any("continues from there" in text for text in said.infos)
    results, again, _ = run("traincheckpoint", {**values, "EPOCHS": 2})
    assert any("is continued after" in text for text in again.infos)
    assert not any(text.startswith("Epoch 1 ") for text in again.infos)
    assert sorted(path.name for path in Path(values["CHECKPOINT"]).parent.iterdir()) == ["county.safetensors", "r.html"]


@pytest.mark.parametrize(
    "change, message",
    [
        ({"CROP_FIELD": "crop"}, "has no field 'crop' (did you mean 'crop_name'?); choose the one that names the crop"),
        ({"CROP_FIELD": "crop_name", "MINIMUM_PARCELS": 20}, "has fewer than two classes with at least 20 parcels"),
        ({"BASE_CHECKPOINT": "nowhere.safetensors"}, "The checkpoint 'nowhere.safetensors' does not exist"),
        ({"CHECKPOINT": "county.pt"}, "needs a name that ends in .safetensors"),
        ({"ARCHITECTURE": "utae"}, "holds the network Attention-3DCNN, and U-TAE is to be trained; choose"),
        ({"ARCHITECTURE": "resnet"}, "ARCHITECTURE"),
        ({"DEVICE": "tpu"}, "The device 'tpu' is not known"),
        ({"S2_FOLDER": "", "S1_FOLDER": ""}, "No series is given"),
    ],
)
def test_what_is_in_the_way_is_said_before_the_run(refusal, values, change, message):
    assert message in refusal("traincheckpoint", {**values, **change})


def test_the_base_is_never_replaced(refusal, values):
    said = refusal("traincheckpoint", {**values, "CHECKPOINT": values["BASE_CHECKPOINT"]})
    assert said == "The checkpoint would replace its own base; give it another name."


def test_a_base_that_is_broken_is_refused(refusal, values, tmp_path):
    broken = tmp_path / "broken.safetensors"
    broken.write_bytes(b"no weights")
    assert "broken" in refusal("traincheckpoint", {**values, "BASE_CHECKPOINT": str(broken)})


def test_cross_fitted_labels_are_a_map_that_declarations_are_held_against(run, values, labelled, tmp_path):
    places = {key: str(tmp_path / f"{key}.tif") for key in ("CROSS_FITTED", "CROSS_FITTED_PROBABILITIES")}
    results, said, _ = run("traincheckpoint", {**values, **places, "LEARNER": "linear"})
    assert any(text.startswith("Cross-fitted: ") and " of 32 parcels are right" in text for text in said.infos)
    assert {key: results[key] for key in places} == places and results["CROSS_FITTED_OA"] > 0.8
    classes, chances = (gdal.Open(place) for place in places.values())
    codes, parts = classes.ReadAsArray(), chances.ReadAsArray()
    card = read_card(results["CHECKPOINT"])
    assert [chances.GetRasterBand(band).GetDescription() for band in (1, 2)] == [each.name for each in card.classes]
    judged = codes > 0
    assert 32 * 50 < judged.sum() < 32 * FIELD**2 and ((parts[0] < 0) == ~judged).all()
    assert np.abs(parts.sum(axis=0)[judged] - 1).max() < 1e-5
    assert (np.array([each.code for each in card.classes])[parts.argmax(axis=0)] == codes)[judged].all()
    assert "Cross-fitted" in classes.GetMetadataItem("CROSS_FITTED")
    checked = str(tmp_path / "checked.gpkg")
    found, _, _ = run("checkdeclarations", {
        "CROP_MAP": places["CROSS_FITTED"], "PROBABILITIES": places["CROSS_FITTED_PROBABILITIES"],
        "PARCELS": labelled, "DECLARED_FIELD": "kind", "CHECKED": checked,
    })  # fmt: skip
    assert found["GREEN"] + found["YELLOW"] + found["RED"] == 32 and found["GREEN"] > 24


def test_cross_fitted_labels_are_refused_before_training_where_the_blocks_are_too_few(run, values, tmp_path):
    place = tmp_path / "cross.tif"
    with pytest.raises(
        QgsProcessingException, match="Cross-fitted labels need 3 spatial blocks|All labels lie in 1 block"
    ):
        run("traincheckpoint", {**values, "CROSS_FITTED": str(place), "BLOCK_METRES": 100_000})
    assert not place.exists() and not Path(values["CHECKPOINT"]).exists()
