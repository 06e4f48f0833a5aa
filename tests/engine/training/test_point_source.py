"""Points with series: steps, gaps, stand-ins and codes; and the real points of two regions."""

import gzip
import re
from datetime import date

import numpy as np
import pytest

from crop_attention.engine.class_names import WORLDCEREAL, read_code_table
from crop_attention.engine.errors import SampleError
from crop_attention.engine.training.options import SourceOptions
from crop_attention.engine.training.sources.points import read_points
from crop_attention.engine.training.split import split_blocks
from crop_attention.models.card import CropClass, Season
from crop_attention.models.legend import TEMPERATE_EUROPE
from labelled import Heard

SEASON, START = Season(1, 1, 4, 20), date(2023, 1, 1)
CLASSES = (CropClass(4, "Maize", "#e8601c"), CropClass(6, "Sunflower", "#8c510a"))
MAPPING = {"m": 4, "s": 6}
OPTIONS = SourceOptions(minimum_parcels=1, block_metres=10_000)
HEADER = "sample_id,date,lon,lat,crop,B04,B08,B8A,VV_dB,VH_dB"
ROWS = (
    "b,2023-01-01,2.0,45.0,m,500,3000,,-10,-16",
    "b,2023-01-11,2.0,45.0,m,700,3400,3600,-14,-20",
    "b,2023-01-21,2.0,45.0,m,700,,3600,-14,",
    "b,2023-02-11,2.0,45.0,m,,,,-12,-18",
    "b,2023-05-01,2.0,45.0,m,100,100,100,-1,-1",
    "a,2023-01-01,2.5,45.0,s,400,2000,2100,-11,-17",
    "c,2023-01-01,2.001,45.001,x,400,2000,2100,-11,-17",
    "d,2023-06-01,2.0,46.0,s,400,2000,2100,-11,-17",
    "e,2023-03-11,2.0,46.0,s,65535,2000,2100,-11,-17",
)


def write(path, rows=ROWS, header=HEADER):
    text = "\n".join((header, *rows)) + "\n"
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(text.encode()))
    else:
        path.write_text(text)
    return path


def read(path, mapping=MAPPING, options=OPTIONS, **more):
    bands = more.pop("bands", ("B04", "B08", "B8A"))
    return read_points(path, SEASON, START, bands, ("VV", "VH"), CLASSES, mapping, options, Heard(), "crop", **more)


@pytest.mark.parametrize("name", ("points.csv", "points.csv.gz"))
def test_rows_join_into_steps(tmp_path, name):
    found = read(write(tmp_path / name))
    assert [window.labels.item() for window in found.windows] == [6, 4, 6] and found.counts == {4: 1, 6: 2}
    cube = found.windows[1].cube
    assert cube.s2.shape == (4, 3, 1, 1) and cube.s1.shape == (4, 2, 1, 1) and cube.s2.dtype == np.float16
    # The rows of 1 and 11 January have their middle in the first twenty days; B8A lacks once and B08 stands in.
    assert cube.s2[0].ravel() == pytest.approx([0.06, 0.32, 0.33], abs=1e-4)
    assert cube.s1[0].ravel().tolist() == pytest.approx([-11.554, -17.554], abs=0.01)
    assert cube.s2_valid.ravel().tolist() == [True, False, False, False]
    assert cube.s1_valid.ravel().tolist() == [True, False, True, False]
    assert cube.s1[2].ravel() == pytest.approx([-12, -18]) and (cube.s1[1] == 0).all()


def test_a_saturated_value_is_no_look(tmp_path):
    last = read(write(tmp_path / "p.csv")).windows[2].cube
    assert not last.s2_valid.any() and last.s1_valid.ravel().tolist() == [False, False, False, True]


def test_points_left_out_are_said(tmp_path):
    found = read(write(tmp_path / "p.csv"))
    assert found.warnings == (
        "1 point of 5 in p.csv with a label without a class: ignored.",
        "1 point in p.csv without an observation within the season: left out.",
    )
    assert found.description == "3 points of p.csv in 2 classes, 2023-01-01 to 2023-03-21."


def test_the_middle_of_a_row_decides_its_step(tmp_path):
    rows = [f"b,2023-0{month}-01,2,45,m,500,3000,1,-10,-16" for month in (1, 2, 3)]
    rows += [row.replace("b,", "a,").replace(",m,", ",s,") for row in rows]
    cube = read(write(tmp_path / "months.csv", rows)).windows[0].cube
    # 15 January, 15 February, 15 March in steps of twenty days.
    assert cube.s2_valid.ravel().tolist() == [True, False, True, True]


