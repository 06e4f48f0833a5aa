"""The paired test against worked numbers."""

from __future__ import annotations

import numpy as np
import pytest

from crop_attention.engine.comparison.paired import paired_test


def right(both: int, first: int, second: int, neither: int) -> tuple[np.ndarray, np.ndarray]:
    one = np.repeat([True, True, False, False], [both, first, second, neither])
    other = np.repeat([True, False, True, False], [both, first, second, neither])
    return one, other


def test_the_exact_test_is_a_binomial_one():
    found = paired_test(*right(50, 2, 8, 10))
    # Two-sided binomial of 2 in 10 at one half: 2 x (1 + 10 + 45) / 1024.
    assert found.p_value == pytest.approx(2 * 56 / 1024)
    assert found.difference.value == pytest.approx(6 / 70)
    assert found.units == 70


def test_the_interval_is_that_of_a_published_table():
    """Approval of a prime minister in two surveys (Agresti, Categorical Data Analysis): 794, 150, 86, 570."""
    found = paired_test(*right(794, 150, 86, 570))
    assert found.difference.value == pytest.approx(-0.04)
    assert found.difference.lower == pytest.approx(-0.0587, abs=3e-4)
    assert found.difference.upper == pytest.approx(-0.0212, abs=3e-4)
    assert found.p_value < 1e-4
    assert "first map is more accurate" in found.sentence


def test_many_units_are_judged_by_the_normal_law_alike():
    few, many = paired_test(*right(0, 480, 520, 0)), paired_test(*right(0, 481, 521, 0))
    assert many.p_value == pytest.approx(few.p_value, abs=0.01)


def test_equal_maps_are_not_told_apart():
    found = paired_test(*right(10, 0, 0, 3))
    assert found.p_value == 1.0
    assert found.difference.lower < 0 < found.difference.upper
    assert "does not show" in found.sentence
