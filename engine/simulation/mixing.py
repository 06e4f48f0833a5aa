"""What a pixel sees: shares of units under the sensor's point spread."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_matrix, diags, kron

from .landscape import FINE, Landscape


def pixel_shares(land: Landscape) -> csr_matrix:
    """Return the share of each unit in each 10 m pixel, (H * W, U)."""
    size = land.size
    blocks = land.unit.reshape(size, FINE, size, FINE).transpose(0, 2, 1, 3).reshape(size * size, FINE * FINE)
    pointer = np.arange(size * size + 1, dtype=np.int64) * FINE * FINE
    data = np.full(blocks.size, 1.0 / (FINE * FINE), dtype=np.float32)
    shares = csr_matrix((data, blocks.ravel(), pointer), shape=(size * size, len(land.kinds)))
    shares.sum_duplicates()
    return shares


def blur(size: int, side: float) -> csr_matrix:
    """Return the operator that spreads a pixel over its neighbours, (H * W, H * W).

    Args:
        size: pixels a side.
        side: weight of each direct neighbour relative to the centre.
    """
    line = diags([np.full(size - 1, side), np.ones(size), np.full(size - 1, side)], [-1, 0, 1])
    line = diags(1.0 / np.asarray(line.sum(axis=1)).ravel()) @ line
    return kron(line, line, format="csr").astype(np.float32)


def coarse(size: int) -> csr_matrix:
    """Return the operator that replaces each pixel by the mean of its 2 x 2 block, (H * W, H * W)."""
    index = np.arange(size) // 2
    line = csr_matrix((np.ones(size), (np.arange(size), index)), shape=(size, int(index.max()) + 1))
    line = line @ diags(1.0 / np.asarray(line.sum(axis=0)).ravel()) @ line.T
    return kron(line, line, format="csr").astype(np.float32)


def views(land: Landscape) -> tuple[csr_matrix, csr_matrix, csr_matrix]:
    """Return the shares seen by the 10 m bands, the 20 m bands and the radar, each (H * W, U)."""
    shares = pixel_shares(land)
    near = blur(land.size, 0.12) @ shares
    wide = coarse(land.size) @ near
    radar = blur(land.size, 0.35) @ shares
    return near.tocsr(), wide.tocsr(), radar.tocsr()
