"""Slivers, holes, curves, broken polygons and none at all: each parcel keeps its place and gets what label it can."""

from __future__ import annotations

import numpy as np
import pytest
from osgeo import ogr

from crop_attention.engine.parcels.label import label_parcels
from parcel_labels import ALL_PIXELS, INNER_PIXELS, Notes
from rasters import ORIGIN

pytestmark = pytest.mark.usefixtures("crowd")


def test_a_sliver_is_labelled_from_the_pixels_it_touches(crop_map, box):
    labels = label_parcels(crop_map([[1, 2, 2, 2, 3]]), [box(1.1, 0.1, 3.9, 0.3)], options=ALL_PIXELS)
    assert (labels.code[0], labels.pixels[0], labels.few[0], labels.border_used[0]) == (2, 3, True, False)


def test_a_sliver_beside_a_large_parcel_takes_nothing_from_it(crop_map, box):
    shapes = [box(0, 0, 5, 5), box(2.6, 0.6, 2.9, 4.4)]
    labels = label_parcels(crop_map(np.full((5, 5), 4)), shapes, options=ALL_PIXELS)
    assert labels.pixels.tolist() == [25, 5]
    assert labels.few.tolist() == [False, True]


@pytest.mark.parametrize(
    "wkt",
    [
        "POLYGON((1.2 1.2,1.4 1.2,1.3 1.3,1.2 1.2))",
        "POLYGON((1.2 1.2,1.8 1.8,1.2 1.2))",
        "POLYGON((1.2 1.2,1.2 1.2,1.2 1.2,1.2 1.2))",
        "POLYGON((1 1.2,1 1.8,1 1.2))",
    ],
    ids=["tiny", "line", "point", "line on a pixel edge"],
)
def test_a_parcel_next_to_nothing_is_labelled_from_where_it_lies(crop_map, polygon, wkt):
    labels = label_parcels(crop_map([[1, 1, 1], [1, 6, 1], [1, 1, 1]]), [polygon(wkt)], options=INNER_PIXELS)
    assert labels.code[0] == 6
    assert labels.pixels[0] >= 1
    assert labels.few[0]


def test_parcels_off_the_map_have_no_label(crop_map, box):
    shapes = [box(-9, 0, -5, 3), box(0, 9, 3, 12), box(2, 0, 9, 2)]
    labels = label_parcels(crop_map(np.full((3, 4), 2)), shapes, options=ALL_PIXELS)
    assert labels.code.tolist() == [0, 0, 2]
    assert labels.pixels.tolist() == [0, 0, 4]
    assert labels.few.tolist() == [True, True, False]
    assert np.isnan(labels.confidence).all()


@pytest.mark.parametrize(
    ("wkt", "pixels"),
    [
        ("POLYGON((0 0,6 0,6 6,0 6,0 0),(2 2,4 2,4 4,2 4,2 2))", 32),
        ("MULTIPOLYGON(((0 0,2 0,2 2,0 2,0 0)),((4 4,6 4,6 6,4 6,4 4)))", 8),
        ("POLYGON Z((0 0 9,3 0 9,3 3 9,0 3 9,0 0 9))", 9),
        ("POLYGON ZM((0 0 9 1,3 0 9 1,3 3 9 1,0 3 9 1,0 0 9 1))", 9),
        ("POLYGON((0 0,6 6,6 0,0 6,0 0))", 12),
        ("POLYGON((0 0,4 0,4 2,2 2,2 4,4 4,4 2,6 2,6 6,0 6,0 0))", 28),
        ("POLYGON((0 0,6 0,6 6,0 6))", 36),
        ("MULTIPOLYGON(((0 0,4 0,4 4,0 4,0 0)),((2 2,6 2,6 6,2 6,2 2)))", 28),
        ("MULTIPOLYGON(((0 0,4 0,4 4,0 4,0 0)),((0 0,4 0,4 4,0 4,0 0)))", 16),
        ("GEOMETRYCOLLECTION(POINT(5 5),POLYGON((0 0,2 0,2 2,0 2,0 0)),LINESTRING(0 0,5 5))", 4),
    ],
    ids=[
        "hole",
        "two parts",
        "Z",
        "ZM",
        "bowtie",
        "ring that touches itself",
        "ring not closed",
        "parts that overlap",
        "parts twice",
        "collection",
    ],
)
def test_every_kind_of_polygon_is_answered(crop_map, polygon, wkt, pixels):
    labels = label_parcels(crop_map(np.full((6, 6), 5)), [polygon(wkt)], options=ALL_PIXELS)
    if "6 6,6 0,0 6" in wkt:  # centres on the diagonals may fall to either side
        assert pixels <= labels.pixels[0] <= pixels + 12
    else:
        assert labels.pixels[0] == pixels
    assert labels.code[0] == 5


