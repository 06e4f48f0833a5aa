"""Polygons as analysts have them: read from WKB, flattened, made valid."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
from osgeo import gdal, ogr, osr

from ...models.known import known
from ..feedback import Feedback
from .rings import rings_of

gdal.UseExceptions()
ogr.UseExceptions()

_PLAIN = (ogr.wkbPolygon, ogr.wkbMultiPolygon)
CHECK_EVERY = 2048
"""Parcels between two looks at the cancel button."""


@contextmanager
def quiet() -> Iterator[None]:
    """Keep GDAL's remarks on invalid rings out of the terminal; failures still raise."""
    gdal.PushErrorHandler("CPLQuietErrorHandler")
    try:
        yield
    finally:
        gdal.PopErrorHandler()


def wkb_in(geometry: ogr.Geometry, transformation: osr.CoordinateTransformation | None) -> bytes | None:
    """Return the WKB of a geometry, transformed where a transformation is given; None where it cannot be."""
    if transformation is not None:
        geometry = geometry.Clone()
        try:
            geometry.Transform(transformation)
        except RuntimeError:
            return None
    return bytes(geometry.ExportToIsoWkb(ogr.wkbNDR))


class ParcelShapes:
    """The polygons of a layer, kept as WKB and parsed when needed: memory holds few of them as geometries.

    Attributes:
        envelopes: (N, 4) float64 of min x, min y, max x, max y; NaN where a parcel has no polygon.
        missing: number of parcels without a polygon.
        repaired: number of parcels whose polygon was invalid.
    """

    def __init__(self, shapes: Sequence[bytes | None], feedback: Feedback | None = None, share: float = 0) -> None:
        """Read all parcels once.

        Args:
            shapes: WKB of polygons or multipolygons, with or without Z; None or anything without an area is kept as
                a parcel without polygon.
            share: of the whole progress that reading takes, 0..1.
        """
        feedback = feedback or Feedback()
        self._shapes = shapes
        self._valid: dict[int, bytes] = {}
        self.envelopes = np.full((len(shapes), 4), np.nan)
        with quiet():
            for first in range(0, len(shapes), CHECK_EVERY):
                feedback.check()
                feedback.progress(share * first / len(shapes))
                self._read(first, shapes[first : first + CHECK_EVERY])
        self.missing = int(np.isnan(self.envelopes[:, 0]).sum())
        self.repaired = len(self._valid)

    def __len__(self) -> int:
        return len(self._shapes)

    def as_filled(self) -> Sequence[bytes | None]:
        """Return the WKB of all parcels, None for those whose polygon was invalid."""
        if not self._valid:
            return self._shapes
        return [None if number in self._valid else wkb for number, wkb in enumerate(self._shapes)]

    def _read(self, first: int, batch: Sequence[bytes | None]) -> None:
        """Read some parcels, `first` and those that follow: plain ones together, all others one by one."""
        rings = rings_of(batch)
        valid = np.zeros(len(batch), bool)
        valid[_all_valid(batch, np.flatnonzero(rings.plain))] = True
        self.envelopes[first : first + len(batch)][valid] = rings.envelopes()[valid]
        for place in np.flatnonzero(~valid).tolist():
            self._read_alone(first + place, batch[place])

    def _read_alone(self, number: int, wkb: bytes | None) -> None:
        polygon = _parse(wkb)
        if polygon is None:
            return
        if not polygon.IsValid():
            if not np.isfinite(vertices(polygon)).all():
                return
            polygon = _made_valid(polygon)
            self._valid[number] = bytes(polygon.ExportToWkb(ogr.wkbNDR))
        west, east, south, north = polygon.GetEnvelope()
        self.envelopes[number] = (west, south, east, north)

    def geometry(self, number: int) -> ogr.Geometry:
        """Return one flat, valid polygon; the parcel must have one.

        A ring without area cannot be made valid and is returned as it is: `rasterise` finds what it touches.
        """
        if number in self._valid:
            return ogr.CreateGeometryFromWkb(self._valid[number])
        return _parse(self._shapes[number])


def vertices(geometry: ogr.Geometry) -> np.ndarray:
    """Return (N, 2) corner points of all rings of a polygon or multipolygon."""
    if geometry.GetGeometryCount() == 0:
        return np.array([point[:2] for point in geometry.GetPoints() or []], dtype=np.float64).reshape(-1, 2)
    return np.concatenate([vertices(geometry.GetGeometryRef(i)) for i in range(geometry.GetGeometryCount())])


def _all_valid(shapes: Sequence[bytes | None], places: np.ndarray) -> np.ndarray:
    """Return the places of valid polygons; many are asked at once, and halves of them where any is invalid."""
    if not len(places):
        return places
    header = struct.pack("<BII", 1, ogr.wkbGeometryCollection, len(places))
    together = b"".join([header, *(shapes[place] for place in places.tolist())])
    if ogr.CreateGeometryFromWkb(together).IsValid():
        return places
    if len(places) == 1:
        return places[:0]
    middle = len(places) // 2
    return np.concatenate([_all_valid(shapes, places[:middle]), _all_valid(shapes, places[middle:])])


def _parse(wkb: bytes | None) -> ogr.Geometry | None:
    """Return a flat polygon or multipolygon of finite coordinates, or None."""
    if not wkb:
        return None
    try:
        geometry = ogr.CreateGeometryFromWkb(wkb)
    except RuntimeError:
        return None
    if geometry is None or geometry.IsEmpty():
        return None
    if geometry.GetGeometryType() not in _PLAIN:
        if geometry.HasCurveGeometry():
            geometry = geometry.GetLinearGeometry()
        geometry.FlattenTo2D()
    if geometry.GetGeometryType() not in _PLAIN:
        geometry = _collected(list(_polygons(geometry)))
    if geometry is None or not all(map(math.isfinite, geometry.GetEnvelope())):
        return None
    return geometry


def _polygons(geometry: ogr.Geometry) -> Iterator[ogr.Geometry]:
    """Yield the polygons inside any geometry."""
    kind = ogr.GT_Flatten(geometry.GetGeometryType())
    if kind in (ogr.wkbPolygon, ogr.wkbTriangle):
        yield ogr.ForceToPolygon(geometry.Clone())
    elif kind not in (ogr.wkbPoint, ogr.wkbLineString):
        for part in range(geometry.GetGeometryCount()):
            yield from _polygons(geometry.GetGeometryRef(part))


def _collected(polygons: list[ogr.Geometry]) -> ogr.Geometry | None:
    if not polygons:
        return None
    many = ogr.Geometry(ogr.wkbMultiPolygon)
    for polygon in polygons:
        many.AddGeometry(polygon)
    return many


def _made_valid(geometry: ogr.Geometry) -> ogr.Geometry:
    """Return the area of an invalid polygon, or the polygon itself when it has none.

    Parts are repaired one by one and joined: repaired at once, the area that two parts share would become a hole.
    """
    geometry.CloseRings()
    areas = []
    for part in _polygons(geometry):
        try:
            valid = part if part.IsValid() else part.MakeValid()
        except RuntimeError:  # rings of fewer than four points
            continue
        areas += [] if valid is None else [area for area in _polygons(valid) if not area.IsEmpty()]
    if not areas:
        return geometry
    return known(_collected(areas)).UnionCascaded() if len(areas) > 1 else areas[0]
