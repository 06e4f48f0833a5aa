"""Labelled pixels with what a model says of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Sequence

import numpy as np


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
