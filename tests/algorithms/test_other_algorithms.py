"""Labels from any map, the look before a run, and counties that never were."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from osgeo import gdal
from qgis.core import QgsFeature, QgsGeometry, QgsProcessingException, QgsProcessingUtils, QgsVectorLayer

from counties import SHAPES, box, write_parcels
from rasters import truncate, write_raster


@pytest.fixture
def crop_map(tmp_path):
    """A map of 60 x 40 pixels: class 3 in the west, class 5 in the east, names for both."""
    codes = np.full((1, 40, 60), 3, np.uint8)
    codes[:, :, 12:] = 5
    path = write_raster(tmp_path / "classes.tif", codes, nodata=0)
    dataset = gdal.Open(path, gdal.GA_Update)
    dataset.GetRasterBand(1).SetCategoryNames(["", "", "", "Spring cereals", "", "Rapeseed"])
    dataset = None
    return path


def test_labels_of_any_class_raster(run, crop_map, county, tmp_path):
    place = str(tmp_path / "labels.gpkg")
    values = {"CROP_MAP": crop_map, "PARCELS": county.parcels, "PARCEL_LABELS": place, "LEAVE_BORDER": False}
    results, said, _ = run("parcellabels", values)
    found = {feature["kind"]: feature for feature in QgsVectorLayer(place).getFeatures()}
    assert list(found) == [name for name, _ in SHAPES]
    # Columns 2 to 21, of which 2 to 11 are class 3 and 12 to 21 class 5: the smaller code wins.
    assert (found["plain"]["crop_code"], found["plain"]["map_crop_name"]) == (3, "Spring cereals")
    assert (found["plain"]["crop_share"], found["plain"]["runner_up"]) == (50.0, "Rapeseed")
    assert found["plain"]["pixels"] == 400
    assert results["LABELLED"] == sum(feature["crop_code"] > 0 for feature in found.values()) == 3
    why = "4 outside the map, 1 without a polygon"
    assert f"3 of {len(SHAPES)} parcels got a label. Without a label: {why}." in said.infos


def test_labels_of_parcels_beside_the_map_fail_and_leave_no_layer(run, crop_map, tmp_path):
    far = write_parcels(tmp_path / "far.gpkg", [("far", f"MULTIPOLYGON(({box(9000, 0, 8, 8)}))")])
    for place in (str(tmp_path / "labels.gpkg"), "TEMPORARY_OUTPUT"):
        with pytest.raises(QgsProcessingException, match="No parcel of 'far' lies on a pixel of the map with a class"):
            run("parcellabels", {"CROP_MAP": crop_map, "PARCELS": far, "PARCEL_LABELS": place})
    assert not (tmp_path / "labels.gpkg").exists()


def test_labels_as_a_temporary_layer(run, crop_map, county):
    values = {"CROP_MAP": crop_map, "PARCELS": county.parcels, "PARCEL_LABELS": "TEMPORARY_OUTPUT"}
    results, _, context = run("parcellabels", values)
    layer = results["PARCEL_LABELS"]
    layer = QgsProcessingUtils.mapLayerFromString(layer, context) if isinstance(layer, str) else layer
    assert layer.featureCount() == len(SHAPES)


@pytest.mark.parametrize("kind, keys", [("integer", [7, 7]), ("string", ["a", "b"]), ("integer", [7, 3])])
def test_parcels_with_any_field_called_fid_are_all_kept(run, crop_map, tmp_path, kind, keys):
    layer = QgsVectorLayer(f"Polygon?crs=EPSG:32631&field=fid:{kind}&field=kind:string", "parcels", "memory")
    for number, key in enumerate(keys):
        feature = QgsFeature(layer.fields())
        feature.setAttributes([key, f"parcel {number}"])
        feature.setGeometry(QgsGeometry.fromWkt(f"POLYGON({box(2 + 10 * number, 2, 8, 8)})"))
        layer.dataProvider().addFeatures([feature])
    place = str(tmp_path / "labels.gpkg")
    run("parcellabels", {"CROP_MAP": crop_map, "PARCELS": layer, "PARCEL_LABELS": place})
    found = list(QgsVectorLayer(place).getFeatures())
    assert sorted(feature["kind"] for feature in found) == ["parcel 0", "parcel 1"]
    if keys == [7, 3]:
        assert {feature["kind"]: feature["fid"] for feature in found} == {"parcel 0": 7, "parcel 1": 3}


def test_map_without_crs_is_refused(run, county, tmp_path):
    bare = write_raster(tmp_path / "bare.tif", np.ones((1, 9, 9), np.uint8), epsg=None)
    with pytest.raises(QgsProcessingException, match="bare.tif has no north-up georeference"):
        run("parcellabels", {"CROP_MAP": bare, "PARCELS": county.parcels, "PARCEL_LABELS": str(tmp_path / "a.gpkg")})
    assert not (tmp_path / "a.gpkg").exists()


def test_check_counts_what_the_season_holds(run, county, checkpoint, tmp_path):
    report = tmp_path / "check.html"
    values = {"S2_FOLDER": county.s2, "S1_FOLDER": county.s1, "CHECKPOINT": checkpoint, "REPORT": str(report)}
    results, said, _ = run("checkseries", values)
    assert results["READY"] is True
    assert (results["S2_ACQUISITIONS"], results["S1_ACQUISITIONS"]) == (8, 8)
    assert (results["USABLE_S2_STEPS"], results["USABLE_S1_STEPS"]) == (8, 8)
    assert results["SEASON_USED"] == "2018-03-01 to 2018-10-26"
    assert 20 < results["LONGEST_GAP"] < 60
    assert results["EXPECTED_SECONDS"] > 0 and results["EXPECTED_MEMORY"] > 100 and results["EXPECTED_DISK"] > 0
    assert "2018-10-26" in report.read_text(encoding="utf-8")
    assert "8 of 8 time steps have a clear Sentinel-2 observation, 8 a Sentinel-1 observation." in said.infos
    assert said.steps[-1] == 100


def test_check_of_a_broken_series_is_an_answer_that_names_each_file(run, county, checkpoint, tmp_path):
    folder = tmp_path / "sentinel2"
    folder.mkdir()
    names = sorted(path.name for path in Path(county.s2).glob("*.tif"))
    for name in names:
        (folder / name).write_bytes((Path(county.s2) / name).read_bytes())
    for name in names[:2]:
        truncate(folder / name, 0.3)
    report = tmp_path / "check.html"
    values = {"S2_FOLDER": str(folder), "CHECKPOINT": checkpoint, "REPORT": str(report)}
    results, said, _ = run("checkseries", values)
    assert results["READY"] is False
    for name in names[:2]:
        assert name in results["MESSAGE"] and name in said.errors[0] and name in report.read_text(encoding="utf-8")
    assert names[2] not in results["MESSAGE"]
    results, said, _ = run("checkseries", {**values, "SKIP_BROKEN": True})
    assert (results["READY"], results["S2_ACQUISITIONS"]) == (True, 6)
    assert any(names[0] in warning for warning in said.warnings)


def test_simulated_county_can_be_read_back(run, checkpoint, tmp_path):
    values = {"SIZE": 64, "SEED": 4, "S2_DATES": 5, "S1_DATES": 4, "CLOUDINESS": 0.2, "PARCEL_SIZE": 1.5}
    results, said, _ = run("simulatecounty", {**values, "OUTPUT_FOLDER": str(tmp_path / "county")})
    assert len(os.listdir(results["S2_FOLDER"])) == 5 and len(os.listdir(results["S1_FOLDER"])) == 4
    assert QgsVectorLayer(results["PARCELS"]).featureCount() == results["PARCEL_COUNT"] > 5
    truth = gdal.Open(results["TRUTH"])
    assert (truth.RasterXSize, truth.RasterYSize) == (64, 64)
    assert said.steps == sorted(said.steps) and said.steps[-1] == 100
    found, _, _ = run("checkseries", {"S2_FOLDER": results["OUTPUT_FOLDER"], "CHECKPOINT": checkpoint})
    # One of the five dates lies before the season of the checkpoint; truth and parcels are no acquisitions.
    assert (found["READY"], found["S2_ACQUISITIONS"]) == (True, 4)
    with pytest.raises(QgsProcessingException, match="already holds"):
        run("simulatecounty", {**values, "OUTPUT_FOLDER": str(tmp_path / "county")})
