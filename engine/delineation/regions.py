"""Regions of one block: basins of the edges, joined where the season of two neighbours is alike."""

from __future__ import annotations

import heapq

import numpy as np

from .options import DelineationOptions

_SMOOTHING = 0.7
"""Standard deviation in pixels of the blur that takes the noise off the edges."""

_DEPTH = 0.002
"""Basins whose rim is lower than this are no basins of their own."""

_LONE = 3.0
"""Times the difference of fields up to which a region that is too small still joins a neighbour."""


def grow_regions(edge: np.ndarray, course: np.ndarray, smallest: int, options: DelineationOptions) -> np.ndarray:
    """Return the regions of a block.

    Watershed basins of the edge strength (Vincent and Soille 1991, IEEE PAMI 13:583-598; here scikit-image's) are
    joined from the most alike pair on, until all neighbours differ by `options.difference`; regions of fewer than
    `smallest` pixels then join the most similar neighbour that does not differ by more than three times as much.

    Args:
        edge: (H, W) float32, NaN where nothing was observed.
        course: (P, H, W) float32, NaN where missing.
        smallest: pixels of a field.

    Returns:
        (H, W) int32 from 1, 0 where nothing was observed.
    """
    from skimage.filters import gaussian
    from skimage.measure import label
    from skimage.morphology import h_minima
    from skimage.segmentation import watershed

    known = np.isfinite(edge)
    if not known.any():
        return np.zeros(edge.shape, np.int32)
    filled = np.where(known, edge, np.nanmax(edge)).astype(np.float64)
    smooth = gaussian(filled, _SMOOTHING, mode="nearest", preserve_range=True)
    basins = watershed(smooth, label(h_minima(smooth, _DEPTH)), mask=known).astype(np.int32)
    return _joined(basins, course, smallest, options.difference)


def _joined(basins: np.ndarray, course: np.ndarray, smallest: int, difference: float) -> np.ndarray:
    graph = _Graph(basins, course)
    graph.join_below(difference)
    graph.join_small(smallest, _LONE * difference)
    roots = graph.roots()
    _, numbers = np.unique(roots, return_inverse=True)
    numbers[0] = 0
    return numbers.reshape(-1)[basins].astype(np.int32)


class _Graph:
    """Regions and their neighbours; a region is its course, summed over its pixels."""

    def __init__(self, basins: np.ndarray, course: np.ndarray) -> None:
        count = int(basins.max()) + 1
        flat, known = basins.ravel(), np.isfinite(course).reshape(len(course), -1)
        values = np.where(known, course.reshape(len(course), -1), 0)
        self._sum = np.stack([np.bincount(flat, band, minlength=count) for band in values], axis=1)
        self._count = np.stack([np.bincount(flat, band, minlength=count) for band in known], axis=1)
        self._size = np.bincount(flat, minlength=count)
        self._parent = np.arange(count)
        self._near: list[set[int]] = [set() for _ in range(count)]
        for one, other in ((basins[:, :-1], basins[:, 1:]), (basins[:-1], basins[1:])):
            meet = (one != other) & (one > 0) & (other > 0)
            for first, second in np.unique(np.stack([one[meet], other[meet]], axis=1), axis=0).tolist():
                self._near[first].add(second)
                self._near[second].add(first)
        self._age = [0] * count

    def join_below(self, difference: float) -> None:
        """Join the most alike neighbours, again and again, until all differ by at least this."""
        self._join([(first, second) for first, near in enumerate(self._near) for second in near if first < second],
                   lambda distance, first, second: distance < difference)  # fmt: skip

    def join_small(self, smallest: int, difference: float) -> None:
        """Join regions of too few pixels to the most alike neighbour, if it differs by less than this."""
        pairs = [
            (first, second)
            for first, near in enumerate(self._near)
            for second in near
            if first < second and min(self._size[first], self._size[second]) < smallest
        ]
        self._join(
            pairs,
            lambda distance, first, second: (
                distance < difference and min(self._size[first], self._size[second]) < smallest
            ),
        )

    def roots(self) -> np.ndarray:
        """Return the region that each basin went to."""
        found = self._parent.copy()
        while (found != self._parent[found]).any():
            found = self._parent[found]
        return found

    def _join(self, pairs, wanted) -> None:
        """Join pairs that are wanted, the most alike first; ties go to the smaller numbers."""
        heap = [(distance, first, second, self._age[first], self._age[second])
                for (first, second), distance in zip(pairs, self._distances(pairs))]  # fmt: skip
        heapq.heapify(heap)
        while heap:
            distance, first, second, age, other_age = heapq.heappop(heap)
            stale = (age, other_age) != (self._age[first], self._age[second])
            if stale or not wanted(distance, first, second):
                continue
            self._merge(first, second)
            around = sorted(self._near[first])
            fresh = [(min(first, other), max(first, other)) for other in around]
            for (low, high), found in zip(fresh, self._distances(fresh)):
                if wanted(found, low, high):
                    heapq.heappush(heap, (found, low, high, self._age[low], self._age[high]))

    def _merge(self, first: int, second: int) -> None:
        """Give everything of the second region to the first."""
        self._parent[second] = first
        self._sum[first] += self._sum[second]
        self._count[first] += self._count[second]
        self._size[first] += self._size[second]
        for other in self._near[second]:
            self._near[other].discard(second)
            if other != first:
                self._near[other].add(first)
                self._near[first].add(other)
        self._near[first].discard(first)
        self._near[second] = set()
        self._age[first] += 1
        self._age[second] = -1

    def _distances(self, pairs: list[tuple[int, int]]) -> list[float]:
        """Return the root mean square difference over the periods that both regions were observed in."""
        if not pairs:
            return []
        first, second = np.array(pairs).T
        one, other = self._count[first], self._count[second]
        both = (one > 0) & (other > 0)
        apart = self._sum[first] / np.maximum(one, 1) - self._sum[second] / np.maximum(other, 1)
        total = np.where(both, apart**2, 0).sum(axis=1)
        shared = both.sum(axis=1)
        return np.where(shared > 0, np.sqrt(total / np.maximum(shared, 1)), np.inf).tolist()
