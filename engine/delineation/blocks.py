"""Regions over the whole grid: grown block by block, and joined where two blocks see the same field."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from ..feedback import Feedback
from ..series.files.grid import Window
from .features import PERIODS
from .options import BLOCK, MARGIN, DelineationOptions
from .regions import grow_regions

_SHARED = 0.5
"""Share of the smaller of two regions, where both blocks see it, from which on they are one field."""


@dataclass
class Regions:
    """What is known of the regions, by the number that they have in the raster.

    Attributes:
        parent: (N,) int64, the region that each one belongs to; itself where it stands alone.
        size: (N,) int64 pixels.
        course: (N, P) float64 sums over the pixels, and `seen` the numbers of pixels that they are sums of.
        inner_edge: (N,) float64 sum of the edge strength over the pixels inside, and `inner` their number.
    """

    parent: np.ndarray
    size: np.ndarray
    course: np.ndarray
    seen: np.ndarray
    inner_edge: np.ndarray
    inner: np.ndarray

    def fields(self, smallest: int, options: DelineationOptions, by_ndvi: bool) -> np.ndarray:
        """Return (N,) int32: number of the field of each region, from 1; 0 for what is no field."""
        roots, place = np.unique(self.parent, return_inverse=True)
        size = np.bincount(place, self.size)
        edge = np.bincount(place, self.inner_edge) / np.maximum(np.bincount(place, self.inner), 1)
        inside = np.bincount(place, self.inner) > 0
        keep = (size >= max(smallest, 1)) & inside & (edge <= options.texture) & (roots > 0)
        if by_ndvi:
            keep &= self._greenest(place, len(roots)) >= options.greenest
        numbers = np.where(keep, np.cumsum(keep), 0)
        return numbers[place].astype(np.int32)

    def greenest(self, fields: np.ndarray) -> np.ndarray:
        """Return (F + 1,) float64: highest mean of a period of each field."""
        return self._greenest(fields, int(fields.max()) + 1)

    def _greenest(self, place: np.ndarray, count: int) -> np.ndarray:
        total = np.stack([np.bincount(place, band, count) for band in self.course.T], axis=1)
        seen = np.stack([np.bincount(place, band, count) for band in self.seen.T], axis=1)
        return np.where(seen > 0, total / np.maximum(seen, 1), -np.inf).max(axis=1)


def blocks(height: int, width: int) -> Iterator[tuple[Window, Window]]:
    """Yield the core of each block and the window, clipped to the grid, in which its regions grow."""
    for row in range(0, height, BLOCK):
        for col in range(0, width, BLOCK):
            core = Window(row, col, min(BLOCK, height - row), min(BLOCK, width - col))
            top, left = max(row - MARGIN, 0), max(col - MARGIN, 0)
            bottom, right = min(row + BLOCK + MARGIN, height), min(col + BLOCK + MARGIN, width)
            yield core, Window(top, left, bottom - top, right - left)


def grow_all(
    height: int,
    width: int,
    features: Callable[[Window], tuple[np.ndarray, np.ndarray]],
    write: Callable[[Window, np.ndarray], None],
    smallest: int,
    options: DelineationOptions,
    feedback: Feedback,
) -> Regions:
    """Grow the regions of all blocks.

    Args:
        features: returns edge strength and course of a window; see `features.features_of`.
        write: takes a window and its (H, W) int32 numbers of regions.
        smallest: pixels of a field.

    Returns:
        What is known of all regions; number 0 is ground that nobody observed.
    """
    stitches = _Stitches()
    none = np.zeros(1)
    tables: list[tuple[np.ndarray, ...]] = [(none, np.zeros((1, PERIODS)), np.zeros((1, PERIODS)), none, none)]
    count = 1
    every = list(blocks(height, width))
    for number, (core, window) in enumerate(every):
        feedback.check()
        edge, course = features(window)
        labels = grow_regions(edge, course, smallest, options)
        here = (
            slice(core.row - window.row, core.row - window.row + core.height),
            slice(core.col - window.col, core.col - window.col + core.width),
        )
        tables.append(_sums(labels, edge, course, here))
        numbered = np.where(labels > 0, labels + (count - 1), 0)
        count += int(labels.max())
        write(core, np.ascontiguousarray(numbered[here]))
        stitches.add(core, window, numbered)
        feedback.progress((number + 1) / len(every))
    size, course_sum, seen, inner_edge, inner = (np.concatenate(column) for column in zip(*tables))
    return Regions(stitches.parents(count), size, course_sum, seen, inner_edge, inner)


def _sums(
    labels: np.ndarray, edge: np.ndarray, course: np.ndarray, here: tuple[slice, slice]
) -> tuple[np.ndarray, ...]:
    """Return size, course, seen pixels, inner edge and inner pixels of regions 1 to N, over the core of the block."""
    count = int(labels.max()) + 1
    alike = np.zeros(labels.shape, bool)
    middle = labels[1:-1, 1:-1]
    alike[1:-1, 1:-1] = (
        (middle == labels[:-2, 1:-1])
        & (middle == labels[2:, 1:-1])
        & (middle == labels[1:-1, :-2])
        & (middle == labels[1:-1, 2:])
    )
    own, flat = labels[here], labels[here].ravel()
    values = course[(slice(None), *here)].reshape(len(course), -1)
    known = np.isfinite(values)
    inside = alike[here] & (own > 0)
    return (
        np.bincount(flat, minlength=count)[1:],
        np.stack([np.bincount(flat, band, count) for band in np.where(known, values, 0)], axis=1)[1:],
        np.stack([np.bincount(flat, band, count) for band in known], axis=1)[1:],
        np.bincount(own[inside], edge[here][inside], count)[1:],
        np.bincount(own[inside], minlength=count)[1:],
    )


class _Stitches:
    """Which regions of neighbouring blocks are one: those that cover each other where both blocks grew."""

    def __init__(self) -> None:
        self._pairs: list[np.ndarray] = []
        self._left: tuple[Window, np.ndarray] | None = None
        self._above: dict[int, tuple[Window, np.ndarray]] = {}

    def add(self, core: Window, window: Window, labels: np.ndarray) -> None:
        """Compare a block with the one to its left and the one above, and keep its own edges."""
        if core.col > 0 and self._left is not None:
            self._compare(*self._left, window, labels)
        if core.row > 0:
            self._compare(*self._above[core.col], window, labels)
        width = 2 * MARGIN
        right = Window(window.row, window.col + window.width - width, window.height, width)
        self._left = (right, labels[:, -width:].copy())
        below = Window(window.row + window.height - width, window.col, width, window.width)
        self._above[core.col] = (below, labels[-width:].copy())

    def parents(self, count: int) -> np.ndarray:
        """Return (count,) the smallest number among the regions that are one."""
        parent = np.arange(count)
        for first, second in np.concatenate(self._pairs or [np.zeros((0, 2), int)]).tolist():
            one, other = _root(parent, first), _root(parent, second)
            parent[max(one, other)] = min(one, other)
        while (parent != parent[parent]).any():
            parent = parent[parent]
        return parent

    def _compare(self, place: Window, before: np.ndarray, window: Window, labels: np.ndarray) -> None:
        top, left = max(place.row, window.row), max(place.col, window.col)
        bottom = min(place.row + place.height, window.row + window.height)
        right = min(place.col + place.width, window.col + window.width)
        if bottom <= top or right <= left:
            return
        one = before[top - place.row : bottom - place.row, left - place.col : right - place.col].ravel()
        other = labels[top - window.row : bottom - window.row, left - window.col : right - window.col].ravel()
        both = (one > 0) & (other > 0)
        pairs, shared = np.unique(np.stack([one[both], other[both]], axis=1), axis=0, return_counts=True)
        if not len(pairs):
            return
        ones, others = _sizes(one), _sizes(other)
        smaller = np.minimum([ones[a] for a in pairs[:, 0].tolist()], [others[b] for b in pairs[:, 1].tolist()])
        self._pairs.append(pairs[shared > _SHARED * smaller])


def _sizes(labels: np.ndarray) -> dict[int, int]:
    return dict(zip(*(column.tolist() for column in np.unique(labels, return_counts=True))))


def _root(parent: np.ndarray, number: int) -> int:
    while parent[number] != number:
        parent[number] = parent[parent[number]]
        number = int(parent[number])
    return number
