"""Names of the reference to classes of the map: by an explicit table first, then by the name itself."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

from ...models.card import CropClass
from ...models.language import tr
from ..errors import AccuracyError, MapError
from ..safety.text import read_text
from .map_classes import MapClasses
from .options import KEEP, STOP

_SHOWN = 12
NEAREST = 0.8
"""Least ratio from which a name is offered for another: winter rye is no winter wheat (.73)."""
SIGNS = re.compile(r"->|=|;|[\n\t]")
"""What parts the lines and pairs of a class table: a value that holds one needs a file."""
_ARROW = re.compile(r"\s*(?:->|=>|=|\t)\s*")
_SPACES = re.compile(r"_|(?<=[^\W\d_])[-\u2010-\u2015](?=[^\W\d_])")
_CSV_DELIMITERS = ";\t,"
_CODES = range(1, 256)
_ZERO = tr(" In the map 0 stands for no data unless its file names another number for that.")


@dataclass(frozen=True)
class Match:
    """Where each value of the reference goes.

    Attributes:
        codes: value -> code of its class in the map.
        kept: values that are classes of their own, because the map has none for them.
        ignored: values that are left out.
        unused: values of the table that the reference does not hold.
    """

    codes: Mapping[str, int]
    kept: tuple[str, ...]
    ignored: tuple[str, ...]
    unused: tuple[str, ...]


def plain(name: str) -> str:
    """Return a name without case, accents and doubled spaces: "Maïs grain" and "mais_grain" are one.

    An underscore, or a hyphen between two letters, is a space. All other signs stay: "-1" is not "1", "C+" is not "C",
    and "A/B" is not "A B".
    """
    letters = unicodedata.normalize("NFKD", name.strip().casefold())
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return " ".join(_SPACES.sub(" ", bare).split())


def nearest(name: str, names: Sequence[str]) -> str:
    """Return the one of some names that is spelt most like a name.

    By the ratio of Ratcliff and Obershelp as `difflib` has it, of the comparable forms; of several as near the first.
    """
    return max(names, key=lambda other: SequenceMatcher(None, plain(name), plain(other)).ratio())


@dataclass(frozen=True)
class Near:
    """The class that a value seems to mean; `sure` where the names are the same."""

    name: str
    sure: bool


def near_classes(values: Iterable[str], names: Sequence[str]) -> dict[str, Near]:
    """Return value -> the class of the same or a near name; what is like none is left out."""
    same = {plain(name): name for name in names}
    found = {}
    for value in values:
        key = plain(value)
        if key in same:
            found[value] = Near(same[key], True)
        elif names:
            name = nearest(value, names)
            if SequenceMatcher(None, key, plain(name)).ratio() >= NEAREST:
                found[value] = Near(name, False)
    return found


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


def match(
    values: Iterable[str],
    table: Mapping[str, str],
    classes: MapClasses,
    unmatched: str = STOP,
    numbers: Iterable[int] = _CODES,
) -> Match:
    """Match the values of a reference with the classes of a map.

    Names are compared without case and accents. Numbers are taken for codes only where the map names no
    class: numbers of the reference need not be those of the map.

    Args:
        values: the values of the reference field, as text.
        table: as `read_table` returns it.
        unmatched: "stop", "ignore" or "keep" what has no class.
        numbers: codes that may be meant where the map names no class.

    Raises:
        AccuracyError: the table names a class that the map does not have; two classes of the map have one name; or
            values have no class and `unmatched` is "stop".
    """
    values = sorted(set(values))
    known = _known(classes, numbers)
    rules: dict[str, int | None] = {}
    for value, name in table.items():
        rules[plain(value)] = _code_of(name, known, classes) if name else None
    codes: dict[str, int] = {}
    kept: list[str] = []
    ignored: list[str] = []
    lost: list[str] = []
    for value in values:
        key = plain(value)
        if key in rules:
            code = rules[key]
            if code is None:
                ignored.append(value)
            else:
                codes[value] = code
        elif key in known:
            codes[value] = known[key]
        else:
            lost.append(value)
    if lost and unmatched == STOP:
        raise _no_class(lost, classes)
    (kept if unmatched == KEEP else ignored).extend(lost)
    present = {plain(value) for value in values}
    unused = tuple(value for value in table if plain(value) not in present)
    return Match(codes, tuple(kept), tuple(sorted(ignored)), unused)


def _known(classes: MapClasses, numbers: Iterable[int]) -> dict[str, int]:
    """Return comparable name -> code."""
    known: dict[str, int] = {}
    for entry in classes.named:
        key = plain(entry.name)
        if key in known:
            raise AccuracyError(
                tr(
                    "The crop map has two classes of one name, '{name}' (codes {known} and {code}): give them "
                    "different names."
                ).format(name=entry.name, known=known[key], code=entry.code)
            )
        known[key] = entry.code
    if not classes.named:
        for code in numbers:
            known[str(code)] = known[plain(classes.name(code))] = code
    return known


def _code_of(name: str, known: Mapping[str, int], classes: MapClasses) -> int:
    key = plain(name)
    if key in known:
        return known[key]
    # In the table a number is meant: the analyst wrote it beside the map.
    if key.isdigit() and int(key) in {entry.code for entry in classes.named}:
        return int(key)
    like = (
        tr("; did you mean '{name}'?").format(name=nearest(name, [entry.name for entry in classes.named]))
        if classes.named
        else "."
    )
    raise AccuracyError(
        tr("The class table names '{name}', which the crop map does not have; {classes}{like}").format(
            name=name, classes=_held(classes), like=like
        )
    )


def _no_class(lost: list[str], classes: MapClasses) -> AccuracyError:
    names = ", ".join(f"'{value}'" for value in lost[:_SHOWN])
    more = tr(" and {number} more").format(number=len(lost) - _SHOWN) if len(lost) > _SHOWN else ""
    like = nearest(lost[0], [entry.name for entry in classes.named]) if classes.named else 1
    return AccuracyError(
        tr(
            "The reference values {names}{more} are not classes of the crop map ({classes}): add "
            "lines such as '{lost} = {like}' to the class table, '{lost} =' to leave one out, or "
            "choose to ignore or keep what is unmatched.{zero}"
        ).format(
            names=names, more=more, classes=_held(classes), lost=lost[0], like=like, zero=_ZERO if "0" in lost else ""
        )
    )


def _held(classes: MapClasses) -> str:
    if not classes.named:
        return tr("it has numbers only")
    names = ", ".join(entry.name for entry in classes.named[:_SHOWN])
    return tr("it has {names}{form}").format(names=names, form=", ..." if len(classes.named) > _SHOWN else "")


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
                    "The class table holds '{line}': write one pair a line, such as 'maize = Grain maize', or the "
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
    if rows and plain(rows[0][0]).startswith("reference") and len(rows[0]) > 1 and plain(rows[0][1]).startswith("map"):
        rows = rows[1:]
    short = [row for row in rows if len(row) < 2 or not row[0].strip()]
    if short or not rows:
        shown = delimiter.join(short[0]) if short else "nothing"
        raise AccuracyError(
            tr(
                "The class table {path} holds '{shown}': give each row two columns, reference value and class of "
                "the map."
            ).format(path=path, shown=shown)
        )
    return [(row[0].strip(), row[1].strip()) for row in rows]


def band_codes(names: Sequence[str], classes: Sequence[CropClass]) -> list[int]:
    """Return the class code of each band of a probability raster: by its name, or by its place where none is named.

    Raises:
        MapError: a band is no class of the map.
    """
    if not any(names) and len(names) == len(classes):
        return [entry.code for entry in classes]
    known = {plain(entry.name): entry.code for entry in classes}
    strangers = [
        name or tr("band {number}").format(number=number)
        for number, name in enumerate(names, start=1)
        if plain(name) not in known
    ]
    if strangers:
        held = ", ".join(entry.name for entry in classes) or tr("none")
        raise MapError(
            tr(
                "The class probabilities have {strangers}, which the crop map does not have (its classes are "
                "{held}); choose the two outputs of the same run."
            ).format(strangers=", ".join(strangers), held=held)
        )
    return [known[plain(name)] for name in names]
