"""Expected shares of the area: a table or declared crops, and what becomes of them for a legend.

They come from statistics or declarations of the region and year, never from the map itself: shares counted in a map
that errs make its errors larger.
"""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import Callable, Iterable, Iterator, Sequence

import numpy as np
from osgeo import gdal, ogr

from ..models.card import Card
from ..models.chances import shares_factors
from ..models.language import tr
from ..models.spelling import meant
from .class_names import class_of
from .errors import SharesError
from .safety.opening import open_vector
from .safety.text import read_text

gdal.UseExceptions()
ogr.UseExceptions()

LEAST = 1e-3
"""Least share of a class that is expected with none: what nobody declares may still stand in a field."""


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
                    "heading, then one class and its share a line."
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
            tr("The expected shares '{name}' hold no share above zero; write one class and share a line.").format(
                name=name
            )
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


def declared_shares(path: str, layer: str | None, field: str) -> tuple[tuple[str, float], ...]:
    """Return the area of each value of a crop field, in units of the layer.

    Args:
        path: vector file of parcels.
        layer: its layer; None is the first.
        field: that names the crop.

    Raises:
        SharesError: the layer has no such field, or no parcel with a crop.
    """
    name = Path(path).name
    try:
        dataset = open_vector(path)
        source = dataset.GetLayerByName(layer) if layer else dataset.GetLayer(0)
        definition = source.GetLayerDefn()
        names = [definition.GetFieldDefn(number).GetName() for number in range(definition.GetFieldCount())]
        place = definition.GetFieldIndex(field)
    except (RuntimeError, AttributeError) as error:
        raise SharesError(
            tr("The parcels '{name}' cannot be read for expected shares; check the file.").format(name=name)
        ) from error
    if place < 0:
        raise SharesError(
            tr("The parcels '{name}' have no field {field}{field_2}; name the field of the declared crop.").format(
                name=name, field=field, field_2=meant(field, names)
            )
        )

    def parcels() -> Iterator[tuple[str, float]]:
        for feature in source:
            shape, value = feature.GetGeometryRef(), feature.GetField(place)
            if shape is not None and value is not None:
                whole = isinstance(value, float) and value.is_integer()
                yield str(int(value) if whole else value).strip(), shape.GetArea()

    return added_up(parcels(), name, field)


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


def factors_of(card: Card, entries: Sequence[tuple[str, float]]) -> tuple[np.ndarray, str]:
    """Return the factors of the chances (K,) for expected shares, and what was expected, in words.

    Classes that the shares do not name keep what they had in the training among all; those that are named share out
    the rest.

    Raises:
        SharesError: the card does not tell the shares of the training, or fewer than two classes of the legend are
            named.
    """
    if not card.shares:
        raise SharesError(
            tr(
                "The checkpoint '{card}' does not state the shares of its training labels, to which "
                "expected shares are compared; leave the expected shares out or train it again."
            ).format(card=card.name)
        )
    place = {entry.code: number for number, entry in enumerate(card.classes)}
    find, given, unknown = class_of(card.classes), np.full(len(place), np.nan), []
    for name, share in entries:
        code = find(name)
        if not code:
            unknown.append(name)
            continue
        given[place[code]] = np.nan_to_num(given[place[code]]) + share
    named = np.isfinite(given)
    if not np.nansum(given) > 0:
        names = ", ".join(entry.name for entry in card.classes)
        raise SharesError(
            tr(
                "None of the expected shares ({unknown}) names a class of the checkpoint '{card}'; its classes "
                "are: {names}. Codes of WorldCereal and HCAT are understood too."
            ).format(unknown=", ".join(unknown[:5]), card=card.name, names=names)
        )
    if named.sum() < 2:
        raise SharesError(
            tr(
                "The expected shares name only one class of the checkpoint, and only the relation of shares "
                "counts; name at least two of: {classes}."
            ).format(classes=", ".join(entry.name for entry in card.classes))
        )
    trained = np.array([card.shares[entry.name] for entry in card.classes], float)
    trained /= trained.sum()
    expected = trained.copy()
    expected[named] = np.maximum(given[named] / given[named].sum(), LEAST)
    expected[named] *= trained[named].sum() / expected[named].sum()
    told = tr(", ").join(
        f"{tr(entry.name)} {100 * share:.1f} %" for entry, share, known in zip(card.classes, expected, named) if known
    )
    words = tr("Expected shares of the area: {told}.").format(told=told)
    if not named.all():
        kept = tr(", ").join(tr(entry.name) for entry, known in zip(card.classes, named) if not known)
        words += tr(" As in the training, because no number was given: {kept}.").format(kept=kept)
    if unknown:
        words += tr(" Not in the legend, left out: {unknown}.").format(
            unknown=tr(", ").join([*unknown[:10], *["..."] * (len(unknown) > 10)])
        )
    return shares_factors(trained, expected), words
