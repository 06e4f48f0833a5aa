"""One label a parcel: majority, borders, overlaps and confidence."""

from __future__ import annotations

import numpy as np
import pytest
from osgeo import ogr

from crop_attention.engine.errors import Cancelled
from crop_attention.engine.feedback import Feedback
from crop_attention.engine.options import ParcelOptions
from crop_attention.engine.parcels import frame as frame_module
from crop_attention.engine.parcels.label import ParcelLabels, label_parcels
from parcel_labels import ALL_PIXELS, INNER_PIXELS, Notes
from rasters import ORIGIN, write_raster

pytestmark = pytest.mark.usefixtures("crowd")


def random_polygons(count: int, size: int, seed: int) -> list[bytes]:
    """Return the WKB of stars of 3 to 9 corners that overlap at random; some have a hole, some two parts."""
    draw = np.random.default_rng(seed)

    def ring(centre: np.ndarray, radius: float) -> ogr.Geometry:
        line = ogr.Geometry(ogr.wkbLinearRing)
        corners = draw.integers(3, 10)
        for angle in (np.arange(corners) + draw.uniform(0, 0.9, corners)) * 2 * np.pi / corners:
            length = radius * draw.uniform(0.5, 1)
            x, y = centre + length * np.array([np.cos(angle), np.sin(angle)])
            line.AddPoint_2D(ORIGIN[0] + 10 * x, ORIGIN[1] - 10 * y)
        line.CloseRings()
        return line

    shapes = []
    for number in range(count):
        many = ogr.Geometry(ogr.wkbMultiPolygon)
        centre, radius = draw.uniform(-3, size + 3, 2), draw.uniform(0.5, 12)
        for part in range(1 + (number % 5 == 0)):
            shape = ogr.Geometry(ogr.wkbPolygon)
            shape.AddGeometry(ring(centre + part * 26, radius))
            if number % 3 == 0:
                shape.AddGeometry(ring(centre + part * 26, radius / 5))
            many.AddGeometry(shape)
        valid = many if many.IsValid() else many.Buffer(0)
        shapes.append(bytes(valid.ExportToWkb(ogr.wkbNDR)))
    return shapes


def by_brute_force(codes: np.ndarray, percent: np.ndarray, wkb: bytes, leave_border: bool) -> tuple:
    """Ask every pixel centre whether it lies in the polygon."""
    shape = ogr.CreateGeometryFromWkb(wkb)
    height, width = codes.shape
    inside = np.zeros((height + 2, width + 2), bool)
    west, east, south, north = shape.GetEnvelope()
    for row in range(-1, height + 1):
        y = ORIGIN[1] - 10 * (row + 0.5)
        for col in range(-1, width + 1):
            x = ORIGIN[0] + 10 * (col + 0.5)
            if west <= x <= east and south <= y <= north:
                point = ogr.Geometry(ogr.wkbPoint)
                point.AddPoint_2D(x, y)
                inside[row + 1, col + 1] = shape.Contains(point)
    own = inside[1:-1, 1:-1]
    inner = own & inside[:-2, 1:-1] & inside[2:, 1:-1] & inside[1:-1, :-2] & inside[1:-1, 2:]
    voting = own & (codes > 0)
    fallback = leave_border and not (inner & (codes > 0)).any()
    if leave_border and not fallback:
        voting = inner & (codes > 0)
    counts = np.bincount(codes[voting], minlength=256)
    order = sorted(np.flatnonzero(counts), key=lambda code: (-counts[code], code))
    pixels = counts.sum()
    known = percent[voting & (percent != 255)]
    return (
        own.any(),
        order[0] if order else 0,
        counts[order[0]] / pixels if order else 0,
        order[1] if len(order) > 1 else 0,
        counts[order[1]] / pixels if len(order) > 1 else 0,
        known.mean() if len(known) else np.nan,
        pixels,
        fallback and pixels > 0,
    )


def assert_equal(one: ParcelLabels, other: ParcelLabels) -> None:
    for name in ParcelLabels.__dataclass_fields__:
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)


@pytest.mark.parametrize("leave_border", [True, False])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_labels_agree_with_brute_force(crop_map, tmp_path, monkeypatch, seed, leave_border):
    monkeypatch.setattr(frame_module, "STRIP_PIXELS", 48 * 7)
    draw = np.random.default_rng(seed)
    codes = draw.integers(0, 4, (40, 48)).repeat(2, 0)[:40].astype(np.uint8)
    percent = draw.integers(0, 101, (40, 48)).astype(np.uint8)
    percent[draw.random((40, 48)) < 0.2] = 255
    confidence = write_raster(tmp_path / "confidence.tif", percent, nodata=255)
    shapes = random_polygons(60, 44, seed)
    labels = label_parcels(
        crop_map(codes), shapes, confidence, ParcelOptions(leave_border=leave_border, min_pixels=1), Feedback()
    )
    compared = 0
    for number, wkb in enumerate(shapes):
        has_centre, code, share, second, second_share, mean, pixels, fallback = by_brute_force(
            codes, percent, wkb, leave_border
        )
        if not has_centre:
            continue
        compared += 1
        assert labels.code[number] == code
        assert labels.share[number] == pytest.approx(share, abs=1e-6)
        assert labels.runner_up[number] == second
        assert labels.runner_up_share[number] == pytest.approx(second_share, abs=1e-6)
        assert labels.confidence[number] == pytest.approx(mean, abs=1e-4, nan_ok=True)
        assert labels.pixels[number] == pixels
        assert labels.border_used[number] == fallback
    assert compared > 40


