"""Which of two maps is better on one reference: each unit is judged in both."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ...models.language import span, tr
from ..accuracy.intervals import Estimate, Z

LEAST_P = 1e-4
"""Smaller values of p are told as below it."""

_EXACT = 1000
"""Units that only one map has right up to which the test is the exact one."""


@dataclass(frozen=True)
class PairedTest:
    """Two maps on n units.

    Attributes:
        both, first, second, neither: units that both maps, only one, or none has right.
        difference: accuracy of the second less that of the first, with its 95 % interval.
        p_value: of McNemar's test, two-sided.
    """

    both: int
    first: int
    second: int
    neither: int
    difference: Estimate
    p_value: float

    @property
    def units(self) -> int:
        """Units that were judged."""
        return self.both + self.first + self.second + self.neither

    @property
    def sentence(self) -> str:
        """The finding in words."""
        low, high = 100 * self.difference.lower, 100 * self.difference.upper
        p = f"p = {self.p_value:.2g}" if self.p_value >= LEAST_P else f"p < {LEAST_P:.4f}"
        told = tr("{value:+.1f} points ({bounds}; McNemar {p})").format(
            value=100 * self.difference.value, bounds=span(f"{low:+.1f}", f"{high:+.1f}"), p=p
        )
        if self.difference.lower > 0:
            return tr("The second map is more accurate: {told}.").format(told=told)
        if self.difference.upper < 0:
            return tr("The first map is more accurate: {told}.").format(told=told)
        return tr("The reference does not show which map is more accurate: {told}.").format(told=told)


def paired_test(first_right: np.ndarray, second_right: np.ndarray) -> PairedTest:
    """Compare two maps on the same units.

    The test is that of McNemar (1947, Psychometrika 12:153-157), exact by the binomial distribution, as Foody (2004,
    Photogrammetric Engineering & Remote Sensing 70:627-633) advises for maps that share a sample; the interval of the
    difference of two paired proportions is that of Wald with the correction of Agresti and Min (2005, Statistics in
    Medicine 24:729-740), who add half a unit to each of the four counts.

    Args:
        first_right, second_right: (n,) bool.
    """
    both = int(np.count_nonzero(first_right & second_right))
    first = int(np.count_nonzero(first_right & ~second_right))
    second = int(np.count_nonzero(~first_right & second_right))
    neither = len(first_right) - both - first - second
    value = (second - first) / max(len(first_right), 1)
    whole, more, less = len(first_right) + 2, second + 0.5, first + 0.5
    middle = (more - less) / whole
    half = Z * math.sqrt(max(more + less - (more - less) ** 2 / whole, 0.0)) / whole
    bounds = Estimate(value, max(middle - half, -1.0), min(middle + half, 1.0))
    return PairedTest(both, first, second, neither, bounds, _mcnemar(first, second))


def _mcnemar(first: int, second: int) -> float:
    count, least = first + second, min(first, second)
    if count == 0:
        return 1.0
    if count <= _EXACT:
        # Whole numbers: the sum is exact, however small its share of two to the power of the count.
        tail = sum(math.comb(count, k) for k in range(least + 1))
        return min(1.0, 2 * tail / 2**count)
    score = (abs(first - second) - 1) / math.sqrt(count)
    return math.erfc(score / math.sqrt(2))
