"""The land: parcels of believable sizes and shapes, and everything between them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import label

from crop_attention.engine.errors import CropAttentionError
from crop_attention.engine.simulation.kinds import NAMES, OUTSIDE, kind
from crop_attention.engine.simulation.landscape import CELL, FINE, Landscape, build_landscape
from crop_attention.engine.simulation.mixing import blur, coarse, pixel_shares, views
from crop_attention.engine.simulation.region import SCENARIOS, draw_region, legend_of
from crop_attention.engine.simulation.species import ANNUALS
from crop_attention.engine.simulation.standing import STANDING

SIZE = 160
CODES = np.array([entry.code for entry in (*ANNUALS, *STANDING)], np.uint8)


@pytest.fixture(scope="module")
def land() -> Landscape:
    return build_landscape(5, SIZE, 2.0, draw_region(5, "temperate_europe"), 0.0, 0.0)


def test_parcels_have_about_the_asked_mean_area() -> None:
    means = []
    for seed in range(4):
        made = build_landscape(seed, 200, 2.0, draw_region(seed, "temperate_europe"), 0.0, 0.0)
        means.append((made.parcel > 0).sum() * CELL**2 / 1e4 / (len(made.declared) - 1))
    assert 1.4 < np.mean(means) < 2.8


def test_each_parcel_is_one_connected_piece(land: Landscape) -> None:
    for number in range(1, len(land.declared), 7):
        assert label(land.parcel == number)[1] == 1


def test_no_parcel_is_smaller_than_a_twentieth_of_a_hectare(land: Landscape) -> None:
    area = np.bincount(land.parcel.ravel())[1:] * CELL**2 / 1e4
    assert area.min() >= 0.05


def test_strips_and_blocks_both_occur(land: Landscape) -> None:
    elongation = []
    for number in range(1, len(land.declared)):
        places = np.argwhere(land.parcel == number).astype(float)
        values = np.linalg.eigvalsh(np.cov(places.T))
        elongation.append(np.sqrt(values[1] / max(values[0], 1e-6)))
    assert np.quantile(elongation, 0.1) < 1.8
    assert np.quantile(elongation, 0.9) > 3.0


def test_land_outside_cropland_is_a_fair_share_and_of_several_kinds(land: Landscape) -> None:
    truth = land.truth()
    assert 0.08 < (truth == OUTSIDE).mean() < 0.45
    outside = {NAMES[number] for number in np.unique(land.kinds[land.unit[land.parcel == 0]])}
    assert {"verge", "road", "houses", "garden"} <= outside


def test_declared_class_is_the_real_one_where_none_is_mislabelled(land: Landscape) -> None:
    inside = land.parcel > 0
    assert np.array_equal(land.declared[land.parcel[inside]], CODES[land.kinds[land.unit[inside]]])


def test_truth_and_parcel_numbers_agree(land: Landscape) -> None:
    truth, ids = land.truth(), land.parcel_ids()
    assert truth.shape == ids.shape == (SIZE, SIZE)
    assert truth.dtype == np.uint8 and ids.dtype == np.int32
    assert np.array_equal(truth == OUTSIDE, ids == 0)
    assert np.array_equal(truth[ids > 0], land.declared[ids[ids > 0]])


def test_mislabelled_and_mixed_parcels_have_the_asked_shares() -> None:
    region = draw_region(8, "temperate_europe", balance=1.0)
    made = build_landscape(8, 256, 1.0, region, 0.3, 0.2)
    wrong, mixed, count = 0, 0, len(made.declared) - 1
    order = np.argsort(made.parcel.ravel(), kind="stable")
    starts = np.searchsorted(made.parcel.ravel()[order], np.arange(1, count + 2))
    units = made.unit.ravel()[order]
    for number in range(count):
        kinds = np.unique(made.kinds[units[starts[number] : starts[number + 1]]])
        mixed += len(kinds) > 1
        wrong += len(kinds) == 1 and CODES[kinds[0]] != made.declared[number + 1]
    assert 0.14 < wrong / count < 0.34
    assert 0.12 < mixed / count < 0.26


def test_crops_follow_the_scenario() -> None:
    north, south = (
        np.mean([draw_region(seed, name).shares for seed in range(30)], axis=0) for name in ("north_sea", "south_west")
    )
    sunflower, potatoes = 6 - 1, 9 - 1
    assert north[potatoes] > 0.08 > 0.02 > south[potatoes]
    assert south[sunflower] > 0.08 > 0.01 > north[sunflower]


def test_full_balance_makes_all_classes_equally_frequent() -> None:
    assert np.allclose(draw_region(1, "north_sea", balance=1.0).shares, 1 / 13)


def test_region_shift_stays_within_a_fortnight_and_varies() -> None:
    shifts = [draw_region(seed, "temperate_europe").shift for seed in range(60)]
    assert max(map(abs, shifts)) <= 15.0
    assert np.std(shifts) > 5.0


def test_unknown_scenario_is_refused_by_name() -> None:
    with pytest.raises(CropAttentionError, match="'moon'.*north_sea"):
        draw_region(1, "moon")


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_scenario_has_a_share_of_each_crop_of_its_legend(scenario: str) -> None:
    legend = legend_of(scenario)
    assert [entry.code for entry in legend] == list(range(1, len(legend) + 1))
    assert [entry.crop for entry in legend] == [True] * len(SCENARIOS[scenario]) + [False]
    assert draw_region(1, scenario).shares.sum() == pytest.approx(1.0)


def test_pixel_shares_sum_to_one_in_every_view(land: Landscape) -> None:
    for view in (pixel_shares(land), *views(land)):
        assert view.shape == (SIZE * SIZE, len(land.kinds))
        assert np.allclose(np.asarray(view.sum(axis=1)), 1.0, atol=1e-5)


def test_edge_pixels_mix_two_neighbours_and_inner_pixels_do_not(land: Landscape) -> None:
    near = views(land)[0]
    ids = land.parcel_ids()
    edge = np.argwhere((ids[:, 1:] != ids[:, :-1]) & (ids[:, 1:] > 0) & (ids[:, :-1] > 0))[0]
    row = int(edge[0]) * SIZE + int(edge[1])
    assert len(np.unique(land.patch[near[row].indices])) >= 2
    inner = [number for number in range(0, SIZE * SIZE, 37) if len(np.unique(land.patch[near[number].indices])) == 1]
    assert len(inner) > 0.2 * SIZE * SIZE / 37


def test_blur_keeps_the_mean_of_a_flat_image_and_spreads_a_point() -> None:
    spread = blur(9, 0.2)
    assert np.allclose(spread @ np.ones(81), 1.0)
    point = np.zeros(81)
    point[40] = 1.0
    result = (spread @ point).reshape(9, 9)
    assert result[4, 4] == pytest.approx((1 / 1.4) ** 2, rel=1e-5)
    assert result[4, 5] == pytest.approx(0.2 / 1.4**2, rel=1e-5)
    assert result[4, 6] == 0.0


def test_coarse_bands_are_means_of_two_by_two_pixels_even_at_an_odd_border() -> None:
    image = np.arange(25, dtype=float)
    result = (coarse(5) @ image).reshape(5, 5)
    assert result[0, 0] == result[1, 1] == pytest.approx((0 + 1 + 5 + 6) / 4)
    assert result[4, 4] == 24.0


def test_sub_pixels_make_up_a_pixel() -> None:
    assert FINE * CELL == pytest.approx(10.0)
    assert CODES[kind("winter wheat")] == 1