@pytest.mark.parametrize("rows", [1, 2, 5, 13])
def test_the_height_of_strips_changes_nothing(crop_map, tmp_path, monkeypatch, rows):
    draw = np.random.default_rng(7)
    path = crop_map(draw.integers(0, 5, (40, 48)))
    confidence = write_raster(tmp_path / "confidence.tif", draw.integers(0, 101, (40, 48)).astype(np.uint8))
    shapes = random_polygons(80, 44, 11)
    whole = label_parcels(path, shapes, confidence, INNER_PIXELS, Feedback())
    monkeypatch.setattr(frame_module, "STRIP_PIXELS", 48 * rows)
    assert_equal(label_parcels(path, shapes, confidence, INNER_PIXELS, Feedback()), whole)


def test_majority_and_runner_up_have_their_shares(crop_map, box):
    labels = label_parcels(crop_map([[3, 3, 3, 7, 7, 1]]), [box(0, 0, 6, 1)], options=ALL_PIXELS)
    assert (labels.code[0], labels.runner_up[0], labels.pixels[0]) == (3, 7, 6)
    assert labels.share[0] == pytest.approx(1 / 2)
    assert labels.runner_up_share[0] == pytest.approx(1 / 3)
    assert labels.code.dtype == np.uint8
    assert labels.pixels.dtype == np.int64


def test_ties_go_to_the_smaller_code(crop_map, box):
    labels = label_parcels(crop_map([[9, 4, 4, 9, 6, 6]]), [box(0, 0, 4, 1), box(2, 0, 6, 1)], options=ALL_PIXELS)
    assert labels.code.tolist() == [4, 6]
    assert labels.runner_up.tolist() == [9, 4]


def test_a_pure_parcel_has_no_runner_up(crop_map, box):
    labels = label_parcels(crop_map([[5, 5]]), [box(0, 0, 2, 1)], options=ALL_PIXELS)
    assert (labels.code[0], labels.share[0], labels.runner_up[0], labels.runner_up_share[0]) == (5, 1, 0, 0)


@pytest.mark.parametrize("nodata", [0, 255])
def test_pixels_without_class_do_not_vote(crop_map, box, nodata):
    path = crop_map([[nodata, nodata, nodata, 2, nodata, nodata]], nodata=nodata)
    labels = label_parcels(path, [box(0, 0, 4, 1), box(4, 0, 6, 1)], options=ALL_PIXELS)
    assert labels.code.tolist() == [2, 0]
    assert labels.share.tolist() == [1, 0]
    assert labels.pixels.tolist() == [1, 0]
    assert labels.few.tolist() == [False, True]


def test_border_pixels_are_left_out(crop_map, box):
    codes = np.full((6, 6), 1)
    codes[2:4, 2:4] = 2
    path, shapes = crop_map(codes), [box(1, 1, 5, 5)]
    inner = label_parcels(path, shapes, options=INNER_PIXELS)
    assert (inner.code[0], inner.share[0], inner.pixels[0], inner.border_used[0]) == (2, 1, 4, False)
    whole = label_parcels(path, shapes, options=ALL_PIXELS)
    assert (whole.code[0], whole.share[0], whole.pixels[0], whole.border_used[0]) == (1, 0.75, 16, False)


def test_a_neighbouring_parcel_makes_a_border(crop_map, box):
    codes = np.ones((5, 8))
    alone = label_parcels(crop_map(codes), [box(0, 0, 8, 5)], options=INNER_PIXELS)
    split = label_parcels(crop_map(codes), [box(0, 0, 4, 5), box(4, 0, 8, 5)], options=INNER_PIXELS)
    assert alone.pixels.tolist() == [18]
    assert split.pixels.tolist() == [6, 6]


def test_only_the_four_neighbours_make_a_border(crop_map, polygon):
    shape = polygon("POLYGON((0 0,3 0,3 2,4 2,4 4,0 4,0 0))")
    labels = label_parcels(crop_map(np.ones((4, 4))), [shape], options=INNER_PIXELS)
    # (row 2, column 2) touches the missing corner only diagonally.
    assert labels.pixels[0] == 3
    assert not labels.border_used[0]


