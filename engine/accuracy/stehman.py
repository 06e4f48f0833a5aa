"""Accuracy and area from a stratified sample whose strata need not be the classes of the map (Stehman 2014)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...models.known import known
from .bootstrap import Units


@dataclass(frozen=True)
class Stratified:
    """Estimates for all of the strata together; errors are standard errors, NaN where nothing can be said.

    Attributes:
        overall, overall_error: share of the area that the map has right.
        users, users_error: (K,) user's accuracy.
        producers, producers_error: (K,) producer's accuracy.
        share, share_error: (K,) share of the area that belongs to a class by the reference.
        cells: (K, K) share of the area in each cell of the confusion matrix, rows map, columns reference.
    """

    overall: float
    overall_error: float
    users: np.ndarray
    users_error: np.ndarray
    producers: np.ndarray
    producers_error: np.ndarray
    share: np.ndarray
    share_error: np.ndarray
    cells: np.ndarray


def stratified(units: Units, weights: np.ndarray, classes: int, sampled: np.ndarray | None = None) -> Stratified:
    """Estimate accuracy and area proportions from units drawn at random within strata.

    Stehman (2014, International Journal of Remote Sensing 35:4923-4939): proportions by its equations 2 and 25,
    user's and producer's accuracy as ratio estimators with the variance of its equation 28. With the map's classes as
    strata and without the finite population correction these are the estimators of Olofsson et al. (2014).

    Args:
        units: with strata, as places in `weights`; each stratum must hold at least one unit.
        weights: (H,) share of the area that lies in each stratum; sums to 1.
        classes: K.
        sampled: (H,) share of each stratum that was sampled (n / N), for the finite population correction; None where
            the units are few among many.
    """
    strata, size = len(weights), classes
    count, stratum = units.count.astype(np.float64), known(units.stratum)
    n = np.bincount(stratum, weights=count, minlength=strata)
    agrees = units.map_class == units.reference
    by_map = _by_stratum(stratum, units.map_class, count, strata, size) / n[:, None]
    by_reference = _by_stratum(stratum, units.reference, count, strata, size) / n[:, None]
    by_both = _by_stratum(stratum[agrees], units.map_class[agrees], count[agrees], strata, size) / n[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = weights**2 / (n - 1)
        if sampled is not None:
            factor = factor * (1 - sampled)
        hits = by_both.sum(1)
        users, users_error = _ratio(by_both, by_map, weights, factor)
        producers, producers_error = _ratio(by_both, by_reference, weights, factor)
        place = units.map_class.astype(np.int64) * size + units.reference
        each = weights[stratum] / n[stratum] * count
        return Stratified(
            overall=float(weights @ hits),
            overall_error=float(np.sqrt(factor @ (hits * (1 - hits)))),
            users=users,
            users_error=users_error,
            producers=producers,
            producers_error=producers_error,
            share=weights @ by_reference,
            share_error=np.sqrt(factor @ (by_reference * (1 - by_reference))),
            cells=np.bincount(place, weights=each, minlength=size * size).reshape(size, size),
        )


def _by_stratum(stratum: np.ndarray, kind: np.ndarray, count: np.ndarray, strata: int, size: int) -> np.ndarray:
    place = stratum.astype(np.int64) * size + kind
    return np.bincount(place, weights=count, minlength=strata * size).reshape(strata, size)


def _ratio(part: np.ndarray, whole: np.ndarray, weights: np.ndarray, factor: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return (K,) ratios of means over strata and their standard errors.

    Args:
        part, whole: (H, K) shares of each stratum; what counts for `part` counts for `whole` too.
        weights: (H,) of the strata.
        factor: (H,) what turns p (1 - p) into the variance that a stratum adds.
    """
    total = weights @ whole
    ratio = (weights @ part) / total
    covariance = part * (1 - whole)
    spread = part * (1 - part) + ratio**2 * whole * (1 - whole) - 2 * ratio * covariance
    # Rounding may leave a hair below zero where a stratum agrees in all.
    error = np.sqrt(factor @ np.maximum(spread, 0.0)) / total
    return ratio, np.where(np.isfinite(ratio), error, np.nan)
