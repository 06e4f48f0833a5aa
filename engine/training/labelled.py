"""Labelled pixels of windows as series in memory, for the learners that take a pixel at a time."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Sequence

import numpy as np

from ..feedback import Feedback
from .dataset import LabelledCube
from .pixels import places_of

PIXELS_A_PARCEL = 15
"""Training pixels of one parcel; more say the same again."""


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

    def pick(self, chosen: np.ndarray) -> Series:
        """Return some of the pixels."""
        return Series(*(part[..., chosen] for part in vars(self).values()))


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
