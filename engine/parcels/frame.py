"""Where parcels fall on a raster: rows, columns and windows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..series.files.grid import Grid, Window

STRIP_PIXELS = 1 << 20
"""Pixels of one strip of rows: bounds the memory, whatever the size of the raster."""


@dataclass(frozen=True)
class Frame:
    """A north-up raster whose pixels need not be square.

    Attributes:
        x0, y0: upper left corner, in units of the CRS.
        pixel_width, pixel_height: positive, in units of the CRS.
        width, height: size in pixels.
    """

    x0: float
    y0: float
    pixel_width: float
    pixel_height: float
    width: int
    height: int

    @classmethod
    def of_grid(cls, grid: Grid) -> Frame:
        """Return the frame of an output grid."""
        return cls(grid.x0, grid.y0, grid.pixel, grid.pixel, grid.width, grid.height)

    def geotransform(self, window: Window) -> tuple[float, float, float, float, float, float]:
        """Return GDAL's six numbers of a window, which may reach beyond the frame."""
        west = self.x0 + window.col * self.pixel_width
        north = self.y0 - window.row * self.pixel_height
        return (west, self.pixel_width, 0.0, north, 0.0, -self.pixel_height)

    def ranges(self, envelopes: np.ndarray) -> np.ndarray:
        """Return the pixels that envelopes touch.

        Args:
            envelopes: (N, 4) float64 of min x, min y, max x, max y; NaN where there is no polygon.

        Returns:
            (N, 4) int64 of first row, last row, first column, last column, clipped to the frame; where the envelope
            misses the frame the first lies behind the last.
        """
        with np.errstate(invalid="ignore"):
            rows = np.floor((self.y0 - envelopes[:, [3, 1]]) / self.pixel_height)
            cols = np.floor((envelopes[:, [0, 2]] - self.x0) / self.pixel_width)
        misses = ~(
            (rows[:, 0] < self.height) & (rows[:, 1] >= 0) & (cols[:, 0] < self.width) & (cols[:, 1] >= 0)
        )  # negated, so that NaN misses
        found = np.column_stack([np.clip(rows, 0, self.height - 1), np.clip(cols, 0, self.width - 1)])
        found[misses] = (1, 0, 1, 0)
        return found.astype(np.int64)

    def strips(self, align: int = 1, always: bool = False) -> Iterator[Window]:
        """Yield windows of whole rows from top to bottom.

        Args:
            align: the height is a multiple of this, where so many rows fit into `STRIP_PIXELS`...
            always: ...or in any case.
        """
        rows = max(1, STRIP_PIXELS // self.width)
        if rows >= align or always:
            rows = max(align, rows // align * align)
        for row in range(0, self.height, rows):
            yield Window(row, 0, min(rows, self.height - row), self.width)

    def pixels_of(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return rows and columns of the (N, 2) points that lie on the frame."""
        cols = np.floor((points[:, 0] - self.x0) / self.pixel_width)
        rows = np.floor((self.y0 - points[:, 1]) / self.pixel_height)
        inside = (rows >= 0) & (rows < self.height) & (cols >= 0) & (cols < self.width)
        return rows[inside].astype(np.int64), cols[inside].astype(np.int64)
