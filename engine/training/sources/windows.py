"""Which windows of the grid to keep, and in which order to read them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Sequence

import numpy as np

from ...series.files.grid import Grid, Window
from .ground import LabelledGround

TILE_BYTES = 192 * 2**20
"""Memory of one cube that windows are cut from."""

MOST_TILE = 1024
"""Pixels a side of the largest such cube."""


@dataclass(frozen=True)
class Tile:
    """Windows that are read at once.

    Attributes:
        windows: inside `area`.
        blocks: block of each window.
        shared: whether the windows overlap so much that the area is kept once and they are views of it.
    """

    area: Window
    windows: tuple[Window, ...]
    blocks: tuple[int, ...]
    shared: bool

    def shapes(self) -> list[tuple[int, int]]:
        """Return rows and columns of the cubes that will be kept."""
        kept = (self.area,) if self.shared else self.windows
        return [(window.height, window.width) for window in kept]


def choose_windows(
    ground: LabelledGround, blocks: np.ndarray, usable: np.ndarray, grid: Grid, side: int, most: int
) -> list[tuple[int, Window]]:
    """Return the block and the window of every sample, each pair once.

    A parcel about half a window long, or less, gets one, about the middle of its labelled pixels. A longer one is cut
    into parts of about half a window, and the `most` of them that hold most labelled pixels get one each. Windows are
    moved into the grid where they would reach beyond it.

    Args:
        blocks: (N,) block of each parcel.
        usable: (N,) bool: which parcels get windows.
        side: pixels of a window.
    """
    core = max(1, side // 2)
    extents = np.concatenate([[(0, 0, 1, 1)], ground.extents()])
    first_row, first_col, height, width = extents.T
    down, across = (np.maximum((length + core // 2) // core, 1) for length in (height, width))
    columns = int(across.max())
    cells = int(down.max()) * columns
    wanted = np.concatenate([[False], usable])
    tables = []
    for strip, numbers in ground.strips():
        rows, cols = np.nonzero(wanted[numbers])
        found = numbers[rows, cols].astype(np.int64)
        rows, cols = rows + strip.row, cols + strip.col
        cell_row = np.clip((rows - first_row[found]) * down[found] // height[found], 0, down[found] - 1)
        cell_col = np.clip((cols - first_col[found]) * across[found] // width[found], 0, across[found] - 1)
        keys = found * cells + cell_row * columns + cell_col
        tables.append(_summed(keys, np.ones(len(keys), np.int64), rows, cols))
    if not tables:
        return []
    keys, count, rows, cols = _summed(*(np.concatenate(column) for column in zip(*tables)))
    parcel = keys // cells - 1
    order = np.lexsort((keys, -count, parcel))
    first = np.searchsorted(parcel[order], parcel[order])
    order = order[np.arange(len(order)) - first < most]
    centre_row, centre_col = rows[order] / count[order], cols[order] / count[order]
    tops = _inside(np.floor(centre_row + 0.5).astype(np.int64) - side // 2, side, grid.height)
    lefts = _inside(np.floor(centre_col + 0.5).astype(np.int64) - side // 2, side, grid.width)
    places = np.unique(np.stack([blocks[parcel[order]], tops, lefts], axis=1), axis=0)
    return [(block, Window(top, left, side, side)) for block, top, left in places.tolist()]


def tiles_of(samples: Sequence[tuple[int, Window]], side: int, bytes_a_pixel: int) -> list[Tile]:
    """Group windows so that each part of the files is read about once, neighbours one after the other.

    Args:
        side: pixels of a window.
        bytes_a_pixel: of a cube as it is read.
    """
    tile = int(min(max(math.sqrt(TILE_BYTES / bytes_a_pixel) - side, side), MOST_TILE))
    groups: dict[tuple[int, int], list[tuple[int, Window]]] = {}
    for block, window in samples:
        groups.setdefault((window.row // tile, window.col // tile), []).append((block, window))
    tiles = []
    for _, members in sorted(groups.items()):
        members.sort(key=lambda sample: (sample[1].row, sample[1].col, sample[0]))
        windows = tuple(window for _, window in members)
        top, left = min(window.row for window in windows), min(window.col for window in windows)
        bottom = max(window.row + window.height for window in windows)
        right = max(window.col + window.width for window in windows)
        area = Window(top, left, bottom - top, right - left)
        shared = sum(window.height * window.width for window in windows) > area.height * area.width
        tiles.append(Tile(area, windows, tuple(block for block, _ in members), shared))
    return tiles


def _summed(keys: np.ndarray, *columns: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return each key once with the sums of its columns."""
    unique, place = np.unique(keys, return_inverse=True)
    sums = (np.bincount(place, weights=column, minlength=len(unique)).astype(np.int64) for column in columns)
    return (unique, *sums)


def _inside(start: np.ndarray, side: int, length: int) -> np.ndarray:
    return np.clip(start, 0, length - side) if length >= side else start
