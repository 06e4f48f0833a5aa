"""Names of classes and codes of public legends, to classes of ours."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from pathlib import Path
from typing import Callable, Sequence

from ..models.card import CropClass
from ..models.language import tr
from .errors import SampleError
from .safety.text import read_text

FOLDER = Path(__file__).resolve().parents[1] / "resources" / "legends"
WORLDCEREAL = FOLDER / "worldcereal.csv"
"""Codes of the WorldCereal hierarchical legend (ewoc_code) for the bundled legend."""

HCAT = FOLDER / "hcat.csv"
"""Codes of EuroCrops' hierarchical crop and agriculture taxonomy, version 3 (HCAT3; Schneider, Schelte, Schmitz and
Körner 2023, Scientific Data 10:612; list of codes: hcat_core/HCAT3.csv of maja601/EuroCrops, CC BY 4.0)."""

CROPS = "33"
"""What the codes of HCAT begin with, and no code of WorldCereal."""

DIGITS = 10
"""Length of a code of either."""

_SPACES = re.compile(r"_|(?<=[^\W\d_])[-\u2010-\u2015](?=[^\W\d_])")


def comparable(name: str) -> str:
    """Return a name without case, accents and doubled spaces: "Maïs grain" and "mais_grain" are one.

    An underscore, or a hyphen between two letters, is a space. All other signs stay: "-1" is not "1", "C+" is not "C",
    and "A/B" is not "A B".
    """
    letters = unicodedata.normalize("NFKD", name.strip().casefold())
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return " ".join(_SPACES.sub(" ", bare).split())


def class_of(classes: Sequence[CropClass]) -> Callable[[str], int]:
    """Return a function from any name of a class to its code, 0 where there is none.

    A name is that of the legend itself, a WorldCereal code or an HCAT code of ten digits.
    """
    by_name = {comparable(entry.name): entry.code for entry in classes}
    tables = {path: read_code_table(path, classes, strict=False) for path in (WORLDCEREAL, HCAT)}

    def found(name: str) -> int:
        plain = name.strip()
        if comparable(plain) in by_name:
            return by_name[comparable(plain)]
        if len(plain) == DIGITS and plain.isdigit():
            return tables[HCAT if plain.startswith(CROPS) else WORLDCEREAL](plain)
        return 0

    return found


def read_code_table(path: Path, classes: Sequence[CropClass], strict: bool = True) -> Callable[[str], int]:
    """Return a function from a code to a class code, 0 where the table has no class for it.

    Args:
        path: CSV with the columns `prefix` and `class` (and others, which are not read). Of the prefixes that a code
            begins with, the longest decides; a prefix with an empty class leaves its codes out.
        strict: a class of the table that the legend does not have is an error; else its codes are left out.

    Raises:
        SampleError: the table cannot be read, or names a class that the legend does not have.
    """
    by_name = {comparable(entry.name): entry.code for entry in classes}
    table: dict[str, int] = {"": 0}
    try:
        with io.StringIO(read_text(path), newline="") as lines:
            for row in csv.DictReader(lines):
                prefix, name = row["prefix"].strip(), row["class"].strip()
                if strict and name and comparable(name) not in by_name:
                    raise SampleError(
                        tr("The table {path} names the class {name}, which the legend does not have.").format(
                            path=path.name, name=name
                        )
                    )
                table[prefix] = by_name.get(comparable(name), 0) if name else 0
    except (OSError, KeyError, AttributeError, UnicodeDecodeError, csv.Error) as error:
        raise SampleError(
            tr("The table {path} cannot be read as prefix and class ({error}): check the file.").format(
                path=path, error=error
            )
        ) from error

    def class_of(code: str) -> int:
        return next(table[code[:length]] for length in range(len(code), -1, -1) if code[:length] in table)

    return class_of
