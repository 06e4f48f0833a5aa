"""The analyst's layers: counties with names and polygons, and which parcels belong to which county."""

from __future__ import annotations

import hashlib
import json
from array import array
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from osgeo import gdal, ogr, osr

from ...models.language import N_, tr
from ...models.spelling import meant
from ..errors import ParcelError
from ..feedback import Feedback
from ..parcels.geometry import CHECK_EVERY, ParcelShapes, quiet, vertices
from ..parcels.source import ParcelSource
from ..series.files.geometry import spatial_reference

gdal.UseExceptions()
ogr.UseExceptions()
osr.UseExceptions()

WHAT = N_("county layer")
SHOWN = 5
"""Names that a message lists."""


@dataclass(frozen=True)
class County:
    """One county.

    Attributes:
        name: as the layer says it.
        shape: WKB of its valid polygon, None where it has none.
    """

    name: str
    shape: bytes | None


def read_counties(
    path: str, layer: str, name_field: str, feedback: Feedback, encoding: str = ""
) -> tuple[list[County], str]:
    """Return the counties of a layer and its CRS as WKT.

    Raises:
        ParcelError: the layer or the field cannot be used, or a name is missing or double.
    """
    source = ParcelSource(path, layer or None, what=WHAT, encoding=encoding)
    place = field_place(source, name_field, WHAT)
    names: list[str] = []
    shapes: list[bytes | None] = []
    for number, feature in enumerate(source.features()):
        if number % CHECK_EVERY == 0:
            feedback.check()
        geometry = feature.GetGeometryRef()
        names.append(name_of(feature, place))
        shapes.append(None if geometry is None else bytes(geometry.ExportToIsoWkb(ogr.wkbNDR)))
    if not names:
        raise ParcelError(tr("The county layer {source} is empty: choose another.").format(source=source.title))
    _check_names(names, source.title, name_field)
    polygons = ParcelShapes(shapes, feedback)
    with quiet():
        valid = [_polygon(polygons, number) for number in range(len(shapes))]
    return [County(name, shape) for name, shape in zip(names, valid)], source.crs.ExportToWkt()


def field_place(source: ParcelSource, name: str, what: str) -> int:
    """Return the place of a field; its name may differ in case.

    Raises:
        ParcelError: the layer has no such field.
    """
    names = [field.GetName() for field in source.fields]
    if name in names:
        return names.index(name)
    folded = [entry.casefold() for entry in names]
    if folded.count(name.casefold()) == 1:
        return folded.index(name.casefold())
    held = ", ".join(names) or "none"
    if not name:
        raise ParcelError(
            tr("Say which field of the {what} {source} holds the name of the county ({held}).").format(
                what=what, source=source.title, held=held
            )
        )
    raise ParcelError(
        tr("The {what} {source} has no field '{name}'{name_2}: choose one of its fields ({held}).").format(
            what=what, source=source.title, name=name, name_2=meant(name, names), held=held
        )
    )


def name_of(feature: ogr.Feature, place: int) -> str:
    """Return the text of a field without spaces around it, "" where it is empty."""
    return feature.GetFieldAsString(place).strip() if feature.IsFieldSetAndNotNull(place) else ""


def _check_names(names: Sequence[str], title: str, field: str) -> None:
    empty = sum(not name for name in names)
    if empty:
        raise ParcelError(
            tr(
                "{empty} of {count_names} counties in {title} have no name in the field '{field}': fill it, or "
                "choose another field."
            ).format(empty=empty, count_names=len(names), title=title, field=field)
        )
    double = [
        tr("'{name}' ({count} times)").format(name=name, count=count)
        for name, count in Counter(names).items()
        if count > 1
    ]
    if double:
        more = ", ..." if len(double) > SHOWN else ""
        raise ParcelError(
            tr(
                "Names in the field '{field}' of {title} are not unique: {double}{more}; choose a field of "
                "codes, or dissolve the parts of a county into one feature."
            ).format(field=field, title=title, double=", ".join(double[:SHOWN]), more=more)
        )


def _polygon(polygons: ParcelShapes, number: int) -> bytes | None:
    if polygons.envelopes[number, 0] != polygons.envelopes[number, 0]:  # NaN: no polygon
        return None
    geometry = polygons.geometry(number)
    return bytes(geometry.ExportToIsoWkb(ogr.wkbNDR)) if geometry.GetArea() > 0 else None


Envelope = tuple  # min x, max x, min y, max y


@dataclass
class Share:
    """The parcels of one county.

    Attributes:
        fids: in the order of the layer.
        envelope: min x, max x, min y, max y in the CRS of the parcels; None without any polygon.
        digest: over their ids, polygons and attributes.
    """

    fids: array = field(default_factory=lambda: array("q"))
    envelope: Envelope | None = None
    digest: Any = field(default_factory=hashlib.sha256)

    def add(self, feature: ogr.Feature, geometry: ogr.Geometry | None, fields: int) -> None:
        """Count a feature in."""
        self.fids.append(feature.GetFID())
        shape = b""
        if geometry is not None and not geometry.IsEmpty():
            shape = bytes(geometry.ExportToIsoWkb(ogr.wkbNDR))
            box = geometry.GetEnvelope()
            old = self.envelope or box
            self.envelope = (min(old[0], box[0]), max(old[1], box[1]), min(old[2], box[2]), max(old[3], box[3]))
        values = [feature.GetFieldAsString(i) if feature.IsFieldSetAndNotNull(i) else None for i in range(fields)]
        # Of a fixed form, so that no two parcels can be taken for one another.
        head = json.dumps([feature.GetFID(), len(shape), values]).encode()
        self.digest.update(head)
        self.digest.update(shape)


