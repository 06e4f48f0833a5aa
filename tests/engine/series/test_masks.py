"""Which numbers are measurements and which pixels see the ground."""

from __future__ import annotations

import numpy as np
import pytest

from crop_attention.engine.series.acquisition import BITS, CLASSES, CLEARNESS, PROBABILITY, BitTest, MaskSource
from crop_attention.engine.series.cube.margins import grow
from crop_attention.engine.series.cube.masks import (
    hidden_by_brightness,
    margin_pixels,
    mask_flags,
    optical_present,
    radar_present,
    within_physics,
)


def test_whole_number_zero_counts_as_missing_unless_another_nodata_is_declared():
    values = np.array([[[5, 0, 0, 65535]], [[7, 3, 0, 3]]], np.uint16)
    assert optical_present(values, (None, None)).tolist() == [[True, False, False, False]]
    assert optical_present(values, (0.0, 0.0)).tolist() == [[True, False, False, False]]
    assert optical_present(values, (9.0, 9.0)).tolist() == [[True, True, False, False]]
    assert optical_present(values, (7.0, 7.0)).tolist() == [[False, True, False, False]]


def test_one_number_of_nines_in_all_bands_is_no_measurement():
    values = np.array([[[9999, 9999, 500, -7]], [[9999, 3000, 500, -7]]], np.int16)
    assert optical_present(values, (None, None)).tolist() == [[False, True, True, False]]


@pytest.mark.parametrize("bands, hidden", [(4, False), (10, True)])
def test_one_number_in_all_of_many_bands_is_no_measurement(bands, hidden):
    values = np.full((bands, 1, 3), 0.3, np.float32)
    values[-1, 0, 0] = 0.31
    assert optical_present(values, [None] * bands).tolist() == [[True, not hidden, not hidden]]


def test_float_reflectance_may_be_zero_in_one_band():
    values = np.array([[[0.1, 0.0, 0.0, np.nan, np.inf]], [[0.2, 0.3, 0.0, 0.1, 0.1]]], np.float32)
    assert optical_present(values, (float("nan"), None)).tolist() == [[True, True, False, False, False]]
    assert optical_present(values, (None, 0.2)).tolist() == [[False, True, False, False, False]]


def test_one_negative_number_in_all_bands_is_a_fill_value_that_nobody_declared():
    values = np.array([[-1, -1, 0.2], [-1, 0.1, 0.3]], np.float32)[:, np.newaxis]
    assert optical_present(values, [None, None]).tolist() == [[False, True, True]]


def test_backscatter_range_depends_on_its_unit():
    values = np.array([[[-12, 0.05, -70, np.nan, 0]]], np.float32)
    assert radar_present(values, (None,), True).tolist() == [[True, True, False, False, False]]
    assert radar_present(values, (None,), False).tolist() == [[False, True, False, False, False]]
    assert radar_present(values, (-12.0,), True).tolist() == [[False, True, False, False, False]]


@pytest.mark.parametrize(
    "fill, decibel, shown",
    [(-50, True, False), (-40, True, False), (-30, True, False), (-12, True, True), (1e-10, False, False)]
    + [(1e-4, False, False), (9999, False, False), (0.05, False, True), (-1, None, False), (1e-7, None, False)],
)
def test_one_number_in_both_polarisations_that_no_ground_sends_back_is_a_fill_value(fill, decibel, shown):
    ground = (-11, -17) if decibel is not False else (0.08, 0.02)
    values = np.array([[[fill, ground[0]]], [[fill, ground[1]]]], np.float32)
    assert radar_present(values, (None, None), decibel).tolist() == [[shown, True]]


def test_growth_is_a_disc_and_stops_at_the_edge():
    flags = np.zeros((11, 11), bool)
    flags[5, 5] = True
    rows, columns = np.mgrid[:11, :11] - 5
    for radius in (1, 1.5, 2, 3.2, 4, 5):
        assert np.array_equal(grow(flags, radius), np.hypot(rows, columns) <= radius)
    flags[5, 5], flags[0, 3] = False, True
    assert grow(flags, 2).sum() == 5 + 3 + 1 and grow(flags, 0) is flags
    assert grow(np.ones((1, 3), bool), 5).all() and grow(np.eye(3, dtype=bool), 40).all()


