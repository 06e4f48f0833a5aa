"""Unit, scale and order of Sentinel-1 acquisitions inferred from their values, and dates that are off."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from crop_attention.engine.errors import SeriesError
from crop_attention.engine.options import SeriesOptions
from crop_attention.engine.series.acquisition import (
    AMPLITUDE,
    DECIBEL,
    POWER,
    S1,
    TYPE,
    Acquisition,
    Arrangement,
    BandSource,
    Part,
    Scaling,
    Series,
)
from crop_attention.engine.series.preprocessing.backscatter import resolve_units
from crop_attention.engine.series.preprocessing.sampling import AcquisitionSample, PartSample
from crop_attention.engine.series.preprocessing.track_levels import check_levels
from season_files import START

PIXELS = 1_600
OPTIONS = SeriesOptions()


def land(vv: float = -11.0, vh: float = -17.5, seed: int = 0) -> np.ndarray:
    """Return (2, P) dB of fields with speckle."""
    rng = np.random.default_rng(seed)
    fields = rng.normal(0, 2, PIXELS)
    speckle = 10 * np.log10(rng.gamma(4.4, 1 / 4.4, (2, PIXELS)))
    return np.array([[vv], [vh]]) + fields + speckle


def radar(*dates: np.ndarray, unit: str = "", candidates=(), orders: bool = False, track: str = "ASC-1"):
    """Return a series of dates of these stored numbers and its samples."""
    first = {"VV": BandSource("x.tif", 1), "VH": BandSource("x.tif", 2)}
    second = {"VV": BandSource("x.tif", 2), "VH": BandSource("x.tif", 1)}
    arrangements = (Arrangement("VV before VH", first), Arrangement("VH before VV", second)) if orders else ()
    found, samples = [], []
    for index, numbers in enumerate(dates):
        day, values = START + timedelta(days=6 * index), np.asarray(numbers, np.float32)
        part = Part(f"radar{index}.tif", "", first, candidates=tuple(candidates), arrangements=arrangements, unit=unit)
        valid = np.ones(values.shape[1], bool)
        found.append(Acquisition(S1, day, (part,), track))
        samples.append(AcquisitionSample(day, track, valid, values, (PartSample(valid, values),)))
    return Series(S1, tuple(found), ("VV", "VH")), tuple(samples)


def units(series: Series) -> list[str]:
    return [found.parts[0].unit for found in series.acquisitions]


def test_decibels_power_and_amplitude_are_told_date_by_date():
    decibel = land()
    settled, samples = resolve_units(*radar(decibel, 10 ** (decibel / 10), 10 ** (decibel / 20)), OPTIONS)
    assert units(settled) == [DECIBEL, POWER, AMPLITUDE]
    assert all(np.allclose(sample.values, decibel, atol=1e-3) for sample in samples)
    assert sum("Sentinel-1 is read as" in text for text in settled.warnings) == 3
    alike, _ = resolve_units(*radar(10 ** (decibel / 10)), OPTIONS)
    assert not alike.decibel and not alike.warnings and "inferred from the range" in alike.notes[0]


def test_decibels_times_100_are_told_from_whole_numbers():
    packed = (Scaling(1.0, 0.0, TYPE), Scaling(0.01, 0.0, TYPE))
    settled, samples = resolve_units(*radar(np.round(100 * land()), candidates=packed), OPTIONS)
    source = settled.acquisitions[0].parts[0].bands["VV"]
    assert source.scale == 0.01 and not settled.acquisitions[0].parts[0].candidates
    assert np.median(samples[0].values[0]) == pytest.approx(-11, abs=1)


def test_tenths_of_decibels_are_told_and_packed_power_is_not_taken_for_hundredths():
    packed = tuple(Scaling(scale, 0.0, TYPE) for scale in (1.0, 0.01, 0.1))
    settled, _ = resolve_units(*radar(np.round(10 * land()), candidates=packed), OPTIONS)
    assert settled.acquisitions[0].parts[0].bands["VV"].scale == 0.1
    for factor in (1e2, 1e3, 1e4):
        with pytest.raises(SeriesError, match="scale of packed numbers in a record"):
            resolve_units(*radar(np.round(factor * 10 ** (land() / 10)) + 1, candidates=packed), OPTIONS)


def test_numbers_that_contradict_their_name_are_refused_with_what_they_are_like():
    with pytest.raises(SeriesError, match=r"call Sentinel-1 linear power in radar0.tif, .* are like decibels"):
        resolve_units(*radar(land(), unit=POWER), OPTIONS)
    settled, _ = resolve_units(*radar(10 ** (land() / 10), land(), land(), unit=POWER), SeriesOptions(skip_broken=True))
    assert len(settled.acquisitions) == 1


@pytest.mark.parametrize("vv, vh", [(-4.4, -8.1), (-8.0, -9.8), (-7.0, -10.0), (-0.5, -7.0)])
def test_a_season_that_only_numbers_tell_and_no_land_has_is_refused(vv, vh):
    with pytest.raises(SeriesError, match="unlike any farmland.*UNITS"):
        resolve_units(*radar(*(land(vv, vh, seed) for seed in range(4))), OPTIONS)
    resolve_units(*radar(*(land(vv, vh, seed) for seed in range(4)), unit=DECIBEL), OPTIONS)


def test_nameless_polarisations_are_ordered_and_named_ones_that_seem_swapped_are_refused():
    swapped = land()[::-1]
    settled, samples = resolve_units(*radar(swapped, orders=True), OPTIONS)
    assert settled.acquisitions[0].parts[0].bands["VV"].band == 2
    assert np.median(samples[0].values[0]) > np.median(samples[0].values[1])
    assert any("inferred from their values" in text for text in settled.warnings)
    with pytest.raises(SeriesError, match=r"VH is not below VV on 2018-01-07 \(radar1.tif\).*--skip-broken"):
        resolve_units(*radar(land(), swapped), OPTIONS)
    left, kept = resolve_units(*radar(land(), swapped), SeriesOptions(skip_broken=True))
    assert len(left.acquisitions) == len(kept) == 1 and "2018-01-07" in left.skipped[0]


def test_numbers_that_are_no_backscatter_name_file_and_range():
    with pytest.raises(SeriesError, match=r"radar1.tif \([\d.]+ to [\d.]+\)"):
        resolve_units(*radar(land(), 480 * 10 ** (land() / 20)), OPTIONS)


def test_polarisations_of_one_level_are_refused():
    with pytest.raises(SeriesError, match="VH is not below VV"):
        resolve_units(*radar(10 ** (land(-6, -7.2) / 20), unit=POWER), OPTIONS)


def test_series_without_a_valid_sample_keeps_its_unit_and_warns():
    series, samples = radar(land())
    empty = tuple(AcquisitionSample(s.date, s.track, np.zeros(PIXELS, bool), np.zeros((2, PIXELS))) for s in samples)
    settled, _ = resolve_units(series, empty, OPTIONS)
    assert settled.decibel and "assumed" in settled.warnings[-1]


@pytest.mark.parametrize("shift", [-40, -9, 8, 20])
def test_a_date_off_from_its_neighbours_is_named_or_left_out(shift):
    dates = [land(seed=index) + (shift if index == 3 else 0) for index in range(6)]
    with pytest.raises(SeriesError, match=r"same track on 2018-01-19 \([-+]\d+ dB on 2018-01-19\).*--skip-broken"):
        check_levels(*radar(*dates, unit=DECIBEL), OPTIONS)
    left, kept = check_levels(*radar(*dates, unit=DECIBEL), SeriesOptions(skip_broken=True))
    assert len(left.acquisitions) == len(kept) == 5


@pytest.mark.parametrize("shift, dates_left", [(-8.3, 6), (-12, 5)])
def test_a_few_fields_may_differ_by_more_than_many(shift, dates_left):
    dates = [land(seed=index) + (shift if index == 3 else 0) for index in range(6)]
    series, samples = radar(*dates, unit=DECIBEL)
    few = tuple(replace(sample, valid=sample.valid & (np.arange(PIXELS) < 100)) for sample in samples)
    left, kept = check_levels(series, few, SeriesOptions(skip_broken=True))
    assert len(left.acquisitions) == len(kept) == dates_left


def test_seasons_floods_and_frost_are_not_off():
    course = [-11 + 3 * np.sin(index) for index in range(8)]
    paddies = [-9, -9, -15, -15, -14, -11, -9, -9]
    for levels in (course, paddies):
        dates = [land(level, level - 7, seed=index) for index, level in enumerate(levels)]
        series, samples = radar(*dates, unit=DECIBEL)
        assert check_levels(series, samples, OPTIONS)[0] == series
