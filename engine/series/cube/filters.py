"""Largest and smallest value of a running window along one axis, in NumPy alone."""

from __future__ import annotations

import numpy as np


def maximum_filter1d(values: np.ndarray, size: int, axis: int) -> np.ndarray:
    """Return the largest of `size` neighbours, `size` odd, along an axis; beyond the edges lies zero."""
    return _running(values, size, axis, np.maximum)


def minimum_filter1d(values: np.ndarray, size: int, axis: int) -> np.ndarray:
    """Return the smallest of `size` neighbours, `size` odd, along an axis; beyond the edges lies zero."""
    return _running(values, size, axis, np.minimum)


def _running(values: np.ndarray, size: int, axis: int, larger: np.ufunc) -> np.ndarray:
    """Join windows of 1, 2, 4, ... values, so that a wide window takes few passes."""
    around = [(0, 0)] * values.ndim
    around[axis] = (size // 2, size // 2)
    found, have = np.moveaxis(np.pad(values, around), axis, 0), 1
    while have < size:
        step = min(have, size - have)
        found, have = larger(found[:-step], found[step:]), have + step
    return np.moveaxis(found, 0, axis)
