"""Files of any CRS and resolution resampled onto the grid, the same in any window."""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Callable, Final

import numpy as np
from osgeo import gdal, osr

from ..files.geometry import Geometry, same_crs, spatial_reference, transform_bounds
from ..files.grid import Grid, Window

LATTICE = 16
"""Grid pixels between exactly transformed nodes; between them positions are interpolated, which errs by less than a
millimetre between UTM zones."""

MAX_SUBSAMPLES = 6
"""Sub-samples a side of a grid pixel where the file is finer than the grid."""

SLACK = 2
"""Grid pixels added around the transformed outline of a file."""

MAX_POSITIONS = 128e6
"""Bytes of positions that are remembered for all geometries together. Files of one geometry are read one after the
other on a window; a season in which every file has an extent of its own must not keep the positions of all of them."""

FAST: Final = "clip"
"""How numpy gathers: the indices are in range, and "clip" skips the slower check for it."""

Box = tuple[int, int, int, int]
"""Column, row, width and height in pixels of a file."""


@dataclass
class _Positions:
    """Where the sub-samples of a window fall in a file, in pixels of the file; NaN where they cannot fall."""

    columns: np.ndarray
    rows: np.ndarray
    neighbours: dict[Box, tuple[list[np.ndarray], list[np.ndarray]]] = field(default_factory=dict)

    @property
    def nbytes(self) -> int:
        """Bytes of all arrays."""
        pairs = [array for pair in self.neighbours.values() for part in pair for array in part]
        return self.columns.nbytes + self.rows.nbytes + sum(array.nbytes for array in pairs)


class KeptPositions:
    """Positions of the latest geometries and windows, bounded in bytes; one for all files of a grid."""

    def __init__(self, limit: float = MAX_POSITIONS) -> None:
        """Keep at most `limit` bytes, and always the latest."""
        self._limit = limit
        self._kept: OrderedDict[tuple[object, Window], _Positions] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def nbytes(self) -> int:
        """Bytes that are kept."""
        return sum(positions.nbytes for positions in self._kept.values())

    def get(self, owner: object, window: Window, make: Callable[[], _Positions]) -> _Positions:
        """Return the positions of a window in the files of a geometry, made if they are not kept."""
        key = owner, window  # not by its id, which another may have once this one is gone
        if key not in self._kept:
            self._kept[key] = make()
        self._kept.move_to_end(key)
        self.shrink()
        return self._kept[key]

    def shrink(self) -> None:
        """Let the oldest go until the rest fits."""
        while len(self._kept) > 1 and self.nbytes > self._limit:
            self._kept.popitem(last=False)


