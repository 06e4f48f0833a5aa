"""Spatial blocks: squares of ground that stay together."""

from __future__ import annotations

import numpy as np

EARTH_RADIUS = 6_371_008.8
"""Metres, the mean radius of the Earth (IUGG)."""


def block_numbers(x: np.ndarray, y: np.ndarray, side: float) -> np.ndarray:
    """Return (N,) int64 number of the block that holds each place, from 1, in the order of rows and columns.

    Args:
        x, y: (N,) metres.
        side: of a block, in metres.
    """
    cells = np.stack([np.floor(y / side), np.floor(x / side)], axis=1).astype(np.int64)
    return np.unique(cells, axis=0, return_inverse=True)[1].reshape(-1) + 1


def metres(lon: np.ndarray, lat: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return x and y of places in degrees, in the sinusoidal projection about their middle meridian.

    Areas are true everywhere and short distances close to that meridian, which is enough for blocks and buffers.
    """
    middle = np.round(np.median(lon)) if len(lon) else 0.0
    east = (lon - middle + 180) % 360 - 180
    return EARTH_RADIUS * np.radians(east) * np.cos(np.radians(lat)), EARTH_RADIUS * np.radians(lat)
