"""How files lie on the grid: pixels are copied or repeated where the lattices agree, else resampled."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from ..files.geometry import Geometry, same_crs
from ..files.grid import Grid, Window
from .resample import Box, KeptPositions, Resampled

ALIGNED = 1e-3
"""Pixels by which origins may differ and still count as one lattice."""

DRIFT = 0.1
"""Pixels by which a file may leave the lattice from one end to the other."""


class Placement(Protocol):
    """Files of one geometry on a grid; the value of a pixel never depends on the window."""

    metres: float

    def touches(self, window: Window) -> bool:
        """Return whether the file may hold pixels of a window."""

    def box(self, window: Window, halo: int = 0) -> Box | None:
        """Return what must be read for a window and `halo` pixels of the file around it; None for nothing."""

    def bands(self, values: np.ndarray, present: np.ndarray, box: Box, window: Window) -> tuple[np.ndarray, np.ndarray]:
        """Bring bands of a box onto a window.

        Args:
            values: (bands, rows, columns) of the box, finite.
            present: (rows, columns) bool, which of them are measurements.

        Returns:
            (bands, H, W) in the type of the file (copied) or float32 (resampled), and (H, W) bool.
        """

    def flags(self, values: np.ndarray, box: Box, window: Window, outside: bool) -> np.ndarray:
        """Bring a (rows, columns) bool mask onto a window; where the file ends the mask is `outside`."""


class Copied:
    """Files on the lattice of the grid, or coarser by a whole factor, from south to north too: numbers are kept."""

    def __init__(self, geometry: Geometry, grid: Grid, factor: int) -> None:
        x0, _, _, y0, _, _ = geometry.upright.geotransform
        self._mirrored = not geometry.north_up
        self._factor, self._size = factor, (geometry.height, geometry.width)
        self._left, self._top = round((x0 - grid.x0) / grid.pixel), round((grid.y0 - y0) / grid.pixel)
        self.metres = factor * grid.pixel

    def touches(self, window: Window) -> bool:
        """Return whether the file holds pixels of a window."""
        height, width = self._size[0] * self._factor, self._size[1] * self._factor
        columns = self._left < window.col + window.width and self._left + width > window.col
        return columns and self._top < window.row + window.height and self._top + height > window.row

    def box(self, window: Window, halo: int = 0) -> Box | None:
        """Return the pixels under a window, with a halo, inside the file."""
        left = max((window.col - self._left) // self._factor - halo, 0)
        top = max((window.row - self._top) // self._factor - halo, 0)
        right = min(-((self._left - window.col - window.width) // self._factor) + halo, self._size[1])
        bottom = min(-((self._top - window.row - window.height) // self._factor) + halo, self._size[0])
        if self._mirrored:
            top, bottom = self._size[0] - bottom, self._size[0] - top
        return (int(left), int(top), int(right - left), int(bottom - top)) if right > left and bottom > top else None

    def bands(self, values: np.ndarray, present: np.ndarray, box: Box, window: Window) -> tuple[np.ndarray, np.ndarray]:
        """Copy or repeat bands; see `Placement.bands`."""
        return self._spread(values, box, window, 0), self._spread(present, box, window, False)

    def flags(self, values: np.ndarray, box: Box, window: Window, outside: bool) -> np.ndarray:
        """Copy or repeat a mask; see `Placement.flags`."""
        return self._spread(values, box, window, outside)

    def _spread(self, values: np.ndarray, box: Box, window: Window, fill: float | bool) -> np.ndarray:
        top = box[1]
        if self._mirrored:
            values, top = values[..., ::-1, :], self._size[0] - box[1] - box[3]
        large = _enlarge(values, self._factor) if self._factor > 1 else values
        row = window.row - self._top - top * self._factor
        column = window.col - self._left - box[0] * self._factor
        height, width = large.shape[-2:]
        if row >= 0 and column >= 0 and row + window.height <= height and column + window.width <= width:
            return large[..., row : row + window.height, column : column + window.width]
        out = np.full((*values.shape[:-2], window.height, window.width), fill, values.dtype)
        part = large[..., max(row, 0) : row + window.height, max(column, 0) : column + window.width]
        top, left = max(-row, 0), max(-column, 0)
        out[..., top : top + part.shape[-2], left : left + part.shape[-1]] = part
        return out


class Placements:
    """The placement of every geometry on one grid, made once."""

    def __init__(self, grid: Grid) -> None:
        self.grid = grid
        self._known: dict[Geometry, Placement] = {}
        self._kept = KeptPositions()

    def of(self, geometry: Geometry) -> Placement:
        """Return the placement of files with this geometry."""
        if geometry not in self._known:
            factor = whole_factor(geometry, self.grid)
            self._known[geometry] = (
                Copied(geometry, self.grid, factor) if factor else Resampled(geometry, self.grid, self._kept)
            )
        return self._known[geometry]


def whole_factor(geometry: Geometry, grid: Grid) -> int:
    """Return how many grid pixels a side make one pixel of a file; 0 where the lattices differ."""
    geometry = geometry.upright
    x0, dx, _, y0, _, dy = geometry.geotransform
    if not geometry.north_up or not same_crs(geometry.crs, grid.crs):
        return 0
    factor, pixel = round(dx / grid.pixel), grid.pixel
    across = max(geometry.width, geometry.height)
    if factor < 1 or max(abs(dx - factor * pixel), abs(-dy - factor * pixel)) * across > DRIFT * pixel:
        return 0
    shifts = ((x0 - grid.x0) / pixel, (grid.y0 - y0) / pixel)
    return factor if all(abs(shift - round(shift)) < ALIGNED for shift in shifts) else 0


def _enlarge(values: np.ndarray, factor: int) -> np.ndarray:
    """Repeat each pixel `factor` times along the last two axes; strided writes beat np.repeat fivefold."""
    *front, height, width = values.shape
    out = np.empty((*front, height, factor, width * factor), values.dtype)
    for shift in range(factor):
        out[..., 0, shift::factor] = values
    for shift in range(1, factor):
        out[..., shift, :] = out[..., 0, :]
    return out.reshape(*front, height * factor, width * factor)
