"""The weight of each band on a strip, from the moments of its series."""

from __future__ import annotations

from typing import Sequence

import numpy as np

from .products import times
from .strip import StripArrays
from .weights import Weights

F32 = np.float32
UNSEEN = F32(1e4)
"""Taken off the score of what must not be attended to; its exponential is then zero in float32."""

TINY = F32(1e-30)
SPREAD_FLOOR = F32(1e-6)


class Channels:
    """Channel attention; without it every band that was ever observed weighs the same."""

    def __init__(self, weights: Weights, attention: bool, bands: tuple[int, int], steps: int):
        """Take the weights, whether there is an attention, the bands of each sensor and the steps of the season."""
        self._bands, self._there = bands, [index for index in (0, 1) if bands[index]]
        self._attention, self._steps = attention, steps
        if attention:
            self._squeeze, self._excite = weights.pointwise("channel.squeeze"), weights.pointwise("channel.excite")

    def moments(self, arrays: StripArrays, index: int, scale: np.ndarray) -> np.ndarray:
        """Fill in mean and deviation over the observed steps of a sensor, in normalised units.

        Args:
            arrays: with the series of the sensor about its mean.
            scale: (bands, 1) one over the standard deviation of its bands.

        Returns:
            (outer,) how many steps were observed.
        """
        bands, total = self._bands[index], sum(self._bands)
        inner = arrays.series[index][1:-1, :bands]
        count = np.add.reduce(arrays.series[index][1:-1, bands], axis=0)
        if not self._attention:
            return count
        first = 0 if index == 0 else self._bands[0]
        mean, spread = (arrays.moments[start : start + bands] for start in (first, total + first))
        share = scale / np.maximum(count, 1)
        np.add.reduce(inner, axis=0, out=mean)
        mean *= share
        np.einsum("tcp,tcp->cp", inner, inner, out=spread)
        spread *= share
        spread *= scale
        spread -= mean * mean
        np.maximum(spread, 0, out=spread)
        spread += SPREAD_FLOOR
        np.sqrt(spread, out=spread)
        return count

    def __call__(self, arrays: StripArrays, counts: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """Weigh the bands.

        Args:
            counts: (outer,) observed steps of each sensor that the network takes.

        Returns:
            (bands, outer) weights, summing to 1 over the bands ever observed, and (outer,) how many those are.
        """
        sizes, at = [self._bands[index] for index in self._there], 0
        mask = arrays.observed
        for count, size in zip(counts, sizes):
            mask[at : at + size] = count > 0
            at += size
        number = np.add.reduce(mask, axis=0)
        if not self._attention:
            return mask * (1 / np.maximum(number, 1)), number
        at = 2 * sum(self._bands)
        for count, size in zip(counts, sizes):
            arrays.moments[at : at + size] = count * F32(1 / self._steps)
            at += size
        hidden = times(self._squeeze[0], arrays.moments)
        hidden += self._squeeze[1]
        np.maximum(hidden, 0, out=hidden)
        scores = times(self._excite[0], hidden)
        scores += self._excite[1]
        scores += (mask - 1) * UNSEEN
        scores -= scores.max(axis=0)
        np.exp(scores, out=scores)
        scores *= mask
        scores /= np.maximum(scores.sum(axis=0), TINY)
        return scores, number
