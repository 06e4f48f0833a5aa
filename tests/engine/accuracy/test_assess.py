"""From files to an assessment: every unit is counted once or told why not."""

from __future__ import annotations

import csv
import math

import numpy as np
import pytest
from osgeo import gdal, ogr

from crop_attention.engine.accuracy.assess import assess
from crop_attention.engine.accuracy.options import AccuracyOptions
from crop_attention.engine.accuracy.reference import Reference, ReferenceSource
from crop_attention.engine.accuracy.sample import sample_pixels
from crop_attention.engine.accuracy.table import columns, write_assessment
from crop_attention.engine.errors import AccuracyError, Cancelled, ParcelError
from crop_attention.engine.feedback import Feedback
from crop_attention.engine.parcels import frame
from crop_attention.engine.parcels.class_map import ClassMap
from crop_attention.engine.writing.outputs import PendingOutput
from crop_attention.models import language

PIXEL, PARCEL = AccuracyOptions(unit="pixel"), AccuracyOptions(unit="parcel")


@pytest.fixture
def halves(crop_map):
    """A map of 40 x 30: maize in the west, wheat in the east, three columns of nothing in the far east."""
    codes = np.ones((30, 40), np.uint8)
    codes[:, 20:] = 2
    codes[:, 37:] = 0
    return crop_map(codes)


def read_reference(path, field, crs) -> Reference:
    return ReferenceSource(path, field).load(crs, Feedback())


def read(path, crop_map):
    return read_reference(path, "crop", ClassMap(crop_map).crs)


def left_out(found):
    return {row.why: row.count for row in found.left_out}


def test_parcels_by_their_majority(halves, reference_file, box):
    features = [
        ("mais", box(1, 1, 9, 9)),
        ("Maïs", box(12, 1, 30, 9)),  # 8 columns west, 10 east
        ("winter wheat", box(22, 11, 30, 20)),
        ("Grass", box(1, 11, 9, 20)),
        ("Grass", box(50, 1, 60, 9)),
        ("Grass", box(37, 1, 40, 9)),
        (None, box(1, 21, 9, 29)),
        ("Grass", None),
    ]
    path = reference_file(features)
    found = assess(halves, read(path, halves))
    assert found.unit == "parcel" and found.matrix.classes == ("Maïs", "Winter wheat", "Grass")
    assert found.matrix.counts.tolist() == [[1, 0, 1], [1, 1, 0], [0, 0, 0]]
    assert found.scores.overall.value == 0.5
    assert left_out(found) == {
        "without a value in the class field": 1,
        "without a geometry, or beyond the CRS of the map": 1,
        "outside the map": 1,
        "where the map has no class": 1,
    }
    assert found.matrix.total + sum(row.count for row in found.left_out) == found.features == 8
    assert found.matched == (("Grass", "Grass", 4), ("Maïs", "Maïs", 1), ("mais", "Maïs", 1),
                             ("winter wheat", "Winter wheat", 1))  # fmt: skip
    assert any("Grass (1)" in warning for warning in found.warnings)


def test_pixels_of_parcels_with_and_without_inset(halves, reference_file, box):
    path = reference_file(
        [("Maïs", box(12, 1, 30, 9)), ("Maïs", box(2, 12, 8, 14)), ("Winter wheat", box(34, 1, 40, 9))]
    )
    found = assess(halves, read(path, halves), options=PIXEL)
    assert found.matrix.counts.tolist() == [[8 * 8 + 12, 0], [10 * 8, 3 * 8]]
    assert left_out(found) == {"where the map has no class": 24}
    assert (found.scores.intervals, found.scores.clusters) == ("clustered", 3)
    cut = assess(halves, read(path, halves), options=AccuracyOptions(unit="pixel", inset=10))
    assert cut.matrix.counts.tolist() == [[7 * 6, 0], [9 * 6, 2 * 6]]
    assert left_out(cut)["of which an inset of 10 m leaves nothing"] == 1


def test_points_by_the_pixel_under_them(halves, reference_file):
    maize = [("mais", f"POINT({place})") for place in ("3.5 3.5", "25.1 0.2", "38 3", "-1 3", "3 30.5")]
    path = reference_file([*maize, ("Winter wheat", "POINT(36.9 29.9)")])
    found = assess(halves, read(path, halves))
    assert found.unit == "point" and found.matrix.counts.tolist() == [[1, 0], [1, 1]]
    assert left_out(found) == {"outside the map": 2, "where the map has no class": 1}
    with pytest.raises(AccuracyError, match="holds points, not parcels"):
        assess(halves, read(path, halves), options=PARCEL)


