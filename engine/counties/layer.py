"""The analyst's county layer: names and polygons, in the order of the layer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from osgeo import gdal, ogr, osr

from ..errors import ParcelError
from ..feedback import Feedback
from ..parcels.geometry import CHECK_EVERY, ParcelShapes, quiet
from ..parcels.source import ParcelSource

gdal.UseExceptions()
ogr.UseExceptions()
osr.UseExceptions()

WHAT = "county layer"
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


def read_counties(path: str, layer: str, name_field: str, feedback: Feedback) -> tuple[list[County], str]:
    """Return the counties of a layer and its CRS as WKT.

    Raises:
        ParcelError: the layer or the field cannot be used, or a name is missing or double.
    """
    source = ParcelSource(path, layer or None, what=WHAT)
    place = field_place(source, name_field, WHAT)
    names: list[str] = []
    shapes: list[bytes | None] = []
    for number, feature in enumerate(source.features()):
        if number % CHECK_EVERY == 0:
            feedback.check()
        geometry = feature.GetGeometryRef()
        names.append(name_of(feature, place))
        shapes.append(None if geometry is None else bytes(geometry.ExportToIsoWkb()))
    if not names:
        raise ParcelError(f"The county layer {source.title} is empty: choose another.")
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
        raise ParcelError(f"Say which field of the {what} {source.title} holds the name of the county ({held}).")
    raise ParcelError(f"The {what} {source.title} has no field '{name}': choose one of its fields ({held}).")


def name_of(feature: ogr.Feature, place: int) -> str:
    """Return the text of a field without spaces around it, "" where it is empty."""
    return feature.GetFieldAsString(place).strip() if feature.IsFieldSetAndNotNull(place) else ""


def _check_names(names: Sequence[str], title: str, field: str) -> None:
    empty = sum(not name for name in names)
    if empty:
        raise ParcelError(
            f"{empty} of {len(names)} counties in {title} have no name in the field '{field}': fill it, or choose "
            "another field."
        )
    double = [f"'{name}' ({count} times)" for name, count in Counter(names).items() if count > 1]
    if double:
        more = ", ..." if len(double) > SHOWN else ""
        raise ParcelError(
            f"Names in the field '{field}' of {title} are not unique: {', '.join(double[:SHOWN])}{more}; choose a "
            "field of codes, or dissolve the parts of a county into one feature."
        )


def _polygon(polygons: ParcelShapes, number: int) -> bytes | None:
    if polygons.envelopes[number, 0] != polygons.envelopes[number, 0]:  # NaN: no polygon
        return None
    geometry = polygons.geometry(number)
    return bytes(geometry.ExportToIsoWkb()) if geometry.GetArea() > 0 else None
