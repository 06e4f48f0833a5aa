"""One band of one file on one date, before images are joined to acquisitions."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from ..acquisition import NAME, MaskSource
from ..files.describe import BandFacts, RasterFacts
from ..messages import several
from .distributors.known import Recognised
from .masking import MEANINGS


@dataclass(frozen=True)
class BandImage:
    """One band of one file on one date.

    Attributes:
        name: band ("B02", "SCL", "VV").
        day, time: of acquisition; time is "hhmmss" or "".
        tile: MGRS tile or "".
        track: Sentinel-1 only.
        recognised: the record that knows the file; None where heuristics read it.
        others: names under the other orders that nameless bands may have, "" where the band is then ignored.
        order: which orders these are, in words, that of `name` first; empty where the order is known.
        date_origin, band_origin: where day and name are known from.
        unit, unit_origin: Sentinel-1 only: unit of the numbers, "" where unknown, and where it is known from.
    """

    facts: RasterFacts
    band: BandFacts
    name: str
    day: date
    time: str = ""
    tile: str = ""
    track: str = ""
    recognised: Recognised | None = None
    others: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    date_origin: str = NAME
    band_origin: str = NAME
    unit: str = ""
    unit_origin: str = ""

    @property
    def meaning(self) -> MaskSource | None:
        """What the numbers of a mask mean, None for a band of the ground."""
        return meaning_of(self.name, self.recognised)

    def name_in(self, order: int) -> str:
        """Return the band's name under an order, 0 for the likeliest."""
        return self.others[order - 1] if order and order <= len(self.others) else self.name


def meaning_of(name: str, recognised: Recognised | None) -> MaskSource | None:
    """Return what the numbers of a mask mean, None for a name that is no mask's."""
    own = recognised.record.masks.get(name) if recognised else None
    return own or MEANINGS.get(name)


@dataclass(frozen=True)
class Broken:
    """A file that cannot be read, with what its name says; `day` is None where the name gives no date."""

    path: str
    reason: str
    day: date | None = None
    time: str = ""
    tile: str = ""
    label: str = ""

    def matches(self, day: date, time: str, tile: str) -> bool:
        """Return whether this file belongs to an image of that day, time and tile, as far as is known."""
        return self.day == day and _agree(self.time, time) and _agree(self.tile, tile)


@dataclass
class Findings:
    """What reading a series finds out: problems refuse it, warnings lower it, notes explain it.

    Attributes:
        sorted_out: kind -> names of culprits that are not told of yet.
        level1c: date -> products or files of Level-1C, which other images of their date make needless.
    """

    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    sorted_out: dict[str, list[str]] = field(default_factory=dict)
    level1c: dict[date, list[str]] = field(default_factory=dict)

    def sort_out(self, kind: str, name: str) -> None:
        """Remember a culprit; `refuse` and `warn` turn each kind into one sentence."""
        self.sorted_out.setdefault(kind, []).append(name)

    def refuse(self, kind: str, sentence: str) -> None:
        """Make a problem of a kind's culprits, "{}" standing for their names."""
        if kind in self.sorted_out:
            self.problems.append(sentence.format(several(self.sorted_out.pop(kind))))

    def warn(self, kind: str, sentence: str) -> None:
        """Make a warning of a kind's culprits, "{}" standing for their names."""
        if kind in self.sorted_out:
            self.warnings.append(sentence.format(several(self.sorted_out.pop(kind))))


def _agree(first: str, second: str) -> bool:
    return not first or not second or first == second
