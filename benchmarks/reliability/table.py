"""The table of a campaign: a row a fault, with how many cases survived, no case of which may change an input."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

LARGE = 2**24
"""Bytes from which a file is told by size and time alone."""


def digests(places: Iterable[Path | str]) -> dict[str, str]:
    """Return each file, and each file in each folder -> what tells that it changed: its content, its size, its time."""
    found = {}
    for place in map(Path, places):
        for file in sorted(place.rglob("*")) if place.is_dir() else [place]:
            if file.is_file() and not file.is_symlink():
                status = file.stat()
                content = hashlib.sha256(file.read_bytes()).hexdigest() if status.st_size < LARGE else ""
                found[str(file)] = f"{status.st_size} {status.st_mtime_ns} {content}"
    return found


@dataclass
class Row:
    """One fault.

    Attributes:
        area, fault: what was done to what.
        inputs: files and folders that are the same after each case as before it; else the case is lost.
        cases, survived: numbers.
        seen: what happened, in figures.
        losses: the first few ways in which it was not survived.
    """

    area: str
    fault: str
    inputs: tuple[Path | str, ...] = ()
    cases: int = 0
    survived: int = 0
    seen: str = ""
    losses: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Take down what the inputs are before the first case."""
        self.seal()

    def seal(self, *inputs: Path | str) -> None:
        """Take down what the inputs are now, after other ones were given or harm was done to them on purpose."""
        self.inputs = inputs or self.inputs
        self._sealed = digests(self.inputs)

    def accept(self, place: Path) -> None:
        """Take down what one of the inputs is now, as harm was done to it on purpose."""
        for name in [name for name in self._sealed if Path(name) == place or place in Path(name).parents]:
            del self._sealed[name]
        self._sealed.update(digests([place]) if place.exists() else {})

    def add(self, loss: str = "") -> None:
        """Count a case; `loss` says how it was lost, "" that it was survived."""
        now = digests(self.inputs)
        changed = [name for name in {**self._sealed, **now} if self._sealed.get(name) != now.get(name)]
        if changed:
            loss, self._sealed = f"changed the inputs {changed}. {loss}", now
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
