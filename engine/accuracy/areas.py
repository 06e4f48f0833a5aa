"""Error-adjusted areas: what the map covers, corrected by what the reference found (Olofsson et al. 2014)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...models.known import known
from ..feedback import Feedback
from .bootstrap import Units, replicate
from .intervals import Estimate, normal, percentiles
from .stehman import stratified

FEWEST = 2
"""Units (parcels, where pixels were compared) that a stratum needs: one alone says nothing of its spread."""


@dataclass(frozen=True)
class Areas:
    """Areas and accuracies of K classes on the part of the map whose strata hold enough units.

    Attributes:
        mapped: (K,) square metres that the map gives each class, in all of the map.
        total: square metres that the estimates are for.
        adjusted: (K,) square metres of each class by the reference.
        overall, users, producers: accuracies weighted by area, 0..1.
        left_out: names of the strata with too few units.
        left_out_area: their square metres.
        by_map: whether the strata are the classes of the map.
        clustered: whether intervals come from resampled parcels.
        units: units (parcels, where pixels were compared) that the estimates rest on.
    """

    mapped: np.ndarray
    total: float
    adjusted: Estimate
    overall: Estimate
    users: Estimate
    producers: Estimate
    left_out: tuple[str, ...]
    left_out_area: float
    by_map: bool
    clustered: bool
    units: int


def adjusted_areas(
    units: Units,
    sizes: np.ndarray,
    names: tuple[str, ...],
    mapped: np.ndarray,
    by_map: bool,
    pixels: np.ndarray | None = None,
    replicates: int = 1000,
    seed: int = 0,
    feedback: Feedback | None = None,
) -> Areas | None:
    """Return error-adjusted areas, None where no stratum holds enough units.

    Args:
        sizes: (H,) square metres of each stratum.
        names: H names of the strata.
        mapped: (K,) square metres of each class in the map.
        by_map: the strata are the classes of the map: no finite population correction, as in Olofsson et al. (2014).
        pixels: (H,) pixels of each stratum, for the finite population correction where a unit is a pixel drawn by
            itself; None leaves it out.
        replicates, seed: of the bootstrap where units have clusters.
    """
    size = len(mapped)
    held = _held(units, len(sizes))
    enough = (held >= FEWEST) & (sizes > 0)
    left_out = tuple(name for name, kept, area in zip(names, enough, sizes) if not kept and area > 0)
    if not enough.any():
        return None
    kept = units.chosen(enough[units.stratum])
    renumbered = np.cumsum(enough) - 1
    kept = Units(kept.map_class, kept.reference, kept.count, kept.cluster, renumbered[kept.stratum])
    total = float(sizes[enough].sum())
    weights = sizes[enough] / total
    sampled = None if pixels is None or by_map else held[enough] / pixels[enough]
    clustered = units.cluster is not None
    if clustered:
        overall, users, producers, share = _resampled(kept, weights, size, replicates, seed, feedback)
    else:
        found = stratified(kept, weights, size, sampled)
        overall = normal(found.overall, found.overall_error).scalar()
        users = normal(found.users, found.users_error)
        producers = normal(found.producers, found.producers_error)
        share = normal(found.share, found.share_error)
    return Areas(
        mapped=mapped,
        total=total,
        adjusted=Estimate(share.value * total, share.lower * total, share.upper * total),
        overall=overall,
        users=users,
        producers=producers,
        left_out=left_out,
        left_out_area=float(sizes[~enough].sum()),
        by_map=by_map,
        clustered=clustered,
        units=kept.clusters,
    )


def _held(units: Units, strata: int) -> np.ndarray:
    """Return (H,) units of each stratum, or parcels where units lie in parcels."""
    stratum = known(units.stratum)
    if units.cluster is None:
        return np.bincount(stratum, weights=units.count, minlength=strata)
    pairs = np.unique(np.stack([stratum.astype(np.int64), units.cluster.astype(np.int64)]), axis=1)
    return np.bincount(pairs[0], minlength=strata).astype(np.float64)


def _resampled(
    units: Units, weights: np.ndarray, size: int, replicates: int, seed: int, feedback: Feedback | None
) -> tuple[Estimate, Estimate, Estimate, Estimate]:
    """Return overall, user's and producer's accuracy and shares with intervals from resampled parcels."""

    stratum = known(units.stratum)

    def estimate(counts: np.ndarray) -> np.ndarray:
        with np.errstate(divide="ignore", invalid="ignore"):
            held = np.bincount(stratum, weights=counts, minlength=len(weights))
            # A stratum that was not drawn leaves its weight to the others.
            present = np.where(held > 0, weights, 0.0)
            each = (present / present.sum() / np.where(held > 0, held, 1))[stratum] * counts
            place = units.map_class.astype(np.int64) * size + units.reference
            cells = np.bincount(place, weights=each, minlength=size * size).reshape(size, size)
            hits = np.diagonal(cells)
            return np.concatenate([[hits.sum()], hits / cells.sum(1), hits / cells.sum(0), cells.sum(0)])

    value = estimate(units.count.astype(np.float64))
    found = percentiles(value, replicate(units, estimate, replicates, seed, feedback))
    flat = np.asarray(found.lower) == found.upper
    found = Estimate(value, np.where(flat, np.nan, found.lower), np.where(flat, np.nan, found.upper))
    parts = [slice(1 + part * size, 1 + (part + 1) * size) for part in range(3)]
    users, producers, share = (Estimate(value[s], found.lower[s], found.upper[s]) for s in parts)
    return found[0], users, producers, share
