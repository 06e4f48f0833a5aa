"""Seasons that are too dark for land and bands that bear each other's names, written to disk."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from crop_attention.engine.errors import SeriesError
from crop_attention.engine.feedback import Feedback
from crop_attention.engine.options import SeriesOptions
from crop_attention.engine.series.inputs import SeriesInputs
from crop_attention.engine.series.preprocessing.plausible import seems_swapped, upper_quartile
from crop_attention.engine.series.preprocessing.prepare import prepare
from rasters import write_raster
from season_files import START, card

BANDS = ("B02", "B04", "B08", "B12")
SWAPPED = ("B02", "B08", "B04", "B12")
FIELDS = np.array([300.0, 400.0, 3000.0, 900.0])[:, np.newaxis, np.newaxis]
LAKE = np.array([300.0, 250.0, 150.0, 40.0])[:, np.newaxis, np.newaxis]


def season(folder, dates, **options):
    """Write dates of (numbers, names of their bands) and prepare them."""
    for index, (numbers, names) in enumerate(dates):
        noise = np.random.default_rng(index).normal(1, 0.05, (4, 20, 20))
        day = START + timedelta(days=5 * index)
        write_raster(folder / f"S2_{day:%Y%m%d}.tif", np.round(noise * numbers), names, dtype="uint16")
    wanted = SeriesOptions(min_clear_steps=1, cloud_margin=0, **options)
    return prepare(SeriesInputs((str(folder),)), card(BANDS, ()), wanted, START, None, Feedback())


def test_reflectance_times_1000_is_asked_about_and_read_with_its_scale(tmp_path):
    dates = [(FIELDS / 10, BANDS)] * 4
    with pytest.raises(SeriesError, match=r"too dark for land: give --optical-scale, likely 0\.001, or 0\.0001 if"):
        season(tmp_path, dates)
    part = season(tmp_path, dates, optical_scale=0.001).s2.acquisitions[0].parts[0]
    assert (part.bands["B08"].scale, part.bands["B08"].offset) == (0.001, 0.0)


def test_reflectance_times_20000_is_asked_about_and_read_with_its_scale(tmp_path):
    dates = [(2.6 * FIELDS, BANDS)] * 4
    with pytest.raises(SeriesError, match=r"0\.7\d in near infrared \(B08\) on dense plants, .* \(--optical-scale\)"):
        season(tmp_path, dates)
    part = season(tmp_path, dates, optical_scale=5e-5).s2.acquisitions[0].parts[0]
    assert part.bands["B08"].scale == 5e-5


def test_a_lake_alone_is_read_once_its_scale_is_given(tmp_path):
    with pytest.raises(SeriesError, match="if nothing but water or shade is shown"):
        season(tmp_path, [(LAKE, BANDS)] * 3)
    assert len(season(tmp_path, [(LAKE, BANDS)] * 3, optical_scale=0.0001).s2.acquisitions) == 3


def test_a_date_of_another_scale_is_named_or_left_out(tmp_path):
    dates = [(FIELDS, BANDS), (FIELDS / 10, BANDS), (FIELDS, BANDS), (FIELDS, BANDS)]
    with pytest.raises(SeriesError, match="on 2018-01-06: its reflectance is a small part .*--skip-broken"):
        season(tmp_path, dates)
    left = season(tmp_path, dates, skip_broken=True).s2
    assert len(left.acquisitions) == 3 and left.skipped[0].startswith("2018-01-06: its reflectance")


def test_a_flooded_date_is_no_other_scale(tmp_path):
    dates = [(FIELDS, BANDS), (LAKE, BANDS), (FIELDS, BANDS), (FIELDS, BANDS)]
    assert len(season(tmp_path, dates, optical_offset=0).s2.acquisitions) == 4


def test_blue_and_red_that_bear_each_others_names_are_refused_by_dry_soil(tmp_path):
    soil = np.array([600.0, 1000.0, 1600.0, 1900.0])[:, np.newaxis, np.newaxis]
    right = season(tmp_path / "right", [(soil, BANDS)] * 3, optical_scale=1e-4, optical_offset=0)
    assert len(right.s2.acquisitions) == 3
    with pytest.raises(SeriesError, match=r"blue \(B02\) is 1\.7 times as bright as red \(B04\) on dry ground"):
        season(tmp_path / "wrong", [(soil, ("B04", "B02", "B08", "B12"))] * 3, optical_scale=1e-4, optical_offset=0)


def test_red_and_near_infrared_that_bear_each_others_names_are_refused(tmp_path):
    with pytest.raises(SeriesError, match=r"near infrared \(B08\) is darker than red \(B04\) .* seem swapped; correct"):
        season(tmp_path, [(FIELDS, SWAPPED)] * 4)


def test_a_single_date_with_swapped_names_is_named_or_left_out(tmp_path):
    dates = [(FIELDS, BANDS), (FIELDS, BANDS), (FIELDS, SWAPPED), (FIELDS, BANDS)]
    with pytest.raises(SeriesError, match=r"on 2018-01-11: near infrared .* seem swapped; .*--skip-broken"):
        season(tmp_path, dates)
    assert len(season(tmp_path, dates, skip_broken=True).s2.acquisitions) == 3


@pytest.mark.parametrize(
    ("level", "swapped"),
    [
        ((0.03, 0.04, 0.3, 0.09), False),
        ((0.2, 0.25, 0.26, 0.3), False),
        ((0.08, 0.12, 0.05, 0.02), None),
        ((0.8, 0.8, 0.75, 0.1), None),
        ((0.03, 0.3, 0.04, 0.09), True),
    ],
)
def test_water_snow_and_bare_soil_are_no_swapped_bands(level, swapped):
    assert seems_swapped({band: np.full(60, value) for band, value in zip(BANDS, level)}) is swapped


def test_the_usual_brightness_is_the_upper_quartile_of_what_each_pixel_shows():
    draw = np.random.default_rng(5)
    values = draw.random((7, 300)).astype(np.float32)
    values[draw.random(values.shape) < 0.6] = np.nan
    values[2, np.isnan(values).all(axis=0)] = 0.3
    found = upper_quartile(values)
    assert np.allclose(found, np.nanpercentile(values, 75, axis=0), rtol=0, atol=1e-6)
    assert np.isfinite(found).all() and upper_quartile(values[:, :0]).shape == (0,)
