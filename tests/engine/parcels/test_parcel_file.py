"""A parcel file in the role that a mapping run gives it."""

from __future__ import annotations

import numpy as np
import pytest
from osgeo import ogr

from crop_attention.engine.errors import OutputError, ParcelError
from crop_attention.engine.feedback import Feedback
from crop_attention.engine.options import ParcelOptions
from crop_attention.engine.parcels.label import label_parcels
from crop_attention.engine.parcels.parcel_file import ParcelFile
from crop_attention.engine.writing.outputs import PendingOutputs
from labelled import write_fields
from rasters import crs_wkt


@pytest.fixture
def fields(tmp_path):
    """Two parcels in degrees and a feature without polygon, on a map of 8 x 8 pixels."""
    return str(write_fields(tmp_path / "fields.gpkg", [("a", (0, 0, 4, 8)), (None, None), ("b", (4, 0, 4, 8))], 4326))


def test_shapes_come_in_the_crs_of_the_map_and_go_back_with_labels(fields, crop_map, tmp_path):
    path = crop_map(np.repeat([[1, 1, 1, 1, 2, 2, 2, 2]], 8, axis=0), legend=["", "Maize", "Rapeseed"])
    parcels = ParcelFile(fields)
    parcels.load(crs_wkt(32631), Feedback())
    assert parcels.name == "fields.gpkg"
    assert [shape is None for shape in parcels.shapes] == [False, True, False]
    west, east, south, north = ogr.CreateGeometryFromWkb(parcels.shapes[0]).GetEnvelope()
    assert (west, east, south, north) == pytest.approx((500_000, 500_040, 5_599_920, 5_600_000), abs=0.1)
    labels = label_parcels(path, parcels.shapes, None, ParcelOptions(leave_border=False), Feedback())
    place = tmp_path / "labels.geojson"
    with PendingOutputs() as outputs:
        parcels.reserve(outputs, str(place))
        assert parcels.write(labels, {1: "Maize", 2: "Rapeseed"}, {}, Feedback()) == str(place)
        outputs.commit()
    dataset = ogr.Open(str(place))
    rows = [(feature["crop"], feature["crop_name"], feature["pixels"]) for feature in dataset.GetLayer(0)]
    assert rows == [("a", "Maize", 32), (None, None, 0), ("b", "Rapeseed", 32)]
    with pytest.raises(OutputError, match="also an input"):
        parcels.reserve(PendingOutputs(parcels.files), fields)


def test_a_layer_without_any_polygon_cannot_be_mapped(tmp_path):
    path = str(write_fields(tmp_path / "fields.gpkg", [("a", None)]))
    with pytest.raises(ParcelError, match="No feature of .*fields.gpkg has a polygon"):
        ParcelFile(path).load(crs_wkt(32631), Feedback())
