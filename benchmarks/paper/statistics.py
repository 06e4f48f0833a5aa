"""Scores of counts by block, with bootstrap over blocks: draws are rows, so that sums and differences stay paired.

A matrix has rows of the map and columns of the reference, as in `engine.accuracy.confusion`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from crop_attention.engine.accuracy.confusion import confusion
from crop_attention.engine.accuracy.intervals import Estimate, percentiles

from .record import Judged

DRAWS, SEED = 1000, 0
SIZES = (25, 50, 100, 250)
"""Ares at which a larger class of parcels begins."""

SIZE_NAMES = ("under 0.25 ha", "0.25 to 0.5 ha", "0.5 to 1 ha", "1 to 2.5 ha", "over 2.5 ha")
ROUNDING = 1e-9
"""What sums in another order may differ by."""

BETTER, WORSE, NOT_TOLD = "better", "worse", "not told apart"


@dataclass(frozen=True)
class Sheet:
    """Counts of one system under one condition, of S seeds over B blocks.

    Attributes:
        blocks: B names.
        pixels: (S, B, K, K).
        parcels: (S, B, 5, K, K), by class of size.
    """

    blocks: tuple[str, ...]
    pixels: np.ndarray
    parcels: np.ndarray

    def on(self, blocks: Sequence[str]) -> Sheet:
        """Return the counts of some blocks, in their order."""
        if tuple(blocks) == self.blocks:
            return self
        found = {block: place for place, block in enumerate(self.blocks)}
        places = [found[block] for block in blocks]
        return Sheet(tuple(blocks), self.pixels[:, places], self.parcels[:, places])


def sheet(seeds: Sequence[Iterable[Judged]], size: int) -> Sheet:
    """Stack counts.

    Args:
        seeds: of each seed the parts that were judged, one a fold; blocks of one name are added up.
        size: classes of the legend, K.
    """
    seeds = [list(parts) for parts in seeds]
    names = {block for parts in seeds for part in parts for block in part.pixels}
    names |= {str(parcel[0]) for parts in seeds for part in parts for parcel in part.parcels}
    blocks = tuple(sorted(names, key=lambda name: (len(name), name)))
    place = {block: number for number, block in enumerate(blocks)}
    pixels = np.zeros((len(seeds), len(blocks), size, size))
    parcels = np.zeros((len(seeds), len(blocks), len(SIZE_NAMES), size, size))
    legend = [str(number) for number in range(size)]
    for seed, parts in enumerate(seeds):
        for part in parts:
            for block, cells in part.pixels.items():
                true, mapped, count = np.array(cells, np.int64).reshape(-1, 3).T
                pixels[seed, place[block]] += confusion(mapped, true, legend, count).counts
            for block, true, mapped, ares in part.parcels:
                parcels[seed, place[str(block)], np.searchsorted(SIZES, ares, "right"), mapped, true] += 1
    return Sheet(blocks, pixels, parcels)


def overall(counts: np.ndarray) -> np.ndarray:
    """Return overall accuracy. Shape: (..., K, K) -> (...); NaN without any count."""
    return _share(np.trace(counts, axis1=-2, axis2=-1), counts.sum((-2, -1)))


def kappa(counts: np.ndarray) -> np.ndarray:
    """Return Cohen's kappa. Shape: (..., K, K) -> (...)."""
    total = counts.sum((-2, -1))
    chance = _share((counts.sum(-1) * counts.sum(-2)).sum(-1), total**2)
    return _share(overall(counts) - chance, 1 - chance)


def macro_f1(counts: np.ndarray) -> np.ndarray:
    """Return the mean F1 of the classes that the reference holds. Shape: (..., K, K) -> (...)."""
    hits = np.diagonal(counts, axis1=-2, axis2=-1)
    return _over_held(2 * hits, counts.sum(-1) + counts.sum(-2), counts)


def mean_iou(counts: np.ndarray) -> np.ndarray:
    """Return the mean intersection over union of the classes that the reference holds. Shape: (..., K, K) -> (...)."""
    hits = np.diagonal(counts, axis1=-2, axis2=-1)
    return _over_held(hits, counts.sum(-1) + counts.sum(-2) - hits, counts)


