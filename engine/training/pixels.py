"""Labelled pixels of windows: their series, for learners that take a pixel at a time, and what a model says of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import Callable, Sequence

import numpy as np

from ...models.gaussian import filled
from ..cancelling import cancellable
from ..feedback import Feedback
from .dataset import LabelledCube

PIXELS_A_PARCEL = 15
"""Training pixels of one parcel; more say the same again."""

PIXELS_AT_ONCE = 5000
"""Between two looks at whether the analyst stopped."""


@dataclass(frozen=True)
class Pixels:
    """Labelled pixels and what a model says of them.

    Attributes:
        scores: (N, K) float32: logits of a network, probabilities of a forest.
        labels: (N,) int64 place of the true class in the legend.
        parcels: (N,) int64 parcel, unique in the data set.
        blocks: (N,) int64 spatial block.
    """

    scores: np.ndarray
    labels: np.ndarray
    parcels: np.ndarray
    blocks: np.ndarray


def places_of(codes: Sequence[int]) -> np.ndarray:
    """Return (256,) the place of each class code in the legend, -1 for codes outside it."""
    index = np.full(256, -1, dtype=np.int64)
    index[list(codes)] = np.arange(len(codes))
    return index


@dataclass(frozen=True)
class Series:
    """N labelled pixels.

    Attributes:
        s2, s1: (T, bands, N) float32.
        s2_valid, s1_valid: (T, N) bool.
        labels: (N,) place of the class in the legend.
        parcels, blocks: (N,) int64.
    """

    s2: np.ndarray
    s2_valid: np.ndarray
    s1: np.ndarray
    s1_valid: np.ndarray
    labels: np.ndarray
    parcels: np.ndarray
    blocks: np.ndarray

    def pick(self, chosen: np.ndarray | slice) -> Series:
        """Return some of the pixels."""
        return Series(*(part[..., chosen] for part in vars(self).values()))


Says = Callable[[Series], np.ndarray]
"""A fitted learner: series of N pixels -> (N, K) logits or probabilities."""


def labelled_series(windows: Sequence[LabelledCube], codes: Sequence[int], margin: int, feedback: Feedback) -> Series:
    """Return all labelled pixels in the order of the windows and of their rows.

    Args:
        windows: any sizes; `margin` pixels at their border are left out, but points are not.
        codes: of the legend; pixels of other codes are left out.
        margin: that of the network beside which a learner is judged.
    """
    index, parts = places_of(codes), []
    for labelled in windows:
        feedback.check()
        parts.append(_window(labelled, index, margin))
    return Series(*(np.concatenate(part, axis=-1) for part in zip(*parts)))


def some_of_each_parcel(
    windows: Sequence[LabelledCube], codes: Sequence[int], margin: int, random: np.random.Generator, feedback: Feedback
) -> Series:
    """Return labelled pixels, at most `PIXELS_A_PARCEL` of each parcel; arguments and errors as above."""
    index, parts = places_of(codes), []
    taken: Counter[int] = Counter()
    for labelled in windows:
        feedback.check()
        found = Series(*_window(labelled, index, margin))
        for parcel in np.unique(found.parcels).tolist():
            own = np.flatnonzero(found.parcels == parcel)
            chosen = random.permutation(own)[: max(PIXELS_A_PARCEL - taken[parcel], 0)]
            taken[parcel] += len(chosen)
            parts.append(tuple(vars(found.pick(chosen)).values()))
        if not parts:
            parts.append(tuple(vars(found).values()))
    return Series(*(np.concatenate(part, axis=-1) for part in zip(*parts)))


def features_of(series: Series) -> np.ndarray:
    """Return all bands at all steps (N, F) float32, steps without an observation filled in over time."""
    parts = [filled(*sensor) for sensor in ((series.s2, series.s2_valid), (series.s1, series.s1_valid))]
    return np.concatenate([part.reshape(-1, part.shape[2]) for part in parts]).T


def scored(
    says: Says, windows: Sequence[LabelledCube], codes: Sequence[int], margin: int, feedback: Feedback
) -> Pixels:
    """Return what a learner that takes a pixel at a time says of all labelled pixels; arguments as above."""
    found = labelled_series(windows, codes, margin, feedback)
    scores = np.zeros((len(found.labels), len(codes)), np.float32)
    for first in range(0, len(scores), PIXELS_AT_ONCE):
        feedback.check()
        some = slice(first, first + PIXELS_AT_ONCE)
        scores[some] = cancellable(partial(says, found.pick(some)), feedback)
    return Pixels(scores, found.labels, found.parcels, found.blocks)


def _window(labelled: LabelledCube, index: np.ndarray, margin: int) -> tuple[np.ndarray, ...]:
    places = index[labelled.labels]
    inside = places >= 0
    if labelled.labels.shape != (1, 1):
        framed = np.zeros_like(inside)
        framed[margin : inside.shape[0] - margin, margin : inside.shape[1] - margin] = True
        inside &= framed
    s2, s2_valid, s1, s1_valid = labelled.cube.arrays
    count = int(inside.sum())
    return (
        np.asarray(s2[..., inside], np.float32),
        np.asarray(s2_valid[:, inside]),
        np.asarray(s1[..., inside], np.float32),
        np.asarray(s1_valid[:, inside]),
        places[inside],
        labelled.parcels[inside].astype(np.int64),
        np.full(count, labelled.block, np.int64),
    )
