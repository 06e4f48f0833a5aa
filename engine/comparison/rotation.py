"""From crop to crop: how much ground went from each class of one map to each class of the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ...models.card import CropClass
from ...models.language import N_, tr
from ...models.spelling import meant
from ..accuracy.map_classes import MapClasses
from ..accuracy.population import Population
from ..class_names import comparable
from ..errors import MapError

UNCHANGED, OTHER_CHANGE = 1, 255
"""Codes of the layer of changes: what stayed, and the changes for which there are no codes left."""

_UNCHANGED_COLOUR, _OTHER_COLOUR = "#e6e6e6", "#4d4d4d"
_MOST = OTHER_CHANGE - UNCHANGED - 1


@dataclass(frozen=True)
class Rotation:
    """All pairs of classes that meet; classes with one name are one, whatever their codes.

    Attributes:
        before, after: R and C classes of the two maps that any pixel shows.
        pixels: (R, C) int64.
        area: (R, C) float64 square metres.
        same: (R, C) bool, the pair is no change.
    """

    before: tuple[CropClass, ...]
    after: tuple[CropClass, ...]
    pixels: np.ndarray
    area: np.ndarray
    same: np.ndarray

    @property
    def changed_share(self) -> float:
        """Share of the area that both maps classify which changed."""
        whole = float(self.area.sum())
        return float(self.area[~self.same].sum()) / whole if whole else 0.0

    def pairs(self) -> list[tuple[int, int]]:
        """Return the places of the changes that any pixel shows, the largest first."""
        found = [(row, col) for row, col in np.argwhere((self.pixels > 0) & ~self.same).tolist()]
        return sorted(found, key=lambda pair: (-self.area[pair], pair))

    def change_classes(self) -> tuple[CropClass, ...]:
        """Return the legend of the layer of changes: its colours are those of the later crop."""
        found = [CropClass(UNCHANGED, N_("Unchanged"), _UNCHANGED_COLOUR)]
        pairs = self.pairs()
        for code, (row, col) in enumerate(pairs[:_MOST], start=UNCHANGED + 1):
            name = f"{self.before[row].name} to {self.after[col].name}"
            found.append(CropClass(code, name, self.after[col].colour))
        if len(pairs) > _MOST:
            found.append(CropClass(OTHER_CHANGE, N_("Other change"), _OTHER_COLOUR))
        return tuple(found)

    def change_codes(self) -> np.ndarray:
        """Return (256, 256) uint8: code of the layer of changes for each code before and after; 0 for no data."""
        table = np.zeros((256, 256), np.uint8)
        codes = {pair: code for code, pair in enumerate(self.pairs()[:_MOST], start=UNCHANGED + 1)}
        for row, one in enumerate(self.before):
            for col, other in enumerate(self.after):
                code = UNCHANGED if self.same[row, col] else codes.get((row, col), OTHER_CHANGE)
                table[one.code, other.code] = code
        return table


def rotation(
    population: Population, before: MapClasses, after: MapClasses, table: Mapping[str, str] | None = None
) -> Rotation:
    """Return the change from one map to the other.

    Args:
        population: of the earlier map, with the later one on its grid as strata.
        before, after: the classes of the two.
        table: class of the later map -> class of the earlier map that it is the same as; others are matched by name.

    Raises:
        MapError: the table names a class that a map does not have, or no pixel has a class in both.
    """
    pixels, area = population.pixels.T[:, 1:], population.area.T[:, 1:]
    rows = np.flatnonzero(population.pixels.sum(axis=0))
    cols = np.flatnonzero(population.pixels[1:].sum(axis=1)) + 1
    if not len(cols):
        raise MapError(tr("No pixel has a class in both maps: check that they show the same place."))
    one, other = before.with_codes(rows.tolist()), after.with_codes(cols.tolist())
    firsts = tuple(entry for entry in one.named if entry.code in rows)
    seconds = tuple(entry for entry in other.named if entry.code in cols)
    equal = _equal_names(table or {}, one, other)
    keys = [equal.get(key, key) for key in (comparable(entry.name) for entry in seconds)]
    same = np.array([[comparable(entry.name) == key for key in keys] for entry in firsts])
    places = np.ix_([entry.code for entry in firsts], [entry.code - 1 for entry in seconds])
    return Rotation(firsts, seconds, pixels[places], area[places], same)


def _equal_names(table: Mapping[str, str], before: MapClasses, after: MapClasses) -> dict[str, str]:
    for side, names, which in ((after, table, "second"), (before, table.values(), "first")):
        known = {comparable(entry.name) for entry in side.named}
        for name in names:
            if comparable(name) not in known:
                held = [entry.name for entry in side.named]
                raise MapError(
                    tr("The class table names '{name}'{name_2}, which the {which} map does not have ({held}).").format(
                        name=name, name_2=meant(name, held), which=which, held=", ".join(held) or "none"
                    )
                )
    return {comparable(name): comparable(target) for name, target in table.items()}


def rows_of(found: Rotation, parcels: Mapping[tuple[str, str], int] | None = None) -> list[Sequence[object]]:
    """Return rows of class before, class after, changed, pixels, hectares, share of the class before, parcels."""
    rows: list[Sequence[object]] = []
    totals = found.area.sum(axis=1)
    for row, one in enumerate(found.before):
        for col, other in enumerate(found.after):
            if found.pixels[row, col]:
                changed = "no" if found.same[row, col] else "yes"
                hectares = round(float(found.area[row, col]) / 1e4, 4)
                share = round(float(found.area[row, col] / totals[row]), 4)
                count = "" if parcels is None else parcels.get((one.name, other.name), 0)
                rows.append((one.name, other.name, changed, int(found.pixels[row, col]), hectares, share, count))
    return rows