def test_points_of_one_block_lie_near_each_other(tmp_path):
    rows = [f"{n:02},2023-01-01,{2 + n / 100},{45 + n % 3 / 10},{'ms'[n % 2]},1,1,1,-1,-1" for n in range(60)]
    windows = read(write(tmp_path / "p.csv", rows)).windows
    places = np.array([window.place[:2] for window in windows])
    blocks = np.array([window.block for window in windows])
    gaps = np.abs(places[:, None] - places[None]).max(axis=2)
    same = blocks[:, None] == blocks[None]
    assert gaps[same].max() <= 10_000 and len(set(blocks.tolist())) > 10
    # A degree of longitude at 45 degrees north is 78.6 km.
    assert places[57, 0] - places[0, 0] == pytest.approx(0.57 * 78_627, rel=1e-3)


def test_the_order_of_rows_changes_nothing(tmp_path):
    one, other = read(write(tmp_path / "p.csv")), read(write(tmp_path / "q.csv", ROWS[::-1]))
    for mine, theirs in zip(one.windows, other.windows):
        assert (mine.labels, mine.block, mine.place) == (theirs.labels, theirs.block, theirs.place)
        assert np.allclose(mine.cube.s2, theirs.cube.s2) and np.allclose(mine.cube.s1, theirs.cube.s1)


def test_a_function_maps_too_and_rare_classes_go(tmp_path):
    rows = [f"{n},2023-01-01,2,45,{'mms'[n % 3]}{n},1,1,1,-1,-1" for n in range(9)]
    mapping = lambda code: MAPPING[code[0]]  # noqa: E731
    assert read(write(tmp_path / "p.csv", rows), mapping).counts == {4: 6, 6: 3}
    with pytest.raises(SampleError, match="leaves only Maize with at least 4 points"):
        read(tmp_path / "p.csv", mapping, SourceOptions(minimum_parcels=4))


@pytest.mark.parametrize(
    ("rows", "header", "mapping", "words"),
    [
        (ROWS, HEADER.replace("VH_dB", "VH"), MAPPING, "p.csv has no column VH_dB"),
        (ROWS, HEADER.replace("crop", "culture"), MAPPING, "p.csv has no column crop"),
        (("a,2023-13-01,2,45,m,1,1,1,-1,-1",), HEADER, MAPPING, "Line 2 of p.csv cannot be read"),
        ((ROWS[0], "a,2023-01-01,2,45,m,1,high,1,-1,-1"), HEADER, MAPPING, "Line 3 of p.csv cannot be read"),
        ((), HEADER, MAPPING, "p.csv contains no rows"),
        (ROWS, HEADER, {"m": 4, "s": 9}, "The label s of p.csv is mapped to a class"),
        (ROWS, HEADER, {}, "leaves no class with at least 1 points"),
    ],
)
def test_what_cannot_be_used_is_said(tmp_path, rows, header, mapping, words):
    with pytest.raises(SampleError, match=words) as caught:
        read(write(tmp_path / "p.csv", rows, header), mapping)
    assert "\n" not in str(caught.value)


def test_no_file_and_no_gzip_are_said(tmp_path):
    (tmp_path / "p.csv.gz").write_text("plain")
    for name in ("p.csv.gz", "absent.csv"):
        with pytest.raises(SampleError, match="cannot be read"):
            read(tmp_path / name)


def test_codes_go_to_classes_by_their_longest_prefix():
    class_of = read_code_table(WORLDCEREAL, TEMPERATE_EUROPE)
    names = {entry.code: entry.name for entry in TEMPERATE_EUROPE} | {0: ""}
    expected = {
        "1101010011": "Winter cereals",
        "1101010012": "Spring cereals",
        "1101010040": "Winter cereals",
        "1101020011": "Winter barley",
        "1101020012": "Spring cereals",
        "1101020000": "",
        "1101060001": "Maize",
        "1101070000": "Other crops",
        "1106000031": "Rapeseed",
        "1106000110": "Other crops",
        "1106000000": "",
        "1107000010": "Potatoes",
        "1107000031": "Sugar beet",
        "1115000000": "",
        "1201000010": "Vineyards and orchards",
        "2000000000": "Not cropland",
        "2001020022": "Grassland",
        "2501000000": "Not cropland",
        "9": "",
        "": "",
    }
    assert {code: names[class_of(code)] for code in expected} == expected