@dataclass(frozen=True)
class Quantity:
    """A number of a sheet.

    Attributes:
        take: from a sheet to what adds up over blocks, (S, B, *X).
        score: from sums (..., *X) to numbers (...).
    """

    take: Callable[[Sheet], np.ndarray]
    score: Callable[[np.ndarray], np.ndarray]


def parcels_of_size(number: int) -> Quantity:
    """Return the share of right parcels of one class of size."""
    return Quantity(lambda one: _hits(one.parcels[:, :, number]), _right)


def _hits(counts: np.ndarray) -> np.ndarray:
    """Return right ones and all: (..., K, K) -> (..., 2)."""
    return np.stack([np.trace(counts, axis1=-2, axis2=-1), counts.sum((-2, -1))], axis=-1)


def _right(hits: np.ndarray) -> np.ndarray:
    return _share(hits[..., 0], hits[..., 1])


OA, KAPPA, MACRO_F1, MIOU, PARCEL_OA, PARCEL_F1 = (
    Quantity(lambda one: _hits(one.pixels), _right),
    Quantity(lambda one: one.pixels, kappa),
    Quantity(lambda one: one.pixels, macro_f1),
    Quantity(lambda one: one.pixels, mean_iou),
    Quantity(lambda one: _hits(one.parcels).sum(2), _right),
    Quantity(lambda one: one.parcels.sum(2), macro_f1),
)
LOST_IN_SMALL = Quantity(
    lambda one: _hits(one.parcels[:, :, [-1, 0]]), lambda hits: _right(hits[..., 0, :]) - _right(hits[..., 1, :])
)
"""Share of right parcels among the largest less that among the smallest."""


@lru_cache(maxsize=8)
def weights_of(blocks: int, draws: int = DRAWS, seed: int = SEED) -> np.ndarray:
    """Return how often each block is drawn: (1 + draws, blocks), the first row the sample as it is."""
    drawn = np.random.default_rng(seed).multinomial(blocks, np.full(blocks, 1 / blocks), draws)
    return np.concatenate([np.ones((1, blocks)), drawn])


def replicates(counts: Sheet, quantity: Quantity, draws: int = DRAWS) -> np.ndarray:
    """Return a quantity of the whole and of each draw of blocks, by seed: (1 + draws, S).

    Sheets of the same blocks get the same draws, so that what is computed from two of them is paired.
    """
    seeds, blocks = counts.pixels.shape[:2]
    if not blocks:
        return np.full((1 + draws, seeds), np.nan)
    weights = weights_of(blocks, draws)
    parts = quantity.take(counts)
    sums = (weights @ part.reshape(blocks, -1) for part in parts)
    return np.stack([quantity.score(part.reshape(-1, *parts.shape[2:])) for part in sums], axis=1)


def estimate(drawn: np.ndarray, blocks: int) -> Estimate:
    """Return the mean over seeds with its 95 % interval; without one under two blocks, or where no draw differs.

    Args:
        drawn: (1 + draws, S), as `replicates` gives.
        blocks: that were drawn from.
    """
    means = drawn.mean(axis=1)
    if blocks < 2 or not np.isfinite(means[0]):
        return Estimate(float(means[0]), np.nan, np.nan)
    found = percentiles(means[0], means[1:]).scalar()
    return Estimate(found.value, np.nan, np.nan) if found.lower == found.upper else found


def difference(ours: np.ndarray, other: np.ndarray, blocks: int) -> Estimate:
    """Return ours less other with its paired interval; draws of both must be of the same blocks.

    Unlike a score, a difference that is the same in every draw keeps its interval: there it says all.
    """
    means = ours.mean(axis=1) - other.mean(axis=1)
    if blocks < 2 or not np.isfinite(means[0]):
        return Estimate(float(means[0]), np.nan, np.nan)
    return percentiles(means[0], means[1:]).scalar()


def verdict(found: Estimate) -> str:
    """Return whether a difference, of which more is better, leaves zero outside its interval."""
    if found.lower > ROUNDING:
        return BETTER
    return WORSE if found.upper < -ROUNDING else NOT_TOLD


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    part, whole = np.broadcast_arrays(np.asarray(part, np.float64), whole)
    return np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole != 0)


def _over_held(part: np.ndarray, whole: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return the mean of part / whole over the classes with a column."""
    held = counts.sum(-2) > 0
    each = np.where(held, np.nan_to_num(_share(part, whole)), 0.0)
    return _share(each.sum(-1), held.sum(-1))
