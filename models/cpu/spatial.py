"""The spatial attentions with the shortcut around them, on images whose pixels lie in one row."""

from __future__ import annotations

import math

import numpy as np
from numpy.lib.stride_tricks import as_strided

from .products import times
from .weights import Weights

F32 = np.float32
SIZE = 5
"""Pixels a side of a neighbourhood."""

REACH = SIZE // 2
FLOOR = F32(1e-9)
BOUND = F32(4)
"""Largest score of a pixel by itself."""

SHORTEST = F32(1e-12)
"""Least length of a key by which it is divided."""


class Scores:
    """As `SpatialAttention`: neighbours count by themselves."""

    def __init__(self, weights: Weights):
        """Take the weights."""
        self._score, self.mix = weights.pointwise("spatial.score"), weights.pointwise("spatial.mix")

    def __call__(self, x: np.ndarray, observed: np.ndarray, width: int) -> tuple[np.ndarray, np.ndarray]:
        """Attend.

        Args:
            x: (C, n) features in rows of `width` pixels.
            observed: (n,) 1 where any sensor observed.
            width: pixels of a row.

        Returns:
            (C, m) and the pixel's own share (m,), both without `REACH` pixels on each side.
        """
        weight = times(self._score[0], x)
        weight += self._score[1]
        weight = np.exp(np.tanh(weight[0] / BOUND) * BOUND) * observed
        total = np.maximum(windows(weight, width).sum(axis=(0, 1)), FLOOR * SIZE**2)
        context = x * weight
        for step in (width, 1):  # a sum over rows, then over columns
            end = context.shape[1] - (SIZE - 1) * step
            summed = context[:, :end].copy()
            for number in range(1, SIZE):
                summed += context[:, number * step : number * step + end]
            context = summed
        context /= total
        own = windows(weight, width)[REACH, REACH] / total
        return _mixed(self.mix, context, own, x, observed, width)


class Similarity:
    """As `SimilarityAttention`: neighbours count by how like they are."""

    def __init__(self, weights: Weights):
        """Take the weights."""
        key = weights["spatial.key.weight"]
        self._key, self.mix = np.ascontiguousarray(key.reshape(len(key), -1)), weights.pointwise("spatial.mix")
        self._sharp = F32(math.exp(weights["spatial.log_sharpness"]))

    def __call__(self, x: np.ndarray, observed: np.ndarray, width: int) -> tuple[np.ndarray, np.ndarray]:
        """Attend; as `Scores`."""
        keys = times(self._key, x)
        # So long that the product of two is their likeness times the sharpness.
        keys *= np.sqrt(self._sharp) / np.maximum(np.sqrt(np.einsum("cp,cp->p", keys, keys)), SHORTEST)
        near, there = windows(keys, width), windows(x, width)
        weights = np.empty((SIZE, SIZE, near.shape[-1]), F32)
        # One column of the neighbourhood at a time: the order of einsum's loops is then the fast one.
        for col in range(SIZE):
            np.einsum("acp,cp->ap", near[:, col], near[REACH, REACH], out=weights[:, col])
        weights -= self._sharp
        np.exp(weights, out=weights)
        weights *= windows(observed, width)
        weights *= 1 / np.maximum(weights.sum(axis=(0, 1)), FLOOR)
        context = np.einsum("acp,ap->cp", there[:, 0], weights[:, 0])
        more = np.empty_like(context)
        for col in range(1, SIZE):
            context += np.einsum("acp,ap->cp", there[:, col], weights[:, col], out=more)
        return _mixed(self.mix, context, weights[REACH, REACH], x, observed, width)


def windows(flat: np.ndarray, width: int) -> np.ndarray:
    """Return (..., n) as (5, 5, ..., m), the pixel in the middle at [2, 2], in place."""
    pixels = flat.shape[-1] - (SIZE - 1) * (width + 1)
    step = flat.strides[-1]
    return as_strided(flat, (SIZE, SIZE, *flat.shape[:-1], pixels), (width * step, step, *flat.strides))


def _mixed(
    mix: tuple[np.ndarray, np.ndarray], context: np.ndarray, own: np.ndarray, x: np.ndarray, observed: np.ndarray,
    width: int,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Mix the context, add the shortcut, and scale the own share by how much of the neighbourhood was observed."""
    mixed = times(mix[0], context)
    mixed += mix[1]
    mixed += windows(x, width)[REACH, REACH]
    if not observed.all():
        own = own * windows(observed, width).mean(axis=(0, 1))
    return mixed, own
