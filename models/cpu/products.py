"""Products of matrices by the fastest way that this process has."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from functools import cache
from typing import Callable

import numpy as np

from ..language import N_
from . import blas

F32 = np.float32
TOGETHER = 6
"""Steps of a strip that fit into a core's own cache side by side."""

TRIALS = 5
SLOW = 1.5
"""A way that takes so many times as long as NumPy's own loops is bound to a slow library; a good one takes a third."""


@dataclass(frozen=True)
class Ways:
    """How this process multiplies; chosen once, so that all pixels of a run are computed alike.

    Attributes:
        name: for people, translated where it is shown.
        product: puts matrix (o, k) times x (..., k, n) into an array (..., o, n).
        add: adds it to the array; None where that takes an array more.
    """

    name: str
    product: Callable[[np.ndarray, np.ndarray, np.ndarray], object]
    add: Callable[[np.ndarray, np.ndarray, np.ndarray], object] | None = None


def times(matrix: np.ndarray, x: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
    """Return matrix (o, k) times x (..., k, n), float32; `out` is filled where it is given."""
    if out is None:
        out = np.empty((*x.shape[:-2], len(matrix), x.shape[-1]), F32)
    ways().product(matrix, x, out)
    return out


def convolution(matrices: np.ndarray, x: np.ndarray, width: int, out: np.ndarray) -> np.ndarray:
    """Fill `out` with a convolution over space: one product for each pixel of the kernel, and their sum.

    The rows of an image lie one after the other in the row of all its pixels: a pixel that lies dy rows and dx columns
    further on is dy * width + dx places further on. The last (k - 1) columns of each row of the result are made of
    pixels of two rows and mean nothing.

    Args:
        matrices: (k * k, o, i), for each pixel of the kernel, row by row.
        x: (..., i, p), with p at least n + (k - 1) * (width + 1).
        width: pixels of a row.
        out: (..., o, n).
    """
    side, way, more = math.isqrt(len(matrices)), ways(), None
    for number, matrix in enumerate(matrices):
        start = number // side * width + number % side
        seen = x[..., start : start + out.shape[-1]]
        if not number:
            way.product(matrix, seen, out)
        elif way.add is not None:
            way.add(matrix, seen, out)
        else:
            more = times(matrix, seen, more)
            out += more
    return out


def depthwise(weights: np.ndarray, x: np.ndarray, width: int, out: np.ndarray) -> None:
    """Fill `out` with a convolution over space of each channel by itself; as `convolution`.

    A few steps at a time, whose arrays stay in the caches: as fast as diagonal matrices by a good BLAS, and three
    times as fast as without one.

    Args:
        weights: (k * k, c, 1), for each pixel of the kernel, row by row.
        x: (t, c, p).
        width: pixels of a row.
        out: (t, c, n).
    """
    side, more = math.isqrt(len(weights)), np.empty((TOGETHER, *out.shape[1:]), F32)
    for first in range(0, len(out), TOGETHER):
        steps, target = x[first : first + TOGETHER], out[first : first + TOGETHER]
        for number, weight in enumerate(weights):
            start = number // side * width + number % side
            seen = steps[..., start : start + out.shape[-1]]
            if not number:
                np.multiply(seen, weight, out=target)
            else:
                target += np.multiply(seen, weight, out=more[: len(seen)])


@cache
def ways() -> Ways:
    """Return the ways of this process.

    NumPy's own product unless it is bound to a slow library; then the product of its BLAS by a handle; else NumPy's
    loops. The differences are so large that the choice is the same in every process.
    """
    with blas.one_thread():
        # As during a run; on a busy machine two threads wait for each other a hundred times as long as they multiply.
        return _fastest()


def _fastest() -> Ways:
    sgemm = blas.sgemm_of_numpy()
    handle = by_handle(sgemm) if sgemm is not None else None
    bar = SLOW * _seconds(_by_loops)
    if handle is not None and _seconds(handle.product) > bar:
        handle = None
    numpy_s = _seconds(_by_numpy)
    # Another kernel than NumPy's, where its BLAS does not know the processor: several times as fast.
    faster = handle is not None and SLOW * _seconds(handle.product) < numpy_s
    if numpy_s <= bar and not faster:
        return Ways("NumPy", _by_numpy, None if handle is None else handle.add)
    if handle is not None and faster:
        return Ways("NumPy", handle.product, handle.add)
    return handle or Ways(N_("NumPy without BLAS"), _by_loops)


def by_handle(sgemm: Callable[..., None]) -> Ways:
    """Return the ways by `cblas_sgemm` of a library."""

    def product(matrix: np.ndarray, x: np.ndarray, out: np.ndarray) -> None:
        blas.multiply(sgemm, matrix, x, out, add=False)

    def add(matrix: np.ndarray, x: np.ndarray, out: np.ndarray) -> None:
        blas.multiply(sgemm, matrix, x, out, add=True)

    return Ways(N_("NumPy with its own BLAS"), product, add)


def _by_numpy(matrix: np.ndarray, x: np.ndarray, out: np.ndarray) -> None:
    np.matmul(matrix, x, out=out)


def _by_loops(matrix: np.ndarray, x: np.ndarray, out: np.ndarray) -> None:
    for seen, target in zip(x, out) if x.ndim == 3 else ((x, out),):
        np.einsum("ok,kp->op", matrix, seen, out=target)


def _seconds(way: Callable[[np.ndarray, np.ndarray, np.ndarray], object]) -> float:
    """Return the shortest time of a few products of the kind that the network makes; infinity if they are wrong."""
    matrix = np.linspace(-1, 1, 16 * 48, dtype=F32).reshape(16, 48)
    x = np.linspace(-1, 2, 12 * 48 * 512, dtype=F32).reshape(12, 48, 512)
    out, found = np.empty((12, 16, 512), F32), []
    for _ in range(TRIALS):
        began = time.perf_counter()
        way(matrix, x, out)
        found.append(time.perf_counter() - began)
    right = np.allclose(out[5], np.einsum("ok,kp->op", matrix, x[5]), atol=1e-3)
    return min(found) if right else math.inf
