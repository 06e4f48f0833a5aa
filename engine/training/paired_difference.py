"""Two learners on the same parcels: the difference of their accuracies with an interval."""

from __future__ import annotations

import numpy as np

from ..accuracy.intervals import Estimate, percentiles
from ..accuracy.options import AccuracyOptions

ENOUGH_BLOCKS = 10
"""Blocks from which resampling them gives an interval; fewer say nothing about their spread."""


def gain(
    own: np.ndarray,
    other: np.ndarray,
    blocks: np.ndarray,
    replicates: int = AccuracyOptions.replicates,
    seed: int = AccuracyOptions.seed,
    enough: int = ENOUGH_BLOCKS,
) -> Estimate:
    """Return by how much more often one learner is right than another, with a paired 95 % interval.

    Whole spatial blocks are resampled, both learners on the same ones (Davison and Hinkley 1997, Bootstrap Methods and
    their Application); parcels where the blocks are too few.

    Args:
        own, other: (N,) bool: right or not, parcel by parcel.
        blocks: (N,) the block of each parcel.
    """
    step = own.astype(np.float64) - other.astype(np.float64)
    units = np.unique(blocks, return_inverse=True)[1]
    if units.max(initial=-1) + 1 < enough:
        units = np.arange(len(step))
    count = int(units.max(initial=-1)) + 1
    if not count:
        return Estimate(float("nan"), float("nan"), float("nan"))
    sums, sizes = np.bincount(units, weights=step), np.bincount(units)
    drawn = np.random.default_rng(seed).integers(0, count, (replicates, count))
    return percentiles(step.mean(), sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1)).scalar()
