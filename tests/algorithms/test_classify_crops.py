"""The main job as QGIS runs it: values of a dialog in, files, features and numbers out."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from osgeo import gdal
from qgis.core import NULL, QgsProcessingException, QgsProject, QgsRasterLayer, QgsVectorLayer

from counties import SHAPES, Listener
from crop_attention.engine.options import BLOCK

LABEL_FIELDS = ["crop_code", "map_crop_name", "crop_share", "runner_up", "runner_share", "confidence", "pixels"]
RASTERS = {
    "CROP_MAP": 1,
    "CONFIDENCE": 1,
    "PROBABILITIES": 14,
    "TEMPORAL_ATTENTION": 8,
    "CHANNEL_ATTENTION": 13,
    "SPATIAL_ATTENTION": 1,
}


@pytest.fixture
def values(county, checkpoint, tmp_path):
    """What a run needs, and where its crop map goes."""
    return {
        "S2_FOLDER": county.s2,
        "S1_FOLDER": county.s1,
        "CHECKPOINT": checkpoint,
        "CROP_MAP": str(tmp_path / "map.tif"),
    }


def pixels(path: str) -> np.ndarray:
    """Return all bands."""
    dataset = gdal.Open(path)
    return dataset.ReadAsArray()


def test_every_output_is_made_and_told(run, values, county, tmp_path):
    places = {key: str(tmp_path / f"{key.lower()}.tif") for key in RASTERS}
    asked = {**places, "PARCEL_LABELS": str(tmp_path / "labels.gpkg"), "REPORT": str(tmp_path / "report.html")}
    results, said, _ = run("classifycrops", {**values, **asked, "PARCELS": county.parcels})
    assert {key: results[key] for key in asked} == asked
    assert {key: gdal.Open(path).RasterCount for key, path in places.items()} == RASTERS
    codes = pixels(places["CROP_MAP"])
    assert codes.shape == (100, 200) and codes.min() >= 1 and codes.max() <= 14
    # A pixel's confidence is the probability of the class it got.
    chosen = np.take_along_axis(pixels(places["PROBABILITIES"]), codes[None].astype(int) - 1, axis=0)[0]
    assert np.abs(pixels(places["CONFIDENCE"]) - 100 * chosen).max() <= 0.51
    assert "<html" in Path(asked["REPORT"]).read_text(encoding="utf-8")
    assert results["SEASON_USED"] == "2018-03-01 to 2018-10-26"
    assert results["CLEAR_STEPS"] == 8
    assert results["DEVICE_USED"].startswith(("CPU", "CUDA"))
    assert 0 < results["SECONDS"] < 60
    assert any("Season: 2018-03-01 to 2018-10-26." in info for info in said.infos)
    assert said.steps == sorted(said.steps)
    assert said.steps[0] == pytest.approx(4) and said.steps[-1] == 100
    assert sorted(os.listdir(tmp_path)) == sorted([*map(os.path.basename, asked.values()), "crop_map.tif.aux.xml"])


def test_every_parcel_is_kept_with_its_attributes_and_a_label(run, values, county, tmp_path):
    place = str(tmp_path / "labels.gpkg")
    run("classifycrops", {**values, "PARCELS": county.parcels, "PARCEL_LABELS": place})
    layer = QgsVectorLayer(place)
    found = {feature["kind"]: feature for feature in layer.getFeatures()}
    assert list(found) == [name for name, _ in SHAPES]
    assert [field.name() for field in layer.fields()][-8:] == [*LABEL_FIELDS, "few_pixels"]
    assert layer.crs().authid() == "EPSG:32631"
    names = gdal.Open(values["CROP_MAP"])
    names.GetMetadata()
    legend = names.GetRasterBand(1).GetCategoryNames()
    codes = pixels(values["CROP_MAP"])[3:21, 3:21]
    plain = found["plain"]
    assert plain["crop_name"] == "declared plain"
    # Border pixels do not vote: 18 x 18 of the 20 x 20 pixels are left.
    assert plain["pixels"] == 324
    counts = np.bincount(codes.ravel(), minlength=15)
    assert plain["crop_code"] == counts.argmax()
    assert plain["map_crop_name"] == legend[counts.argmax()]
    assert plain["crop_share"] == pytest.approx(100 * counts.max() / 324, abs=0.01)
    assert 1 <= plain["confidence"] <= 100
    for name in ("two parts", "hole", "sliver", "bow tie", "second block"):
        assert found[name]["crop_code"] > 0 and found[name]["pixels"] > 0, name
    assert found["sliver"]["few_pixels"]
    for name in ("far away", "nothing"):
        assert (found[name]["crop_code"], found[name]["pixels"]) == (0, 0)
        assert found[name]["map_crop_name"] in (NULL, None)
    assert not found["bow tie"].geometry().isGeosValid()
    # QGIS writes an empty polygon to a file where there was none.
    assert found["nothing"].geometry().isEmpty()


def test_parcels_of_another_crs_get_the_same_labels_in_their_own_crs(run, values, county, tmp_path):
    from counties import write_parcels

    lonlat = write_parcels(tmp_path / "lonlat.gpkg", epsg=4326)
    labels = []
    for number, parcels in enumerate((county.parcels, lonlat)):
        place = str(tmp_path / f"labels{number}.gpkg")
        run("classifycrops", {**values, "PARCELS": parcels, "PARCEL_LABELS": place})
        layer = QgsVectorLayer(place)
        labels.append({f["kind"]: (f["crop_code"], f["pixels"]) for f in layer.getFeatures()})
    assert layer.crs().authid() == "EPSG:4326"
    assert labels[0] == labels[1]


def test_parcels_only_leaves_other_blocks_nodata(run, values, tmp_path):
    from counties import write_parcels

    parcels = write_parcels(tmp_path / "one.gpkg", [entry for entry in SHAPES if entry[0] == "plain"])
    run("classifycrops", {**values, "PARCELS": parcels, "PARCELS_ONLY": True})
    codes = pixels(values["CROP_MAP"])
    touched = (slice(0, BLOCK), slice(0, BLOCK))
    assert (codes[touched] > 0).all()
    codes[touched] = 0
    assert not codes.any()


def test_layers_of_the_project_in_any_order_give_the_same_map_as_the_folder(run, values, county, tmp_path):
    run("classifycrops", values)
    expected = pixels(values["CROP_MAP"])
    project = QgsProject.instance()
    ids = []
    for path in sorted(Path(county.s2).glob("*.tif"), reverse=True):
        layer = QgsRasterLayer(str(path), "renamed")
        project.addMapLayer(layer)
        ids.append(layer.id())
    try:
        values = {key: value for key, value in values.items() if key != "S2_FOLDER"}
        values["CROP_MAP"] = str(tmp_path / "layers.tif")
        run("classifycrops", {**values, "S2": ids})
    finally:
        project.removeMapLayers(ids)
    assert np.array_equal(pixels(values["CROP_MAP"]), expected)


@pytest.mark.parametrize("sensor, other", [("S2_FOLDER", "Sentinel-1"), ("S1_FOLDER", "Sentinel-2")])
def test_one_sensor_runs_and_says_what_it_costs(run, values, sensor, other):
    alone = {key: value for key, value in values.items() if key not in ("S1_FOLDER", "S2_FOLDER") or key == sensor}
    _, said, _ = run("classifycrops", alone)
    assert sum(f"without {other}" in warning for warning in said.warnings) == 1


@pytest.mark.parametrize(
    "extent", ["500500,501000,5599000,5599500 [EPSG:32631]", "3.00712,3.01404,50.543,50.54738 [EPSG:4326]"]
)
def test_extent_in_any_crs_cuts_the_grid(run, values, extent):
    # The degrees are x 500504.5 to 500994.8, y 5599006.8 to 5599493.9.
    run("classifycrops", {**values, "EXTENT": extent})
    dataset = gdal.Open(values["CROP_MAP"])
    assert (dataset.RasterXSize, dataset.RasterYSize) == (50, 50)
    assert dataset.GetGeoTransform()[0] == 500500 and dataset.GetGeoTransform()[3] == 5599500


@pytest.mark.parametrize(
    "step", ["Reading the series", "Summarising clouds and gaps", "Classifying", "Labelling parcels"]
)
def test_cancelled_run_leaves_nothing_behind(run, values, county, tmp_path, step):
    asked = {"PARCELS": county.parcels, "PARCEL_LABELS": str(tmp_path / "labels.gpkg")}
    asked.update({"CONFIDENCE": str(tmp_path / "c.tif"), "REPORT": str(tmp_path / "r.html")})
    with pytest.raises(QgsProcessingException, match="cancelled; nothing was written"):
        run("classifycrops", {**values, **asked}, Listener(cancel_at=step))
    assert os.listdir(tmp_path) == []


def test_cancelled_run_keeps_what_stood_under_the_name(run, values, tmp_path):
    Path(values["CROP_MAP"]).write_text("precious")
    with pytest.raises(QgsProcessingException):
        run("classifycrops", values, Listener(cancel_at="Classifying"))
    assert Path(values["CROP_MAP"]).read_text() == "precious"
    assert os.listdir(tmp_path) == ["map.tif"]


def test_labels_that_cannot_be_written_are_refused_before_the_map_is_computed(run, values, county, tmp_path):
    (tmp_path / "file").write_text("")
    place, said = str(tmp_path / "file" / "labels.gpkg"), Listener("Classifying")
    with pytest.raises(QgsProcessingException, match="cannot be created"):
        run("classifycrops", {**values, "PARCELS": county.parcels, "PARCEL_LABELS": place}, said)
    assert os.listdir(tmp_path) == ["file"]


def test_a_map_is_kept_when_its_labels_fail(run, values, county, tmp_path, monkeypatch):
    from crop_attention.engine.parcels import parcel_file

    def fail(*arguments, **options):
        raise RuntimeError("database is locked")

    monkeypatch.setattr(parcel_file, "write_copy", fail)
    crop_map, labels = tmp_path / "map.tif", tmp_path / "labels.gpkg"
    with pytest.raises(QgsProcessingException) as refused:
        run("classifycrops", {**values, "PARCELS": county.parcels, "CROP_MAP": str(crop_map),
                              "PARCEL_LABELS": str(labels)})  # fmt: skip
    assert "The labels of the parcels are missing" in str(refused.value)
    assert "database is locked): close the programs" in str(refused.value) and str(crop_map) in str(refused.value)
    assert crop_map.exists() and not labels.exists()


@pytest.mark.skipif(os.name == "nt", reason="folders of Windows have no such bits")
def test_output_in_a_place_that_cannot_be_made_is_refused_before_computing(run, values, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(QgsProcessingException, match="cannot be created"):
        run("classifycrops", {**values, "CROP_MAP": str(tmp_path / "file" / "map.tif")})


def test_output_never_replaces_an_input(run, values, county):
    victim = sorted(Path(county.s2).glob("*.tif"))[0]
    before = victim.read_bytes()
    with pytest.raises(QgsProcessingException, match="also an input"):
        run("classifycrops", {**values, "CROP_MAP": str(victim)})
    assert victim.read_bytes() == before


def test_empty_folder_and_parcels_far_away_are_said(run, values, tmp_path):
    from counties import write_parcels

    with pytest.raises(QgsProcessingException, match=str(tmp_path)):
        run("classifycrops", {"S2_FOLDER": str(tmp_path), "CHECKPOINT": values["CHECKPOINT"], "CROP_MAP": "a.tif"})
    far = write_parcels(tmp_path / "far.gpkg", [entry for entry in SHAPES if entry[0] == "far away"])
    with pytest.raises(QgsProcessingException, match="No parcel of 'far' lies on the area of the series"):
        run("classifycrops", {**values, "PARCELS": far, "PARCELS_ONLY": True})
    _, said, _ = run("classifycrops", {**values, "PARCELS": far})
    assert sum("No parcel of 'far' lies on the area" in warning for warning in said.warnings) == 1


def test_broken_checkpoint_is_refused_in_one_sentence(run, values, tmp_path):
    broken = tmp_path / "broken.safetensors"
    broken.write_bytes(b"\x08\x00\x00\x00\x00\x00\x00\x00notjson!")
    with pytest.raises(QgsProcessingException, match="'broken.safetensors' is broken or not a safetensors file"):
        run("classifycrops", {**values, "CHECKPOINT": str(broken)})


def test_heatmaps_alone_match_those_of_the_main_job(run, values, county, tmp_path):
    keys = ("TEMPORAL_ATTENTION", "CHANNEL_ATTENTION", "SPATIAL_ATTENTION")
    first = {key: str(tmp_path / f"a_{key}.tif") for key in keys}
    second = {key: str(tmp_path / f"b_{key}.tif") for key in keys}
    run("classifycrops", {**values, **first})
    series = {key: value for key, value in values.items() if key != "CROP_MAP"}
    results, _, _ = run("attentionheatmaps", {**series, **second, "REPORT": str(tmp_path / "report.html")})
    for key in keys:
        assert np.array_equal(pixels(first[key]), pixels(second[key]))
    assert pixels(second["TEMPORAL_ATTENTION"]).sum(axis=0, dtype=int) == pytest.approx(10_000, abs=8)
    assert results["SEASON_USED"] == "2018-03-01 to 2018-10-26"
    assert sorted(path.name for path in tmp_path.glob("*.html")) == ["report.html"]


def test_heatmaps_asked_for_by_default_are_those_that_the_network_has(run, refusal, values, tmp_path):
    from dataclasses import replace

    from crop_attention.engine.products import heatmaps
    from crop_attention.models.card import Season
    from crop_attention.models.checkpoint import save
    from crop_attention.models.registry import build
    from small_networks import small_card

    card = replace(small_card("selfattention3d", steps=8), season=Season(3, 1, 8, 30))
    place = str(tmp_path / "compared.safetensors")
    save(place, build(card), card)
    series = {**values, "CHECKPOINT": place}
    del series["CROP_MAP"]
    asked = {product.key: "TEMPORARY_OUTPUT" for product in heatmaps()}
    results, listener, _ = run("attentionheatmaps", {**series, **asked})
    assert sorted(set(asked) & set(results)) == ["CHANNEL_ATTENTION", "SPATIAL_ATTENTION", "TEMPORAL_ATTENTION"]
    assert sum("Left out, as the network Self-Attention 3D-style" in info for info in listener.infos) == 1
    named = refusal("attentionheatmaps", {**series, **asked, "TEMPORAL_CONTRIBUTION": str(tmp_path / "moved.tif")})
    assert "which has no temporal contribution; leave that out" in named
    alone = refusal("attentionheatmaps", {**series, "TEMPORAL_CONTRIBUTION": "TEMPORARY_OUTPUT"})
    assert "which has no temporal contribution; leave that out" in alone


def test_heatmaps_with_parcels_cover_only_their_blocks(run, values, county, tmp_path):
    from counties import write_parcels

    parcels = write_parcels(tmp_path / "one.gpkg", [entry for entry in SHAPES if entry[0] == "plain"])
    series = {key: value for key, value in values.items() if key != "CROP_MAP"}
    place = str(tmp_path / "spatial.tif")
    run("attentionheatmaps", {**series, "PARCELS": parcels, "SPATIAL_ATTENTION": place})
    found = pixels(place)
    touched = (slice(0, BLOCK), slice(0, BLOCK))
    assert (found[touched] != 65535).all()
    found[touched] = 65535
    assert (found == 65535).all()