def test_reference_in_another_crs(halves, reference_file, box):
    features = [("mais", box(1.2, 1.2, 8.8, 8.8)), ("Winter wheat", box(22.2, 11.2, 29.8, 19.8))]
    here = assess(halves, read(reference_file(features), halves), options=PIXEL)
    there = assess(halves, read(reference_file(features, epsg=4326, name="degrees.gpkg"), halves), options=PIXEL)
    assert there.matrix.counts.tolist() == here.matrix.counts.tolist() == [[64, 0], [0, 72]]


def test_areas_are_those_of_the_formula(halves, reference_file):
    points = [("mais", f"POINT({x}.5 5.5)") for x in range(8)] + [
        ("Winter wheat", f"POINT({x}.5 7.5)") for x in range(2)
    ]
    points += [("mais", "POINT(22.5 3.5)")] + [("Winter wheat", f"POINT({x}.5 9.5)") for x in range(21, 30)]
    found = assess(halves, read(reference_file(points), halves))
    west, east = 20 * 30 * 100, 17 * 30 * 100
    assert found.areas.mapped.tolist() == [west, east]
    assert found.areas.adjusted.value == pytest.approx([0.8 * west + 0.1 * east, 0.2 * west + 0.9 * east])
    share = west / (west + east)
    variance = share**2 * 0.8 * 0.2 / 9 + (1 - share) ** 2 * 0.9 * 0.1 / 9
    assert found.areas.adjusted.upper[0] - found.areas.adjusted.value[0] == pytest.approx(
        1.96 * math.sqrt(variance) * (west + east)
    )
    assert found.areas.overall.value == pytest.approx(0.8 * share + 0.9 * (1 - share))
    assert found.areas.by_map and found.areas.left_out == ()


def test_map_classes_without_reference_are_left_out_and_named(crop_map, reference_file):
    codes = np.ones((10, 30), np.uint8)
    codes[:, 10:20], codes[:, 20:] = 2, 3
    path = crop_map(codes)
    points = [("mais", f"POINT({x}.5 5.5)") for x in range(5)] + [("mais", "POINT(12.5 3.5)")]
    found = assess(path, read(reference_file(points), path))
    assert found.areas.left_out == ("Winter wheat", "Grass")
    assert found.areas.left_out_area == 20_000 and found.areas.total == 10_000
    assert [entry.name for entry in found.area_classes] == ["Maïs", "Winter wheat", "Grass"]
    assert any("leave out map classes with fewer than two points" in warning for warning in found.warnings)


def test_a_class_that_the_reference_never_holds_is_told(halves, reference_file):
    points = [("mais", f"POINT({x}.5 5.5)") for x in range(0, 36, 2)]
    found = assess(halves, read(reference_file(points), halves))
    assert found.areas.adjusted.value[1] == 0
    assert any(warning.startswith("The reference never holds Winter wheat") for warning in found.warnings)


def test_strata_on_another_grid(halves, crop_map, reference_file):
    north_and_south = np.ones((16, 22), np.uint8)
    north_and_south[5:] = 2
    strata = crop_map(north_and_south, "strata.tif", legend=(), pixel=20.0)  # rows 0 to 9 of the map, then the rest
    points = [("mais", f"POINT({x}.5 {y}.5)") for x in (3, 8, 25) for y in (4, 15)]
    points += [("Winter wheat", f"POINT({x}.5 {y}.5)") for x in (5, 28, 33) for y in (7, 20)]
    found = assess(halves, read(reference_file(points), halves), strata=strata)
    assert not found.areas.by_map
    assert found.areas.total == 37 * 30 * 100
    # In each stratum 3 of 6 units are maize by the reference, and 4 of 6 are right.
    assert found.areas.adjusted.value == pytest.approx([37 * 30 * 50] * 2)
    assert found.areas.overall.value == pytest.approx(4 / 6)
    n, weight = 6, np.array([1 / 3, 2 / 3])
    variance = (weight**2 * (1 - n / (37 * 30 * weight)) * (4 / 6 * 2 / 6) / (n - 1)).sum()
    assert found.areas.overall.upper - found.areas.overall.value == pytest.approx(
        min(1.96 * math.sqrt(variance), 1 - 4 / 6)
    )
    for options in (PIXEL, PARCEL):
        boxes = [("mais", f"POLYGON((2 {y},6 {y},6 {y + 4},2 {y + 4},2 {y}))") for y in (1, 5, 14, 20)]
        parcels = read(reference_file(boxes, name=f"{options.unit}.gpkg"), halves)
        assert assess(halves, parcels, strata=strata, options=options).areas.adjusted.value[0] == 37 * 30 * 100


