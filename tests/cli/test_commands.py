"""The other commands on small files: numbers as the engine gives them, refusals, exit statuses."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from osgeo import gdal, ogr

from county_files import box, write_layer
from crop_attention.engine.training.learners import forest
from crop_attention.models.checkpoint import read_card, sha256_of
from labelled import write_fields
from rasters import truncate, write_raster


@pytest.fixture
def crop_map(tmp_path) -> str:
    """A map of 60 x 40 pixels: class 3 in the west, class 5 in the east, names for both."""
    codes = np.full((1, 40, 60), 3, np.uint8)
    codes[:, :, 30:] = 5
    path = write_raster(tmp_path / "classes.tif", codes, nodata=0)
    dataset = gdal.Open(path, gdal.GA_Update)
    dataset.GetRasterBand(1).SetCategoryNames(["", "", "", "Spring cereals", "", "Rapeseed"])
    dataset = None
    return path


@pytest.fixture
def fields(tmp_path) -> Path:
    """Six parcels with their crop: three in the west, three in the east, of which one was declared wrongly."""
    crops = ["Spring cereals"] * 3 + ["Rapeseed", "Rapeseed", "Spring cereals"]
    boxes = [(2 + 10 * (number % 3) + 30 * (number // 3), 5, 8, 20) for number in range(6)]
    return write_fields(tmp_path / "fields.gpkg", list(zip(crops, boxes)))


def test_check_tells_what_the_series_holds(cli, country, out):
    told = cli("check", *country.look, "--report", out / "check.html", "--json")
    assert told.code == 0
    found = told.json
    assert found["READY"] is True
    assert (found["S2_ACQUISITIONS"], found["S1_ACQUISITIONS"]) == (4, 4)
    assert (found["USABLE_S2_STEPS"], found["USABLE_S1_STEPS"]) == (4, 4)
    assert found["SEASON_USED"] == "2018-10-01 to 2019-09-25"
    assert found["EXPECTED_SECONDS"] > 0 and found["EXPECTED_MEMORY"] > 100
    assert "2019-09-25" in (out / "check.html").read_text("utf-8")
    assert "4 of 4 time steps have a clear Sentinel-2 observation, 4 a Sentinel-1 observation." in told.err


def test_check_of_a_series_that_cannot_be_read_fails_and_says_why(cli, country, out, tmp_path):
    folder = tmp_path / "series"
    folder.mkdir()
    for name in sorted(os.listdir(country.series)):
        (folder / name).write_bytes((Path(country.series) / name).read_bytes())
    broken = sorted(folder.glob("S2_*.tif"))[0]
    truncate(broken, 0.3)
    report = out / "check.html"
    told = cli("check", "--s2", folder, "--checkpoint", country.checkpoint, "--report", report)
    assert told.code == 1
    assert told.values["READY"] == "false" and told.values["REPORT"] == str(report)
    assert broken.name in told.values["MESSAGE"] and told.errors == [told.values["MESSAGE"]]
    assert broken.name in report.read_text("utf-8")


def test_labels_of_any_class_raster(cli, crop_map, fields, out):
    place = out / "labels.gpkg"
    told = cli("labels", "--crop-map", crop_map, "--parcels", fields, "--parcel-labels", place, "--no-leave-border")
    assert (told.code, told.values) == (0, {"PARCEL_LABELS": str(place), "LABELLED": "6"})
    assert "6 of 6 parcels got a label." in told.err
    dataset = ogr.Open(str(place))
    rows = [feature.items() for feature in dataset.GetLayer(0)]
    assert [row["crop_name"] for row in rows] == ["Spring cereals"] * 3 + ["Rapeseed"] * 3
    assert {row["pixels"] for row in rows} == {160}
    inner = cli("labels", "--crop-map", crop_map, "--parcels", fields, "--parcel-labels", out / "inner.gpkg")
    dataset = ogr.Open(str(out / "inner.gpkg"))
    assert inner.code == 0 and {feature["pixels"] for feature in dataset.GetLayer(0)} == {6 * 18}


def test_labels_of_parcels_beside_the_map_fail_in_a_sentence_and_write_nothing(cli, crop_map, out, tmp_path):
    far = write_layer(tmp_path / "far.gpkg", [("far", f"MULTIPOLYGON(({box(9000, 0, 4, 4)}))")])
    told = cli("labels", "--crop-map", crop_map, "--parcels", far, "--parcel-labels", out / "labels.gpkg")
    assert told.code == 1 and "PARCEL_LABELS" not in told.values
    assert len(told.errors) == 1 and "No parcel of 'far" in told.errors[0] and "check the CRS of both" in told.errors[0]
    assert os.listdir(out) == []


def test_compare_writes_parcels_with_their_class_in_both_maps(cli, crop_map, fields, out, tmp_path):
    codes = gdal.Open(crop_map).ReadAsArray()
    codes[:, 12:20] = 5
    second = write_raster(tmp_path / "second.tif", codes, nodata=0)
    dataset = gdal.Open(second, gdal.GA_Update)
    dataset.GetRasterBand(1).SetCategoryNames(["", "", "", "Spring cereals", "", "Rapeseed"])
    dataset = None
    place = out / "compared.geojson"
    given = ("--first", crop_map, "--second", second, "--parcels", fields, "--compared", place)
    told = cli("compare", *given)
    assert told.code == 0 and told.values["CHANGED_PARCELS"] == "1" and told.values["COMPARED"] == str(place)
    dataset = ogr.Open(str(place))
    rows = [feature.items() for feature in dataset.GetLayer(0)]
    assert [row["changed"] for row in rows] == [0, 1, 0, 0, 0, 0]
    assert (rows[1]["crop_prev"], rows[1]["crop"] or rows[1]["map_crop"]) == ("Spring cereals", "Spring cereals")
    assert (rows[1]["map_crop"], rows[1]["margin"], rows[1]["marg_prev"]) == ("Rapeseed", 100, 100)
    without = cli("compare", *given[:4], *given[6:])
    assert without.code == 1 and "Compared parcels need a parcel layer" in without.err


def test_compare_reads_the_reference_in_the_encoding_that_is_named(cli, crop_map, out, tmp_path):
    reference = write_layer(tmp_path / "r.gpkg", [("maize", f"MULTIPOLYGON(({box(0, 0, 4, 4)}))")])
    content = Path(reference).read_bytes()
    Path(reference).write_bytes(content.replace(b"maize", "春玉".encode("gbk") + b"!"))
    maps = ("--first", crop_map, "--second", crop_map, "--report", out / "report.html")
    given = (*maps, "--reference", reference, "--crop-field", "name", "--encoding", "gbk")
    told = cli("compare", *given)
    assert told.code == 1 and os.listdir(out) == []
    assert "No value of the class field of the reference" in told.errors[0] and "春玉!" in told.errors[0]
    told = cli("compare", *given, "--reference-table", "春玉! = Spring cereals")
    assert told.code == 0 and told.values["UNITS"] == "1", told.err


def test_labels_refuse_what_is_missing(cli, crop_map, out):
    told = cli("labels", "--crop-map", crop_map, "--parcels", "gone.gpkg", "--parcel-labels", out / "labels.gpkg")
    assert told.code == 1 and "The parcel layer gone.gpkg cannot be opened" in told.errors[0]
    told = cli("labels", "--crop-map", crop_map, "--parcels", "", "--parcel-labels", out / "labels.gpkg")
    assert told.code == 1 and "The parcel layer  cannot be opened" in told.errors[0]
    told = cli("labels", "--crop-map", crop_map)
    assert told.code == 2 and "required: --parcels, --parcel-labels" in told.errors[0]
    assert os.listdir(out) == []


def test_heatmaps_have_a_band_a_step_and_a_band_an_input(cli, country, out):
    told = cli("heatmaps", *country.inputs, "--temporal-attention", out / "t.tif", "--channel-attention", out / "c.tif")
    assert told.code == 0
    numbers = {"DEVICE_USED", "SECONDS", "SEASON_USED", "CLEAR_STEPS"}
    assert set(told.values) == {"TEMPORAL_ATTENTION", "CHANNEL_ATTENTION", *numbers}
    temporal, channel = (gdal.Open(str(out / name)) for name in ("t.tif", "c.tif"))
    assert (temporal.RasterCount, channel.RasterCount) == (4, 5)
    # Shares are stored as ten-thousandths.
    sums = temporal.ReadAsArray().astype(int).sum(axis=0)
    assert 9990 <= sums.min() <= sums.max() <= 10010
    assert sorted(os.listdir(out)) == ["c.tif", "t.tif"]
    nothing = cli("heatmaps", *country.inputs)
    assert nothing.code == 2 and "name at least one heatmap or the report" in nothing.errors[0]


def test_heatmaps_that_a_network_does_not_have_are_refused(cli, country, out):
    told = cli("heatmaps", *country.inputs, "--spatial-attention", out / "s.png")
    assert told.code == 1 and "must be a GeoTIFF" in told.errors[0]
    assert os.listdir(out) == []


def test_assess_counts_units_and_scores(cli, crop_map, fields, out):
    words = ["assess", "--crop-map", crop_map, "--reference", fields, "--crop-field", "crop"]
    told = cli(*words, "--table", out / "t.csv", "--report", out / "r.html", "--json")
    assert told.code == 0
    assert told.json["UNIT_COUNT"] == 6
    assert told.json["OA"] == pytest.approx(5 / 6)
    assert told.json["KAPPA"] == pytest.approx(2 / 3)
    assert told.json["OA_LOWER"] < told.json["OA"] < told.json["OA_UPPER"]
    assert (out / "t.csv").read_text("utf-8").startswith("row,name,code")
    assert "Rapeseed" in (out / "r.html").read_text("utf-8")
    pixels = cli(*words, "--unit", "pixel", "--inset", "10")
    assert pixels.code == 0 and int(pixels.values["UNIT_COUNT"]) == 6 * 6 * 18
    table = cli(*words, "--class-table", "Spring cereals = Rapeseed; Rapeseed = Spring cereals")
    assert float(table.values["OA"]) == pytest.approx(1 / 6)
    wrong = cli("assess", "--crop-map", crop_map, "--reference", fields, "--crop-field", "kind")
    assert wrong.code == 1 and "has no field kind" in wrong.errors[0]


def test_simulate_writes_a_county_that_repeats(cli, out):
    words = ["simulate", "--size", 32, "--seed", 3, "--s2-dates", 2, "--s1-dates", 2, "--parcel-size", 1]
    told = cli(*words, "--output-folder", out / "one")
    assert told.code == 0
    assert set(told.values) == {"OUTPUT_FOLDER", "S2_FOLDER", "S1_FOLDER", "PARCELS", "TRUTH", "PARCEL_COUNT"}
    assert int(told.values["PARCEL_COUNT"]) > 0
    assert len(os.listdir(told.values["S2_FOLDER"])) == len(os.listdir(told.values["S1_FOLDER"])) == 2
    again = cli(*words, "--output-folder", out / "two", "--quiet")
    assert again.err == ""
    assert Path(again.values["TRUTH"]).read_bytes() == Path(told.values["TRUTH"]).read_bytes()
    full = cli(*words, "--output-folder", out / "one")
    assert full.code == 1 and "already holds" in full.errors[0]
    wrong = cli("simulate", "--size", 8, "--output-folder", out / "three")
    assert wrong.code == 2 and "argument --size: 8 is out of range; give 16 to 4,096" in wrong.errors[0]
    assert not (out / "three").exists()


def test_checkpoints_are_listed_and_their_cards_shown(cli, country):
    listed = cli("checkpoints")
    assert list(listed.values) == ["temperate_europe", "shandong"]
    shown = cli("checkpoints", "shandong")
    assert shown.values["TITLE"] == "Shandong, simulated, not tested on real fields"
    assert shown.values["CLASS.3"] == "Peanut"
    assert shown.values["SEASON"] == "24 steps of 15 days from 1 Oct"
    own = cli("checkpoints", country.checkpoint, "--json").json
    assert own["CLASS"] == {"3": "Maize", "7": "Grassland"}
    assert own["SHA256"] == sha256_of(country.checkpoint) and own["FILE"] == country.checkpoint
    gone = cli("checkpoints", "none")
    assert gone.code == 1 and "The checkpoint 'none' does not exist" in gone.errors[0]


def test_train_gives_a_checkpoint_that_classify_takes(cli, country, out, tmp_path, monkeypatch):
    monkeypatch.setattr(forest, "TREES", 25)
    crops = [("Maize", "Hemp")[number % 2] for number in range(32)]
    boxes = [(1 + 10 * (number % 8), 1 + 10 * (number // 8), 8, 8) for number in range(32)]
    fields = write_fields(tmp_path / "fields.gpkg", list(zip(crops, boxes)))
    place = out / "own.safetensors"
    series = country.inputs[:4]
    words = ["--parcels", fields, "--crop-field", "crop", "--base-checkpoint", country.checkpoint, "--epochs", 1]
    words += ["--device", "cpu", "--threads", 1, "--block-metres", 100, "--buffer-metres", 0, "--minimum-parcels", 4]
    told = cli("train", *series, *words, "--checkpoint", place, "--report", out / "own.html")
    assert told.code == 0, told.err
    assert told.values["N_PARCELS"] == "32" and 0 <= float(told.values["OA"]) <= 1
    assert sorted(os.listdir(out)) == ["own.html", "own.safetensors"]
    card = read_card(place)
    assert sorted(entry.name for entry in card.classes) == ["Hemp", "Maize"]
    assert card.command.startswith("python -m crop_attention train --s2 ")
    mapped = cli("classify", *series, "--checkpoint", place, "--device", "cpu", "--crop-map", out / "map.tif")
    assert mapped.code == 0 and gdal.Open(str(out / "map.tif")).ReadAsArray().max() > 0


@pytest.mark.parametrize(
    "words, code, sentence",
    [
        (["--checkpoint", "x.safetensors"], 2, "say what to train on: --parcels, --points or --pastis"),
        (["--parcels", "f.gpkg", "--checkpoint", "x.safetensors"], 2, "add --crop-field"),
        (["--points", "p.csv", "--checkpoint", "x.safetensors"], 2, "add --season-start"),
        (
            ["--parcels", "f.gpkg", "--crop-field", "c", "--s2", "no", "--checkpoint", "x.safetensors"],
            1,
            "is called 'no'; check",
        ),
        (["--points", "p.csv", "--season-start", "2018-10-01", "--checkpoint", "x.pt"], 1, "ends in .safetensors"),
        (["--points", "p.csv", "--pastis", "P", "--checkpoint", "x.safetensors"], 2, "not allowed with"),
    ],
)
def test_train_refuses_what_it_cannot_use(cli, out, monkeypatch, words, code, sentence):
    monkeypatch.chdir(out)
    told = cli("train", *words)
    assert told.code == code
    assert len(told.errors) == 1 and sentence in told.errors[0]
    assert os.listdir(out) == []
