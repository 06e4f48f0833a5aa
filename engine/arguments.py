"""What typed words mean, in a dialog or a terminal: dates, devices, numbers within limits, classes and their areas."""

from __future__ import annotations

import csv
import io
import math
import re
from argparse import ArgumentTypeError
from collections.abc import Callable
from datetime import date
from pathlib import Path

from ..models.language import span, tr
from .class_names import comparable
from .errors import AccuracyError, MapError
from .options import DEVICE_NAMES
from .safety.text import read_text

SIGNS = re.compile(r"->|=|;|[\n\t]")
"""What parts the lines and pairs of a class table: a value that holds one needs a file."""
_ARROW = re.compile(r"\s*(?:->|=>|=|\t)\s*")
_CSV_DELIMITERS = ";\t,"


def is_year(value: object) -> bool:
    """Return whether a value is a year of four digits, as text or number."""
    return isinstance(value, (str, int)) and re.fullmatch("[1-9][0-9]{3}", str(value).strip()) is not None


def read_start(text: str) -> date | int:
    """Return the first day of a season from "2017-10-01", or its year of harvest from "2018".

    Raises:
        ValueError: it is neither.
    """
    text = text.strip()
    return int(text) if is_year(text) else date.fromisoformat(text)


def season_start(text: str) -> date | int:
    """Return the first day of a season, written year-month-day, or the year of its harvest."""
    try:
        return read_start(text)
    except ValueError as error:
        raise ArgumentTypeError(
            tr("'{text}' is not a date; write year-month-day, such as 2017-10-01, or the year of the harvest").format(
                text=text
            )
        ) from error


def device(text: str) -> str:
    """Return the name of a device."""
    if not DEVICE_NAMES.fullmatch(text.strip()):
        raise ArgumentTypeError(
            tr("'{text}' is not known; choose auto, cpu, cuda or cuda:N (such as cuda:0)").format(text=text)
        )
    return text.strip().lower()


def whole(lowest: float = 0, highest: float = math.inf) -> Callable[[str], int]:
    """Return a reader of whole numbers from `lowest` to `highest`."""
    return lambda text: int(_within(text, int, tr("a whole number"), lowest, highest))


def decimal(lowest: float = -math.inf, highest: float = math.inf) -> Callable[[str], float]:
    """Return a reader of finite numbers from `lowest` to `highest`."""
    return lambda text: float(_within(text, float, "a number", lowest, highest))


def factor(text: str) -> float:
    """Return a finite number that is not 0."""
    number = decimal()(text)
    if number == 0:
        raise ArgumentTypeError(tr("0 would make every number zero; leave it out or give the right one"))
    return number


def _within(text: str, kind: type, what: str, lowest: float, highest: float) -> float:
    try:
        number = kind(text)
    except ValueError as error:
        raise ArgumentTypeError(tr("'{text}' is not {what}").format(text=text, what=what)) from error
    if not (lowest <= number <= highest and math.isfinite(number)):
        least, most = (f"{bound:,.10g}" if math.isfinite(bound) else "" for bound in (lowest, highest))
        allowed = (
            span(least, most)
            if least and most
            else tr("{least} or more").format(least=least)
            if least
            else tr("finite")
        )
        raise ArgumentTypeError(tr("{text} is out of range; give {allowed}").format(text=text, allowed=allowed))
    return number


def read_table(text: str) -> dict[str, str]:
    """Return reference value -> class of the map, "" to ignore.

    Args:
        text: lines such as "maize = Grain maize", also parted by semicolons; or the path of a CSV file whose first
            column is the value and whose second the class, with or without a header "reference,map".

    Raises:
        AccuracyError: the file cannot be read, a line is no pair, or a value is given twice with different classes.
    """
    text = text.strip()
    if not text:
        return {}
    pairs = _file_pairs(Path(text)) if text.lower().endswith((".csv", ".txt", ".tsv")) else _line_pairs(text)
    table: dict[str, str] = {}
    for value, name in pairs:
        if table.get(value, name) != name:
            raise AccuracyError(
                tr("The class table gives '{value}' twice, as '{table}' and '{name}': keep one.").format(
                    value=value, table=table[value], name=name
                )
            )
        table[value] = name
    return table


def _line_pairs(text: str) -> list[tuple[str, str]]:
    pairs = []
    for line in re.split(r"[\n;]", text):
        line = line.strip(" \r")
        if not line.strip():
            continue
        parts = _ARROW.split(line, maxsplit=1)
        if len(parts) != 2 or not parts[0].strip():
            raise AccuracyError(
                tr(
                    "The class table holds '{line}': write one pair per line, such as 'maize = Grain maize', or the "
                    "path of a CSV file."
                ).format(line=line.strip())
            )
        pairs.append((parts[0].strip(), parts[1].strip()))
    return pairs


def _file_pairs(path: Path) -> list[tuple[str, str]]:
    try:
        content = read_text(path)
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or tr("it is not UTF-8 text")
        raise AccuracyError(
            tr("The class table {path} cannot be read ({reason}): choose a CSV file.").format(path=path, reason=reason)
        ) from error
    first = content.splitlines()[0] if content.strip() else ""
    delimiter = max(_CSV_DELIMITERS, key=first.count)
    try:
        rows = [row for row in csv.reader(io.StringIO(content), delimiter=delimiter) if any(map(str.strip, row))]
    except csv.Error as error:
        raise AccuracyError(
            tr("The class table {path} cannot be read ({error}): choose a CSV file.").format(path=path, error=error)
        ) from error
    heading = [comparable(cell) for cell in rows[0][:2]] if rows else []
    if len(heading) == 2 and heading[0].startswith("reference") and heading[1].startswith("map"):
        rows = rows[1:]
    short = [row for row in rows if len(row) < 2 or not row[0].strip()]
    if short or not rows:
        shown = delimiter.join(short[0]) if short else tr("nothing")
        raise AccuracyError(
            tr(
                "The class table {path} holds '{shown}': give each row two columns, reference value and class of "
                "the map."
            ).format(path=path, shown=shown)
        )
    return [(row[0].strip(), row[1].strip()) for row in rows]


def read_class_areas(text: str) -> dict[str, float]:
    """Return class -> hectares, of a text such as "Vineyard = 0.1; Grassland = 0.5".

    Raises:
        MapError: a line is no pair, or an area is no number from 0 on.
    """
    found: dict[str, float] = {}
    for line in filter(str.strip, re.split(r"[;\n]", text)):
        name, sign, number = line.rpartition("=")
        try:
            area = float(number)
        except ValueError:
            area = math.nan
        if not sign or not name.strip() or not (math.isfinite(area) and area >= 0):
            raise MapError(
                tr("'{line}' is not a minimum area of a class; write 'Vineyard = 0.1' (hectares).").format(
                    line=line.strip()
                )
            )
        found[name.strip()] = area
    return found
