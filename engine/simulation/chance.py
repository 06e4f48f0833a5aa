"""Seeded streams of chance and random fields that are smooth in space or in time."""

from __future__ import annotations

import zlib

import numpy as np


def stream(seed: int, name: str) -> np.random.Generator:
    """Return the generator of one part of a county, so that parts do not disturb each other's draws."""
    return np.random.default_rng(np.random.SeedSequence([seed, zlib.crc32(name.encode())]))


def smooth_field(rng: np.random.Generator, shape: tuple[int, ...], scale: float, order: int = 3) -> np.ndarray:
    """Return a Gaussian field of mean 0 and standard deviation 1 that varies over `scale` pixels.

    Args:
        shape: rows and columns.
        scale: distance between independent values, in pixels.
        order: 3 joins them by cubic, 1 by linear B-splines.

    Returns:
        float32 array of `shape`.
    """
    down, across = (_basis(size, max(1.0, float(scale)), float(rng.random()), order) for size in shape)
    return down @ rng.standard_normal((down.shape[1], across.shape[1]), dtype=np.float32) @ across.T


def _basis(size: int, step: float, phase: float, order: int) -> np.ndarray:
    """Return (size, knots) weights of B-splines, scaled so that white noise at the knots keeps its variance."""
    place = phase + np.arange(size) / step
    cell = np.floor(place).astype(np.int64)
    part = place - cell
    if order == 1:
        weights = [1.0 - part, part]
    else:
        weights = [(1 - part) ** 3, 3 * part**3 - 6 * part**2 + 4, 1 + 3 * part + 3 * part**2 - 3 * part**3, part**3]
    basis = np.zeros((size, int(cell[-1]) + len(weights)), dtype=np.float32)
    for offset, weight in enumerate(weights):
        basis[np.arange(size), cell + offset] = weight
    return basis / np.sqrt((basis**2).sum(axis=1, keepdims=True))


def correlated(rng: np.random.Generator, rows: int, days: np.ndarray, memory: float) -> np.ndarray:
    """Return `rows` independent series of standard deviation 1 whose correlation fades over `memory` days.

    Args:
        rows: number of series.
        days: (D,) days in ascending order.
        memory: days after which the correlation has fallen to 1/e.

    Returns:
        (rows, D) float32.
    """
    noise = rng.standard_normal((rows, len(days)), dtype=np.float32)
    for index in range(1, len(days)):
        keep = float(np.exp(-(days[index] - days[index - 1]) / memory))
        noise[:, index] = keep * noise[:, index - 1] + np.float32(np.sqrt(1.0 - keep * keep)) * noise[:, index]
    return noise
