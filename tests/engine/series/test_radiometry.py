"""Units, offsets, scales and tracks told from samples."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from crop_attention.engine.series.acquisition import S1, Acquisition, Part, Series
from crop_attention.engine.series.files.grid import Grid, Window
from crop_attention.engine.series.preprocessing.radiometry import track_offsets
from crop_attention.engine.series.preprocessing.sampling import AcquisitionSample, sample_windows
from crop_attention.engine.series.season import PlacedSeason
from season_files import SEASON, START

PIXELS = 200


def sample(values, day: date = START, track: str = "") -> AcquisitionSample:
    values = np.asarray(values, np.float32)
    if values.ndim == 1:
        values = np.repeat(values[:, np.newaxis], PIXELS, axis=1)
    return AcquisitionSample(day, track, np.ones(values.shape[1], bool), values)


def radar(samples, decibel: bool = True) -> Series:
    looks = [
        Acquisition(S1, look.date, (Part(f"radar{index}.tif", "", {}),), look.track)
        for index, look in enumerate(samples)
    ]
    return Series(S1, tuple(looks), ("VV", "VH"), decibel)


def test_track_difference_is_found_under_a_seasonal_course():
    rng = np.random.default_rng(0)
    ground, samples = rng.normal(-12, 2, PIXELS), []
    for index in range(12):
        track, shift = (("ASC-1", 1.5), ("DESC-2", -1.0))[index % 2]
        season = 3 * np.sin(index // 4)
        vv = ground + season + shift + rng.normal(0, 1, PIXELS)
        samples.append(sample([vv, vv - 7 - shift], START + timedelta(days=3 * index), track))
    found = track_offsets(radar(samples), samples, PlacedSeason(SEASON, START), True)
    assert found["ASC-1", "VV"] == pytest.approx(1.25, abs=0.1)
    assert found["DESC-2", "VV"] == pytest.approx(-1.25, abs=0.1)
    assert found["ASC-1", "VH"] == pytest.approx(0, abs=0.1)
    power = [sample(10 ** (look.values / 10), look.date, look.track) for look in samples]
    linear = track_offsets(radar(power, False), power, PlacedSeason(SEASON, START), False)
    assert linear["ASC-1", "VV"] == pytest.approx(found["ASC-1", "VV"], abs=1e-4)


def test_tracks_are_moved_by_four_decibels_at_most_and_only_with_three_looks():
    days = [START + timedelta(days=index) for index in range(6)]
    pair = [("ASC-1", -5), ("DESC-2", -17)]
    samples = [sample((pair[i % 2][1], -20), day, pair[i % 2][0]) for i, day in enumerate(days)]
    found = track_offsets(radar(samples), samples, PlacedSeason(SEASON, START), True)
    assert found["ASC-1", "VV"] == 4.0 and found["DESC-2", "VV"] == -4.0 and found["ASC-1", "VH"] == 0
    assert track_offsets(radar(samples[:5]), samples[:5], PlacedSeason(SEASON, START), True) == {}


def test_offsets_of_tracks_that_share_few_steps_average_zero():
    levels = {"A": -9.0, "B": -11.0, "C": -16.0}
    tracks = ["A", "B"] * 6 + ["C"] * 3 + ["A"]
    when = [index // 3 for index in range(12)] + [30, 31, 32, 33]
    samples = [sample((levels[t], -20), START + timedelta(days=d), t) for t, d in zip(tracks, when)]
    found = track_offsets(radar(samples), samples, PlacedSeason(SEASON, START), True)
    assert sum(found[track, "VV"] for track in "ABC") == pytest.approx(0, abs=1e-9)
    assert found["A", "VV"] > found["B", "VV"] > found["C", "VV"]


def test_sample_windows_are_the_whole_of_a_small_grid_and_spread_over_a_large_one():
    assert sample_windows(Grid("", 0, 0, 10, 96, 50)) == (Window(0, 0, 50, 96),)
    windows = sample_windows(Grid("", 0, 0, 10, 6000, 1200))
    assert len(windows) == 9 and windows[0] == Window(184, 984, 32, 32) and windows[2] == Window(984, 4984, 32, 32)
    assert sample_windows(Grid("", 0, 0, 10, 6000, 1200), dear=True) == windows[:3]
    assert all(
        window.row >= 0 and window.row + 32 <= 20 or window.height == 20
        for window in sample_windows(Grid("", 0, 0, 10, 500, 20))
    )