def test_a_curved_polygon_is_answered(crop_map, tmp_path):
    x, y = ORIGIN[0] + 50, ORIGIN[1] - 50
    circle = ogr.CreateGeometryFromWkt(
        f"CURVEPOLYGON(CIRCULARSTRING({x - 40} {y},{x} {y + 40},{x + 40} {y},{x} {y - 40},{x - 40} {y}))"
    )
    labels = label_parcels(
        crop_map(np.full((10, 10), 5)), [bytes(circle.ExportToIsoWkb(ogr.wkbNDR))], options=ALL_PIXELS
    )
    assert labels.pixels[0] == 52


def test_what_is_no_polygon_keeps_its_place_without_label(crop_map, polygon, box):
    nan = float("nan")
    broken = ogr.Geometry(ogr.wkbLinearRing)
    for x, y in ((0, 0), (nan, nan), (30, 30), (0, 0)):
        broken.AddPoint_2D(ORIGIN[0] + x, ORIGIN[1] - y)
    holder = ogr.Geometry(ogr.wkbPolygon)
    holder.AddGeometry(broken)
    shapes = [
        None,
        b"",
        b"not a geometry",
        bytes(ogr.CreateGeometryFromWkt("POLYGON EMPTY").ExportToWkb(ogr.wkbNDR)),
        bytes(ogr.CreateGeometryFromWkt("MULTIPOLYGON EMPTY").ExportToWkb(ogr.wkbNDR)),
        polygon("POINT(1 1)"),
        polygon("LINESTRING(0 0,3 3)"),
        bytes(holder.ExportToWkb(ogr.wkbNDR)),
        box(0, 0, 3, 3),
    ]
    notes = Notes()
    labels = label_parcels(crop_map(np.full((3, 3), 5)), shapes, None, ALL_PIXELS, notes)
    assert labels.code.tolist() == [0] * 8 + [5]
    assert labels.pixels.tolist() == [0] * 8 + [9]
    assert labels.few.tolist() == [True] * 8 + [False]
    assert notes.warnings == ["8 of 9 parcels have no polygon and get no label."]
    assert labels.sentence == "1 of 9 parcels got a label. Without a label: 8 without a polygon."


def test_why_parcels_have_no_label_is_counted(crop_map, box):
    shapes = [box(0, 0, 2, 1), box(50, 50, 52, 52), box(0, 2, 2, 4), box(2.1, 3.1, 2.3, 3.3), None]
    labels = label_parcels(crop_map([[1, 2, 2], [1, 1, 2], [0, 0, 0], [0, 0, 0]]), shapes, options=ALL_PIXELS)
    assert labels.pixels.tolist() == [2, 0, 0, 0, 0]
    why = "1 outside the map, 2 where the map has no class, 1 without a polygon"
    assert labels.sentence == f"1 of 5 parcels got a label. Without a label: {why}."


def test_nothing_is_said_of_parcels_without_a_label_where_all_have_one(crop_map, box):
    labels = label_parcels(crop_map(np.ones((3, 3))), [box(0, 0, 2, 2)], options=ALL_PIXELS)
    assert labels.sentence == "1 of 1 parcels got a label."


def test_invalid_polygons_are_counted(crop_map, polygon, box):
    notes = Notes()
    bowtie = polygon("POLYGON((0 0,3 3,3 0,0 3,0 0))")
    label_parcels(crop_map(np.ones((3, 3))), [bowtie, box(0, 0, 2, 2)], None, ALL_PIXELS, notes)
    assert notes.infos == ["1 of 2 parcels were invalid and repaired to be labelled."]


def test_no_parcels_give_no_labels(crop_map):
    labels = label_parcels(crop_map(np.ones((3, 3))), [], options=INNER_PIXELS)
    assert len(labels) == 0
    assert labels.code.dtype == np.uint8