def test_a_table_that_names_no_class_is_refused(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("prefix,class\n11,Barley\n")
    with pytest.raises(SampleError, match="names the class Barley"):
        read_code_table(path, CLASSES)
    path.write_text("code,name\n11,Barley\n")
    with pytest.raises(SampleError, match="cannot be read as prefix and class"):
        read_code_table(path, CLASSES)


BANDS = ("B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B11", "B12")


@pytest.mark.parametrize(
    ("name", "year", "points", "some"),
    [
        ("france_2023_dekads", 2022, 362, {4: 70, 5: 9, 6: 15, 7: 12, 11: 124}),
        ("corsica_2022_months", 2021, 451, {4: 6, 11: 118, 12: 140, 14: 146}),
    ],
)
def test_real_points(real_data, name, year, points, some):
    path = real_data(f"points/{name}.csv.gz")
    mapping = read_code_table(WORLDCEREAL, TEMPERATE_EUROPE)
    season = Season(10, 1, 24, 15)
    found = read_points(
        path, season, date(year, 10, 1), BANDS, ("VV", "VH"), TEMPERATE_EUROPE, mapping, OPTIONS, Heard()
    )
    assert len(found.windows) == points and some.items() <= found.counts.items()
    for window in found.windows:
        cube = window.cube
        # B8A is missing in these files: B08 stands in.
        assert np.array_equal(cube.s2[:, 6], cube.s2[:, 7])
        assert (cube.s2[cube.s2_valid[:, 0, 0]] > 0).all() and (np.abs(cube.s1) < 60).all()
    maize = np.stack([w.cube.s2[:, [2, 6], 0, 0].astype(float) for w in found.windows if w.labels == 4])
    seen = np.stack([w.cube.s2_valid[:, 0, 0] for w in found.windows if w.labels == 4])
    ndvi = (maize[..., 1] - maize[..., 0]) / np.maximum(maize.sum(axis=-1), 1e-3)
    july = [ndvi[:, step][seen[:, step]] for step in range(18, 21)]
    assert np.median(np.concatenate(july)) > 0.6
    split = split_blocks(found, SourceOptions(block_metres=10_000, validation=0.15, test=0.2), 1)
    assert min(map(len, (split.train, split.validation, split.test))) > 20


def without_places(rows=ROWS):
    return [re.sub(r",(2\.\d+),(4\d\.\d+),", ",,,", row) for row in rows]


def test_points_without_coordinates_are_parted_at_random_and_that_is_said(tmp_path):
    bare = [re.sub(r"^(\w,[\d-]+),[\d.]+,[\d.]+", r"\1", row) for row in ROWS]
    for name, rows, header in (("empty", without_places(), HEADER), ("none", bare, HEADER.replace("lon,lat,", ""))):
        found = read(write(tmp_path / f"{name}.csv", rows, header))
        assert len({window.block for window in found.windows}) == len(found.windows) == 3
        assert all(window.place is None for window in found.windows)
        assert any("The points of" in text and "split at random" in text for text in found.warnings)


def test_some_points_without_coordinates_stand_alone(tmp_path):
    rows = [row if row[0] != "a" else re.sub(r",(2\.\d+),(4\d\.\d+),", ",,,", row) for row in ROWS]
    found = read(write(tmp_path / "p.csv", rows))
    assert [window.place is None for window in found.windows] == [True, False, False]
    assert len({window.block for window in found.windows}) == 3
    assert any(text.startswith("1 of 3 points of p.csv have no coordinates") for text in found.warnings)


def test_a_group_column_keeps_its_points_together(tmp_path):
    farms = {"a": "north", "b": "south", "c": "south", "d": "north", "e": "south"}
    rows = [f"{row},{farms[row[0]]}" for row in without_places()]
    found = read(write(tmp_path / "p.csv", rows, HEADER + ",farm"), group="farm")
    first, second, third = (window.block for window in found.windows)
    assert first != second == third and not any("random" in text for text in found.warnings)
    with pytest.raises(SampleError, match="no column village"):
        read(write(tmp_path / "p.csv", rows, HEADER + ",farm"), group="village")
