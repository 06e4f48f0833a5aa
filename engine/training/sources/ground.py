"""Labelled parcels on a grid: which pixel belongs to which, away from edges and overlaps."""

from __future__ import annotations

from typing import Iterator, Sequence

import numpy as np
from osgeo import ogr

from ...feedback import Feedback
from ...parcels.frame import Frame
from ...parcels.geometry import CHECK_EVERY, ParcelShapes
from ...parcels.rasterise import burn_alone, burn_parcels
from ...series.files.grid import Grid, Window

_SNAP = 1e-3
"""Pixels by which an edge may miss the lattice and still lie on it."""


class LabelledGround:
    """Parcels burnt window by window; nothing is kept but one number a parcel.

    A pixel belongs to a parcel when its centre lies inside the parcel cut back by the inset. A parcel that the inset
    leaves too few pixels keeps all of its own. A pixel inside two parcels belongs to none: its label would be a guess,
    and one of the two may be test ground.

    Attributes:
        pixels: (N,) int64 labelled pixels of each parcel, filled by `count_pixels`.
    """

    def __init__(self, shapes: Sequence[bytes], grid: Grid, inset: float, minimum: int, feedback: Feedback) -> None:
        """Cut all parcels back.

        Args:
            shapes: WKB of polygons in the CRS of the grid; all must have an area.
            inset: metres.
            minimum: pixels that a parcel must have left after the inset.
        """
        self._frame, self._minimum, self._feedback = Frame.of_grid(grid), minimum, feedback
        self._whole = ParcelShapes(shapes, feedback)
        self._ranges = self._frame.ranges(self._whole.envelopes)
        self._inner = ParcelShapes(list(self._cut_back(inset)), feedback) if inset > 0 else self._whole
        self._has_inner = ~np.isnan(self._inner.envelopes[:, 0])
        self._use_inner = np.zeros(len(shapes) + 1, bool)
        self.pixels = np.zeros(len(shapes), np.int64)

    def extents(self) -> np.ndarray:
        """Return (N, 4) int64: first row and column of each parcel's envelope, its rows and its columns."""
        frame, (west, south, east, north) = self._frame, self._whole.envelopes.T
        sides = []
        for low, high, pixel in (
            (frame.y0 - north, frame.y0 - south, frame.pixel_height),
            (west - frame.x0, east - frame.x0, frame.pixel_width),
        ):
            first = np.floor(low / pixel + _SNAP)
            sides.append((first, np.maximum(np.ceil(high / pixel - _SNAP) - first, 1)))
        (row, rows), (col, cols) = sides
        return np.stack([row, col, rows, cols], axis=1).astype(np.int64)

    def count_pixels(self) -> None:
        """Find which parcels the inset leaves enough of, and count the pixels of all."""
        size = len(self.pixels) + 1
        whole, inner = np.zeros(size, np.int64), np.zeros(size, np.int64)
        for window in self._frame.strips():
            burnt = self._burn(window)
            if burnt is not None:
                whole += np.bincount(burnt[0].ravel(), minlength=size)
                inner += np.bincount(burnt[1].ravel(), minlength=size)
        self._use_inner = inner >= self._minimum
        self.pixels = np.where(self._use_inner, inner, whole)[1:]

    def strips(self) -> Iterator[tuple[Window, np.ndarray]]:
        """Yield windows that cover the grid, and the parcels on each, as `burn` does; empty ones are left out."""
        for window in self._frame.strips():
            found = self._burn(window)
            if found is not None:
                yield window, self._chosen(*found)

    def burn(self, window: Window) -> np.ndarray:
        """Return (H, W) int32: position of the parcel + 1, 0 where there is none or the pixel is not to be used."""
        found = self._burn(window)
        return np.zeros((window.height, window.width), np.int32) if found is None else self._chosen(*found)

    def _chosen(self, whole: np.ndarray, inner: np.ndarray) -> np.ndarray:
        return np.where(self._use_inner[whole], inner, whole)

    def _burn(self, window: Window) -> tuple[np.ndarray, np.ndarray] | None:
        """Whole parcels and inner parts of a window, both without the pixels that parcels share."""
        self._feedback.check()
        top, bottom, left, right = self._ranges.T
        here = (top < window.row + window.height) & (bottom >= window.row) & (top <= bottom)
        here &= (left < window.col + window.width) & (right >= window.col)
        members = np.flatnonzero(here)
        if not len(members):
            return None
        whole, shared = self._side_by_side(self._whole, members, window)
        if self._inner is self._whole:
            inner = whole
        else:
            members = members[self._has_inner[members]]
            inner = whole if not len(members) else self._side_by_side(self._inner, members, window)[0]
            inner = np.where(shared, 0, inner) if len(members) else np.zeros_like(whole)
        return np.where(shared, 0, whole), inner

    def _side_by_side(self, shapes: ParcelShapes, members: np.ndarray, window: Window) -> tuple[np.ndarray, np.ndarray]:
        """Position + 1 of the last parcel on each pixel, and where more than one lies."""
        burnt, apart = burn_parcels(shapes, members, window, self._frame, self._feedback)
        lookup = np.concatenate([[0], members + 1]).astype(np.int32)
        numbers = lookup[burnt]
        shared = np.zeros(numbers.shape, bool)
        for position in apart:
            number = int(members[position])
            top, bottom, left, right = self._ranges[number].tolist()
            top, left = max(top, window.row), max(left, window.col)
            bottom = min(bottom, window.row + window.height - 1)
            right = min(right, window.col + window.width - 1)
            if top > bottom or left > right:
                continue
            part = Window(top, left, bottom - top + 1, right - left + 1)
            place = np.s_[top - window.row : bottom - window.row + 1, left - window.col : right - window.col + 1]
            mask = burn_alone(shapes, number, part, self._frame)
            shared[place] |= mask & (numbers[place] > 0)
            numbers[place][mask] = number + 1
        return numbers, shared

    def _cut_back(self, inset: float) -> Iterator[bytes | None]:
        for number in range(len(self._whole)):
            if number % CHECK_EVERY == 0:
                self._feedback.check()
            part = self._whole.geometry(number).Buffer(-inset)
            yield None if part is None or part.IsEmpty() else bytes(part.ExportToWkb(ogr.wkbNDR))
