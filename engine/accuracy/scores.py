"""Scores of a confusion matrix, each with a 95 % interval: every unit counts the same."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...models.known import known
from ..feedback import Feedback
from .bootstrap import Units, replicate
from .confusion import ConfusionMatrix
from .intervals import Estimate, normal, percentiles, wilson
from .options import AccuracyOptions

SINGLE, CLUSTERED = "single", "clustered"


@dataclass(frozen=True)
class Scores:
    """Scores of K classes; entries are NaN where a class has no unit to judge by.

    Attributes:
        overall: overall accuracy, 0..1.
        kappa: Cohen's kappa, -1..1.
        macro_f1: mean F1 of the classes that map or reference hold.
        users, producers, f1: (K,) user's accuracy, producer's accuracy and F1 a class, 0..1.
        intervals: "single" when units count as drawn one by one, "clustered" when parcels were resampled.
        clusters: parcels that were resampled; units where they count one by one.
    """

    overall: Estimate
    kappa: Estimate
    macro_f1: Estimate
    users: Estimate
    producers: Estimate
    f1: Estimate
    intervals: str
    clusters: int


def scores(
    matrix: ConfusionMatrix,
    units: Units | None = None,
    replicates: int = AccuracyOptions.replicates,
    seed: int = AccuracyOptions.seed,
    feedback: Feedback | None = None,
) -> Scores:
    """Return the scores of a matrix.

    Without `units`, or with units that have no clusters, each unit counts as drawn by itself: Wilson intervals for
    overall, user's and producer's accuracy; the Wilson interval of the Jaccard index, of which F1 = 2 J / (1 + J) is
    a growing function, for F1; the large-sample variance of Fleiss, Cohen and Everitt (1969, Psychological Bulletin
    72:323-327) for kappa and the delta method for macro F1, both with normal intervals.

    With clusters all intervals are percentiles of a bootstrap over them. Where no replicate differs, because all
    pixels of a class agree, Wilson's interval for as many parcels is given instead.

    Args:
        matrix: rows map, columns reference.
        units: what it was counted from.
    """
    counts = matrix.counts.astype(np.float64)
    if units is None or units.cluster is None:
        return _single(counts)
    return _clustered(counts, units, replicates, seed, feedback)


def _single(counts: np.ndarray) -> Scores:
    agreeing, rows, columns = np.diagonal(counts), counts.sum(1), counts.sum(0)
    total = counts.sum()
    kappa, macro = float(_kappa(counts)), float(_macro_f1(counts))
    return Scores(
        overall=wilson(agreeing.sum(), total).scalar(),
        kappa=normal(kappa, kappa_error(counts), -1.0).scalar(),
        macro_f1=normal(macro, _macro_f1_error(counts)).scalar(),
        users=wilson(agreeing, rows),
        producers=wilson(agreeing, columns),
        f1=_f1_of(wilson(agreeing, rows + columns - agreeing)),
        intervals=SINGLE,
        clusters=int(total),
    )


def _clustered(counts: np.ndarray, units: Units, replicates: int, seed: int, feedback: Feedback | None) -> Scores:
    size = len(counts)
    cells = units.map_class.astype(np.int64) * size + units.reference

    def estimate(weights: np.ndarray) -> np.ndarray:
        return _all(np.bincount(cells, weights=weights, minlength=size * size).reshape(size, size))

    value = _all(counts)
    parcels = units.clusters
    if parcels < 2:
        found = Estimate(value, np.full_like(value, np.nan), np.full_like(value, np.nan))
    else:
        found = percentiles(value, replicate(units, estimate, replicates, seed, feedback))
    held_by_map, held_by_reference, held = _parcels_by_class(units, size)
    users, producers, f1 = (_part(found, 3 + part * size, size) for part in range(3))
    jaccard = Estimate(*(bound / (2 - bound) for bound in (f1.value, f1.lower, f1.upper)))
    return Scores(
        overall=_widened(found[0], parcels).scalar(),
        kappa=_undegenerate(found[1]),
        macro_f1=_undegenerate(found[2]),
        users=_widened(users, held_by_map),
        producers=_widened(producers, held_by_reference),
        f1=_f1_of(_widened(jaccard, held)),
        intervals=CLUSTERED,
        clusters=parcels,
    )


def _all(counts: np.ndarray) -> np.ndarray:
    """Return (3 + 3 K,) overall accuracy, kappa, macro F1, then user's and producer's accuracy and F1 by class."""
    agreeing, rows, columns = np.diagonal(counts), counts.sum(1), counts.sum(0)
    total = counts.sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        overall = agreeing.sum() / total
        parts = (agreeing / rows, agreeing / columns, 2 * agreeing / (rows + columns))
    return np.concatenate([[overall, _kappa(counts), _macro_f1(counts)], *parts])


def _kappa(counts: np.ndarray) -> float:
    total = counts.sum()
    if total == 0:
        return np.nan
    share = counts / total
    chance = float(share.sum(1) @ share.sum(0))
    return (float(np.trace(share)) - chance) / (1 - chance) if chance < 1 else np.nan


def kappa_error(counts: np.ndarray) -> float:
    """Return the large-sample standard error of kappa; NaN where kappa is not defined.

    The delta method over multinomial counts, as Fleiss, Cohen and Everitt (1969) give it.

    Args:
        counts: (K, K) units, rows map, columns reference.
    """
    total = counts.sum()
    if total == 0:
        return np.nan
    share = counts / total
    rows, columns = share.sum(1), share.sum(0)
    agree, chance = float(np.trace(share)), float(rows @ columns)
    if chance >= 1:
        return np.nan
    third = float(np.diagonal(share) @ (rows + columns))
    fourth = float((share * (columns[:, None] + rows[None, :]) ** 2).sum())
    rest = 1 - chance
    variance = (
        agree * (1 - agree) / rest**2
        + 2 * (1 - agree) * (2 * agree * chance - third) / rest**3
        + (1 - agree) ** 2 * (fourth - 4 * chance**2) / rest**4
    ) / total
    return float(np.sqrt(max(variance, 0.0)))


def _macro_f1(counts: np.ndarray) -> float:
    either = counts.sum(1) + counts.sum(0)
    held = either > 0
    return float(np.mean(2 * np.diagonal(counts)[held] / either[held])) if held.any() else np.nan


def _macro_f1_error(counts: np.ndarray) -> float:
    """Return the standard error by the delta method over multinomial counts."""
    total = counts.sum()
    if total == 0:
        return np.nan
    share = counts / total
    either = share.sum(1) + share.sum(0)
    held = either > 0
    weight = np.where(held, 1 / np.where(held, either, 1), 0.0) / held.sum()
    pull = -2 * np.diagonal(share) * weight * np.where(held, 1 / np.where(held, either, 1), 0.0)
    slope = pull[:, None] + pull[None, :]
    slope[np.diag_indices(len(share))] += 2 * weight
    mean = float((share * slope).sum())
    return float(np.sqrt(max(float((share * slope**2).sum()) - mean**2, 0.0) / total))


def _f1_of(jaccard: Estimate) -> Estimate:
    return Estimate(*(2 * bound / (1 + bound) for bound in (jaccard.value, jaccard.lower, jaccard.upper)))


def _widened(found: Estimate, parcels: np.ndarray | int) -> Estimate:
    """Correct intervals without width: a share of 0 or 1 gets that of as many independent parcels, others none."""
    value, lower, upper = (np.asarray(part, np.float64) for part in (found.value, found.lower, found.upper))
    stuck = (lower == upper) | np.isnan(lower)
    extreme = stuck & ((value == 0) | (value == 1))
    plain = wilson(value * parcels, parcels)
    lower = np.where(extreme, plain.lower, np.where(stuck, np.nan, lower))
    return Estimate(value, lower, np.where(extreme, plain.upper, np.where(stuck, np.nan, upper)))


def _undegenerate(found: Estimate) -> Estimate:
    """Take away an interval without width: no error seen does not mean that there is none."""
    if found.lower == found.upper:
        return Estimate(found.value, np.nan, np.nan)
    return found


def _parcels_by_class(units: Units, size: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return (K,) parcels with pixels of a class in the map, in the reference, in either."""
    pairs = []
    for classes in (units.map_class, units.reference):
        pairs.append(np.unique(np.stack([classes.astype(np.int64), known(units.cluster).astype(np.int64)]), axis=1))
    pairs.append(np.unique(np.concatenate(pairs, axis=1), axis=1))
    first, second, either = (np.bincount(pair[0], minlength=size) for pair in pairs)
    return first, second, either


def _part(found: Estimate, start: int, size: int) -> Estimate:
    place = slice(start, start + size)
    return Estimate(found.value[place], found.lower[place], found.upper[place])