def test_margin_is_rounded_up_to_whole_pixels():
    assert [margin_pixels(metres, 20.0) for metres in (0, 1, 20, 40, 41)] == [0, 1, 1, 2, 3]


def hides(values, mask):
    return mask_flags(np.array([values]), mask)[0][0].tolist()


def test_only_margin_classes_are_grown():
    hidden, cloud = mask_flags(np.array([[4, 3, 11]], np.uint8), MaskSource(CLASSES, "", 1, (0, 11), (3,)))
    assert hidden.tolist() == [[False, True, True]] and cloud.tolist() == [[False, True, False]]


def test_codes_that_a_distributor_does_not_use_hide_and_so_do_fractions():
    mask = MaskSource(CLASSES, "", 1, hide=(9,), known=tuple(range(12)))
    assert hides(np.array([4, 9, 12, 255], np.uint8), mask) == [False, True, True, True]
    assert hides(np.array([4.0, 4.5, np.nan], np.float32), mask) == [False, True, True]


def test_bits_are_tested_one_group_at_a_time():
    quality = np.array([0, 1, 2, 4, 6, 8, 16, 32, -32768], np.int16)
    mask = MaskSource(BITS, "", 1, hide_bits=(BitTest(1, (1,)), BitTest(6, (4, 6)), BitTest(16, (16,))))
    assert hides(quality, mask) == [False, True, False, True, True, False, True, False, False]
    hidden, cloud = mask_flags(quality[np.newaxis], MaskSource(BITS, "", 1, margin_bits=(BitTest(8, (8,)),)))
    assert np.array_equal(hidden, cloud) and np.flatnonzero(cloud).tolist() == [5]


def test_probability_of_cloud_hides_above_its_threshold():
    mask = MaskSource(PROBABILITY, "", 1, threshold=40.0)
    assert hides(np.array([40.0, 41.0, np.nan], np.float32), mask) == [False, True, True]


def test_a_score_of_clear_ground_hides_below_its_threshold():
    mask = MaskSource(CLEARNESS, "", 1, threshold=0.6)
    hidden, core = mask_flags(np.array([[0.59, 0.6, 1.0, np.nan]]), mask)
    assert hidden.tolist() == [[True, False, False, True]] and (core == hidden).all()


def test_numbers_outside_physics_are_no_measurements():
    stored = np.array([[[-9999, -1500, 300, 19999, 32767]]], np.int16)
    assert within_physics(stored, (1e-4,), (0.0,)).tolist() == [[False, True, True, True, False]]
    assert within_physics(stored, (1e-4,), (-0.1,)).tolist() == [[False, False, True, True, False]]
    decimals = np.array([[[-3.4e38, -0.05, 0.4, 1e30, np.nan]]], np.float32)
    assert within_physics(decimals, (1.0,), (0.0,)).tolist() == [[False, True, True, False, False]]
    radar = np.array([[[9999.0, -12.0]]], np.float32)
    assert radar_present(radar, (None,), True).tolist() == [[False, True]]
    assert radar_present(np.array([[[1e30, 0.1]]], np.float32), (None,), False).tolist() == [[False, True]]


def test_hazy_pixels_are_hidden_and_bare_soil_is_not():
    blue, red = np.array([[0.14, 0.12, 0.03, 0.2]]), np.array([[0.1, 0.26, 0.02, 0.3]])
    assert hidden_by_brightness(blue, red, 0).tolist() == [[True, False, False, True]]
    assert hidden_by_brightness(blue, None, 0).tolist() == [[False, False, False, True]]


def test_classes_of_any_type_are_told_apart_alike():
    mask = MaskSource(CLASSES, "scl.tif", 1, hide=(3, 8, 300), margin=(8, -1), known=(0, 3, 4, 8, 300))
    codes = np.array([[0, 3, 4, 8, 9, 255]])
    expected = [[False, True, False, True, True, True]], [[False, False, False, True, True, True]]
    for dtype in (np.uint8, np.uint16, np.int16, np.int32, np.float32):
        assert tuple(part.tolist() for part in mask_flags(codes.astype(dtype), mask)) == expected
    wide = mask_flags(np.array([[300, 65535, 4]], np.uint16), mask)
    assert tuple(part.tolist() for part in wide) == ([[True, True, False]], [[False, True, False]])
