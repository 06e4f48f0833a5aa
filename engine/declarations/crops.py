"""Declared crops as classes of the map: by a table, by name, and by groups that the map cannot tell apart."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from ...models.card import CropClass
from ...models.language import counted, tr
from ...models.spelling import meant
from ..accuracy.map_classes import MapClasses
from ..accuracy.matching import match
from ..accuracy.options import IGNORE
from ..class_names import class_of, comparable
from ..errors import MapError
from .judge import NOT_DECLARED, NOT_IN_MAP, group_places

_SHOWN = 12
"""Crops that a sentence names."""


def declared_places(
    values: Sequence[str], table: Mapping[str, str], classes: Sequence[CropClass]
) -> tuple[np.ndarray, dict[str, str]]:
    """Return the place of each declared crop among the classes, and which class each value was taken for.

    Args:
        values: declared crops, "" for none.
        table: declared crop -> class of the map, "" for one that is not judged; others are matched by name, or by
            their code in the legends of WorldCereal or HCAT.

    Returns:
        (N,) int, with `NOT_DECLARED` and `NOT_IN_MAP`; and value -> name of the class, "" where there is none.

    Raises:
        AccuracyError: the table names a class that the map does not have.
    """
    held = sorted({value for value in values if value})
    codes = {**_by_code(held, table, classes), **match(held, table, MapClasses(tuple(classes)), IGNORE).codes}
    place = {entry.code: number for number, entry in enumerate(classes)}
    places = {value: place.get(codes.get(value, -1), NOT_IN_MAP) for value in held}
    found = np.array([places[value] if value else NOT_DECLARED for value in values], np.int64)
    return found, {value: classes[number].name if number >= 0 else "" for value, number in places.items()}


def _by_code(held: Sequence[str], table: Mapping[str, str], classes: Sequence[CropClass]) -> dict[str, int]:
    find, told = class_of(classes), {comparable(value) for value in table}
    codes = {value: find(value) for value in held if value.isdigit() and comparable(value) not in told}
    return {value: code for value, code in codes.items() if code}


def understood(
    values: Sequence[str], taken_for: Mapping[str, str], table: Mapping[str, str], classes: Sequence[CropClass]
) -> tuple[str, str]:
    """Return two sentences, "" where there is nothing to say: codes taken for classes, and crops without a class.

    Args:
        values, table, classes: as `declared_places` takes them.
        taken_for: as it returns it.
    """
    told = {comparable(value) for value in table}
    parcels = Counter(value for value in values if value and comparable(value) not in told)
    coded = [
        tr("{code} as {name}").format(code=value, name=tr(name))
        for value, name in taken_for.items()
        if value in parcels and name and comparable(value) != comparable(name)
    ]
    absent = Counter({value: count for value, count in parcels.items() if not taken_for[value]})
    crops = [f"{value} ({count:,})" for value, count in absent.most_common(_SHOWN)]
    return (
        tr("Codes of WorldCereal or HCAT are read: {codes}.").format(codes=_some(coded)) if coded else "",
        tr(
            "The map has no class for the crop of {parcels}, which are not judged: {crops}. Where it has one under "
            "another name, say so in the class table ('crop = class'); its classes are: {classes}."
        ).format(
            parcels=counted(sum(absent.values()), "parcel"),
            crops=_some(crops, len(absent)),
            classes=tr(", ").join(entry.name for entry in classes),
        )
        if absent
        else "",
    )


def _some(words: Sequence[str], count: int = 0) -> str:
    return tr(", ").join([*words[:_SHOWN], *["..."] * (max(count, len(words)) > _SHOWN)])


def read_groups(text: str, classes: Sequence[CropClass]) -> np.ndarray:
    """Return (K,) int of the groups of classes, from a text such as "Winter wheat + Triticale; Grass + Fallow".

    Raises:
        MapError: a group names a class that the map does not have.
        ParcelError: a class is in two groups.
    """
    known = {comparable(entry.name): number for number, entry in enumerate(classes)}
    groups = []
    for line in filter(str.strip, re.split(r"[;\n]", text)):
        members = []
        for name in filter(str.strip, line.split("+")):
            if comparable(name) not in known:
                held = [entry.name for entry in classes]
                raise MapError(
                    tr("The groups name '{name}'{name_2}, which the map does not have ({held}).").format(
                        name=name.strip(), name_2=meant(name, held), held=", ".join(held)
                    )
                )
            members.append(known[comparable(name)])
        groups.append(members)
    return group_places([entry.name for entry in classes], groups)
