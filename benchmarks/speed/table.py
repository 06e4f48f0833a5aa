"""Rows of the speed table: printed as they are measured, written part by part."""

from __future__ import annotations

import csv
from dataclasses import astuple, dataclass, fields
from datetime import date
from pathlib import Path
from typing import Iterable


@dataclass(frozen=True)
class Row:
    """One figure.

    Attributes:
        part: of the table.
        what: was measured.
        value, unit: the figure.
        ratio: to `against`, in the same run; None where there is nothing to compare with.
        against: what it is compared with.
    """

    part: str
    what: str
    value: float
    unit: str
    ratio: float | None = None
    against: str = ""


def show(row: Row) -> None:
    """Print a row."""
    ratio = "" if row.ratio is None else f"{row.ratio:10.3f} x {row.against}"
    print(f"{row.part:11} {row.what:62} {row.value:>14,.4g} {row.unit:12}{ratio}", flush=True)


def write(rows: Iterable[Row], path: Path) -> None:
    """Write the rows as CSV, a machine-readable copy of what was printed, with the day they were measured.

    The parts that were measured replace theirs in the file; what it holds of other parts stays, with its own day.
    """
    heads = [field.name for field in fields(Row)] + ["day"]
    today = date.today().isoformat()
    fresh = []
    for row in rows:
        values = [f"{value:.5g}" if isinstance(value, float) else value for value in astuple(row)]
        fresh.append(["" if value is None else value for value in values] + [today])
    parts = {row[0] for row in fresh}
    kept = []
    if path.is_file():
        with open(path, newline="", encoding="utf-8") as file:
            kept = [[row[head] for head in heads] for row in csv.DictReader(file) if row["part"] not in parts]
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([heads, *kept, *fresh])
