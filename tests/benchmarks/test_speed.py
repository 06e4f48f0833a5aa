"""The speed table: the same county in every layout, and rows that add up."""

from __future__ import annotations

import csv
from datetime import date

import numpy as np
import pytest
from osgeo import gdal, ogr

from crop_attention.benchmarks.speed.endtoend import finish, start
from crop_attention.benchmarks.speed.inside import inside, window
from crop_attention.benchmarks.speed.layouts import LAYOUTS, rewrite
from crop_attention.benchmarks.speed.networks import cube, pixels_a_second
from crop_attention.benchmarks.speed.parcels import parcels
from crop_attention.benchmarks.speed.table import Row, show, write
from crop_attention.benchmarks.speed.turns import ROUNDS, in_turn
from crop_attention.engine.feedback import Feedback
from crop_attention.engine.options import SeriesOptions
from crop_attention.engine.series.files.grid import Window
from crop_attention.engine.series.inputs import SeriesInputs
from crop_attention.engine.series.preprocessing.prepare import prepare
from crop_attention.engine.simulation.county import CountyOptions, simulate_county
from crop_attention.models.checkpoint import default_checkpoint, load, read_card

SIDE, DATES = 64, 4


@pytest.fixture(scope="module")
def county(tmp_path_factory):
    folder = tmp_path_factory.mktemp("speed") / "county"
    simulate_county(str(folder), CountyOptions(size=SIDE, s2_dates=DATES, s1_dates=DATES, cloudiness=0.1), Feedback())
    return folder


def read(folder):
    inputs = SeriesInputs((str(folder / "sentinel2"),), (str(folder / "sentinel1"),))
    reader = prepare(inputs, read_card(default_checkpoint()), SeriesOptions()).reader()
    return reader.read(Window(0, 0, SIDE, SIDE))


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_layout_holds_the_same_season(county, tmp_path, name):
    if "JP2" in name and gdal.GetDriverByName("JP2OpenJPEG") is None:
        pytest.skip("GDAL writes no JPEG 2000 here")
    found, expected = read(rewrite(county, tmp_path / "other", LAYOUTS[name])), read(county)
    assert expected.s2_valid.any()
    # Coarser bands and masks are those of every second pixel.
    exact = [1, 2, 6] if "20 m" in name else range(10)
    both = found.s2_valid & expected.s2_valid
    assert both.sum() > 0.9 * expected.s2_valid.sum()
    for band in exact:
        assert np.array_equal(found.s2[:, band][both], expected.s2[:, band][both]), band
    assert np.array_equal(found.s1, expected.s1)


def test_a_run_tells_pixels_and_where_its_time_goes(county):
    found = finish(start(county, 1))
    assert found["pixels"] == SIDE**2
    assert 0 < found["seconds"] < 120 and found["megabytes"] > 100
    spent = found["spent"]
    assert spent["network"] > 0 and spent["decode"] > 0 and spent["decision"] > 0
    assert 0 < found["preparing_processor"]
    assert spent["reading"] >= spent["decode"] + spent["composite"]
    assert found["processor"] >= spent["network"]


def test_a_failed_run_is_an_error(tmp_path):
    with pytest.raises(RuntimeError, match="failed with"):
        finish(start(tmp_path / "nothing", 1))


def test_pixels_a_second_are_those_of_the_blocks():
    checkpoint = load(default_checkpoint())
    calls = []

    class Counted:
        margin = 0

        def __call__(self, s2, s2_valid, s1, s1_valid, attention):
            calls.append(s2.shape[-1])

    rate = pixels_a_second(Counted(), checkpoint.card, 1, 0.05)
    assert set(calls) == {64}
    assert rate >= (len(calls) - 1) * 64**2
    s2, s2_valid, s1, s1_valid = cube(checkpoint.card, 32)
    assert s2.shape == (1, 24, 10, 32, 32) and not s2[~s2_valid[:, :, None].expand_as(s2)].any()
    assert 0.5 < s2_valid.float().mean() < 0.58 and 0.93 < s1_valid.float().mean() < 0.99


def test_each_bundled_network_is_measured_inside_qgis_by_both_clocks():
    card = read_card(default_checkpoint())
    s2, s2_valid, s1, s1_valid = window(card, 16)
    assert s2.shape == (24, 10, 16, 16) and s2.dtype == np.float32 and not np.moveaxis(s2, 1, -1)[~s2_valid].any()
    assert s1.shape == (24, 2, 16, 16) and s1_valid.mean() > 0.9
    rows = list(inside(1, 0.1))
    assert [row.what.split()[0] for row in rows] == ["temperate_europe"] * 2 + ["shandong"] * 2
    for clock, processor in zip(rows[::2], rows[1::2]):
        assert clock.what.endswith("by the clock") and processor.what.endswith("by the processor")
        # Nothing here maps ten times as fast, and a thread cannot get more of a core than there is.
        assert 500 < clock.value < 1.1 * processor.value < 3e6


def test_rates_are_medians_of_rounds_in_which_all_take_their_turn():
    calls = []

    def measure(name, rates):
        return lambda seconds: calls.append((name, seconds)) or rates.pop(0)

    found = in_turn({"a": measure("a", [5.0, 1.0, 4.0]), "b": measure("b", [7.0, 9.0, 8.0])}, 6.0)
    assert found == {"a": 4.0, "b": 8.0}
    assert calls == [("a", 2.0), ("b", 2.0)] * ROUNDS


def test_rows_are_printed_and_written(tmp_path, capsys):
    rows = [Row("network", "ours", 1234.5678, "pixels/s"), Row("network", "theirs", 2.0, "pixels/s", 0.5, "ours")]
    for row in rows:
        show(row)
    write(rows, tmp_path / "deep" / "speed.csv")
    assert "0.500 x ours" in capsys.readouterr().out
    with open(tmp_path / "deep" / "speed.csv", newline="", encoding="utf-8") as file:
        found = list(csv.DictReader(file))
    assert found[0]["value"] == "1234.6" and found[0]["ratio"] == ""
    assert found[1]["ratio"] == "0.5" and found[1]["against"] == "ours"


def test_a_part_measured_again_replaces_its_rows_alone(tmp_path):
    path = tmp_path / "speed.csv"
    write([Row("network", "ours", 1.0, "pixels/s"), Row("parcels", "counted", 2.0, "parcels/s")], path)
    path.write_text(path.read_text().replace(date.today().isoformat(), "2026-01-31"))
    write([Row("network", "ours", 3.0, "pixels/s")], path)
    with open(path, newline="", encoding="utf-8") as file:
        found = [(row["part"], row["value"], row["day"]) for row in csv.DictReader(file)]
    assert found == [("parcels", "2", "2026-01-31"), ("network", "3", date.today().isoformat())]


def test_parcels_are_counted_and_labelled(tmp_path):
    counted, labelled = parcels((100,), 0, tmp_path)
    assert counted.what.startswith("100 parcels, classes counted") and counted.value > 0
    assert labelled.what.startswith("100 parcels labelled") and labelled.value > 0
    labels = ogr.Open(str(tmp_path / "parcels100" / "labels.gpkg"))
    assert labels.GetLayer().GetFeatureCount() == 100
