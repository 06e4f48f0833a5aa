"""Scale and offset told from the numbers of single dates, and numbers that no ground has."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from crop_attention.engine.errors import SeriesError
from crop_attention.engine.options import SeriesOptions
from crop_attention.engine.series.acquisition import (
    METADATA,
    S2,
    TYPE,
    Acquisition,
    BandSource,
    Origins,
    Part,
    Scaling,
    Series,
)
from crop_attention.engine.series.preprocessing.optical import check_physics, resolve_scaling
from crop_attention.engine.series.preprocessing.reflectance import FULL_SCALE, Numbers, judge
from crop_attention.engine.series.preprocessing.sampling import AcquisitionSample, PartSample
from season_files import OPEN_OFFSET

BANDS = ("B02", "B04", "B08", "B12")
DECIMALS = (Scaling(1.0, 0.0, TYPE), *OPEN_OFFSET, Scaling(1.0, -0.1, TYPE))
START = date(2022, 4, 1)


def ground(kind: str, seed: int = 0, pixels: int = 2000) -> np.ndarray:
    """Return (4, P) surface reflectance of B02, B04, B08 and B12."""
    rng = np.random.default_rng(seed)
    share = rng.uniform(0, 1, pixels)
    green, soil = np.array([0.03, 0.03, 0.42, 0.08]), np.array([0.07, 0.12, 0.2, 0.24])
    if kind == "desert":
        green, soil = np.array([0.11, 0.27, 0.34, 0.48]), np.array([0.14, 0.33, 0.42, 0.55])
    if kind == "forest":
        green, soil = np.array([0.012, 0.012, 0.2, 0.04]), np.array([0.02, 0.02, 0.28, 0.07])
    values = green[:, np.newaxis] * share + soil[:, np.newaxis] * (1 - share)
    return values * rng.normal(1, 0.06, values.shape)


def haze(reflectance: np.ndarray) -> np.ndarray:
    """Return what an even haze makes of it: much brighter in blue, a little in red, hardly beyond."""
    return reflectance * 0.85 + np.array([0.1, 0.09, 0.06, 0.01])[:, np.newaxis]


def judged(numbers: np.ndarray, candidates=OPEN_OFFSET) -> tuple[float, float] | None:
    found = judge(Numbers(dict(zip(BANDS, np.asarray(numbers, float)))), candidates)
    return None if found is None else (found.scale, found.offset)


@pytest.mark.parametrize("kind", ["fields", "forest"])
def test_added_1000_is_told_from_dark_ground(kind):
    numbers = np.round(ground(kind) * 1e4)
    assert judged(numbers) == (1e-4, 0.0)
    assert judged(numbers + 1000) == (1e-4, -0.1)


def test_desert_is_told_by_its_colour_and_bare_grey_soil_is_left_open():
    assert judged(ground("desert") * 1e4) == (1e-4, 0.0)
    grey = np.array([0.14, 0.16, 0.18, 0.2])[:, np.newaxis] * np.random.default_rng(1).normal(1, 0.03, (4, 500))
    assert judged(grey * 1e4) is None


def test_water_slightly_below_the_added_1000_is_water():
    lake = 960 + np.random.default_rng(0).integers(-20, 30, (4, 300))
    fields = np.round(ground("fields") * 1e4) + 1000
    assert judged(lake) == (1e-4, -0.1)
    assert judged(np.concatenate([lake, fields], axis=1)) == (1e-4, -0.1)
    assert judged(np.array([400, 250, 120, 60])[:, np.newaxis] + np.zeros(300)) == (1e-4, 0.0)


def test_scale_is_told_from_the_level():
    reflectance = ground("fields")
    assert judged(reflectance, DECIMALS) == (1.0, 0.0)
    assert judged(reflectance * 1e4, DECIMALS) == (1e-4, 0.0)
    assert judged(reflectance * 1e4 + 1000, DECIMALS) == (1e-4, -0.1)
    assert judged(reflectance * 65535) == (FULL_SCALE, 0.0)
    assert judged(reflectance * 100, DECIMALS) is None and judged(reflectance * 255, DECIMALS) is None
    assert judged(reflectance[:, :40]) is None


def season(*dates: np.ndarray, candidates=OPEN_OFFSET, scaling: Scaling | None = None):
    """Return a series of dates of these numbers and its samples."""
    known = scaling or candidates[0]
    bands = {name: BandSource("x.tif", number, None, known.scale, known.offset) for number, name in enumerate(BANDS, 1)}
    origins = Origins(scale=known.origin, offset=known.origin)
    part = Part("x.tif", "", bands, candidates=() if scaling else candidates, origins=origins)
    days = [START + timedelta(days=5 * index) for index in range(len(dates))]
    samples = []
    for day, numbers in zip(days, dates):
        values = (np.asarray(numbers) * known.scale + known.offset).astype(np.float32)
        valid = np.ones(values.shape[1], bool)
        samples.append(AcquisitionSample(day, "", valid, values, (PartSample(valid, values),)))
    return Series(S2, tuple(Acquisition(S2, day, (part,)) for day in days), BANDS), tuple(samples)


def offsets(series: Series) -> list[float]:
    return [found.parts[0].bands["B02"].offset for found in series.acquisitions]


def test_each_date_of_a_mixed_season_gets_its_own_offset():
    plain, added = ground("fields") * 1e4, ground("fields", 1) * 1e4 + 1000
    settled = resolve_scaling(*season(added, plain, added, added, plain), SeriesOptions())
    assert offsets(settled) == [-0.1, 0, -0.1, -0.1, 0]
    assert {part.origins.offset for found in settled.acquisitions for part in found.parts} == {"numbers"}
    assert any("3 Sentinel-2 dates: reflectance = number x 0.0001 - 0.1" in text for text in settled.warnings)


def test_even_haze_is_not_taken_for_an_added_1000_where_other_dates_show_the_ground():
    clear, hazy = ground("fields"), haze(ground("fields"))
    settled = resolve_scaling(*season(clear * 1e4, hazy * 1e4, clear * 1e4), SeriesOptions())
    assert offsets(settled) == [0, 0, 0]
    settled = resolve_scaling(*season(clear * 1e4 + 1000, hazy * 1e4 + 1000, clear * 1e4 + 1000), SeriesOptions())
    assert offsets(settled) == [-0.1, -0.1, -0.1]


def test_dates_after_a_change_of_baseline_are_not_taken_for_haze_because_the_ground_has_changed_since():
    before = [ground("fields", seed) * 1e4 for seed in range(8)]
    after = [ground("fields", seed) * 1.8e4 + 1000 for seed in range(8)]
    settled = resolve_scaling(*season(*before, *after), SeriesOptions())
    assert offsets(settled) == [0] * 8 + [-0.1] * 8


def test_decimals_that_are_too_high_by_0_1_are_told_date_by_date():
    plain, added = ground("fields"), ground("fields", 1) + 0.1
    assert offsets(resolve_scaling(*season(added, added, candidates=DECIMALS), SeriesOptions())) == [-0.1, -0.1]
    mixed = resolve_scaling(*season(added, plain, added, plain, candidates=DECIMALS), SeriesOptions())
    assert offsets(mixed) == [-0.1, 0, -0.1, 0]
    assert {found.parts[0].bands["B02"].scale for found in mixed.acquisitions} == {1.0}


def test_decimals_that_leave_it_open_are_taken_as_they_are_where_no_date_is_too_high():
    grey = np.array([0.14, 0.16, 0.18, 0.2])[:, np.newaxis] * np.random.default_rng(1).normal(1, 0.03, (4, 500))
    assert offsets(resolve_scaling(*season(grey, grey, candidates=DECIMALS), SeriesOptions())) == [0, 0]
    dates = [ground("fields", seed) for seed in range(11)]
    dates[5] = dates[5] + 0.1
    settled = resolve_scaling(*season(*dates, candidates=DECIMALS), SeriesOptions())
    assert offsets(settled) == [0] * 11 and "read as it is on 2022-04-26, where" in " ".join(settled.warnings)


def test_few_open_dates_are_left_out_with_a_warning_where_all_others_are_read_alike():
    # Between the two readings: with and without an added 0.1 it is as far from the ground of the other dates.
    grey = np.array([0.14, 0.16, 0.18, 0.215])[:, np.newaxis] * np.random.default_rng(1).normal(1, 0.05, (4, 500)) * 1e4
    grey = np.repeat(grey, 4, axis=1)
    dates = [ground("fields", seed) * 1e4 for seed in range(9)]
    settled = resolve_scaling(*season(*dates, grey), SeriesOptions())
    assert len(settled.acquisitions) == 9 and "left out: too little clear ground" in " ".join(settled.warnings)
    with pytest.raises(SeriesError, match="follow neither from the values"):
        resolve_scaling(*season(*dates[:8], dates[8] + 1000, grey), SeriesOptions())


def test_few_cloudy_dates_without_a_mask_that_seem_to_carry_the_1000_are_left_out():
    # Thin cloud over all of the scene stands 0.1 above the ground in every band, as the added 1,000 would.
    dates = [ground("fields", seed) * 1e4 for seed in range(9)]
    settled = resolve_scaling(*season(*dates, dates[8] + 1000), SeriesOptions())
    assert offsets(settled) == [0] * 9 and "1 Sentinel-2 date left out" in " ".join(settled.warnings)


def test_cloud_without_a_mask_is_no_added_1000_in_a_mixed_season_either():
    cloud = np.array([0.32, 0.3, 0.46, 0.31])[:, np.newaxis] * np.random.default_rng(1).normal(1, 0.1, (4, 2000))
    cloud[:, :400] = np.array([[0.15], [0.18], [0.4], [0.25]])
    dates = [ground("fields", seed) * 1e4 + 1000 * (seed % 2) for seed in range(8)]
    settled = resolve_scaling(*season(*dates, cloud * 1e4), SeriesOptions())
    assert offsets(settled) == [0, -0.1] * 4 and "1 Sentinel-2 date left out" in " ".join(settled.warnings)


def test_cloud_without_a_mask_that_hardly_shows_the_ground_is_left_out_however_often_it_comes():
    cloud = np.array([0.5, 0.45, 0.6, 0.3])[:, np.newaxis] * np.random.default_rng(1).normal(1, 0.05, (4, 2000)) * 1e4
    cloud[:, :200] = np.array([[1400.0], [1600.0], [1800.0], [2150.0]])
    dates = [ground("fields", seed) * 1e4 for seed in range(4)]
    settled = resolve_scaling(*season(*dates, cloud, cloud), SeriesOptions())
    assert len(settled.acquisitions) == 4 and "2 Sentinel-2 dates left out" in " ".join(settled.warnings)


def test_open_dates_are_asked_about_by_name():
    grey = np.array([0.14, 0.16, 0.18, 0.2])[:, np.newaxis] * np.random.default_rng(1).normal(1, 0.03, (4, 500)) * 1e4
    with pytest.raises(
        SeriesError, match="on 2022-04-01, 2022-04-06 follow neither .* --optical-scale and --optical-offset"
    ):
        resolve_scaling(*season(grey, grey), SeriesOptions())


@pytest.mark.parametrize(
    ("numbers", "scaling", "reason"),
    [
        (ground("fields") * 65535, Scaling(1e-4, 0.0, METADATA), "median reflectance of"),
        (ground("fields"), Scaling(1e-4, 0.0, METADATA), "median reflectance of"),
        (ground("fields") * 1e4, Scaling(1e-4, -0.1, METADATA), "negative reflectance on"),
    ],
)
def test_metadata_against_the_content_is_refused_or_left_out_on_request(numbers, scaling, reason):
    series, samples = season(numbers, numbers, scaling=scaling)
    with pytest.raises(SeriesError, match=rf"2022-04-01, 2022-04-06 \(2022-04-01: .*{reason}.*known from metadata"):
        check_physics(series, samples, SeriesOptions())
    with pytest.raises(SeriesError, match="No Sentinel-2 acquisition can be read"):
        check_physics(series, samples, SeriesOptions(skip_broken=True))
    good = season(ground("fields") * 1e4, scaling=Scaling(1e-4, 0.0, METADATA))
    mixed = replace(series, acquisitions=(series.acquisitions[0], *good[0].acquisitions))
    left, kept = check_physics(mixed, (samples[0], *good[1]), SeriesOptions(skip_broken=True))
    assert len(left.acquisitions) == len(kept) == 1 and "2022-04-01" in left.skipped[0]


@pytest.mark.parametrize("added, refused", [(3, True), (2, False)])
def test_an_added_1000_that_metadata_deny_is_asked_about(added, refused):
    dates = [ground("fields", seed) * 1e4 + (1000 if seed < added else 0) for seed in range(added + (not refused))]
    series, samples = season(*dates, scaling=Scaling(1e-4, 0.0, METADATA))
    if refused:
        with pytest.raises(SeriesError, match="still in the numbers, although metadata or names say that it is not"):
            check_physics(series, samples, SeriesOptions())
    else:
        assert len(check_physics(series, samples, SeriesOptions())[0].acquisitions) == 3


def test_plants_seen_through_the_air_are_level_1c_and_hazy_dates_are_not():
    clear = ground("fields")
    top = clear + np.array([0.085, 0.03, 0.01, 0.0])[:, np.newaxis]
    known = Scaling(1e-4, 0.0, METADATA)
    with pytest.raises(SeriesError, match="looks like Level-1C .*switch on --allow-level1c"):
        check_physics(*season(*[top * 1e4] * 4, scaling=known), SeriesOptions())
    check_physics(*season(*[top * 1e4] * 4, scaling=known), SeriesOptions(allow_level1c=True))
    series, samples = season(*[clear * 1e4] * 3, *[top * 1e4] * 2, scaling=known)
    assert check_physics(series, samples, SeriesOptions()) == (series, samples)