def test_unmatched_values(halves, reference_file):
    points = [("mais", "POINT(3.5 3.5)"), ("rye", "POINT(25.5 3.5)"), ("rye", "POINT(5.5 3.5)")]
    reference = read(reference_file(points), halves)
    with pytest.raises(AccuracyError, match="'rye' are not classes of the crop map"):
        assess(halves, reference)
    ignored = assess(halves, reference, options=AccuracyOptions(unmatched="ignore"))
    assert ignored.matrix.total == 1 and left_out(ignored) == {"whose value is ignored": 2}
    kept = assess(halves, reference, options=AccuracyOptions(unmatched="keep"))
    assert kept.matrix.classes == ("Maïs", "Winter wheat", "rye")
    assert kept.matrix.counts.tolist() == [[1, 0, 1], [0, 0, 1], [0, 0, 0]]
    assert assess(halves, reference, {"rye": "Winter wheat"}).matrix.counts.tolist() == [[1, 1], [0, 1]]


def test_numbers_against_a_map_without_names(crop_map, reference_file):
    path = crop_map(np.full((9, 9), 7, np.uint8), legend=())
    found = assess(path, read(reference_file([(7, "POINT(1 1)"), (9, "POINT(2 2)")]), path))
    assert found.matrix.classes == ("Class 7", "Class 9") and found.matrix.counts.tolist() == [[1, 1], [0, 0]]


def test_nothing_to_compare_is_an_error(halves, reference_file):
    reference = read(reference_file([("mais", "POINT(-100 3)")]), halves)
    with pytest.raises(AccuracyError, match="No feature of the reference .* lies on a classified pixel"):
        assess(halves, reference)


def test_what_cannot_be_read_is_named(halves, crop_map, reference_file, tmp_path):
    path = reference_file([("mais", "POINT(1 1)")])
    crs = ClassMap(halves).crs
    with pytest.raises(AccuracyError, match="has no field kind: choose one of crop"):
        read_reference(path, "kind", crs)
    with pytest.raises(AccuracyError, match="cannot be opened"):
        read_reference(str(tmp_path / "absent.gpkg"), "crop", crs)
    lines = ogr.GetDriverByName("GPKG").CreateDataSource(str(tmp_path / "lines.gpkg"))
    lines.CreateLayer("lines", crs, ogr.wkbLineString)
    lines = None
    with pytest.raises(AccuracyError, match="no layer of polygons or points"):
        read_reference(str(tmp_path / "lines.gpkg"), "crop", crs)
    bare = crop_map([[1, 2]], "bare.tif", epsg=None)
    dataset = gdal.Open(bare, gdal.GA_Update)
    dataset.SetGeoTransform((0, 10, 0, 0, 0, -10))
    del dataset
    with pytest.raises(ParcelError, match="no coordinate reference system"):
        assess(bare, read(path, halves))
    degrees = crop_map([[1, 2]], "degrees.tif", epsg=4326, origin=(3.0, 50.0), pixel=0.001)
    with pytest.raises(AccuracyError, match="is in degrees"):
        assess(degrees, read(path, halves), options=AccuracyOptions(inset=5))


def test_strips_and_crowds_change_nothing(crop_map, reference_file, box, monkeypatch):
    rng = np.random.default_rng(3)
    codes = rng.integers(0, 4, (80, 90)).astype(np.uint8)
    path = crop_map(codes, options=["BLOCKYSIZE=4"])
    crowd = [("Grass", box(4 * i + 0.2, 4 * j + 0.2, 4 * i + 4.7, 4 * j + 3.9)) for i in range(20) for j in range(18)]
    shapes = read(reference_file(crowd), path).shapes
    whole = sample_pixels(ClassMap(path), None, shapes, Feedback())
    monkeypatch.setattr(frame, "STRIP_PIXELS", 90 * 12)
    strips = sample_pixels(ClassMap(path), None, shapes, Feedback())
    for one in (whole, strips):
        counts = np.zeros((len(crowd), 4), int)
        counts[one.feature, one.code] += one.count
        for number, (i, j) in enumerate((i, j) for i in range(20) for j in range(18)):
            inside = codes[4 * j : 4 * j + 4, 4 * i : 4 * i + 5]  # centres at .5 lie inside up to 4.7 and 3.9
            assert counts[number, 1:].tolist() == np.bincount(inside.ravel(), minlength=4)[1:].tolist()


