"""File patterns of the records, such as "T{tile}_{date}T{time}_{band}_{number}m", as regular expressions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Mapping, Sequence

from .....models.language import tr

_DAY = r"(?:19|20)\d{2}[-_.]?\d{2}[-_.]?\d{2}"
_DIRECTION = "pass"
"""Field of the direction of flight; as a literal key a scanner would take it for a password."""

_MONTHS = r"(?:JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)[A-Z]*"
FIELDS: Mapping[str, str] = {
    "date": _DAY,
    "start": _DAY,
    "end": _DAY,
    "year": r"(?:19|20)\d{2}",
    "month": r"\d{1,2}",
    "day": r"\d{1,2}",
    "doy": r"\d{3}",
    "dmy": rf"\d{{1,2}}[-_ .]?(?:\d{{2}}|{_MONTHS})[-_ .]?20\d{{2}}",
    "mdy": r"\d{2}[-_ .]?\d{2}[-_ .]?20\d{2}",
    "yymmdd": r"\d{6}",
    "time": r"\d{6}",
    "tile": r"\d{2}[C-HJ-NP-X][A-HJ-NP-Z][A-HJ-NP-V]",
    "zone": r"\d{1,2}",
    "latitude": r"[C-HJ-NP-X]",
    "square": r"[A-HJ-NP-Z][A-HJ-NP-V]",
    "baseline": r"\d{4}",
    "orbit": r"\d{1,3}",
    _DIRECTION: r"ASCENDING|DESCENDING|ASC|DESC|DES|A|D",
    "number": r"\d+",
    "id": r"[0-9A-Za-z]+",
    "band": "",
    "unit": "",
}
"""Named fields and what each matches; bands and units are those that the record lists."""

BAND = r"B(?:0?\d|1[0-2]|0?8A)"
_TOKEN = re.compile(r"\{(\w+)\}|<([^<>]*)>|(\*)|(\[)|(\])|([^{}<>*\[\]]+)")


class PatternProblem(ValueError):
    """A pattern cannot be used; the message says why."""


@dataclass(frozen=True)
class Pattern:
    """A file pattern.

    Attributes:
        text: as written in the record.
        regex: matches the end of a path without its extension, its folders parted by "/".
        literals: letters that are fixed; of two patterns that match, the one with more of them is the closer.
    """

    text: str
    regex: re.Pattern[str]
    literals: int

    def match(self, path: str) -> dict[str, str] | None:
        """Return what each named field holds, None where the pattern does not fit."""
        found = self.regex.search(path)
        return None if found is None else {name: text for name, text in found.groupdict().items() if text is not None}


def compile_pattern(text: str, bands: Sequence[str] = (), units: Sequence[str] = ()) -> Pattern:
    """Turn a file pattern into a regular expression.

    "{name}" is a field, "<one|two>" one of several texts, "[...]" may be absent, "*" is anything but a folder's end,
    and everything else stands for itself, letters in either case. Folders are parted by "/", nearest last.

    Raises:
        PatternProblem: an unknown field, a bracket without its partner, or nothing but fields.
    """
    pieces, seen, literals, depth, position = [], set(), 0, 0, 0
    for token in _TOKEN.finditer(text):
        if token.start() != position:
            break
        position = token.end()
        name, either, anything, opens, closes, plain = token.groups()
        if name is not None:
            pieces.append(_field(name, bands, units, name in seen))
            seen.add(name)
        elif either is not None:
            pieces.append(f"(?:{'|'.join(re.escape(each) for each in either.split('|'))})")
            literals += min(len(each) for each in either.split("|"))
        elif anything:
            pieces.append("[^/]*?")
        elif opens:
            pieces.append("(?:")
            depth += 1
        elif closes:
            pieces.append(")?")
            depth -= 1
        else:
            pieces.append(re.escape(plain))
            literals += len(plain) if not depth else 0
        if depth not in (0, 1):
            raise PatternProblem(
                tr("the pattern '{text}' has brackets inside brackets, or one too many").format(text=text)
            )
    if position != len(text) or depth:
        raise PatternProblem(tr("the pattern '{text}' has an unmatched bracket").format(text=text))
    if not literals and "band" not in seen:
        raise PatternProblem(
            tr("the pattern '{text}' would match every file; add the letters that its names share").format(text=text)
        )
    return Pattern(text, re.compile("(?:^|/)" + "".join(pieces) + "$", re.IGNORECASE), literals)


def _field(name: str, bands: Sequence[str], units: Sequence[str], again: bool) -> str:
    if name not in FIELDS:
        raise PatternProblem(
            tr("'{{{name}}}' is not a field of a pattern; known are {fields}").format(
                name=name, fields=", ".join(sorted(FIELDS))
            )
        )
    matched = FIELDS[name]
    if name == "band":
        matched = "|".join(re.escape(band) for band in sorted(bands, key=len, reverse=True)) or BAND
    if name == "unit":
        matched = "|".join(re.escape(unit) for unit in sorted(units, key=len, reverse=True))
        if not matched:
            raise PatternProblem(tr("'{unit}' needs a list \"units\""))
    return f"(?:{matched})" if again else f"(?P<{name}>{matched})"
