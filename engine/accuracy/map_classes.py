"""The classes of any map: their names from the file, wherever it keeps them, or from their codes alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from osgeo import gdal

from ...models.card import CropClass
from ...models.language import tr
from ..errors import AccuracyError
from ..legend import UNCOLOURED, own_colour, read_legend
from ..parcels.class_map import ClassMap

gdal.UseExceptions()


@dataclass(frozen=True)
class MapClasses:
    """What the codes of a map mean.

    Attributes:
        named: classes that have a name in the file, by code; empty where it holds only numbers.
    """

    named: tuple[CropClass, ...]

    def name(self, code: int) -> str:
        """Return the name of a code, "Class 7" where it has none."""
        return next((entry.name for entry in self.named if entry.code == code), f"Class {code}")

    def with_codes(self, codes: Iterable[int]) -> MapClasses:
        """Return the same classes, and one named by its number for each other code."""
        named = {entry.code: entry for entry in self.named}
        own = {code: CropClass(code, self.name(code), self.colour(code)) for code in codes}
        return MapClasses(tuple(entry for _, entry in sorted({**own, **named}.items())))

    def colour(self, code: int) -> str:
        """Return the colour of a code as "#rrggbb", one of our own where the file has none."""
        found = next((entry.colour for entry in self.named if entry.code == code), UNCOLOURED)
        return own_colour(code) if found == UNCOLOURED else found


def map_classes(path: str) -> MapClasses:
    """Return the classes of the first band: category names, attribute table or the tag CLASS_NAMES.

    Raises:
        AccuracyError: the raster cannot be opened.
    """
    try:
        return MapClasses(read_legend(path))
    except RuntimeError as error:
        reason = str(error).strip().rstrip(".")
        raise AccuracyError(
            tr("The raster {path} cannot be opened ({reason}): check the file.").format(path=path, reason=reason)
        ) from error


def classes_on(path: str, class_map: ClassMap) -> MapClasses:
    """Return the classes of a map under the numbers by which `ClassMap.codes` tells them.

    Where these are not the codes of the file, every code that the map shows gets a class, and no other.

    Raises:
        AccuracyError: the raster cannot be opened.
    """
    found = map_classes(path)
    if not class_map.recoded:
        return found
    places = {code: place for place, code in enumerate(class_map.known_codes(), start=1)}
    every = found.with_codes(places).named
    return MapClasses(tuple(replace(each, code=places[each.code]) for each in every if each.code in places))
