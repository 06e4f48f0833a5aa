"""A parcel file in the role that a mapping run gives it."""

from __future__ import annotations

import os
import tempfile

import numpy as np
import pytest
from osgeo import ogr

from crop_attention.engine.errors import OutputError, ParcelError
from crop_attention.engine.feedback import Feedback
from crop_attention.engine.options import ParcelOptions
from crop_attention.engine.parcels.label import label_parcels
from crop_attention.engine.parcels.parcel_file import ParcelFile
from crop_attention.engine.writing.outputs import PendingOutputs
from crop_attention.models.card import CropClass
from labelled import Heard, write_fields
from rasters import crs_wkt

LEGEND = (CropClass(1, "Maize", "#ea5b0d"), CropClass(2, "Rapeseed", "#f5f13e"))


@pytest.fixture
def fields(tmp_path):
    """Two parcels in degrees and a feature without polygon, on a map of 8 x 8 pixels."""
    return str(write_fields(tmp_path / "fields.gpkg", [("a", (0, 0, 4, 8)), (None, None), ("b", (4, 0, 4, 8))], 4326))


@pytest.fixture
def halves(crop_map):
    """A map of maize on the left and rapeseed on the right."""
    return crop_map(np.repeat([[1, 1, 1, 1, 2, 2, 2, 2]], 8, axis=0), legend=["", "Maize", "Rapeseed"])


def _rows(place):
    dataset = ogr.Open(str(place))
    return [(feature["crop"], feature["crop_name"], feature["pixels"]) for feature in dataset.GetLayer(0)]


def test_shapes_come_in_the_crs_of_the_map_and_go_back_with_labels(fields, halves, tmp_path):
    parcels = ParcelFile(fields)
    parcels.load(crs_wkt(32631), Feedback())
    assert parcels.name == "fields.gpkg"
    assert [shape is None for shape in parcels.shapes] == [False, True, False]
    west, east, south, north = ogr.CreateGeometryFromWkb(parcels.shapes[0]).GetEnvelope()
    assert (west, east, south, north) == pytest.approx((500_000, 500_040, 5_599_920, 5_600_000), abs=0.1)
    labels = label_parcels(halves, parcels.shapes, None, ParcelOptions(leave_border=False), Feedback())
    place = tmp_path / "labels.geojson"
    with PendingOutputs() as outputs:
        parcels.reserve(outputs, str(place))
        assert parcels.write(labels, LEGEND, {}, Feedback()) == str(place)
        outputs.commit()
    assert _rows(place) == [("a", "Maize", 32), (None, None, 0), ("b", "Rapeseed", 32)]
    with pytest.raises(OutputError, match="also an input"):
        parcels.reserve(PendingOutputs(parcels.files), fields)


@pytest.mark.skipif(os.name != "posix", reason="Windows removes no file that is open")
def test_parcels_that_are_kept_have_no_file_that_a_kill_could_leave(fields, tmp_path, monkeypatch):
    passing = tmp_path / "passing"
    passing.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(passing))
    parcels = ParcelFile(fields)
    parcels.load(crs_wkt(32631), Feedback())
    assert list(passing.iterdir()) == [] and parcels.field_values("crop") == ["a", "", "b"]


def test_parcels_that_change_during_the_run_keep_the_labels_of_what_was_read(fields, halves, tmp_path):
    parcels, heard = ParcelFile(fields), Heard()
    parcels.load(crs_wkt(32631), heard)
    dataset = ogr.Open(fields, 1)
    dataset.GetLayer(0).DeleteFeature(1)
    del dataset
    labels = label_parcels(halves, parcels.shapes, None, ParcelOptions(leave_border=False), Feedback())
    with PendingOutputs() as outputs:
        parcels.reserve(outputs, str(tmp_path / "labels.gpkg"))
        parcels.write(labels, LEGEND, {}, heard)
        outputs.commit()
    assert _rows(tmp_path / "labels.gpkg") == [("a", "Maize", 32), (None, None, 0), ("b", "Rapeseed", 32)]
    assert any("were changed during the run" in warning for warning in heard.warnings)


def test_a_place_that_is_discarded_leaves_the_other_outputs(fields, halves, tmp_path):
    parcels = ParcelFile(fields)
    parcels.load(crs_wkt(32631), Feedback())
    with PendingOutputs() as outputs:
        other = outputs.add(tmp_path / "map.txt")
        parcels.reserve(outputs, str(tmp_path / "labels.gpkg"))
        parcels.discard()
        with open(other.path, "w") as file:
            file.write("whole")
        outputs.commit()
    assert (tmp_path / "map.txt").read_text() == "whole"
    assert not [entry.name for entry in tmp_path.iterdir() if "labels" in entry.name]


def test_a_layer_without_any_polygon_cannot_be_mapped(tmp_path):
    path = str(write_fields(tmp_path / "fields.gpkg", [("a", None)]))
    with pytest.raises(ParcelError, match="No feature of .*fields.gpkg has a polygon"):
        ParcelFile(path).load(crs_wkt(32631), Feedback())
