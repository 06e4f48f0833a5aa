"""What the map says where the reference lies, read strip by strip: memory grows with the reference alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from osgeo import ogr

from ..feedback import Feedback, Part
from ..options import ParcelOptions
from ..parcels.class_map import ClassMap
from ..parcels.geometry import CHECK_EVERY, ParcelShapes, quiet
from ..parcels.label import label_parcels
from ..parcels.rasterise import burn_alone, burn_parcels
from ..series.files.grid import Window
from .population import CODES

ogr.UseExceptions()

_CROWD = 200
"""Parcels from which on burning them together is faster than one by one."""


@dataclass(frozen=True)
class Sample:
    """Units of the reference with what the map says of them; M groups that agree in everything.

    Attributes:
        feature: (M,) int64 number of the feature.
        code: (M,) uint8 class code of the map, never 0.
        stratum: (M,) uint8 code of the stratum, 0 without one.
        count: (M,) int64 units.
        without_class: units on the map but where it holds no class.
        off_map: features that lie outside the map.
        without_pixel: features on the map that hold no pixel centre.
        without_shape: features without a geometry.
        vanished: features that the inset left nothing of.
    """

    feature: np.ndarray
    code: np.ndarray
    stratum: np.ndarray
    count: np.ndarray
    without_class: int = 0
    off_map: int = 0
    without_pixel: int = 0
    without_shape: int = 0
    vanished: int = 0


def sample_points(
    class_map: ClassMap, strata: ClassMap | None, shapes: Sequence[bytes | None], feedback: Feedback
) -> Sample:
    """Return the pixel under each point; every point of a multipoint counts.

    Args:
        strata: raster on the same grid, or None.
        shapes: WKB in the CRS of the map, None without geometry.
    """
    owner, points = _points(shapes, feedback)
    frame = class_map.frame
    cols = np.floor((points[:, 0] - frame.x0) / frame.pixel_width)
    rows = np.floor((frame.y0 - points[:, 1]) / frame.pixel_height)
    inside = (rows >= 0) & (rows < frame.height) & (cols >= 0) & (cols < frame.width)
    owner_inside = owner[inside]
    rows, cols = rows[inside].astype(np.int64), cols[inside].astype(np.int64)
    order = np.argsort(rows, kind="stable")
    code, stratum = np.zeros(len(rows), np.uint8), np.zeros(len(rows), np.uint8)
    for strip in frame.strips(class_map.block_rows):
        feedback.check()
        first, last = np.searchsorted(rows[order], [strip.row, strip.row + strip.height])
        if last > first:
            here = order[first:last]
            code[here] = class_map.codes(strip)[rows[here] - strip.row, cols[here]]
            if strata is not None:
                stratum[here] = strata.codes(strip)[rows[here] - strip.row, cols[here]]
        feedback.progress((strip.row + strip.height) / frame.height)
    valid = code > 0
    return Sample(
        owner_inside[valid],
        code[valid],
        stratum[valid],
        np.ones(np.count_nonzero(valid), np.int64),
        without_class=int(np.count_nonzero(~valid)),
        off_map=len(set(owner.tolist()) - set(owner_inside.tolist())),
        without_shape=len(shapes) - len(np.unique(owner)),
    )


def sample_pixels(
    class_map: ClassMap, strata: ClassMap | None, shapes: Sequence[bytes | None], feedback: Feedback, inset: float = 0
) -> Sample:
    """Return all pixels whose centre lies inside a polygon, counted by class and stratum.

    Args:
        strata: raster on the same grid, or None.
        shapes: WKB in the CRS of the map, None without geometry.
        inset: cut from the edges first, in units of the CRS.
    """
    polygons = ParcelShapes(shapes, Part(feedback, 0.0, 0.1))
    without_shape = polygons.missing
    if inset > 0:
        polygons = ParcelShapes(_cut(polygons, inset, feedback))
    frame = class_map.frame
    ranges = frame.ranges(polygons.envelopes)
    first, last = ranges[:, 0], ranges[:, 1]
    tally = _Tally(len(polygons))
    for strip in frame.strips(class_map.block_rows):
        feedback.check()
        members = np.flatnonzero((first < strip.row + strip.height) & (last >= strip.row) & (first <= last))
        if len(members):
            codes = class_map.codes(strip)
            layers = strata.codes(strip) if strata is not None else np.zeros_like(codes)
            _count(polygons, members, ranges, strip, class_map, codes, layers, tally, feedback)
        feedback.progress(0.1 + 0.9 * (strip.row + strip.height) / frame.height)
    has_shape = np.isfinite(polygons.envelopes[:, 0])
    on_map = first <= last
    feature, code, stratum, count, without_class = tally.result()
    return Sample(
        feature,
        code,
        stratum,
        count,
        without_class=without_class,
        off_map=int(np.count_nonzero(has_shape & ~on_map)),
        without_pixel=int(np.count_nonzero(on_map & ~tally.seen)),
        without_shape=without_shape,
        vanished=polygons.missing - without_shape,
    )


def sample_parcels(
    class_map: ClassMap,
    strata: ClassMap | None,
    shapes: Sequence[bytes | None],
    feedback: Feedback,
    inset: float = 0,
) -> Sample:
    """Return each polygon with the majority class of its pixels, as `label_parcels` gives it.

    Args:
        strata: raster on the same grid, or None; a parcel lies in the stratum of most of its pixels.
        shapes: WKB in the CRS of the map, None without geometry.
        inset: cut from the edges first, in units of the CRS.
    """
    polygons = ParcelShapes(shapes, Part(feedback, 0.0, 0.1))
    vanished = 0
    if inset > 0:
        shapes = _cut(polygons, inset, feedback)
        vanished = sum(shape is None for shape in shapes) - polygons.missing
        polygons = ParcelShapes(shapes)
    ranges = class_map.frame.ranges(polygons.envelopes)
    off_map = np.isfinite(polygons.envelopes[:, 0]) & (ranges[:, 0] > ranges[:, 1])
    end = 0.55 if strata else 1.0
    labels = label_parcels(class_map, shapes, None, ParcelOptions(), Part(feedback, 0.1, end, mute=True))
    stratum = np.zeros(len(shapes), np.uint8)
    if strata:
        whole = ParcelOptions(leave_border=False)
        lying = label_parcels(strata, shapes, None, whole, Part(feedback, end, 1.0, mute=True))
        stratum = _places(strata, lying.code, lying.pixels > 0)
    found = labels.pixels > 0
    without = ~found & np.isfinite(polygons.envelopes[:, 0]) & ~off_map
    return Sample(
        np.flatnonzero(found).astype(np.int64),
        _places(class_map, labels.code, found)[found],
        stratum[found],
        np.ones(np.count_nonzero(found), np.int64),
        without_class=int(np.count_nonzero(without)),
        off_map=int(np.count_nonzero(off_map)),
        without_shape=polygons.missing - vanished,
        vanished=vanished,
    )


def _places(class_map: ClassMap, codes: np.ndarray, found: np.ndarray) -> np.ndarray:
    """Return (N,) uint8: the numbers by which a map tells the codes, 0 where nothing was found."""
    places = np.zeros(len(codes), np.uint8)
    for code in np.unique(codes[found]).tolist():
        places[found & (codes == code)] = class_map.place_of(code)
    return places


class _Tally:
    """Pixels by parcel, class and stratum, gathered strip by strip."""

    def __init__(self, parcels: int) -> None:
        self._keys: list[np.ndarray] = []
        self._counts: list[np.ndarray] = []
        self.seen = np.zeros(parcels, bool)

    def add(self, feature: np.ndarray, codes: np.ndarray, strata: np.ndarray) -> None:
        key = (feature.astype(np.int64) * CODES + codes) * CODES + strata
        keys, counts = np.unique(key, return_counts=True)
        self._keys.append(keys)
        self._counts.append(counts)
        self.seen[np.unique(feature)] = True

    def result(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, int]:
        """Return feature, code, stratum and count of the groups with a class, and the pixels without one."""
        if not self._keys:
            empty = np.zeros(0, np.int64)
            return empty, empty.astype(np.uint8), empty.astype(np.uint8), empty, 0
        keys, place = np.unique(np.concatenate(self._keys), return_inverse=True)
        counts = np.bincount(place, weights=np.concatenate(self._counts)).astype(np.int64)
        rest, stratum = np.divmod(keys, CODES)
        feature, code = np.divmod(rest, CODES)
        valid = code > 0
        found = feature[valid], code[valid].astype(np.uint8), stratum[valid].astype(np.uint8), counts[valid]
        return (*found, int(counts[~valid].sum()))


def _count(
    polygons: ParcelShapes,
    members: np.ndarray,
    ranges: np.ndarray,
    strip: Window,
    class_map: ClassMap,
    codes: np.ndarray,
    layers: np.ndarray,
    tally: _Tally,
    feedback: Feedback,
) -> None:
    """Add the pixels of one strip: parcels side by side together, those that overlap one by one."""
    kept = len(members)
    while len(members) and kept >= _CROWD:
        burnt, apart = burn_parcels(polygons, members, strip, class_map.frame, feedback)
        inside = burnt > 0
        tally.add(members[burnt[inside] - 1], codes[inside], layers[inside])
        kept = len(members) - len(apart)
        members = members[apart]
    for position, number in enumerate(members.tolist()):
        if position % CHECK_EVERY == 0:
            feedback.check()
        top, bottom, left, right = ranges[number].tolist()
        top, bottom = max(top, strip.row), min(bottom, strip.row + strip.height - 1)
        mask = burn_alone(polygons, number, Window(top, left, bottom - top + 1, right - left + 1), class_map.frame)
        place = np.s_[top - strip.row : bottom - strip.row + 1, left : right + 1]
        found = codes[place][mask]
        if len(found):
            tally.add(np.full(len(found), number), found, layers[place][mask])


def _cut(polygons: ParcelShapes, inset: float, feedback: Feedback) -> list[bytes | None]:
    """Return the polygons without a strip along their edges, None where nothing is left."""
    cut: list[bytes | None] = []
    with quiet():
        for number in range(len(polygons)):
            if number % CHECK_EVERY == 0:
                feedback.check()
            inner = None
            if np.isfinite(polygons.envelopes[number, 0]):
                inner = polygons.geometry(number).Buffer(-inset)
            cut.append(None if inner is None or inner.IsEmpty() else bytes(inner.ExportToWkb(ogr.wkbNDR)))
    return cut


def _points(shapes: Sequence[bytes | None], feedback: Feedback) -> tuple[np.ndarray, np.ndarray]:
    """Return (P,) number of the feature and (P, 2) coordinates of all points."""
    owner: list[int] = []
    found: list[tuple[float, float]] = []
    for number, wkb in enumerate(shapes):
        if number % CHECK_EVERY == 0:
            feedback.check()
        geometry = ogr.CreateGeometryFromWkb(wkb) if wkb else None
        if geometry is None:
            continue
        parts = [geometry.GetGeometryRef(i) for i in range(geometry.GetGeometryCount())] or [geometry]
        for part in parts:
            x, y = part.GetX(), part.GetY()
            if not part.IsEmpty() and np.isfinite([x, y]).all():
                owner.append(number)
                found.append((x, y))
    return np.array(owner, np.int64), np.array(found, np.float64).reshape(-1, 2)
