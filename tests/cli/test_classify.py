"""classify: the same bytes as the dialog, refusals in a sentence, nothing left of a stopped run."""

from __future__ import annotations

import os
import signal

import numpy as np
import pytest
from osgeo import gdal, ogr

from county_files import tree

RASTERS = ("crop_map", "confidence", "probabilities", "temporal_attention", "channel_attention", "spatial_attention")
NOW = "2026-01-02T03:04:05+00:00"


@pytest.fixture
def dialog(qgis_processing, monkeypatch):
    """A function that runs the algorithm of QGIS, at the same time of day as the command line."""
    import processing
    from qgis.core import QgsApplication

    import crop_attention

    monkeypatch.setattr("crop_attention.engine.provenance.now", lambda: NOW)
    plugin = crop_attention.classFactory(None)
    plugin.initProcessing()
    assert QgsApplication.processingRegistry().providerById("cropattention") is not None
    yield lambda values: processing.run("cropattention:classifycrops", values)
    plugin.unload()


def features(path) -> list[dict]:
    """Return the attributes of all features."""
    dataset = ogr.Open(str(path))
    return [feature.items() for feature in dataset.GetLayer(0)]


def argument(name: str) -> str:
    """Return a key of the dialog as an option."""
    return f"--{name.lower().replace('_', '-')}"


@pytest.mark.parametrize(
    "options, keys",
    [
        ([], {}),
        (
            ["--composite", "median", "--masked-classes", "3,4,9", "--cloud-margin", "0", "--no-normalise-tracks"]
            + ["--optical-scale", "0.0002", "--optical-offset", "-0.05", "--min-clear-steps", "1"]
            + ["--extent", "500100,500500,5599700,5599950 [EPSG:32631]", "--season-start", "2019"]
            + ["--resolution", "20", "--no-leave-border", "--min-pixels", "200", "--tile-size", "64"]
            + ["--parcels-only"],
            {"COMPOSITE": 1, "MASKED_CLASSES": [3, 4, 9], "CLOUD_MARGIN": 0, "NORMALISE_TRACKS": False}
            | {"OPTICAL_SCALE": 0.0002, "OPTICAL_OFFSET": -0.05, "MIN_CLEAR_STEPS": 1, "SEASON_START": "2018-10-01"}
            | {"EXTENT": "500100,500500,5599700,5599950 [EPSG:32631]", "RESOLUTION": 20, "LEAVE_BORDER": False}
            | {"MIN_PIXELS": 200, "TILE_SIZE": 64, "PARCELS_ONLY": True},
        ),
    ],
    ids=["defaults", "everything else"],
)
def test_same_bytes_as_the_dialog(cli, dialog, country, tmp_path, options, keys):
    mine, theirs = tmp_path / "cli", tmp_path / "qgis"
    places = [word for name in RASTERS for word in (argument(name), mine / f"{name}.tif")]
    told = cli("classify", *country.inputs, "--parcels", country.parcels, *places,
               "--parcel-labels", mine / "labels.gpkg", *options)  # fmt: skip
    assert (told.code, told.errors) == (0, [])
    theirs.mkdir()
    asked = {name.upper(): str(theirs / f"{name}.tif") for name in RASTERS}
    results = dialog(
        {"S2_FOLDER": country.series, "S1_FOLDER": country.series, "CHECKPOINT": country.checkpoint, **asked, **keys}
        | {"PARCELS": country.parcels, "PARCEL_LABELS": str(theirs / "labels.gpkg"), "DEVICE": "cpu", "THREADS": 1}
    )
    for name in RASTERS:
        assert (mine / f"{name}.tif").read_bytes() == (theirs / f"{name}.tif").read_bytes(), name
    assert gdal.Open(str(mine / "crop_map.tif")).ReadAsArray().max() > 0
    assert features(mine / "labels.gpkg") == features(theirs / "labels.gpkg")
    for key in ("CLEAR_STEPS", "SEASON_USED", "DEVICE_USED"):
        assert told.values[key] == str(results[key])
    assert told.values["PARCEL_LABELS"] == str(mine / "labels.gpkg")


def test_labels_carry_attributes_provenance_and_no_map_need_be_kept(cli, country, out):
    told = cli("classify", *country.inputs, "--parcels", country.parcels, "--parcel-labels", out / "labels.gpkg",
               "--report", out / "report.html", "--json", "--quiet")  # fmt: skip
    assert told.code == 0
    assert [line[:9] for line in told.err.splitlines()] == ["warning: "]
    assert set(told.json) == {"PARCEL_LABELS", "REPORT", "DEVICE_USED", "SECONDS", "SEASON_USED", "CLEAR_STEPS"}
    assert told.json["CLEAR_STEPS"] == 4 and 0 < told.json["SECONDS"] < 60
    assert sorted(os.listdir(out)) == ["labels.gpkg", "report.html"]
    assert [row["label"] for row in features(out / "labels.gpkg")] == ["00", "01", "10", "11", "border"]
    dataset = ogr.Open(str(out / "labels.gpkg"))
    layer = dataset.GetLayer(0)
    assert layer.GetMetadataItem("CHECKPOINT") == "base"
    assert layer.GetMetadataItem("CLASS_NAMES") is None


