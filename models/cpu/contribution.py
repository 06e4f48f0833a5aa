"""What each step contributes to the winning class, by hand: as `models.networks.contribution`, which explains it."""

from __future__ import annotations

from typing import Sequence

import numpy as np

from .channels import TINY
from .products import times

F32 = np.float32
CHUNK = 1024
"""Pixels whose steps are gone through together: what it leaves on the way stays in the caches."""


class Contribution:
    """The way back from the winning logit to the steps, pixel by pixel: each kernel over space acts by its sum."""

    def __init__(
        self,
        head: np.ndarray,
        body: Sequence[tuple[np.ndarray, np.ndarray]],
        residual: bool,
        mix: np.ndarray | None,
        fold: np.ndarray,
    ):
        """Take the matrices of the way there, norms folded in.

        Args:
            head: (classes, D).
            body: for each residual block its two convolutions (k * k, out, in).
            mix: (D, D) of the spatial attention; None without one.
            fold: (D, T * C).
        """
        self._head, self._residual = np.ascontiguousarray(head.T), residual
        self._body = [[np.ascontiguousarray(half.sum(axis=0).T) for half in block] for block in body]
        self._mix = None if mix is None else np.ascontiguousarray(mix.T)
        self._fold = np.ascontiguousarray(fold.T)

    def __call__(
        self, winner: np.ndarray, passed: Sequence[Sequence[np.ndarray]], folded: np.ndarray, weighted: np.ndarray
    ) -> np.ndarray:
        """Return (T, n), not negative; sums to 1 over the steps, or is all zero.

        Args:
            winner: (n,) index of the winning class.
            passed: for each residual block its hidden layer and its output, (D, n) after their ReLU.
            folded: (D, n) what the fold makes of the steps, after its ReLU.
            weighted: (T, C, n) features of the steps as the temporal attention weighs them.
        """
        gradient = self._head[:, winner]
        for (first, second), (hidden, output) in zip(self._body[::-1], passed[::-1]):
            gradient *= output > 0
            inner = times(second, gradient)
            inner *= hidden > 0
            inner = times(first, inner)
            if self._residual:
                inner += gradient
            gradient = inner
        if self._mix is not None:
            gradient += times(self._mix, gradient)
        gradient *= folded > 0
        found = np.empty((len(weighted), len(winner)), F32)
        for start in range(0, len(winner), CHUNK):
            place = slice(start, start + CHUNK)
            towards = times(self._fold, gradient[:, place]).reshape(*weighted.shape[:2], -1)
            np.einsum("tcp,tcp->tp", towards, weighted[..., place], out=found[:, place])
        np.maximum(found, 0, out=found)
        found /= np.maximum(found.sum(axis=0), TINY)
        return found
