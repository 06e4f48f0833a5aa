"""A county straight onto the season's calendar."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from crop_attention.engine.errors import CropAttentionError
from crop_attention.engine.simulation.options import CountyOptions
from crop_attention.engine.simulation.spectra import NIR, RED
from crop_attention.models.card import Season
from crop_attention.tools.checkpoints.counties import varied
from crop_attention.tools.checkpoints.simulated_cube import simulate_cube

SEASON, START = Season(10, 1, 24, 15), date(2022, 10, 1)
OPTIONS = CountyOptions(seed=11, size=160, balance=1.0, parcel_size=1.2, shift_days=0.0, s2_dates=80, s1_dates=66)


@pytest.fixture(scope="module")
def made() -> tuple:
    return simulate_cube(OPTIONS, SEASON, START)


def test_cube_has_the_shapes_and_types_of_one_read_from_files(made: tuple) -> None:
    cube, truth, parcels = made
    assert cube.s2.shape == (24, 10, 160, 160) and cube.s2.dtype == np.float32
    assert cube.s1.shape == (24, 2, 160, 160) and cube.s1.dtype == np.float32
    assert cube.s2_valid.shape == cube.s1_valid.shape == (24, 160, 160)
    assert cube.s2_valid.dtype == cube.s1_valid.dtype == bool
    assert truth.shape == parcels.shape == (160, 160)
    assert truth.dtype == np.uint8 and parcels.dtype == np.int32


def test_missing_is_zero_and_false_and_what_is_there_is_physical(made: tuple) -> None:
    cube = made[0]
    assert not cube.s2[np.broadcast_to(~cube.s2_valid[:, None], cube.s2.shape)].any()
    seen = cube.s2[np.broadcast_to(cube.s2_valid[:, None], cube.s2.shape)]
    assert np.isfinite(cube.s2).all() and np.isfinite(cube.s1).all()
    assert seen.min() > 0.0 and seen.max() < 1.3
    assert -32 < cube.s1.min() and cube.s1.max() < 12
    assert (~cube.s2_valid).any() and cube.s2_valid.any()


def test_every_class_occurs_and_parcels_hold_one_declared_class(made: tuple) -> None:
    _, truth, parcels = made
    assert set(np.unique(truth)) == set(range(1, 15))
    for number in np.unique(parcels[parcels > 0])[::9]:
        assert len(np.unique(truth[parcels == number])) == 1


def test_same_options_give_the_same_county_to_the_last_bit(made: tuple) -> None:
    again = simulate_cube(OPTIONS, SEASON, START)
    for name in ("s2", "s2_valid", "s1", "s1_valid"):
        assert np.array_equal(getattr(again[0], name), getattr(made[0], name))
    assert np.array_equal(again[1], made[1]) and np.array_equal(again[2], made[2])


def test_another_seed_gives_another_county() -> None:
    one, two = (
        simulate_cube(CountyOptions(seed=seed, size=64), Season(3, 1, 6, 15), date(2023, 3, 1)) for seed in (1, 2)
    )
    assert not np.array_equal(one[1], two[1])
    assert not np.array_equal(one[0].s1, two[0].s1)


def test_gaps_over_the_year_are_those_of_real_composites() -> None:
    """Real ten-day composites of a French year lack 46 % of their steps, in single months 15 to 75 %."""
    missing = []
    for seed in range(4):
        options = CountyOptions(seed=50 + seed, size=64, s2_dates=80, s1_dates=40)
        cube, _, _ = simulate_cube(options, Season(10, 1, 36, 10), START)
        missing.append(1 - cube.s2_valid.mean(axis=(1, 2)))
    missing = np.mean(missing, axis=0)
    assert 0.3 < missing.mean() < 0.56
    assert missing[6:12].mean() > missing[21:33].mean() + 0.05


def test_spread_within_classes_is_that_of_real_fields(made: tuple) -> None:
    cube, truth, parcels = made
    inner = np.ones(truth.shape, bool)
    for axis in (0, 1):
        for shift in (-1, 1):
            inner &= np.roll(parcels, shift, axis) == parcels
    spreads = []
    for code in (1, 4, 7, 11):
        where = inner & (truth == code)
        for step in (12, 15, 18):
            valid = cube.s2_valid[step] & where
            ndvi = (cube.s2[step, NIR] - cube.s2[step, RED]) / np.maximum(cube.s2[step, NIR] + cube.s2[step, RED], 1e-3)
            spreads.append(
                [
                    cube.s1[step, 0][where].std(),
                    cube.s1[step, 1][where].std(),
                    ndvi[valid].std() if valid.sum() > 50 else np.nan,
                ]
            )
    vv, vh, ndvi = np.nanmedian(spreads, axis=0)
    assert 1.6 < vv < 2.8
    assert 1.9 < vh < 3.3
    assert 0.08 < ndvi < 0.24


def test_speckle_falls_with_the_number_of_looks() -> None:
    noise = []
    for looks in (4.4, 40.0):
        options = CountyOptions(seed=3, size=64, looks=looks, s1_dates=13, s2_dates=1)
        values = simulate_cube(options, Season(5, 1, 1, 12), date(2023, 5, 1))[0].s1[0, 0]
        noise.append((values[:, 3:] - values[:, :-3]).std())
    assert noise[0] > 1.4 * noise[1]


def test_coarse_radar_pixels_come_in_blocks_of_two() -> None:
    options = CountyOptions(seed=3, size=64, radar_cell=2, s1_dates=40, s2_dates=1)
    values = simulate_cube(options, Season(5, 1, 1, 15), date(2023, 5, 1))[0].s1[0]
    assert np.array_equal(values[:, ::2, ::2], values[:, 1::2, 1::2])


def test_varied_options_differ_and_are_valid() -> None:
    drawn = [varied(seed, 128) for seed in range(20)]
    for options in drawn:
        options.check()
    assert len({options.scenario for options in drawn}) >= 3
    assert len({options.s2_dates for options in drawn}) >= 3
    assert varied(4, 128) == varied(4, 128)


def test_wrong_options_are_all_named_at_once() -> None:
    wrong = replace(CountyOptions(), size=3, cloudiness=1.5, scenario="moon")
    with pytest.raises(CropAttentionError) as caught:
        wrong.check()
    assert all(word in str(caught.value) for word in ("Size", "Cloudiness", "Scenario"))


def test_medians_lie_near_real_french_fields(real_data) -> None:
    from crop_attention.benchmarks.reality.distances import compare
    from crop_attention.benchmarks.reality.points import read_points, simulate_points

    first, steps = date(2022, 10, 1), 36
    real = read_points(real_data("points/france_2023_dekads.csv.gz"), steps, first)
    made = simulate_points(range(1000, 1003), 160, steps, first)
    found = [row for row in compare(real, made, first, 20) if row.code in (1, 4, 11)]
    ndvi, vv, vh = (np.median([abs(row.gap) for row in found if row.measure == name]) for name in ("NDVI", "VV", "VH"))
    assert ndvi < 0.08
    assert vv < 1.2
    assert vh < 1.3