def test_files_and_wildcards_in_any_order_give_the_map_of_the_folder(cli, country, out):
    files = sorted(os.path.join(country.series, name) for name in os.listdir(country.series))
    s2 = [path for path in files if "S2_" in path][::-1]
    one = cli("classify", *country.inputs, "--crop-map", out / "one.tif")
    network = ["--checkpoint", country.checkpoint, "--device", "cpu"]
    radar = os.path.join(country.series, "S1_*.tif")
    other = cli("classify", "--s2", *s2, "--s1", radar, *network, "--crop-map", out / "other.tif")
    assert (one.code, other.code) == (0, 0)
    maps = [gdal.Open(str(out / f"{name}.tif")).ReadAsArray() for name in ("one", "other")]
    assert np.array_equal(*maps)


@pytest.mark.parametrize(
    "words, code, sentences",
    [
        ([], 2, ["No output is requested"]),
        (["--crop-map", "m.tif", "--device", "tpu"], 2, ["argument --device: 'tpu' is not known; choose auto"]),
        (["--crop-map", "m.tif", "--season-start", "soon"], 2, ["'soon' is not a date; write year-month-day"]),
        (["--crop-map", "m.tif", "--tile-size", "8"], 2, ["argument --tile-size: 8 is out of range; give 16 to 65"]),
        (["--crop-map", "m.tif", "--masked-classes", "3,12"], 2, ["12 is out of range; give 0 to 11"]),
        (["--crop-map", "m.tif", "--crop", "x"], 2, ["no option '--crop' (did you mean '--crop-map'?)"]),
        (["--parcel-labels", "l.gpkg"], 2, ["Parcel labels need a parcel layer"]),
        (["--crop-map", "m.tif", "--parcels-only"], 2, ["--parcels-only needs a parcel layer"]),
        (
            ["--crop-map", "m.png", "--s2", "nowhere", "--s1", "gone", "--checkpoint", "none"],
            1,
            [
                "No file or folder of the series is called 'nowhere' or 'gone'",
                "The checkpoint 'none' does not exist",
                "must be a GeoTIFF",
            ],
        ),
        (["--crop-map", "m.tif", "--extent", "3,4,50,51"], 1, ["The extent has no CRS"]),
        (["--crop-map", "m.tif", "--extent", "-5,-6,50,51 [EPSG:4326]"], 1, ["has no area"]),
        (["--crop-map", "m.tif", "--extent", "-5,-4,50,51 [EPSG:1]"], 1, ["The CRS 'EPSG:1' of the extent is not"]),
        (["--crop-map", "m.tif", "--extent", "all"], 1, ["The extent 'all' is not understood"]),
        (["--crop-map", "m.tif", "--extent", "-5,-4,50,51 [EPSG:4326]"], 1, ["extent"]),
        (["--crop-map", "m.tif", "--parcels", "no.gpkg"], 1, ["The parcel layer no.gpkg cannot be opened"]),
    ],
)
def test_what_is_wrong_is_a_sentence_each_and_leaves_nothing(cli, country, out, monkeypatch, words, code, sentences):
    monkeypatch.chdir(out)
    told = cli("classify", *country.inputs, *words)
    assert told.code == code
    assert told.out == ""
    assert len(told.errors) == len(sentences)
    for sentence in sentences:
        assert any(sentence in error for error in told.errors), told.err
    assert "Traceback" not in told.err and "usage:" not in told.err
    assert os.listdir(out) == []


def test_no_output_may_replace_the_parcels_or_lack_a_format(cli, country, out, tmp_path):
    parcels = tmp_path / "parcels.gpkg"
    parcels.write_bytes(open(country.parcels, "rb").read())
    before = parcels.read_bytes()
    told = cli("classify", *country.inputs, "--parcels", parcels, "--parcel-labels", parcels,
               "--crop-map", out / "map.tif")  # fmt: skip
    assert told.code == 1 and "is also an input of this run" in told.errors[0]
    assert parcels.read_bytes() == before and os.listdir(out) == []
    told = cli("classify", *country.inputs, "--parcels", parcels, "--parcel-labels", out / "labels.csv")
    assert told.code == 1 and "must end in one of .gpkg" in told.errors[0]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("title", ["Reading the series", "Classifying", "Labelling parcels", "Writing parcels"])
def test_a_signal_at_any_stage_leaves_what_was_there(cli, country, out, monkeypatch, number, title):
    from crop_attention.cli.console import Console

    tell = Console.title

    def interrupt(self, text):
        tell(self, text)
        if text == title:
            signal.raise_signal(number)

    monkeypatch.setattr(Console, "title", interrupt)
    (out / "map.tif").write_text("precious")
    before, handlers = tree(out), [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)]
    told = cli("classify", *country.inputs, "--parcels", country.parcels, "--crop-map", out / "map.tif",
               "--parcel-labels", out / "labels.gpkg", "--report", out / "report.html")  # fmt: skip
    assert told.code == 130
    assert told.errors == ["The run was cancelled; nothing was written."]
    assert told.out == ""
    assert tree(out) == before
    assert [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)] == handlers


def test_the_second_signal_breaks_off_and_leaves_nothing_half(cli, country, out, monkeypatch):
    from crop_attention.cli.console import Console

    def insist(self, text):
        if text == "Classifying":
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(Console, "title", insist)
    told = cli("classify", *country.inputs, "--crop-map", out / "map.tif", "--report", out / "report.html")
    assert (told.code, told.errors) == (130, ["The run was cancelled; nothing was written."])
    assert os.listdir(out) == []