@dataclass
class Shares:
    """All parcels of a layer.

    Attributes:
        of: name of the county -> its parcels, in the order of first appearance.
        left_over: number of parcels of no county.
        crs: of the layer, as WKT.
        schema: of its fields, as text.
    """

    of: dict[str, Share]
    left_over: int
    crs: str
    schema: str


def share_by_field(path: str, layer: str, field_name: str, feedback: Feedback, encoding: str = "") -> Shares:
    """Give each parcel to the county that its field names.

    Raises:
        ParcelError: the layer or the field cannot be used.
    """
    source = ParcelSource(path, layer or None, encoding=encoding)
    place = field_place(source, field_name, tr("parcel layer"))
    return _shared(source, lambda feature, _: name_of(feature, place) or None, feedback)


def share_by_place(
    path: str, layer: str, counties: Sequence[County], crs: str, feedback: Feedback, encoding: str = ""
) -> Shares:
    """Give each parcel to the first county that holds a point on its surface.

    Args:
        counties: with their polygons.
        crs: of the counties, as WKT.
        encoding: of the text of the parcels; "" takes what the file says.

    Raises:
        ParcelError: the layer cannot be used.
    """
    source = ParcelSource(path, layer or None, encoding=encoding)
    target = spatial_reference(crs)
    same = source.crs.IsSame(target, ["IGNORE_DATA_AXIS_TO_SRS_AXIS_MAPPING=YES"])
    transformation = None if same else osr.CoordinateTransformation(source.crs, target)
    places = _Places(counties)

    def county_of(_: ogr.Feature, geometry: ogr.Geometry | None) -> str | None:
        point = None if geometry is None else _point_on(geometry, transformation)
        return None if point is None else places.holding(point)

    return _shared(source, county_of, feedback)


def _shared(
    source: ParcelSource, county_of: Callable[[ogr.Feature, ogr.Geometry | None], str | None], feedback: Feedback
) -> Shares:
    found: dict[str, Share] = {}
    left_over, total, fields = 0, max(source.count(), 1), len(source.fields)
    with quiet():
        for number, feature in enumerate(source.features()):
            if number % CHECK_EVERY == 0:
                feedback.check()
                feedback.progress(min(number / total, 1.0))
            geometry = feature.GetGeometryRef()
            name = county_of(feature, geometry)
            if name is None:
                left_over += 1
            else:
                found.setdefault(name, Share()).add(feature, geometry, fields)
    if not found and not left_over:
        raise ParcelError(
            tr("The parcel layer {source} is empty: choose another, or leave it out.").format(source=source.title)
        )
    schema = "|".join(f"{entry.GetName()}:{entry.GetType()}:{entry.GetSubType()}" for entry in source.fields)
    return Shares(found, left_over, source.crs.ExportToWkt(), schema)


class _Places:
    """The polygons of counties, to be asked which holds a point."""

    def __init__(self, counties: Sequence[County]) -> None:
        self._names = [county.name for county in counties if county.shape]
        shapes = [ogr.CreateGeometryFromWkb(county.shape) for county in counties if county.shape]
        self._envelopes = np.array([shape.GetEnvelope() for shape in shapes], float).reshape(-1, 4)
        # The prepared geometries look into the geometries, which must live as long.
        self._shapes, self._prepared = shapes, [shape.CreatePreparedGeometry() for shape in shapes]

    def holding(self, point: ogr.Geometry) -> str | None:
        x, y = point.GetX(), point.GetY()
        west, east, south, north = self._envelopes.T
        for place in np.flatnonzero((west <= x) & (x <= east) & (south <= y) & (y <= north)).tolist():
            if self._prepared[place].Intersects(point):
                return self._names[place]
        return None


def _point_on(geometry: ogr.Geometry, transformation: osr.CoordinateTransformation | None) -> ogr.Geometry | None:
    """Return a point of a polygon in another CRS; None where it has none or cannot go there."""
    if geometry.IsEmpty():
        return None
    try:
        point = geometry.PointOnSurface()
    except RuntimeError:
        point = None
    if point is None or point.IsEmpty():  # rings that cross themselves
        flat = geometry.GetLinearGeometry()
        flat.FlattenTo2D()
        corners = vertices(flat)
        if not len(corners) or not np.isfinite(corners[0]).all():
            return None
        point = ogr.Geometry(ogr.wkbPoint)
        point.AddPoint_2D(*map(float, corners[0]))
    if transformation is not None:
        try:
            point.Transform(transformation)
        except RuntimeError:
            return None
    return point
