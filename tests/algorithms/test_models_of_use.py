"""The ready-made models of a map's use: the weekly update of declarations, and fields without a parcel layer."""

from __future__ import annotations

import os

import pytest
from osgeo import gdal, ogr
from qgis.core import QgsVectorLayer


@pytest.fixture
def declared(county, tmp_path):
    """The parcels of the county with a declaration: grassland for all."""
    source = ogr.Open(county.parcels)
    copy = ogr.GetDriverByName("GPKG").CopyDataSource(source, str(tmp_path / "declared.gpkg"))
    layer = copy.GetLayer(0)
    layer.CreateField(ogr.FieldDefn("declared", ogr.OFTString))
    for feature in list(layer):
        feature.SetField("declared", "Grassland")
        layer.SetFeature(feature)
    layer = copy = source = None
    return str(tmp_path / "declared.gpkg")


def test_a_weekly_update_marks_what_changed_since_the_last_map(run, county, checkpoint, declared, tmp_path):
    places = {
        "classify:CROP_MAP": str(tmp_path / "first.tif"),
        "classify:PROBABILITIES": str(tmp_path / "first_p.tif"),
        "declarations:CHECKED": str(tmp_path / "first.gpkg"),
    }
    values = {"S2_FOLDER": county.s2, "S1_FOLDER": county.s1, "CHECKPOINT": checkpoint}
    values.update(PARCELS=declared, DECLARED_FIELD="declared")
    first, _, _ = run("weeklyupdate", {**values, **places})
    names = {field.name() for field in QgsVectorLayer(places["declarations:CHECKED"]).fields()}
    assert {"light", "rank"} <= names and "changed" not in names
    again = {key: value.replace("first", "second") for key, value in places.items()}
    last = {
        "PREVIOUS_CROP_MAP": places["classify:CROP_MAP"],
        "PREVIOUS_PROBABILITIES": places["classify:PROBABILITIES"],
    }
    second, _, _ = run("weeklyupdate", {**values, **last, **again, "S1_FOLDER": ""})
    found = list(QgsVectorLayer(again["declarations:CHECKED"]).getFeatures())
    before = list(QgsVectorLayer(places["declarations:CHECKED"]).getFeatures())
    assert [one["light_prev"] for one in found] == [one["light"] for one in before]
    differs = [one["light"] != old["light"] or one["observed"] != old["observed"] for one, old in zip(found, before)]
    assert [bool(one["changed"]) for one in found] == differs
    assert second["declarations:CHANGED"] == sum(differs) and "declarations:RED" in first


def test_fields_are_drawn_mapped_cleaned_and_labelled(run, county, checkpoint, tmp_path):
    pytest.importorskip("skimage")
    places = {
        "fields:FIELDS": str(tmp_path / "fields.gpkg"),
        "classify:CROP_MAP": str(tmp_path / "map.tif"),
        "clean:CLEAN_MAP": str(tmp_path / "clean.tif"),
        "labels:PARCEL_LABELS": str(tmp_path / "labels.gpkg"),
    }
    values = {"S2_FOLDER": county.s2, "S1_FOLDER": county.s1, "CHECKPOINT": checkpoint, "MINIMUM_FIELD": 0.2}
    results, _, _ = run("fieldsandmap", {**values, **places})
    assert all(os.path.getsize(place) > 0 for place in places.values())
    labels = QgsVectorLayer(places["labels:PARCEL_LABELS"])
    assert labels.featureCount() == results["fields:FIELD_COUNT"] > 1
    maps = [gdal.Open(places[key]).ReadAsArray() for key in ("classify:CROP_MAP", "clean:CLEAN_MAP")]
    assert maps[0].shape == maps[1].shape and (maps[0] != maps[1]).any()