class Resampled:
    """Files off the lattice of the grid.

    Bands are bilinear with missing neighbours left out (a pixel is missing if they weigh more than half), and averaged
    over sub-samples where the file is finer than the grid; masks take the nearest pixel and hide a grid pixel if any
    sub-sample is hidden. Positions come from nodes anchored at the origin of the grid.
    """

    def __init__(self, geometry: Geometry, grid: Grid, kept: KeptPositions | None = None) -> None:
        self._geometry, self._grid = geometry, grid
        west, south, east, north = transform_bounds(geometry.bounds, geometry.crs, grid.crs)
        left, right = (west - grid.x0) / grid.pixel, (east - grid.x0) / grid.pixel
        top, bottom = (grid.y0 - north) / grid.pixel, (grid.y0 - south) / grid.pixel
        self._extent = (left - SLACK, top - SLACK, right + SLACK, bottom + SLACK)
        side = math.sqrt((right - left) * (bottom - top) / (geometry.width * geometry.height))
        self._size = min(max(math.ceil(1 / side - 0.5), 1), MAX_SUBSAMPLES)
        self._inverse = gdal.InvGeoTransform(geometry.geotransform)
        self._transformation = None
        if not same_crs(geometry.crs, grid.crs):
            pair = spatial_reference(grid.crs), spatial_reference(geometry.crs)
            self._transformation = osr.CoordinateTransformation(*pair)
        self._kept = KeptPositions() if kept is None else kept
        self.metres = side * grid.pixel

    def touches(self, window: Window) -> bool:
        """Return whether the file may hold pixels of a window."""
        left, top, right, bottom = self._extent
        columns = left < window.col + window.width and right > window.col
        return columns and top < window.row + window.height and bottom > window.row

    def box(self, window: Window, halo: int = 0) -> Box | None:
        """Return the pixels under a window, with a halo, inside the file."""
        positions = self._positions(window)
        if np.isnan(positions.columns).all():
            return None
        left, top = math.floor(np.nanmin(positions.columns)) - 1, math.floor(np.nanmin(positions.rows)) - 1
        right, bottom = math.floor(np.nanmax(positions.columns)) + 2, math.floor(np.nanmax(positions.rows)) + 2
        left, top = max(left - halo, 0), max(top - halo, 0)
        right, bottom = min(right + halo, self._geometry.width), min(bottom + halo, self._geometry.height)
        return (left, top, right - left, bottom - top) if right > left and bottom > top else None

    def bands(self, values: np.ndarray, present: np.ndarray, box: Box, window: Window) -> tuple[np.ndarray, np.ndarray]:
        """Interpolate bands; see `Placement.bands`."""
        indices, weights = self._neighbours(box, window)
        if not present.all():
            seen = present.ravel()
            weights = [weight * seen.take(index, mode=FAST) for index, weight in zip(indices, weights)]
        total = weights[0] + weights[1]
        total += weights[2]
        total += weights[3]
        total = _block_sum(total, self._size)
        valid = total >= np.float32(0.5 * self._size**2)
        scale = np.divide(1, total, out=np.zeros_like(total), where=valid)
        out = np.empty((len(values), window.height, window.width), np.float32)
        mixed, term = np.empty_like(weights[0]), np.empty_like(weights[0])
        for band, numbers in zip(out, values):
            flat = numbers.ravel()
            np.multiply(flat.take(indices[0], mode=FAST), weights[0], out=mixed, dtype=np.float32, casting="same_kind")
            for index, weight in zip(indices[1:], weights[1:]):
                np.multiply(flat.take(index, mode=FAST), weight, out=term, dtype=np.float32, casting="same_kind")
                mixed += term
            np.multiply(_block_sum(mixed, self._size), scale, out=band)
        return out, valid

    def flags(self, values: np.ndarray, box: Box, window: Window, outside: bool) -> np.ndarray:
        """Take the nearest pixels of a mask; see `Placement.flags`."""
        positions, size = self._positions(window), self._size
        rows, columns = _floor(positions.rows) - box[1], _floor(positions.columns) - box[0]
        inside = (rows >= 0) & (rows < box[3]) & (columns >= 0) & (columns < box[2])
        found = values.ravel().take(np.where(inside, rows * box[2] + columns, 0), mode=FAST)
        found[~inside] = outside
        if size == 1:
            return found
        return found.reshape(window.height, size, window.width, size).any(axis=(1, 3))

    def _neighbours(self, box: Box, window: Window) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Return flat indices into a box and bilinear weights of the four neighbours; weight 0 outside the box."""
        positions = self._positions(window)
        if box not in positions.neighbours:
            rows, columns = positions.rows - 0.5, positions.columns - 0.5
            first_row, first_column = _floor(rows), _floor(columns)
            down, right = (rows - first_row).astype(np.float32), (columns - first_column).astype(np.float32)
            indices, weights = [], []
            whole = np.int32 if box[2] * box[3] < 2**31 else np.int64
            for row_step, row_weight in ((0, 1 - down), (1, down)):
                row = first_row + (row_step - box[1])
                for column_step, column_weight in ((0, 1 - right), (1, right)):
                    column = first_column + (column_step - box[0])
                    inside = (row >= 0) & (row < box[3]) & (column >= 0) & (column < box[2])
                    indices.append(np.where(inside, row * box[2] + column, 0).astype(whole))
                    weights.append(np.where(inside, row_weight * column_weight, np.float32(0)))
            positions.neighbours[box] = (indices, weights)
            self._kept.shrink()
        return positions.neighbours[box]

    def _positions(self, window: Window) -> _Positions:
        return self._kept.get(self, window, lambda: self._locate(window))

    def _locate(self, window: Window) -> _Positions:
        """Transform the nodes around a window and interpolate the centres of its sub-samples."""
        size, grid = self._size, self._grid
        columns = (window.col + (np.arange(window.width * size) + 0.5) / size) / LATTICE
        rows = (window.row + (np.arange(window.height * size) + 0.5) / size) / LATTICE
        node_columns = np.arange(math.floor(columns[0]), math.floor(columns[-1]) + 2)
        node_rows = np.arange(math.floor(rows[0]), math.floor(rows[-1]) + 2)
        xs = grid.x0 + node_columns * (LATTICE * grid.pixel)
        ys = grid.y0 - node_rows * (LATTICE * grid.pixel)
        points = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)
        if self._transformation is not None:
            points = np.asarray(self._transformation.TransformPoints(points.tolist()), np.float64)[:, :2]
            points[~np.isfinite(points).all(axis=1)] = np.nan
        x0, dx, rx, y0, ry, dy = self._inverse
        shape = (len(node_rows), len(node_columns))
        column_nodes = (x0 + points[:, 0] * dx + points[:, 1] * rx).reshape(shape)
        row_nodes = (y0 + points[:, 0] * ry + points[:, 1] * dy).reshape(shape)
        return _Positions(_interpolate(column_nodes, rows, columns), _interpolate(row_nodes, rows, columns))


def _interpolate(nodes: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Interpolate nodes bilinearly at rows and columns given in node steps; `nodes` starts at the first of each."""
    first_row, first_column = np.floor(rows).astype(int), np.floor(columns).astype(int)
    down, right = (rows - first_row)[:, np.newaxis], columns - first_column
    first_row, first_column = first_row - first_row[0], first_column - first_column[0]
    line = nodes[first_row] * (1 - down) + nodes[first_row + 1] * down
    return line.take(first_column, axis=1) * (1 - right) + line.take(first_column + 1, axis=1) * right


def _floor(values: np.ndarray) -> np.ndarray:
    return np.floor(np.where(np.isnan(values), -1e9, values)).astype(np.int64)


def _block_sum(values: np.ndarray, size: int) -> np.ndarray:
    if size == 1:
        return values
    height, width = values.shape
    return values.reshape(height // size, size, width // size, size).sum(axis=(1, 3))
