"""The corners of many polygons at once, straight from their WKB."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_POLYGON, _MULTIPOLYGON = 3, 6
_MOST_RINGS = 64
_SMALLEST = 77
"""Bytes of a polygon of one ring of four points."""


@dataclass(frozen=True)
class Rings:
    """The corners of N shapes.

    Attributes:
        plain: (N,) bool, one flat polygon (or a multipolygon of one) of closed rings and finite coordinates; the
            corners of all other shapes are left out.
        corners: (V, 2) float64 of x, y; ring after ring, shape after shape.
        owner: (V,) int64, the shape of each corner.
        last: (V,) bool, the corner closes its ring: no edge starts there.
    """

    plain: np.ndarray
    corners: np.ndarray
    owner: np.ndarray
    last: np.ndarray

    def envelopes(self) -> np.ndarray:
        """Return (N, 4) float64 of min x, min y, max x, max y; NaN for shapes that are not plain."""
        found = np.full((len(self.plain), 4), np.nan)
        if len(self.corners):
            starts = np.flatnonzero(np.diff(self.owner, prepend=-1))
            shapes = self.owner[starts]
            found[shapes, :2] = np.minimum.reduceat(self.corners, starts)
            found[shapes, 2:] = np.maximum.reduceat(self.corners, starts)
        return found


def rings_of(shapes: Sequence[bytes | None]) -> Rings:
    """Return the corners of the shapes; what is no plain polygon is told apart, whatever its bytes."""
    filled = [shape or b"" for shape in shapes]
    length = np.fromiter(map(len, filled), np.int64, len(filled))
    end = np.cumsum(length)
    raw = b"".join(filled) + bytes(24)
    numbers = np.frombuffer(raw, np.uint8)
    start = end - length

    long_enough = length >= _SMALLEST
    kind = np.where(long_enough, _uint32(numbers, start + 1), 0)
    one_part = long_enough & (kind == _MULTIPOLYGON) & (_uint32(numbers, start + 5) == 1)
    one_part &= (numbers[start + 9] == 1) & (_uint32(numbers, start + 10) == _POLYGON)
    plain = (numbers[start] == 1) & ((kind == _POLYGON) | one_part)
    place = start + np.where(one_part, 14, 5)
    rings = np.where(plain, _uint32(numbers, place), 0)
    plain &= (rings > 0) & (rings <= _MOST_RINGS)
    place += 4
    table = []
    for number in range(int(rings[plain].max(initial=0))):
        here = np.flatnonzero(plain & (rings > number))
        count = _uint32(numbers, place[here])
        first = place[here] + 4
        after = first + 16 * count
        whole = (count >= 4) & (after <= end[here])
        plain[here[~whole]] = False
        table.append(np.stack([here[whole], first[whole], count[whole]]))
        # The next count is looked for inside the shape, whatever the bytes say.
        place[here] = np.where(whole, np.minimum(after, end[here]), start[here])
    plain &= place == end
    if not table:
        return Rings(plain, np.zeros((0, 2)), np.zeros(0, np.int64), np.zeros(0, bool))
    owner, first, count = np.concatenate(table, axis=1)
    order = np.argsort(owner, kind="stable")
    order = order[plain[owner[order]]]
    return _closed(plain, raw, owner[order], first[order], count[order])


def _closed(plain: np.ndarray, raw: bytes, owner: np.ndarray, first: np.ndarray, count: np.ndarray) -> Rings:
    """Gather the corners of (R,) rings and leave out the shapes that are not closed or not finite."""
    corners = np.empty((int(count.sum()), 2))
    stop = np.cumsum(count)
    within = np.arange(len(corners)) - np.repeat(stop - count, count)
    pair = np.repeat(first // 8, count) + 2 * within
    shift = np.repeat(first % 8, count)
    for start in np.unique(shift):
        chosen = shift == start
        aligned = np.frombuffer(raw, np.uint8, (len(raw) - start) // 8 * 8, start).copy().view("<f8")
        corners[chosen, 0], corners[chosen, 1] = aligned[pair[chosen]], aligned[pair[chosen] + 1]
    finite = np.isfinite(corners).all(1)
    closed = (corners[stop - count] == corners[stop - 1]).all(1)
    by_corner = np.repeat(owner, count)
    plain[by_corner[~finite]] = False
    plain[owner[~closed]] = False
    last = np.zeros(len(corners), bool)
    last[stop - 1] = True
    kept = plain[by_corner]
    if not kept.all():
        corners, by_corner, last = corners[kept], by_corner[kept], last[kept]
    return Rings(plain, corners, by_corner, last)


def _uint32(numbers: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Return the little-endian numbers at places in (B,) uint8, as int64."""
    return numbers[places[:, None] + np.arange(4)].view("<u4")[:, 0].astype(np.int64)
