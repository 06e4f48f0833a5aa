"""How many reference units a map needs, and in which of its classes: sample size and allocation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ..errors import AccuracyError

BALANCED, PROPORTIONAL, EQUAL, OPTIMAL = "balanced", "proportional", "equal", "optimal"
ALLOCATIONS = (BALANCED, PROPORTIONAL, EQUAL, OPTIMAL)
POINTS, PARCELS = "points", "parcels"
UNITS = (POINTS, PARCELS)


@dataclass(frozen=True)
class DesignOptions:
    """What the sample must be good for; defaults once.

    Attributes:
        target_error: standard error that the overall accuracy, or the share of `area_class`, is to have.
        area_class: class whose area is to be known; "" for the overall accuracy.
        omission: share of every other class that is expected to be `area_class` in truth.
        users_accuracy: expected of each class; what the sample size is reckoned from.
        accuracies: class name -> expected user's accuracy, where it differs.
        allocation: "balanced" (at least `least` units a class, the rest by area), "proportional" (by area), "equal" or
            "optimal" (Neyman: by area and expected spread).
        least: units of a class at least, with "balanced".
        size: units in all; None reckons them from the target error.
        minimum_distance: metres between any two units.
        unit: "points" (pixel centres) or "parcels".
        seed: of the draw.
    """

    target_error: float = 0.01
    area_class: str = ""
    omission: float = 0.02
    users_accuracy: float = 0.8
    accuracies: Mapping[str, float] = field(default_factory=dict)
    allocation: str = BALANCED
    least: int = 50
    size: int | None = None
    minimum_distance: float = 0.0
    unit: str = POINTS
    seed: int = 1


@dataclass(frozen=True)
class Design:
    """A sample size and where it goes.

    Attributes:
        names: of the H strata.
        weights: (H,) float64, shares of the mapped area.
        counts: (H,) int64 units.
        expected_error: standard error that this allocation is expected to give, of what `target_error` speaks of.
    """

    names: tuple[str, ...]
    weights: np.ndarray
    counts: np.ndarray
    expected_error: float


def design_sample(names: Sequence[str], area: np.ndarray, population: np.ndarray, options: DesignOptions) -> Design:
    """Return how many units go to each class.

    The size follows Olofsson et al. (2014, Remote Sensing of Environment 148:42-57, equation 13; Cochran 1977,
    equation 5.25): n = (sum W S)^2 / (e^2 + sum W S^2 / N). For the area of a class S is the spread of that class
    within each stratum.

    Args:
        names: of the H classes of the map.
        area: (H,) square metres, all positive.
        population: (H,) int64 units that can be drawn.
        options: target and allocation.

    Raises:
        AccuracyError: a class is named that the map does not have, or a number is out of range.
    """
    spread = _spread(names, options)
    weights = area / area.sum()
    size = options.size
    if size is None:
        if not 0 < options.target_error < 0.5:
            raise AccuracyError("The target error must lie between 0 and 0.5, such as 0.01.")
        whole = float(population.sum())
        within = float((weights * spread**2).sum())
        size = int(np.ceil((weights * spread).sum() ** 2 / (options.target_error**2 + within / whole) - 1e-9))
    if size < 1:
        raise AccuracyError("The sample must hold at least one unit.")
    counts = np.minimum(_allocated(weights, spread, size, options), population)
    with np.errstate(divide="ignore"):
        variance = np.where(counts > 1, weights**2 * spread**2 / np.maximum(counts - 1, 1), np.inf)
    variance[(spread == 0) & (counts > 0)] = 0.0
    return Design(tuple(names), weights, counts, float(np.sqrt(variance.sum())))


def _spread(names: Sequence[str], options: DesignOptions) -> np.ndarray:
    """Return (H,) expected standard deviations within the strata."""
    for name in [*options.accuracies, *filter(None, [options.area_class])]:
        if name not in names:
            raise AccuracyError(f"The map has no class '{name}'; its classes are {', '.join(names)}.")
    share = np.array([options.accuracies.get(name, options.users_accuracy) for name in names], np.float64)
    if ((share < 0) | (share > 1)).any() or not 0 <= options.omission <= 1:
        raise AccuracyError("Expected accuracies and omission must lie between 0 and 1.")
    if options.area_class:
        share = np.where(np.array(names) == options.area_class, share, options.omission)
    return np.sqrt(share * (1 - share))


def _allocated(weights: np.ndarray, spread: np.ndarray, size: int, options: DesignOptions) -> np.ndarray:
    strata = len(weights)
    if options.allocation == EQUAL:
        return _rounded(np.full(strata, 1 / strata), size)
    if options.allocation == OPTIMAL:
        product = weights * spread
        return _rounded(product / product.sum() if product.sum() > 0 else weights, size)
    if options.allocation == PROPORTIONAL:
        return _rounded(weights, size)
    least = min(options.least, size // strata)
    by_area = _rounded(weights, size)
    rare = by_area < least
    while True:
        rest = size - least * int(rare.sum())
        shares = np.where(rare, 0, weights)
        counts = np.where(rare, least, _rounded(shares / shares.sum(), rest) if shares.sum() > 0 else 0)
        below = ~rare & (counts < least)
        if not below.any():
            return counts
        rare |= below


def _rounded(shares: np.ndarray, size: int) -> np.ndarray:
    """Return whole numbers in these shares that sum to `size`: the largest remainders are rounded up."""
    exact = shares * size
    counts = np.floor(exact).astype(np.int64)
    order = np.argsort(-(exact - counts), kind="stable")
    counts[order[: size - int(counts.sum())]] += 1
    return counts
