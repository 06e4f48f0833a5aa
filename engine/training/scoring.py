"""Scores on ground a model never saw, by pixel and by parcel, with intervals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Sequence

import numpy as np

from ..accuracy.bootstrap import Units
from ..accuracy.confusion import confusion
from ..accuracy.scores import scores
from ..feedback import Feedback
from .calibration import softmax
from .paired_difference import ENOUGH_BLOCKS
from .pixels import Pixels
from .result import Judgement


@dataclass(frozen=True)
class Decisions:
    """One decision a parcel: place of the true and of the mapped class in the legend, and the block."""

    truth: np.ndarray
    label: np.ndarray
    blocks: np.ndarray


def decide(pixels: Pixels, chances: np.ndarray) -> Decisions:
    """Return the class of each parcel: the one with the highest mean probability over its pixels.

    Args:
        pixels: labelled pixels; a parcel's truth is the label of most of its pixels.
        chances: (N, K) probabilities.
    """
    parcels, first, which = np.unique(pixels.parcels, return_index=True, return_inverse=True)
    size = chances.shape[1]
    real = np.bincount(which * size + pixels.labels, minlength=len(parcels) * size).reshape(-1, size)
    mean = np.stack([np.bincount(which, weights=column, minlength=len(parcels)) for column in chances.T], axis=1)
    return Decisions(real.argmax(axis=1), mean.argmax(axis=1), pixels.blocks[first])


def judge(pixels: Pixels, chances: np.ndarray, names: Sequence[str], feedback: Feedback | None = None) -> Judgement:
    """Return matrices and scores.

    Intervals by pixel are those of a bootstrap over parcels, because the pixels of one are alike. Those by parcel come
    from a bootstrap over blocks where there are enough of them; else each parcel counts as drawn by itself.

    Args:
        pixels: labelled pixels of the test blocks.
        chances: (N, K) probabilities.
    """
    feedback = feedback or Feedback()
    said = chances.argmax(axis=1)
    found = decide(pixels, chances)
    blocks = len(np.unique(found.blocks))
    by_block = blocks >= ENOUGH_BLOCKS
    parcel_matrix = confusion(found.label, found.truth, names)
    ones = np.ones(len(found.truth), np.int64)
    parcel_units = Units(found.label, found.truth, ones, found.blocks if by_block else None)
    size = len(names)
    keys, counts = np.unique((pixels.parcels * size + said) * size + pixels.labels, return_counts=True)
    pixel_units = Units(keys // size % size, keys % size, counts, keys // size**2)
    pixel_matrix = confusion(said, pixels.labels, names)
    return Judgement(
        parcel_matrix,
        pixel_matrix,
        scores(parcel_matrix, parcel_units, feedback=Checked(feedback)),
        scores(pixel_matrix, pixel_units, feedback=Checked(feedback)),
        blocks,
        by_block,
    )


def parcels_right(pixels: Pixels, chances: np.ndarray) -> np.ndarray:
    """Return (P,) bool: whether each parcel, by its number, is given its class."""
    found = decide(pixels, chances)
    return found.truth == found.label


def parcel_accuracy(pixels: Pixels) -> float:
    """Return the share of parcels whose class is right, NaN without any."""
    if not len(pixels.labels):
        return float("nan")
    found = decide(pixels, softmax(pixels.scores))
    return float((found.truth == found.label).mean())


class Checked(Feedback):
    """Passes on that the analyst stopped, and no progress."""

    def __init__(self, feedback: Feedback) -> None:
        self._feedback = feedback

    def cancelled(self) -> bool:
        return self._feedback.cancelled()
