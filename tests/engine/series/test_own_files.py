"""An analyst's own record and list of files: what they say comes first, and what is wrong is said in one sentence."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from crop_attention.engine.errors import SeriesError
from crop_attention.engine.feedback import Feedback
from crop_attention.engine.options import SeriesOptions
from crop_attention.engine.series.acquisition import ANALYST, CLASSES, DATA, DECIBEL
from crop_attention.engine.series.inputs import SeriesInputs
from crop_attention.engine.series.preprocessing.prepare import prepare
from crop_attention.engine.series.recognise.series import read_series
from crop_attention.models.card import Season
from distributor_files import BOTH, DAY, part_of, put, refused, series_of
from rasters import TEN_BANDS, write_raster
from season_files import card

WORDS = ["blue", "green", "red", "re1", "re2", "re3", "nir", "nir2", "swir1", "swir2"]


@pytest.fixture
def examples(root) -> list[str]:
    """The blocks of the documentation: two records, a list and commands."""
    text = (root / "docs" / "own_files.md").read_text(encoding="utf-8")
    return re.findall(r"```(?:json|csv)\n(.*?)```", text, re.DOTALL)


def write(folder: Path, name: str, text: str) -> str:
    (folder / name).write_text(text, encoding="utf-8")
    return str(folder / name)


def test_a_record_may_say_where_nothing_was_measured_beside_a_cloud_mask(tmp_path):
    put(tmp_path, "20180704_{}.tif", (*TEN_BANDS, "SCL"), value=5)
    write_raster(tmp_path / "20180704_valid.tif", 1, dtype="uint8")
    bands = {**{band: band for band in (*TEN_BANDS, "SCL")}, "valid": "SEEN"}
    record = {
        "title": "Own",
        "sensor": "S2",
        "files": ["{date}_{band}"],
        "bands": bands,
        "masks": {"SEEN": {"kind": "data"}},
    }
    part = part_of(tmp_path, records=write(tmp_path, "own.json", json.dumps(record)))
    assert [mask.kind for mask in part.masks] == [CLASSES, DATA] and len(part.cloud_masks) == 1


def test_the_record_of_the_documentation_reads_the_files_it_describes(tmp_path, examples):
    put(tmp_path / "data", "S2_31UDS_04Jul2018_{}.tif", names=WORDS, dtype="int16")
    write_raster(tmp_path / "data" / "S2_31UDS_04Jul2018_cloud.tif", 1, dtype="uint8")
    part = part_of(tmp_path / "data", records=write(tmp_path, "own.json", examples[0]))
    assert (part.distributor, part.tile) == ("County office, Sentinel-2", "31UDS")
    assert {(s.scale, s.offset, s.nodata) for s in part.bands.values()} == {(1e-4, 0.0, -9999)}
    assert part.bands["B8A"].path.endswith("nir2.tif") and part.origins.offset == part.origins.bands == ANALYST
    (mask,) = part.masks
    assert (mask.kind, mask.hide, mask.margin, mask.known) == (CLASSES, (0,), (2, 3), (0, 1, 2, 3))


def test_the_second_record_reads_backscatter(tmp_path, examples):
    write_raster(tmp_path / "data" / "sar" / "20180704_D_110.tif", [-1750, -1050], dtype="int16")
    series = series_of(tmp_path / "data", BOTH, records=write(tmp_path, "own.json", examples[1]))
    (found,) = series.acquisitions
    (part,) = found.parts
    assert (found.track, part.unit, part.origins.unit) == ("DESC-110", DECIBEL, ANALYST)
    assert (part.bands["VV"].band, part.bands["VV"].scale, part.bands["VV"].nodata) == (2, 0.01, -32768)


def test_an_own_record_comes_before_a_shipped_one(tmp_path):
    put(tmp_path / "data", "SENTINEL-2_MSI_20LKP_{}_2018-07-04.tif")
    record = {"title": "Mine", "sensor": "S2", "files": "SENTINEL-2_MSI_*_{band}_{date}", "scale": 0.001}
    part = part_of(tmp_path / "data", records=write(tmp_path, "own.json", json.dumps(record)))
    assert (part.distributor, part.bands["B02"].scale) == ("Mine", 0.001)


@pytest.mark.parametrize(
    "change, words",
    [
        ({"title": ""}, "record 1: it needs 'title'"),
        ({"sensor": "S3"}, "'sensor' must be one of S1, S2, other, not 'S3'"),
        ({"files": []}, "it needs 'files'"),
        ({"files": ["S2_{datum}_{band}"]}, "'{datum}' is not a field of a pattern"),
        ({"files": ["S2_[{date}"]}, "an unmatched bracket"),
        ({"files": ["{date}"]}, "would match every file"),
        ({"bands": {"red": "B4"}}, "'B4' is not a band"),
        ({"scale": "0.0001"}, "'scale' is not a number"),
        ({"scale": 0}, "'scale' is 0 or out of range"),
        ({"unit": "watt"}, "'unit' must be one of decibel, power, amplitude"),
        ({"masks": {"QA": {"kind": "bits"}}}, "the mask 'QA' hides nothing"),
        ({"masks": {"QA": {"kind": "bits", "hide": [4]}}}, "not a list of tests"),
        ({"colour": "red"}, "the field 'colour' is not known"),
        ({"period": -1}, "'period' is not a whole number of days"),
        ({"layers": "B02"}, "'layers' is not a list"),
    ],
)
def test_what_is_wrong_with_a_record_is_said_in_one_sentence(tmp_path, change, words):
    record = {"title": "Mine", "sensor": "S2", "files": ["S2_{date}_{band}"], **change}
    path = write(tmp_path, "own.json", json.dumps(record))
    put(tmp_path / "data", "S2_20180704_{}.tif")
    with pytest.raises(SeriesError) as caught:
        series_of(tmp_path / "data", records=path)
    said = str(caught.value)
    assert words in said and said.startswith("In the record file own.json") and said.endswith(".")


@pytest.mark.parametrize("text, words", [("{", "is not JSON"), ("[]", "contains no record")])
def test_a_file_that_holds_no_record_is_refused(tmp_path, text, words):
    put(tmp_path / "data", "S2_20180704_{}.tif")
    with pytest.raises(SeriesError, match=words):
        series_of(tmp_path / "data", records=write(tmp_path, "own.json", text))


def listed(path, sensor="S2", bands=TEN_BANDS):
    return read_series([], sensor, bands, {}, SeriesOptions(file_list=str(path)), Feedback())


def test_the_list_of_the_documentation_is_read_beside_it(tmp_path, examples):
    write_raster(tmp_path / "july" / "scene.tif", [300, 500, 400])
    write_raster(tmp_path / "july" / "clouds.tif", np.zeros((8, 8)), dtype="uint8")
    write_raster(tmp_path / "sar" / "a.tif", [-10.5, -17.5])
    path = write(tmp_path, "season.csv", examples[2])
    (found,) = listed(path, bands=("B02", "B03", "B04")).acquisitions
    (part,) = found.parts
    assert found.date == DAY and [source.band for source in part.bands.values()] == [1, 2, 3]
    assert (part.bands["B04"].scale, part.origins.date, part.origins.scale) == (1e-4, ANALYST, ANALYST)
    assert [mask.title for mask in part.masks] == ["cloud mask"]
    (radar,) = listed(path, "S1", BOTH).acquisitions
    assert radar.date == date(2018, 7, 5) and radar.parts[0].bands["VH"].band == 2


def test_a_listed_file_of_a_folder_is_read_as_the_list_says(tmp_path):
    write_raster(tmp_path / "S2_20180704.tif", [500] * 10, TEN_BANDS)
    write_raster(tmp_path / "S2_20180709.tif", [500] * 10, TEN_BANDS)
    path = write(tmp_path, "list.csv", "path;date;sensor\nS2_20180709.tif;2018-08-01;S2\n")
    series = series_of(tmp_path, file_list=path)
    assert [found.date for found in series.acquisitions] == [DAY, date(2018, 8, 1)]


@pytest.mark.parametrize(
    "rows, words",
    [
        ("file,date\na.tif,2018-07-04", "has no column 'path'"),
        ("path,sensor\n", "lists no file"),
        ("path,sensor\nb.tif,S2", "names files that do not exist"),
        ("path,sensor,date\na.tif,S2,4 July", "line 2 has the date '4 July'"),
        ("path,sensor\na.tif,S3", "line 2 has the sensor 'S3'"),
        ("path,sensor\na.tif,", "gives no sensor"),
        ("path,sensor,number\na.tif,S2,0", "has the band number '0'"),
        ("path,sensor,number,date,band\na.tif,S2,9,2018-07-04,B02", "asks for band 9 of a.tif"),
        ("path,sensor,scale\na.tif,S2,0", "has the scale '0'"),
        ("path,sensor,scale\na.tif,S2,1e", "has the scale '1e'"),
        ("path,sensor,mask\na.tif,S2,clouds", "has the mask 'clouds'"),
    ],
)
def test_what_is_wrong_with_a_list_is_said_in_one_sentence(tmp_path, rows, words):
    write_raster(tmp_path / "a.tif", 5)
    with pytest.raises(SeriesError) as caught:
        listed(write(tmp_path, "list.csv", rows), bands=("B02",))
    assert words in str(caught.value)


def test_nameless_bands_are_asked_for_and_a_record_answers(tmp_path):
    write_raster(tmp_path / "data" / "S2_20180704.tif", np.full((10, 8, 8), 500.0), dtype="uint16")
    season = card(s2=TEN_BANDS, s1=(), season=Season(6, 1, 4, 15))
    with pytest.raises(SeriesError, match=r"S2_20180704.tif have no names .*--records"):
        prepare(SeriesInputs((str(tmp_path / "data"),)), season, SeriesOptions())
    order = ["B02", "B03", "B04", "B08", "B05", "B06", "B07", "B8A", "B11", "B12"]
    record = {"title": "Mine", "sensor": "S2", "files": "S2_{date}", "layers": order, "scale": 0.0001}
    options = SeriesOptions(records=write(tmp_path, "own.json", json.dumps(record)))
    prepared = prepare(SeriesInputs((str(tmp_path / "data"),)), season, options)
    assert prepared.s2.acquisitions[0].parts[0].bands["B08"].band == 4


def test_without_a_record_such_files_are_refused_with_the_way_out(tmp_path):
    put(tmp_path, "S2_31UDS_17-07-2018_{}.tif", names=WORDS, dtype="int16")
    assert "or give a record (--records) whose pattern says {dmy} or {mdy}" in refused(tmp_path)


def test_no_output_may_replace_a_record_or_a_list(tmp_path):
    options = SeriesOptions(records="own.json", file_list="list.csv")
    assert options.files() == ("own.json", "list.csv") and SeriesOptions().files() == ()
