"""The report before a run says what was found, what is missing, and the cost."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

import report_samples as samples
from crop_attention.engine.options import SeriesOptions
from crop_attention.engine.report.series import write_series_report
from report_samples import words_of

COST = SimpleNamespace(seconds=83, megabytes_memory=1536, megabytes_disk=13.4)


def text_of(tmp_path, prepared, card=None):
    path = tmp_path / "series.html"
    write_series_report(str(path), prepared, samples.make_summary(prepared), COST, card or prepared.card)
    return words_of(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    return text_of(tmp_path_factory.mktemp("series"), samples.make_prepared())


def test_cost_is_told_in_units_people_use(text):
    assert "A run over 272 ha will take about 1 min 23 s on the CPU, 1.5 GB of memory and 13 MB of disk." in text


def test_what_was_found_is_told_for_each_sensor(text):
    assert "72 acquisitions from 2017-10-03 to 2018-09-23" in text
    assert "60 acquisitions from 2017-10-02 to 2018-09-21" in text
    assert "Cloud mask scene classification (SCL)" in text
    assert "ASC-88 VV +0.4 dB" in text
    assert "170 x 160 pixels of 10 m" in text


def test_a_substituted_band_is_told_apart_from_one_that_is_there(text):
    assert "B08 Sentinel-2 yes" in text
    assert "B8A Sentinel-2 B08 is used instead" in text


def test_bands_of_a_missing_sensor_are_told_missing(tmp_path):
    text = text_of(tmp_path, samples.make_prepared(s1=None))
    assert "VV Sentinel-1 the sensor is missing" in text
    assert "The series can be classified, with caution: Sentinel-1 is missing" in text


def test_a_series_without_fault_is_called_ready(tmp_path):
    text = text_of(tmp_path, samples.make_prepared(warnings=()))
    assert "The series is ready to be classified." in text
    assert "No warnings." in text


def test_each_acquisition_is_listed_with_its_step(text):
    assert "2017-10-03 1" in text
    assert "2018-09-23 24" in text
    assert "72 acquisitions, 72 of them within the season." in text


def test_an_acquisition_out_of_season_is_listed_as_outside(tmp_path):
    prepared = samples.make_prepared()
    early = samples.make_series("S2", [samples.date(2017, 8, 1)], samples.S2_BANDS).acquisitions
    s2 = samples.make_series("S2", [a.date for a in prepared.s2.acquisitions], samples.S2_BANDS)
    prepared.s2 = type(s2)(**{**vars(s2), "acquisitions": (*early, *s2.acquisitions)})
    text = text_of(tmp_path, prepared)
    assert "2017-08-01 outside" in text
    assert "73 acquisitions, 72 of them within the season." in text


def test_a_file_left_out_is_a_warning(tmp_path):
    prepared = samples.make_prepared()
    prepared.s2 = type(prepared.s2)(**{**vars(prepared.s2), "skipped": ("S2_20180401.tif: truncated",)})
    assert "Sentinel-2 left out: S2_20180401.tif: truncated" in text_of(tmp_path, prepared)


def test_every_belief_about_the_files_stands_in_a_table_with_where_it_is_known_from(tmp_path):
    from crop_attention.engine.report.file_reading import understood_section
    from crop_attention.engine.series.acquisition import AMPLITUDE, Origins
    from crop_attention.engine.series.preprocessing.prepare import prepare_series
    from season_files import START, card, optical, radar, s1_series, s2_series

    look, echo = optical(tmp_path, START), radar(tmp_path, START)
    origins = Origins("name", "metadata", "", "metadata", "numbers", "name")
    look = replace(look, parts=(replace(look.parts[0], distributor="Theia MUSCATE", origins=origins),))
    prepared = prepare_series(s2_series(look), s1_series(echo), card(), SeriesOptions(min_clear_steps=1))
    shown = understood_section(prepared)
    assert "Sentinel-2: Theia MUSCATE" in shown and "scene classification (SCL)" in shown
    assert "<td>Offset</td><td>0</td><td>numbers</td>" in shown
    assert "<td>Scale</td><td>0.0001</td><td>metadata</td>" in shown
    assert "<td>Unit of the numbers</td><td>decibels</td><td>numbers</td>" in shown and AMPLITUDE not in shown
