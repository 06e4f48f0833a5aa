"""Expected shares of the area: a table, or the declared crops of the parcels.

They come from statistics or declarations of the region and year, never from the map itself: shares counted in a map
that errs make its errors larger.
"""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import Callable, Iterable

from osgeo import ogr

from ...models.language import tr
from ..errors import SharesError
from ..feedback import Feedback
from ..parcels.source import ParcelSource
from ..safety.text import read_text

ogr.UseExceptions()


def read_shares(path: str) -> tuple[tuple[str, float], ...]:
    """Read a table of classes and shares.

    Args:
        path: CSV with a heading; the first column names the class (or holds a code of WorldCereal or HCAT), the second
            its share: fractions, percent or hectares alike, because only their relation counts.

    Raises:
        SharesError: the table cannot be read, names a class twice, or holds no positive number.
    """
    name = Path(path).name
    try:
        text = read_text(path)
    except (OSError, UnicodeDecodeError) as error:
        raise SharesError(
            tr("The expected shares '{name}' cannot be read ({error}); check the file.").format(name=name, error=error)
        ) from error
    heading = text.splitlines()[0] if text.strip() else ""
    separator = max(";\t,", key=heading.count)
    found: dict[str, float] = {}
    for number, row in enumerate(csv.reader(text.splitlines(), delimiter=separator), start=1):
        cells = [cell.strip() for cell in row]
        if number == 1 or not any(cells):
            continue
        try:
            share = float(cells[1].rstrip("% ").replace(",", ".") if separator != "," else cells[1].rstrip("% "))
        except (IndexError, ValueError) as error:
            raise SharesError(
                tr(
                    "Line {number} of the expected shares '{name}' has no number in its second column; write a "
                    "heading, then one class and its share per line."
                ).format(number=number, name=name)
            ) from error
        if not cells[0] or not 0 <= share < math.inf:
            raise SharesError(
                tr("Line {number} of the expected shares '{name}' needs a class and a share from 0 up.").format(
                    number=number, name=name
                )
            )
        if cells[0] in found:
            raise SharesError(
                tr("The expected shares '{name}' name {cells} twice; leave one line.").format(name=name, cells=cells[0])
            )
        found[cells[0]] = share
    if not sum(found.values()) > 0:
        raise SharesError(
            tr(
                "The expected shares '{name}' contain no share above zero; write one class and its share per line."
            ).format(name=name)
        )
    return tuple(found.items())


def expected_shares(
    table: str, field: str, declared: Callable[[], tuple[tuple[str, float], ...]] | None
) -> tuple[tuple[str, float], ...]:
    """Return what of the area is expected of each class, empty where nothing is.

    Args:
        table: CSV, "" without.
        field: of the parcels that names the declared crop, "" without.
        declared: counts that field; None without parcels.

    Raises:
        SharesError: both are given, there are no parcels, or what is given cannot be read.
    """
    if table and field:
        raise SharesError(
            tr("Expected shares come from a table or from a field of the parcels; leave one of them out.")
        )
    if field and declared is None:
        raise SharesError(tr("Expected shares from a field need the parcels that have it; name a parcel layer."))
    if field and declared is not None:
        return declared()
    return read_shares(table) if table else ()


def declared_shares(path: str, layer: str | None, field: str, encoding: str = "") -> tuple[tuple[str, float], ...]:
    """Return the area of each value of a crop field, in units of the layer.

    Args:
        path: vector file of parcels.
        layer: its layer; None is the first with polygons.
        field: that names the crop.
        encoding: of its text; "" takes what the file says.

    Raises:
        ParcelError: the file cannot be read, or the layer has no such field.
        SharesError: no parcel has a crop.
    """
    source = ParcelSource(path, layer, encoding=encoding, field=field)
    shapes, crops = source.labelled(source.crs, field, Feedback())
    areas = (ogr.CreateGeometryFromWkb(shape).GetArea() if shape else 0.0 for shape in shapes)
    return added_up(zip(crops, areas), Path(path).name, field)


def added_up(parcels: Iterable[tuple[str, float]], name: str, field: str) -> tuple[tuple[str, float], ...]:
    """Return the area of each crop.

    Args:
        parcels: crop ("" is left out) and area of each.
        name, field: of the layer and its field, for messages.

    Raises:
        SharesError: no parcel has a crop and an area.
    """
    areas: dict[str, float] = {}
    for crop, area in parcels:
        if crop:
            areas[crop] = areas.get(crop, 0.0) + area
    if not sum(areas.values()) > 0:
        raise SharesError(
            tr("No parcel of '{name}' has a crop in the field {field} and an area; choose another field.").format(
                name=name, field=field
            )
        )
    return tuple(areas.items())
