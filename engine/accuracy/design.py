"""How many reference units a map needs, and in which of its classes: sample size and allocation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ...models.language import tr
from ...models.spelling import meant
from ..errors import AccuracyError
from ..option import option

BALANCED, PROPORTIONAL, EQUAL, OPTIMAL = "balanced", "proportional", "equal", "optimal"
POINTS, PARCELS = "points", "parcels"


@dataclass(frozen=True)
class DesignOptions:
    """What the sample must be good for; defaults once.

    Attributes:
        accuracies: class name -> expected user's accuracy, where it differs.
    """

    target_error: float = option(
        0.01,
        "Target standard error",
        "Standard error that the overall accuracy, or the area share of one class, is to have.",
        limits=(0.0001, 0.5),
    )
    area_class: str = option(
        "", "Class whose area is to be known", "Empty: the target is that of the overall accuracy."
    )
    omission: float = option(
        0.02,
        "Expected omission",
        "Share of every other class that is expected to actually be that class.",
        limits=(0, 1),
    )
    users_accuracy: float = option(
        0.8, "Expected user's accuracy", "Of each class; the sample size is derived from it.", limits=(0, 1)
    )
    allocation: str = option(
        BALANCED,
        "Allocation",
        "balanced: at least the minimum for each class, the rest by area. proportional: by area. equal. optimal: by "
        "area and expected spread (Neyman).",
        choices={BALANCED: "Balanced", PROPORTIONAL: "Proportional", EQUAL: "Equal", OPTIMAL: "Optimal"},
    )
    least: int = option(
        50, "Minimum for each class", "With the balanced allocation.", key="LEAST_UNITS", limits=(0, 10**6)
    )
    size: int | None = option(
        None,
        "Sample size",
        "Number of units in all.",
        key="SAMPLE_SIZE",
        limits=(1, 10**7),
        empty="derived from the target standard error",
    )
    minimum_distance: float = option(
        0.0, "Minimum distance", "Between any two units.", unit="metres", limits=(0, 10**6)
    )
    unit: str = option(
        POINTS,
        "Sampling unit",
        "points: pixel centres. parcels: polygons.",
        choices={POINTS: "Points", PARCELS: "Parcels"},
    )
    seed: int = option(1, "Seed", "The same seed draws the same sample.", limits=(0, 2**31 - 1))
    accuracies: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Design:
    """A sample size and where it goes.

    Attributes:
        names: of the H strata.
        weights: (H,) float64, shares of the mapped area.
        counts: (H,) int64 units.
        expected_error: standard error that this allocation is expected to give, of what `target_error` speaks of.
        spread: (H,) float64 expected standard deviations within the strata.
    """

    names: tuple[str, ...]
    weights: np.ndarray
    counts: np.ndarray
    expected_error: float
    spread: np.ndarray


def design_sample(names: Sequence[str], area: np.ndarray, population: np.ndarray, options: DesignOptions) -> Design:
    """Return how many units go to each class.

    The size follows Olofsson et al. (2014, Remote Sensing of Environment 148:42-57, equation 13; Cochran 1977,
    equation 5.25): n = (sum W S)^2 / (e^2 + sum W S^2 / N). For the area of a class S is the spread of that class
    within each stratum.

    Args:
        names: of the H classes of the map.
        area: (H,) square metres, all positive.
        population: (H,) int64 units that can be drawn.

    Raises:
        AccuracyError: a class is named that the map does not have, or a number is out of range.
    """
    spread = _spread(names, options)
    weights = area / area.sum()
    size = options.size
    if size is None:
        if not 0 < options.target_error < 0.5:
            raise AccuracyError(tr("The target error must lie between 0 and 0.5, such as 0.01."))
        whole = float(population.sum())
        within = float((weights * spread**2).sum())
        size = int(np.ceil((weights * spread).sum() ** 2 / (options.target_error**2 + within / whole) - 1e-9))
    if size < 1:
        raise AccuracyError(tr("The sample must hold at least one unit."))
    counts = np.minimum(_allocated(weights, spread, size, options), population)
    return Design(tuple(names), weights, counts, expected_error(weights, spread, counts), spread)


def expected_error(weights: np.ndarray, spread: np.ndarray, counts: np.ndarray) -> float:
    """Return the standard error that a stratified sample is expected to give; infinite where a stratum has no unit."""
    with np.errstate(divide="ignore"):
        variance = np.where(counts > 0, weights**2 * spread**2 / np.maximum(counts - 1, 1), np.inf)
    variance[(spread == 0) & (counts > 0)] = 0.0
    return float(np.sqrt(variance.sum()))


def _spread(names: Sequence[str], options: DesignOptions) -> np.ndarray:
    """Return (H,) expected standard deviations within the strata."""
    for name in [*options.accuracies, *filter(None, [options.area_class])]:
        if name not in names:
            raise AccuracyError(
                tr("The map has no class '{name}'{name_2}; its classes are {names}.").format(
                    name=name, name_2=meant(name, names), names=", ".join(names)
                )
            )
    share = np.array([options.accuracies.get(name, options.users_accuracy) for name in names], np.float64)
    if ((share < 0) | (share > 1)).any() or not 0 <= options.omission <= 1:
        raise AccuracyError(tr("Expected accuracies and omission must lie between 0 and 1."))
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
