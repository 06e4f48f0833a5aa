"""What bounds a run, one polygon or many parcels: which blocks it touches, which pixels lie inside."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..feedback import Feedback
from ..series.files.grid import Grid, Window
from .coverage import touched_blocks
from .frame import Frame
from .geometry import ParcelShapes
from .rasterise import burn_alone, burn_touched

_STRIPS = 64
"""Rows of blocks that are remembered, a bit a pixel: those of a tile, whatever its size."""


class Area:
    """A polygon on a grid. A pixel belongs to it when its centre lies inside, so that neighbours share no pixel."""

    def __init__(self, shape: bytes, grid: Grid) -> None:
        """Place the polygon.

        Args:
            shape: WKB of a polygon or multipolygon in the CRS of the grid.
        """
        self._shape, self._grid = shape, grid
        self._frame = Frame.of_grid(grid)
        self._polygon = ParcelShapes([shape], Feedback())
        self._strips: dict[tuple[int, int], np.ndarray] = {}

    def blocks(self, block: int) -> np.ndarray:
        """Return (ceil(height / block), ceil(width / block)) bool: blocks of which any pixel may lie inside."""
        return touched_blocks(self._grid, [self._shape], block)

    def inside(self, window: Window) -> np.ndarray:
        """Return (H, W) bool of a window."""
        if window.col < 0 or window.col + window.width > self._grid.width:
            return burn_alone(self._polygon, 0, window, self._frame)
        # A border has many corners, and all of them are looked at for every burn: so burn whole rows, once.
        key = (window.row, window.height)
        if key not in self._strips:
            if len(self._strips) >= _STRIPS:
                del self._strips[next(iter(self._strips))]
            strip = Window(window.row, 0, window.height, self._grid.width)
            self._strips[key] = np.packbits(burn_alone(self._polygon, 0, strip, self._frame), axis=1)
        bits = self._strips[key][:, window.col // 8 : -(-(window.col + window.width) // 8)]
        first = window.col % 8
        return np.unpackbits(bits, axis=1)[:, first : first + window.width].astype(bool)


class ParcelsArea:
    """The parcels of a layer as one area: a pixel belongs to it when its centre lies inside any of them."""

    def __init__(self, shapes: Sequence[bytes | None], grid: Grid) -> None:
        """Place the parcels.

        Args:
            shapes: WKB of polygons in the CRS of the grid; None for a parcel without polygon.
        """
        self._shapes, self._grid = shapes, grid
        self._frame = Frame.of_grid(grid)
        self._polygons = ParcelShapes(shapes, Feedback())
        self._ranges = self._frame.ranges(self._polygons.envelopes)

    def blocks(self, block: int) -> np.ndarray:
        """Return (ceil(height / block), ceil(width / block)) bool: blocks of which any pixel may lie inside."""
        return touched_blocks(self._grid, self._shapes, block)

    def inside(self, window: Window) -> np.ndarray:
        """Return (H, W) bool of a window."""
        top, bottom, left, right = self._ranges.T
        here = (top < window.row + window.height) & (bottom >= window.row) & (top <= bottom)
        here &= (left < window.col + window.width) & (right >= window.col)
        return burn_touched(self._polygons, np.flatnonzero(here), window, self._frame, Feedback(), touched=False)
