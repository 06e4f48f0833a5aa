"""Smallest value of a running window along one axis, in NumPy alone."""

from __future__ import annotations

import numpy as np


def minimum_filter1d(values: np.ndarray, size: int, axis: int) -> np.ndarray:
    """Return the smallest of `size` neighbours, `size` odd, along an axis; beyond the edges lies zero."""
    # Windows of 1, 2, 4, ... values are joined, so that a wide window takes few passes.
    around = [(0, 0)] * values.ndim
    around[axis] = (size // 2, size // 2)
    found, have = np.moveaxis(np.pad(values, around), axis, 0), 1
    while have < size:
        step = min(have, size - have)
        found, have = np.minimum(found[:-step], found[step:]), have + step
    return np.moveaxis(found, 0, axis)
