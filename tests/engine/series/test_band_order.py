"""The order of nameless Sentinel-2 bands told from their numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from crop_attention.engine.errors import SeriesError
from crop_attention.engine.feedback import Feedback
from crop_attention.engine.options import SeriesOptions
from crop_attention.engine.series.acquisition import Arrangement, BandSource
from crop_attention.engine.series.files.pool import DatasetPool
from crop_attention.engine.series.preprocessing.band_order import check_band_order, resolve_band_order
from crop_attention.engine.series.preprocessing.grid_and_season import choose_grid
from crop_attention.engine.series.preprocessing.sampling import Sampler, sample_series
from rasters import TEN_BANDS
from season_files import START, geometries_of, optical, s2_series

FIELDS = dict(zip(TEN_BANDS, (300, 600, 350, 1000, 2600, 3200, 3400, 3500, 1900, 900)))
BY_HAND = ("B02", "B03", "B04", "B08", "B05", "B06", "B07", "B8A", "B11", "B12")


def settled(folder, written, other=BY_HAND):
    """Settle one date of bands written in an order, that of wavelengths and another one being possible."""
    noise = np.random.default_rng(0).normal(1, 0.05, (10, 12, 12))
    numbers = noise * np.array([FIELDS[band] for band in written])[:, np.newaxis, np.newaxis]
    look = optical(folder, START, numbers, None, bands=TEN_BANDS, size=(12, 12))
    path = look.parts[0].bands["B02"].path
    orders = tuple(
        Arrangement(" ".join(order), {band: BandSource(path, order.index(band) + 1, None, 1e-4) for band in TEN_BANDS})
        for order in (TEN_BANDS, other)
    )
    series = s2_series(replace(look, parts=(replace(look.parts[0], arrangements=orders),)), bands=TEN_BANDS)
    geometries = geometries_of(series)
    grid = choose_grid(series, None, geometries, SeriesOptions())
    return resolve_band_order(series, Sampler(grid, geometries, SeriesOptions(), Feedback(), DatasetPool()))


def test_the_usual_order_is_confirmed_by_the_numbers(tmp_path):
    part = settled(tmp_path, TEN_BANDS).acquisitions[0].parts[0]
    assert not part.arrangements and part.origins.bands == "numbers" and part.bands["B08"].band == 7


def test_blue_and_red_are_told_apart_by_dry_soil(tmp_path, monkeypatch):
    soil = dict(zip(TEN_BANDS, (600, 800, 1000, 1200, 1400, 1500, 1600, 1700, 2200, 1900)))
    monkeypatch.setitem(globals(), "FIELDS", soil)
    red_first = ("B04", "B03", "B02", *TEN_BANDS[3:])
    assert settled(tmp_path / "usual", TEN_BANDS, red_first).acquisitions[0].parts[0].bands["B02"].band == 1
    with pytest.raises(SeriesError, match="seem to follow each other as B04 B03 B02"):
        settled(tmp_path / "other", red_first, red_first)


def test_another_order_is_asked_about_by_name(tmp_path):
    with pytest.raises(SeriesError, match="seem to follow each other as B02 B03 B04 B08 B05 .* describe each band"):
        settled(tmp_path, BY_HAND)


@pytest.mark.parametrize(
    "names, pair",
    [
        (BY_HAND, "B08 is 0.3 times B07"),
        ((*TEN_BANDS[:8], "B12", "B11"), "B11 is 0.4\\d times B12"),
        (("B02", "B04", "B03", *TEN_BANDS[3:]), "B03 is 0.5\\d times B04"),
    ],
)
def test_names_that_do_not_fit_the_numbers_are_refused(tmp_path, names, pair):
    noise = np.random.default_rng(0).normal(1, 0.02, (10, 12, 12))
    numbers = noise * np.array([FIELDS[band] for band in TEN_BANDS])[:, np.newaxis, np.newaxis]
    series = s2_series(optical(tmp_path, START, numbers, None, bands=names, size=(12, 12)), bands=TEN_BANDS)
    geometries = geometries_of(series)
    grid = choose_grid(series, None, geometries, SeriesOptions())
    sampler = Sampler(grid, geometries, SeriesOptions(), Feedback(), DatasetPool())
    series, samples = sample_series(series, sampler)
    with pytest.raises(SeriesError, match=rf"{pair} on land \(2018-01-01\), .* wrong names"):
        check_band_order(series, samples, sampler)


def test_dark_woods_whose_green_the_correction_took_below_red_are_not_refused(tmp_path):
    woods = np.array([20, 60, 90, 330, 1450, 1850, 1950, 2050, 900, 400], float)[:, np.newaxis, np.newaxis]
    numbers = np.random.default_rng(0).normal(1, 0.02, (10, 12, 12)) * woods
    series = s2_series(optical(tmp_path, START, numbers, None, bands=TEN_BANDS, size=(12, 12)), bands=TEN_BANDS)
    geometries = geometries_of(series)
    grid = choose_grid(series, None, geometries, SeriesOptions())
    sampler = Sampler(grid, geometries, SeriesOptions(), Feedback(), DatasetPool())
    series, samples = sample_series(series, sampler)
    assert samples[0].valid.all()
    check_band_order(series, samples, sampler)


def test_cloud_alone_leaves_the_order_open(tmp_path, monkeypatch):
    monkeypatch.setitem(globals(), "FIELDS", dict.fromkeys(TEN_BANDS, 6000))
    with pytest.raises(SeriesError, match=r"do not tell the order \(2018-01-01\)"):
        settled(tmp_path, TEN_BANDS)
