"""Clouds, their shadows, their mask and what it misses; and the days of the satellites."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from crop_attention.engine.simulation.chance import correlated, smooth_field, stream
from crop_attention.engine.simulation.passes import clock, pass_name, passes
from crop_attention.engine.simulation.weather import SHADOW, cloud_cover, draw_sky
from crop_attention.tools.checkpoints.simulated_cube import widened

FIRST, LAST = date(2022, 9, 10), date(2023, 10, 15)


@pytest.mark.parametrize("cloudiness", [0.2, 0.5, 0.75])
def test_mean_cloud_cover_is_the_asked_one(cloudiness: float) -> None:
    cover = cloud_cover(4, np.arange(0, 400, 5.0), cloudiness)
    assert cover.mean() == pytest.approx(cloudiness, abs=0.02)
    assert cover.min() >= 0.0 and cover.max() <= 1.0


def test_cover_is_bimodal_and_winter_is_cloudier() -> None:
    days = np.arange(-90.0, 275.0, 5.0)
    cover = np.stack([cloud_cover(seed, days, 0.5) for seed in range(30)])
    assert ((cover < 0.2) | (cover > 0.8)).mean() > 0.6
    winter = np.abs(days) < 45
    assert cover[:, winter].mean() > cover[:, ~winter].mean() + 0.08


def test_no_clouds_asked_gives_none() -> None:
    assert not cloud_cover(1, np.arange(10.0), 0.0).any()
    sky = draw_sky(1, 0, 100.0, 0.0, 64)
    assert not np.isin(sky.mask, (8, 9)).any()


def test_masked_share_follows_the_cover() -> None:
    for cover in (0.3, 0.7):
        shares = [np.isin(draw_sky(seed, 0, 100.0, cover, 160).mask, (8, 9, 10)).mean() for seed in range(30)]
        assert np.mean(shares) == pytest.approx(cover, abs=0.12)
    assert np.mean([draw_sky(seed, 0, 100.0, 1.0, 64).mask > 0 for seed in range(20)]) > 0.85


def test_the_mask_misses_some_cloud_and_finds_shadow() -> None:
    skies = [draw_sky(seed, 3, 60.0, 0.4, 160) for seed in range(25)]
    cloudy = np.concatenate([(sky.opacity > 0.3).ravel() for sky in skies])
    seen = np.concatenate([(sky.mask > 0).ravel() for sky in skies])
    missed = (cloudy & ~seen).sum() / cloudy.sum()
    assert 0.005 < missed < 0.15
    assert sum((sky.mask == SHADOW).any() for sky in skies) > 15


def test_shadow_lies_north_of_its_cloud() -> None:
    ahead = 0
    for seed in range(12):
        sky = draw_sky(seed, 1, 10.0, 0.2, 160)
        cloud, shade = sky.opacity > 0.5, sky.shade > 0.3
        moved = [(np.roll(cloud, -shift, axis=0) & shade).sum() for shift in (-30, 0, 30)]
        ahead += moved[2] >= moved[0]
    assert ahead >= 9


def test_sky_has_the_asked_size_and_is_the_same_again() -> None:
    one, two, other = (draw_sky(seed, 5, 100.0, 0.5, 101) for seed in (2, 2, 3))
    assert one.opacity.shape == one.mask.shape == one.shade.shape == (101, 101)
    assert np.array_equal(one.opacity, two.opacity) and np.array_equal(one.mask, two.mask)
    assert not np.array_equal(one.opacity, other.opacity)


def test_margin_grows_only_around_the_named_classes() -> None:
    mask = np.zeros((20, 20), np.uint8)
    mask[5, 5], mask[15, 15] = 9, 11
    grown = widened(mask, (3, 8, 9, 10), 2)
    assert grown.sum() == 25 and grown[3, 3] and not grown[15, 15]


@pytest.mark.parametrize(("count", "orbits"), [(30, 1), (60, 2), (130, 2), (250, 3)])
def test_radar_orbits_repeat_every_six_days(count: int, orbits: int) -> None:
    days, tracks = passes(7, "S1", FIRST, LAST, count, orbits)
    assert len(days) == len(set(days)) == len(tracks) == count
    assert days == sorted(days) and FIRST <= days[0] and days[-1] <= LAST
    for track in np.unique(tracks):
        phases = {day.toordinal() % 6 for day, number in zip(days, tracks) if number == track}
        assert len(phases) == 1
    assert len(np.unique(tracks)) >= orbits


def test_passes_cover_the_year_without_long_gaps() -> None:
    days, _ = passes(1, "S2", FIRST, LAST, 60, 1)
    gaps = np.diff([day.toordinal() for day in days])
    assert (np.array(gaps) % 5 == 0).all()
    assert max(gaps) <= 35


def test_more_passes_than_days_gives_every_day() -> None:
    days, _ = passes(1, "S1", date(2023, 1, 1), date(2023, 1, 10), 50, 1)
    assert len(days) == 10


def test_ascending_passes_are_in_the_evening() -> None:
    assert pass_name(0) == "ASC" and pass_name(1) == "DESC"
    assert clock("S1", 0) > "120000" > clock("S1", 1)


def test_smooth_fields_have_unit_variance_and_the_asked_scale() -> None:
    fields = np.stack([smooth_field(np.random.default_rng(seed), (64, 64), 12.0) for seed in range(60)])
    assert fields.std() == pytest.approx(1.0, abs=0.1)
    near = (fields[:, :, 1:] * fields[:, :, :-1]).mean()
    far = (fields[:, :, 48:] * fields[:, :, :-48]).mean()
    assert near > 0.95 and abs(far) < 0.15


def test_memory_of_a_series_fades() -> None:
    series = correlated(np.random.default_rng(1), 4000, np.array([0.0, 5.0, 10.0, 200.0]), 10.0)
    assert (series[:, 0] * series[:, 1]).mean() == pytest.approx(np.exp(-0.5), abs=0.06)
    assert abs((series[:, 0] * series[:, 3]).mean()) < 0.06


def test_streams_of_different_names_and_seeds_differ() -> None:
    draws = {stream(seed, name).random() for seed in (1, 2) for name in ("a", "b")}
    assert len(draws) == 4
    assert stream(1, "a").random() == stream(1, "a").random()
