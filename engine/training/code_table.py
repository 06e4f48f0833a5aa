"""Tables that turn the codes of a public legend into classes of ours, by the longest prefix."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Callable, Sequence

from ...models.card import CropClass
from .dataset import SampleError
from .sources.naming import same_name

FOLDER = Path(__file__).resolve().parents[2] / "resources" / "legends"
WORLDCEREAL = FOLDER / "worldcereal.csv"
"""Codes of the WorldCereal hierarchical legend (ewoc_code) for the bundled legend."""


def read_code_table(path: Path, classes: Sequence[CropClass]) -> Callable[[str], int]:
    """Return a function from a code to a class code, 0 where the table has no class for it.

    Args:
        path: CSV with the columns `prefix` and `class` (and others, which are not read). Of the prefixes that a code
            begins with, the longest decides; a prefix with an empty class leaves its codes out.
        classes: of the legend.

    Raises:
        SampleError: the table cannot be read, or names a class that the legend does not have.
    """
    by_name = {same_name(entry.name): entry.code for entry in classes}
    table: dict[str, int] = {"": 0}
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                prefix, name = row["prefix"].strip(), row["class"].strip()
                if name and same_name(name) not in by_name:
                    raise SampleError(f"The table {path.name} names the class {name}, which the legend does not have.")
                table[prefix] = by_name[same_name(name)] if name else 0
    except (OSError, KeyError, AttributeError, UnicodeDecodeError, csv.Error) as error:
        raise SampleError(f"The table {path} cannot be read as prefix and class ({error}): check the file.") from error

    def class_of(code: str) -> int:
        return next(table[code[:length]] for length in range(len(code), -1, -1) if code[:length] in table)

    return class_of
