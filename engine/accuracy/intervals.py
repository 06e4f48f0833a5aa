"""Estimates with their 95 % intervals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

Z = 1.96
"""Normal quantile of a 95 % interval, as Olofsson et al. (2014) round it."""

PERCENTILES = (2.5, 97.5)


@dataclass(frozen=True)
class Estimate:
    """A number, or an array of them, with the bounds of its 95 % interval; NaN where nothing can be said."""

    value: Any
    lower: Any
    upper: Any

    def scalar(self) -> Estimate:
        """Return plain numbers instead of arrays without dimensions."""
        return Estimate(float(self.value), float(self.lower), float(self.upper))

    def __getitem__(self, place: int) -> Estimate:
        """Return one entry of an array of estimates."""
        return Estimate(float(self.value[place]), float(self.lower[place]), float(self.upper[place]))


def wilson(successes: np.ndarray | float, trials: np.ndarray | float) -> Estimate:
    """Return proportions with the score interval of Wilson (1927, JASA 22:209-212); NaN without trials."""
    successes, trials = np.asarray(successes, np.float64), np.asarray(trials, np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = successes / trials
        middle = (successes + Z**2 / 2) / (trials + Z**2)
        half = Z / (trials + Z**2) * np.sqrt(successes * (1 - share) + Z**2 / 4)
    # The ends are exact where no trial or every trial succeeded; rounding must not move them.
    lower = np.where(successes == 0, 0.0, middle - half)
    upper = np.where(successes == trials, 1.0, middle + half)
    unknown = np.isnan(share)
    return Estimate(share, np.where(unknown, np.nan, lower), np.where(unknown, np.nan, upper))


def normal(value: np.ndarray | float, error: np.ndarray | float, low: float = 0.0, high: float = 1.0) -> Estimate:
    """Return value +- 1.96 standard errors, cut at `low` and `high`; no interval where the error is zero or unknown.

    A standard error of zero means that no error was seen, not that there is none.
    """
    value, error = np.asarray(value, np.float64), np.asarray(error, np.float64)
    half = np.where(error > 0, Z * error, np.nan)
    return Estimate(value, np.clip(value - half, low, high), np.clip(value + half, low, high))


def percentiles(value: np.ndarray | float, replicates: np.ndarray) -> Estimate:
    """Return the percentile interval of bootstrap replicates.

    Args:
        value: the estimate from the whole sample, of shape S.
        replicates: (B, *S); NaN where a replicate holds nothing to estimate from, which is then left out.
    """
    value = np.asarray(value, np.float64)
    known = np.isfinite(replicates).sum(0) > replicates.shape[0] // 2
    filled = np.where(known, replicates, 0.0)
    lower, upper = np.nanpercentile(filled, PERCENTILES, axis=0)
    blank = ~known | ~np.isfinite(value)
    return Estimate(value, np.where(blank, np.nan, lower), np.where(blank, np.nan, upper))
