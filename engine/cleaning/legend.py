"""Classes of a map joined and renamed by a table."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ...models.card import CropClass
from ...models.language import tr
from ...models.spelling import meant
from ..class_names import comparable
from ..errors import MapError

_COLOUR = re.compile(r"(.*?)\s*(#[0-9A-Fa-f]{6})")
_CODES = 256


@dataclass(frozen=True)
class Joined:
    """What becomes of the classes of a map.

    Attributes:
        classes: of the new map, by code.
        lookup: (256,) uint8, new code of each old one; 0 for classes that are taken out.
    """

    classes: tuple[CropClass, ...]
    lookup: np.ndarray

    def of_bands(self, codes: Sequence[int]) -> np.ndarray:
        """Return (L, K) float64 that adds up K old classes, by their codes, to the L new ones."""
        new = self.lookup[list(codes)]
        return np.array([new == entry.code for entry in self.classes], np.float64)


def join_classes(classes: Sequence[CropClass], table: Mapping[str, str]) -> Joined:
    """Join and rename classes.

    Args:
        classes: of the map, by code.
        table: class of the map -> new name, with or without a colour ("Winter cereals #d9b310"); "" takes the class
            out. Classes that it does not name stay. A new class has the code and, where none is given, the colour of
            the first of its members.

    Raises:
        MapError: the table names a class that the map does not have, or nothing is left.
    """
    known = {comparable(entry.name): entry for entry in classes}
    wanted: dict[int, str] = {}
    for name, target in table.items():
        entry = known.get(comparable(name))
        if entry is None:
            held = [entry.name for entry in classes]
            raise MapError(
                tr(
                    "The class table names '{name}'{name_2}, which the crop map does not have; its classes are {held}."
                ).format(name=name, name_2=meant(name, held), held=", ".join(held) or "none")
            )
        wanted[entry.code] = target
    lookup = np.zeros(_CODES, np.uint8)
    found: dict[str, CropClass] = {}
    for entry in classes:
        name, colour = _parted(wanted.get(entry.code, entry.name), entry.colour)
        if not name:
            continue
        key = comparable(name)
        first = found.setdefault(key, CropClass(entry.code, name, colour))
        lookup[entry.code] = first.code
        if colour != entry.colour and first.colour != colour:
            found[key] = CropClass(first.code, first.name, colour)
    if not found:
        raise MapError(tr("The class table takes every class of the map out; keep at least one."))
    return Joined(tuple(sorted(found.values(), key=lambda entry: entry.code)), lookup)


def _parted(text: str, colour: str) -> tuple[str, str]:
    match = _COLOUR.fullmatch(text.strip())
    return (match.group(1), match.group(2).lower()) if match else (text.strip(), colour)
