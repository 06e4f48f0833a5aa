"""Many polygons filled at once, each on its own small sheet of pixels, so that none hides another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ..series.files.grid import Window
from .frame import Frame
from .rings import Rings, rings_of

_CELLS = 1 << 22
"""Pixels of all sheets that are filled together: bounds the memory."""
_SHAPES = 1 << 14


@dataclass(frozen=True)
class Filled:
    """P pixels whose centre lies inside one of M shapes.

    Attributes:
        members: (M,) int64 numbers of the shapes, as they were asked for.
        position: (P,) int64, the shape of a pixel as a place in `members`.
        pixel: (P,) int64, place in the window counted along its rows.
        inner: (P,) bool, the four neighbours lie inside too.
        left: (L,) int64 numbers of the shapes that are to be burnt alone.
    """

    members: np.ndarray
    position: np.ndarray
    pixel: np.ndarray
    inner: np.ndarray
    left: np.ndarray


def fill(
    shapes: Sequence[bytes | None], members: np.ndarray, ranges: np.ndarray, window: Window, frame: Frame
) -> Iterator[Filled]:
    """Fill shapes batch by batch.

    An edge hits the line of pixel centres of a row from its upper end on to before its lower one, and a pixel lies
    inside when an odd number of edges lie left of its centre: what `gdal.RasterizeLayer` does. Edges that run along
    such a line have rules of their own there; shapes with such an edge, and those that are not plain, are left.

    Args:
        shapes: WKB of all shapes.
        members: (M,) int64 numbers of the shapes to fill, all of which reach into the window or its neighbourhood.
        ranges: (N, 4) int64 of all shapes, as `Frame.ranges` returns them.
        window: whole rows of the frame.
        frame: of the raster.
    """
    top = np.maximum(ranges[members, 0], window.row)
    bottom = np.minimum(ranges[members, 1], window.row + window.height - 1)
    sized = top <= bottom
    members, top, bottom = members[sized], top[sized], bottom[sized]
    cells = np.cumsum((bottom - top + 3) * (ranges[members, 3] - ranges[members, 2] + 3))
    first = 0
    while first < len(members):
        before = cells[first - 1] if first else 0
        stop = min(max(int(np.searchsorted(cells, before + _CELLS)), first + 1), first + _SHAPES)
        chosen = members[first:stop]
        rings = rings_of([shapes[number] for number in chosen.tolist()])
        sheets = _Sheets(top[first:stop], bottom[first:stop], ranges[chosen, 2], ranges[chosen, 3])
        yield _filled(rings, chosen, sheets, window, frame)
        first = stop


class _Sheets:
    """The rows and columns that M shapes can reach, a pixel more on every side, laid out one after the other."""

    def __init__(self, top: np.ndarray, bottom: np.ndarray, left: np.ndarray, right: np.ndarray) -> None:
        self.top, self.left = top - 1, left - 1
        self.height, self.width = bottom - top + 3, right - left + 3
        sizes = self.height * self.width
        self.start = np.cumsum(sizes) - sizes
        self.size = int(sizes.sum())


def _filled(rings: Rings, members: np.ndarray, sheets: _Sheets, window: Window, frame: Frame) -> Filled:
    whole, owner, place = _crossings(rings, sheets, frame)
    if not whole.all():
        place = place[whole[owner]]
    parity = np.bincount(place, minlength=sheets.size + 1).astype(np.uint8)
    mask = np.bitwise_and(np.cumsum(parity, dtype=np.uint8, out=parity), 1).view(bool)

    # The rows of all sheets, to find the shape and the place on the map of every pixel.
    owner = np.repeat(np.arange(len(members)), sheets.height)
    line = np.arange(len(owner)) - np.repeat(np.cumsum(sheets.height) - sheets.height, sheets.height)
    width = sheets.width[owner]
    start = sheets.start[owner] + line * width
    own = mask.copy()
    own[start] = own[start + width - 1] = False
    own[-1] = False
    inside = np.flatnonzero(own)
    # Each row holds so many of the pixels: cheaper than to look every pixel up.
    row = np.repeat(np.arange(len(owner)), np.diff(np.searchsorted(inside, np.append(start, sheets.size))))
    real = ((line > 0) & (line < sheets.height[owner] - 1))[row]
    inside, row = inside[real], row[real]
    wide = width[row]
    inner = mask[inside - 1] & mask[inside + 1] & mask[inside - wide] & mask[inside + wide]
    offset = (sheets.top[owner] + line - window.row) * window.width + sheets.left[owner] - start
    return Filled(members, owner[row], inside + offset[row], inner, members[~whole])


def _crossings(rings: Rings, sheets: _Sheets, frame: Frame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return which of M shapes can be filled, and for each hit of an edge its shape and its place on the sheets."""
    # In pixels, by the same sums as GDAL.
    x = -frame.x0 / frame.pixel_width + rings.corners[:, 0] * (1 / frame.pixel_width)
    y = frame.y0 / frame.pixel_height + rings.corners[:, 1] * (-1 / frame.pixel_height)
    edge = np.flatnonzero(~rings.last)
    owner = rings.owner[edge]
    x1, x2, y1, y2 = x[edge], x[edge + 1], y[edge], y[edge + 1]
    whole = rings.plain.copy()
    whole[owner[(y1 == y2) & (np.floor(y1) + 0.5 == y1)]] = False
    down = y1 < y2
    upper, lower = np.where(down, y1, y2), np.where(down, y2, y1)
    at_upper, at_lower = np.where(down, x1, x2), np.where(down, x2, x1)
    # Rows whose centre is not above the upper end and above the lower one, as far as the sheet reaches.
    top = sheets.top[owner]
    stop = top + sheets.height[owner]
    first = np.clip(np.ceil(upper - 0.5), top, stop).astype(np.int64)
    hits = np.clip(np.ceil(lower - 0.5), top, stop).astype(np.int64) - first
    which = np.repeat(np.arange(len(edge)), hits)
    row = np.arange(len(which)) - np.repeat(np.cumsum(hits) - hits, hits) + first[which]
    slope = at_lower - at_upper
    crossing = (row + 0.5 - upper[which]) * slope[which] / (lower - upper)[which] + at_upper[which]
    owner = owner[which]
    width = sheets.width[owner]
    # A run that reaches the end of its row ends where the next row begins.
    col = np.clip(np.floor(crossing + 0.5) - sheets.left[owner], 0, width).astype(np.int64)
    return whole, owner, sheets.start[owner] + (row - sheets.top[owner]) * width + col