def test_the_edge_of_the_map_is_no_border_of_a_parcel_that_goes_on(crop_map, box):
    labels = label_parcels(crop_map(np.ones((4, 4))), [box(-3, -3, 7, 7)], options=INNER_PIXELS)
    assert labels.pixels[0] == 16


def test_a_parcel_of_border_pixels_alone_keeps_them_and_says_so(crop_map, box):
    labels = label_parcels(crop_map(np.full((4, 6), 8)), [box(1, 1, 5, 3)], options=INNER_PIXELS)
    assert (labels.code[0], labels.pixels[0], labels.border_used[0]) == (8, 8, True)


def test_a_parcel_whose_inner_pixels_have_no_class_falls_back_to_its_border(crop_map, box):
    codes = np.full((5, 5), 8)
    codes[1:4, 1:4] = 0
    labels = label_parcels(crop_map(codes), [box(0, 0, 5, 5)], options=INNER_PIXELS)
    assert (labels.code[0], labels.pixels[0], labels.border_used[0]) == (8, 16, True)


def test_few_pixels_are_flagged_under_the_minimum(crop_map, box):
    options = ParcelOptions(leave_border=False, min_pixels=5)
    labels = label_parcels(crop_map(np.ones((2, 5))), [box(0, 0, 4, 1), box(0, 0, 5, 1)], options=options)
    assert labels.few.tolist() == [True, False]


@pytest.mark.parametrize("options", [ALL_PIXELS, INNER_PIXELS], ids=["all pixels", "inner pixels"])
def test_parcels_that_overlap_are_labelled_as_if_alone(crop_map, box, options):
    draw = np.random.default_rng(3)
    path = crop_map(draw.integers(1, 6, (20, 20)))
    pile = [box(left, left / 2, left + 9, left / 2 + 9) for left in range(11)]
    pile += [box(0, 0, 20, 20), box(15, 15, 19, 19), box(15, 15, 19, 19)]
    together = label_parcels(path, pile, options=options)
    for number, shape in enumerate(pile):
        alone = label_parcels(path, [shape], options=options)
        assert alone.pixels[0] > 0
        assert together.pixels[number] == alone.pixels[0]
        assert together.code[number] == alone.code[0]
        assert together.share[number] == alone.share[0]


def test_a_deep_pile_of_equal_parcels_is_labelled(crop_map, box):
    shapes = [box(1, 1, 5, 5)] * 30 + [box(6, 0, 8, 8)]
    labels = label_parcels(crop_map(np.full((8, 8), 3)), shapes, options=ALL_PIXELS)
    assert labels.pixels.tolist() == [16] * 31


def test_confidence_is_the_mean_over_the_pixels_that_voted(crop_map, tmp_path, box):
    percent = np.array([[50, 255, 80], [255, 255, 90]], np.uint8)
    confidence = write_raster(tmp_path / "confidence.tif", percent)
    path = crop_map([[1, 1, 0], [2, 2, 2]])
    shapes = [box(0, 0, 3, 1), box(0, 1, 2, 2), box(0, 1, 3, 2)]
    labels = label_parcels(path, shapes, confidence, ALL_PIXELS, Feedback())
    np.testing.assert_allclose(labels.confidence, [50, np.nan, 90])


def test_confidence_of_a_parcel_without_border_is_that_of_its_inner_pixels(crop_map, tmp_path, box):
    percent = np.full((3, 3), 10.0)
    percent[1, 1] = 62.5
    confidence = write_raster(tmp_path / "confidence.tif", percent, dtype="float32", nodata=-1)
    labels = label_parcels(crop_map(np.ones((3, 3))), [box(0, 0, 3, 3)], confidence, INNER_PIXELS, Feedback())
    assert labels.confidence[0] == 62.5


def test_without_a_confidence_raster_confidence_is_unknown(crop_map, box):
    labels = label_parcels(crop_map(np.ones((3, 3))), [box(0, 0, 3, 3)], options=INNER_PIXELS)
    assert np.isnan(labels.confidence[0])


def test_progress_never_goes_back_and_ends_at_one(crop_map, box, monkeypatch):
    monkeypatch.setattr(frame_module, "STRIP_PIXELS", 8)
    notes = Notes()
    label_parcels(crop_map(np.ones((8, 8))), [box(0, 0, 8, 8), box(1.1, 1.1, 1.2, 1.2)], None, ALL_PIXELS, notes)
    assert notes.fractions == sorted(notes.fractions)
    assert notes.fractions[-1] == 1.0
    assert len(set(notes.fractions)) > 8


@pytest.mark.parametrize("looks", [0, 1, 5])
def test_cancel_stops_between_strips(crop_map, box, monkeypatch, looks):
    monkeypatch.setattr(frame_module, "STRIP_PIXELS", 8)
    notes = Notes(stop_after=looks)
    with pytest.raises(Cancelled):
        label_parcels(crop_map(np.ones((8, 8))), [box(0, 0, 8, 8)], None, ALL_PIXELS, notes)
    assert notes.looks == looks + 1
