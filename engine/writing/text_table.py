"""Tables as CSV files that a spreadsheet opens without running anything that they hold."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence

from .outputs import PendingOutput

_RUN_BY_SPREADSHEETS = ("=", "+", "-", "@", "\t", "\r")


def cell(value: object) -> object:
    """Return a value as a table holds it: a text that a spreadsheet takes for a formula gets an apostrophe."""
    if isinstance(value, str) and value.startswith(_RUN_BY_SPREADSHEETS):
        return f"'{value}"
    return value


def write_table(pending: PendingOutput, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a table with a header, UTF-8, lines ending in a line feed.

    Raises:
        OutputError: the place cannot be written.
    """
    with pending.writing(), open(pending.path, "w", encoding="utf-8", errors="replace", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([cell(value) for value in row] for row in rows)
