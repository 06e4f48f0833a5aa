"""Assessing a map in QGIS: numbers, files, refusals before a run."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import numpy as np
import pytest
from osgeo import gdal
from qgis.core import QgsApplication, QgsFeature, QgsGeometry, QgsProcessingException, QgsVectorLayer

from counties import Listener, box
from crop_attention.engine.legend import put_legend
from crop_attention.models.card import CropClass
from rasters import ORIGIN, write_raster

LEGEND = (CropClass(1, "Maïs", "#e06020"), CropClass(2, "Winter wheat", "#e0b020"))
PARCELS = (("mais", 2, 2), ("MAÏS", 14, 2), ("Maïs", 32, 2), ("winter-wheat", 32, 14), ("Winter wheat", 44, 14))


@pytest.fixture
def crop_map(tmp_path) -> str:
    """60 x 30 pixels: maize in the west, wheat in the east."""
    codes = np.ones((1, 30, 60), np.uint8)
    codes[:, :, 30:] = 2
    path = write_raster(tmp_path / "carte é.tif", codes, nodata=0)
    dataset = gdal.Open(path, gdal.GA_Update)
    put_legend(dataset, LEGEND)
    dataset = None
    return path


def layer_of(kind: str, features, crs: str = "EPSG:32631") -> QgsVectorLayer:
    layer = QgsVectorLayer(f"{kind}?crs={crs}&field=crop:string&field=number:integer", "truth", "memory")
    for number, (crop, wkt) in enumerate(features):
        feature = QgsFeature(layer.fields())
        feature.setAttributes([crop, number])
        feature.setGeometry(QgsGeometry.fromWkt(wkt))
        layer.dataProvider().addFeatures([feature])
    return layer


@pytest.fixture
def parcels(qgis_processing) -> QgsVectorLayer:
    """Five parcels of 10 x 10 pixels; the third is maize by the reference and wheat in the map."""
    return layer_of("Polygon", [(crop, f"POLYGON({box(col, row, 10, 10)})") for crop, col, row in PARCELS])


def point(col: float, row: float) -> str:
    return f"POINT({ORIGIN[0] + 10 * col} {ORIGIN[1] - 10 * row})"


def test_parcels_give_numbers_report_and_table(run, crop_map, parcels, tmp_path):
    report, table = tmp_path / "report.html", tmp_path / "table.csv"
    values = {"CROP_MAP": crop_map, "REFERENCE": parcels, "CROP_FIELD": "crop"}
    results, said, _ = run("assessaccuracy", {**values, "REPORT": str(report), "TABLE": str(table)})
    assert results["OA"] == pytest.approx(0.8) and results["UNIT_COUNT"] == 5
    assert results["OA_LOWER"] < 0.8 < results["OA_UPPER"]
    assert results["KAPPA"] == pytest.approx((0.8 - 0.48) / (1 - 0.48))
    assert results["MACRO_F1"] == pytest.approx(0.8)
    # Half of the map is maize, and two of two are right; the other half is wheat, and two of three are.
    assert results["OA_AREA"] == pytest.approx(0.5 * 1 + 0.5 * 2 / 3)
    assert any("Overall accuracy 80.0 %" in line for line in said.infos)
    assert "Rows are classes of the map" in report.read_text(encoding="utf-8")
    rows = list(csv.DictReader(table.open(encoding="utf-8")))
    assert [rows[place][f"reference_{name}"] for place in (0, 1) for name in ("Maïs", "Winter wheat")] == [
        *["2", "0"],
        *["1", "2"],
    ]
    assert said.steps == sorted(said.steps) and said.steps[-1] == 100


def test_pixels_and_inset(run, crop_map, parcels):
    values = {"CROP_MAP": crop_map, "REFERENCE": parcels, "CROP_FIELD": "crop", "UNIT": "pixel"}
    results, _, _ = run("assessaccuracy", values)
    assert results["UNIT_COUNT"] == 500 and results["OA"] == pytest.approx(0.8)
    results, _, _ = run("assessaccuracy", {**values, "INSET": 20})
    assert results["UNIT_COUNT"] == 5 * 36


def test_points_in_another_crs(run, crop_map):
    # Near 3 degrees east and 50.5 degrees north, the origin of the map.
    transform = [(0.0004, -0.0004), (0.006, -0.0004), (0.0061, -0.001)]
    features = [(crop, f"POINT({3 + x} {50.5504 + y})") for crop, (x, y) in zip(("mais", "wheat", "wheat"), transform)]
    layer = layer_of("Point", features, "EPSG:4326")
    values = {"CROP_MAP": crop_map, "REFERENCE": layer, "CROP_FIELD": "crop"}
    results, _, _ = run("assessaccuracy", {**values, "CLASS_TABLE": "wheat = Winter wheat"})
    assert (results["OA"], results["UNIT_COUNT"]) == (1, 3)


def test_empty_values_and_numbers_in_the_field(run, crop_map, tmp_path):
    bare = write_raster(tmp_path / "bare.tif", np.full((1, 9, 9), 1, np.uint8), nodata=0)
    layer = layer_of("Point", [(None, point(1, 1)), ("", point(2, 2)), ("1", point(3, 3))])
    table = tmp_path / "table.csv"
    values = {"CROP_MAP": bare, "REFERENCE": layer, "TABLE": str(table)}
    results, _, _ = run("assessaccuracy", {**values, "CROP_FIELD": "crop"})
    assert results["UNIT_COUNT"] == 1
    assert "left_out: points without a value in the class field,,2," in table.read_text(encoding="utf-8")
    results, _, _ = run("assessaccuracy", {**values, "CROP_FIELD": "number", "CLASS_TABLE": "0 = 2"})
    assert (results["UNIT_COUNT"], results["OA"]) == (3, pytest.approx(1 / 3))


def test_selected_features_alone(run, crop_map, parcels):
    from qgis.core import QgsProcessingFeatureSourceDefinition, QgsProject

    QgsProject.instance().addMapLayer(parcels, False)
    parcels.selectByIds([feature.id() for feature in parcels.getFeatures()][:2])
    chosen = QgsProcessingFeatureSourceDefinition(parcels.id(), True)
    results, _, _ = run("assessaccuracy", {"CROP_MAP": crop_map, "REFERENCE": chosen, "CROP_FIELD": "crop"})
    assert results["UNIT_COUNT"] == 2


def test_values_without_a_class_are_refused_before_the_run(refusal, run, crop_map):
    features = [("rye", point(3, 3)), ("spelt", point(4, 4)), ("mais", point(5, 5))]
    layer = layer_of("Point", features)
    values = {"CROP_MAP": crop_map, "REFERENCE": layer, "CROP_FIELD": "crop"}
    assert "'rye', 'spelt' are not classes of the crop map (it has Maïs, Winter wheat)" in refusal(
        "assessaccuracy", values
    )
    assert refusal("assessaccuracy", {**values, "CLASS_TABLE": "rye = Winter wheat; spelt ="}) == ""
    results, _, _ = run("assessaccuracy", {**values, "UNMATCHED": "keep"})
    assert results["OA"] == pytest.approx(1 / 3)
    results, _, _ = run("assessaccuracy", {**values, "UNMATCHED": "ignore"})
    assert results["UNIT_COUNT"] == 1
    assert "KAPPA" not in results  # one class alone leaves kappa undefined


def test_refusals_name_the_culprit(refusal, crop_map, parcels, tmp_path):
    values = {"CROP_MAP": crop_map, "REFERENCE": parcels, "CROP_FIELD": "crop"}
    assert "has no field 'kind'" in refusal("assessaccuracy", {**values, "CROP_FIELD": "kind"})
    assert "polygons, not points" in refusal("assessaccuracy", {**values, "UNIT": "point"})
    assert "names 'barley', which" in refusal("assessaccuracy", {**values, "CLASS_TABLE": "mais = barley"})
    degrees = write_raster(
        tmp_path / "degrees.tif", np.ones((1, 9, 9), np.uint8), epsg=4326, origin=(3, 50), pixel=0.001
    )
    assert "degrees.tif is in degrees" in refusal("assessaccuracy", {**values, "CROP_MAP": degrees, "INSET": 5})
    nowhere = layer_of("Point", [("mais", point(1, 1))], "")
    assert "'truth' has no CRS" in refusal("assessaccuracy", {**values, "REFERENCE": nowhere})
    assert "is empty" in refusal("assessaccuracy", {**values, "REFERENCE": layer_of("Point", [])})


def test_strata_raster(run, crop_map, parcels, tmp_path):
    rows = np.ones((1, 30, 60), np.uint8)
    rows[:, 13:] = 2
    strata = write_raster(tmp_path / "strata.tif", rows, nodata=0)
    values = {"CROP_MAP": crop_map, "REFERENCE": parcels, "CROP_FIELD": "crop", "STRATA": strata}
    report = tmp_path / "report.html"
    results, _, _ = run("assessaccuracy", {**values, "REPORT": str(report)})
    # The north has three parcels, two of them right, and 13 rows of 30; both in the south are right.
    assert results["OA_AREA"] == pytest.approx(13 / 30 * 2 / 3 + 17 / 30)
    assert "Stehman 2014" in report.read_text(encoding="utf-8")
    assert not [name for name in os.listdir(tmp_path) if "partial" in name]


def test_nothing_is_written_when_the_run_fails_or_is_cancelled(run, crop_map, parcels, tmp_path):
    report, table = tmp_path / "out" / "report.html", tmp_path / "out" / "table.csv"
    far = layer_of("Point", [("mais", point(5000, 3))])
    values = {"CROP_MAP": crop_map, "CROP_FIELD": "crop", "REPORT": str(report), "TABLE": str(table)}
    with pytest.raises(QgsProcessingException, match="No feature of the reference truth lies on a classified pixel"):
        run("assessaccuracy", {**values, "REFERENCE": far})
    with pytest.raises(QgsProcessingException, match="cancelled"):
        run("assessaccuracy", {**values, "REFERENCE": parcels}, Listener("Comparing map and reference"))
    assert not Path(tmp_path / "out").exists()


def test_labels_that_the_plugin_wrote_agree_with_the_map_they_came_from(run, crop_map, parcels, tmp_path):
    labels = str(tmp_path / "labels.gpkg")
    run("parcellabels", {"CROP_MAP": crop_map, "PARCELS": parcels, "PARCEL_LABELS": labels})
    results, _, _ = run("assessaccuracy", {"CROP_MAP": crop_map, "REFERENCE": labels, "CROP_FIELD": "crop_name"})
    assert (results["OA"], results["UNIT_COUNT"]) == (1, 5)


def test_dialog_shows_the_defaults_of_the_engine(provider):
    from crop_attention.engine.accuracy.options import AccuracyOptions

    algorithm = QgsApplication.processingRegistry().algorithmById("cropattention:assessaccuracy")
    shown = {entry.name(): entry.defaultValue() for entry in algorithm.parameterDefinitions()}
    defaults = AccuracyOptions()
    assert (shown["UNIT"], shown["UNMATCHED"], shown["INSET"]) == (defaults.unit, defaults.unmatched, defaults.inset)