def test_table_holds_matrix_scores_and_areas(halves, reference_file, tmp_path):
    points = [("mais", f"POINT({x}.5 5.5)") for x in range(15, 25)] + [("Winter wheat", "POINT(30 9)")] * 2
    found = assess(halves, read(reference_file(points), halves))
    with PendingOutput(tmp_path / "table.csv") as pending:
        write_assessment(pending, found)
        rows = list(csv.DictReader(open(pending.path, encoding="utf-8")))
    assert [(row["row"], row["name"]) for row in rows[:3]] == [
        ("class", "Maïs"), ("class", "Winter wheat"), ("summary", "overall_accuracy")]  # fmt: skip
    assert (rows[1]["reference_Maïs"], rows[1]["reference_Winter wheat"]) == ("5", "2")
    assert float(rows[1]["users_accuracy"]) == pytest.approx(2 / 7, abs=1e-6)
    assert float(rows[0]["mapped_ha"]) == 6
    assert float(rows[0]["adjusted_ha"]) == pytest.approx(6 + 5 / 7 * 5.1, abs=1e-4)
    assert float(rows[2]["value"]) == pytest.approx(7 / 12, abs=1e-6)
    values = {row["name"]: row["value"] for row in rows if row["row"] == "summary"}
    assert values["points_compared"] == "12" and float(values["estimated_area_ha"]) == 11.1


def test_headings_of_the_table_are_the_same_in_every_language(halves, reference_file):
    found = assess(halves, read(reference_file([("mais", "POINT(15.5 5.5)"), ("Winter wheat", "POINT(30 9)")]), halves))
    before = columns(found)
    language.use("zh_CN")
    try:
        assert columns(found) == before and before[3:6] == ["value", "value_lower95", "value_upper95"]
    finally:
        language.use("en")


def test_cancel_stops_the_work(halves, reference_file, box):
    class Impatient(Feedback):
        def cancelled(self) -> bool:
            return True

    with pytest.raises(Cancelled):
        assess(halves, read(reference_file([("mais", box(1, 1, 9, 9))]), halves), options=PIXEL, feedback=Impatient())


def test_the_same_parcel_again_is_said_and_counts_as_one_for_the_intervals(crop_map, reference_file, box):
    path = crop_map(np.repeat([[1, 1, 1, 1, 2, 2, 2, 2]], 8, axis=0))
    once = [("Maïs", box(0, 0, 4, 4)), ("Winter wheat", box(0, 4, 4, 8)), ("Winter wheat", box(4, 0, 8, 8))]
    again = reference_file([*once, *[once[0]] * 19], name="again.gpkg")
    found = assess(path, read(again, path))
    assert any("19 of 22 features of the reference repeat" in warning for warning in found.warnings)
    assert (found.scores.intervals, found.scores.clusters) == ("clustered", 3)
    assert found.scores.overall.lower < 0.9 < found.scores.overall.value


def test_a_map_that_is_judged_by_its_own_labels_is_said(crop_map, reference_file, box, tmp_path):
    from parcel_labels import label_parcel_file

    path = crop_map(np.repeat([[1, 1, 1, 1, 2, 2, 2, 2]], 8, axis=0))
    parcels = reference_file([("a", box(0, 0, 4, 8)), ("b", box(4, 0, 8, 8))])
    label_parcel_file(path, parcels, out_path=str(tmp_path / "labels.gpkg"))
    own = read_reference(str(tmp_path / "labels.gpkg"), "crop_name", ClassMap(path).crs)
    assert any("holds labels taken from a crop map (crop_name)" in warning for warning in assess(path, own).warnings)


def test_zero_and_codes_beyond_a_byte_are_classes(crop_map, reference_file):
    path = crop_map(np.repeat([[0, 0, 3301, 3301]], 4, axis=0), dtype="int16", nodata=-1, legend=())
    points = [(code, f"POINT({x + 0.5} {y + 0.5})") for x, code in enumerate((0, 3301, 3301, 0)) for y in range(4)]
    found = assess(path, read(reference_file(points), path))
    assert [entry.code for entry in found.classes] == [0, 3301]
    assert found.matrix.counts.tolist() == [[4, 4], [4, 4]]
    assert found.areas.mapped.tolist() == [800.0, 800.0]


def test_an_inset_that_leaves_nothing_is_named(crop_map, reference_file, box):
    path = crop_map(np.full((8, 8), 1))
    reference = read(reference_file([("Maïs", box(0, 0, 4, 4))]), path)
    with pytest.raises(AccuracyError, match="An inset of 100 m leaves nothing .*: choose a smaller one"):
        assess(path, reference, options=AccuracyOptions(inset=100.0))
