"""The table of a campaign: a row a fault, with how many cases survived."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Row:
    """One fault.

    Attributes:
        area, fault: what was done to what.
        cases, survived: numbers.
        seen: what happened, in figures.
        losses: the first few ways in which it was not survived.
    """

    area: str
    fault: str
    cases: int = 0
    survived: int = 0
    seen: str = ""
    losses: list[str] = field(default_factory=list)

    def add(self, loss: str = "") -> None:
        """Count a case; `loss` says how it was lost, "" that it was survived."""
        self.cases += 1
        self.survived += not loss
        if loss:
            self.losses.append(" ".join(loss.split())[:300])

    @property
    def lost(self) -> int:
        """Cases that were not survived."""
        return self.cases - self.survived


def show(row: Row) -> None:
    """Print a row, and how cases were lost."""
    print(f"{row.area:<12} {row.fault:<46} {row.cases:>6} {row.survived:>8} {row.lost:>5}  {row.seen}", flush=True)
    for loss in row.losses[:5]:
        print(f"             lost: {loss}", flush=True)


def write(rows: list[Row], place: Path) -> None:
    """Write all rows as CSV."""
    place.parent.mkdir(parents=True, exist_ok=True)
    with open(place, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("area", "fault", "cases", "survived", "lost", "seen"))
        writer.writerows((row.area, row.fault, row.cases, row.survived, row.lost, row.seen) for row in rows)
