"""One band of one file on one date, before looks are joined to acquisitions."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from ..files.describe import BandFacts, RasterFacts
from ..messages import several


@dataclass(frozen=True)
class BandImage:
    """One band of one file on one date.

    Attributes:
        name: band ("B02", "SCL", "VV").
        day, time: of acquisition; time is "hhmmss" or "".
        tile: MGRS tile or "".
        track: Sentinel-1 only.
    """

    facts: RasterFacts
    band: BandFacts
    name: str
    day: date
    time: str = ""
    tile: str = ""
    track: str = ""


@dataclass(frozen=True)
class Broken:
    """A file that cannot be read, with what its name says; `day` is None where the name gives no date."""

    path: str
    reason: str
    day: date | None = None
    time: str = ""
    tile: str = ""

    def matches(self, day: date, time: str, tile: str) -> bool:
        """Return whether this file belongs to a look of that day, time and tile, as far as is known."""
        return self.day == day and _agree(self.time, time) and _agree(self.tile, tile)


@dataclass
class Findings:
    """What reading a series finds out: problems refuse it, warnings lower it, notes explain it."""

    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    sorted_out: dict[str, list[str]] = field(default_factory=dict)

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
