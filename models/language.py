"""The language that people read: English in the sources, every other one from the `.po` files of resources/locale."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Callable, Sequence

FOLDER = Path(__file__).resolve().parent.parent / "resources" / "locale"
DOMAIN = "crop_attention"
VARIABLE = "CROP_ATTENTION_LANGUAGE"
"""Of the environment: the language of a process and of the workers that it starts."""

ENGLISH, CHINESE = "en", "zh_CN"
TERMINAL_LANGUAGES = (ENGLISH, "zh", CHINESE)
"""Values of --language."""

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_MARK = "，。；：、（）“”"
_LETTER = f"[\u2e80-\u9fff{_MARK}]"
_BLANK = "[ \u00a0]+"
_BLANKS = re.compile(rf"(?<={_LETTER}){_BLANK}(?={_LETTER})|(?<=[{_MARK}]){_BLANK}(?=\w)|(?<=\w){_BLANK}(?=[{_MARK}])")
_BRACKETS = re.compile(rf"(?<={_LETTER})[ \u00a0]*\(([^()\n]*)\)(?![A-Za-z0-9_(])")
_JOINED = re.compile("(?<=[和或])(?=[A-Za-z0-9])|(?<=[A-Za-z0-9])(?=[和或])")

_SIMPLIFIED = re.compile(r"zh(?:[_-]?hans|[_-]cn|[_-]sg|[_-]my)*(?:[.@].*)?", re.IGNORECASE)


def known(code: str | None) -> str:
    """Return the language of a locale such as "zh_CN.UTF-8", "zh-Hans" or "de_DE"; English where it is not known."""
    return CHINESE if _SIMPLIFIED.fullmatch((code or "").strip()) else ENGLISH


def language() -> str:
    """Return the code of the language that is in use."""
    return _in_use


def use(code: str | None) -> str:
    """Take a language for this process and the workers that it starts from now on; return its code."""
    global _in_use, _catalogue
    _in_use = known(code)
    _catalogue = _translated(_in_use)
    os.environ[VARIABLE] = _in_use
    return _in_use


def of_environment() -> str:
    """Return the language that the environment asks for, as programs of a terminal read it."""
    given = (os.environ.get(name) for name in (VARIABLE, "LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"))
    return known(next((code.split(":")[0] for code in given if code), ENGLISH))


def tr(text: str) -> str:
    """Return a sentence in the language in use; values come in later: tr("... {name} ...").format(name=...)."""
    return _catalogue.get(text, text)


def counted(number: float, one: str, many: str = "") -> str:
    """Return "1 step" or "3,000 steps"; `many` where English adds no "s"."""
    noun = tr(one)
    return f"{number:,} {noun if number == 1 or noun != one else many or one + 's'}"


def listed(words: Sequence[str], last: str = " and ") -> str:
    """Return "a, b and c", or with another last word " or "."""
    return tr(last).join([*([tr(", ").join(words[:-1])] if words[1:] else []), *words[-1:]])


def day_and_month(day: int, month: int) -> str:
    """Return "5 Apr", or as the language in use writes it."""
    return tr("{day} {month}").format(day=day, month=tr(MONTHS[month - 1]))


def span(first: object, last: object) -> str:
    """Return "a to b"."""
    return tr("{first} to {last}").format(first=first, last=last)


def class_title(name: str) -> str:
    """Return the name of a class as people read it, of a change such as "Maize to Grassland" too."""
    before, to, after = name.partition(" to ")
    known = tr(name)
    return span(tr(before), tr(after)) if to and known == name else known


def part(some: object, whole: object) -> str:
    """Return "3 of 24"."""
    return tr("{some} of {whole}").format(some=some, whole=whole)


def duration(seconds: float) -> str:
    """Return "48 s", "3 min 5 s" or "2 h 10 min"."""
    whole = max(round(seconds), 1)
    if whole < 60:
        return tr("{seconds} s").format(seconds=whole)
    if whole < 3600:
        return tr("{minutes} min {seconds} s").format(minutes=whole // 60, seconds=whole % 60)
    return tr("{hours} h {minutes} min").format(hours=whole // 3600, minutes=whole % 3600 // 60)


def size(megabytes: float, rounded: Callable[[float], int] = round) -> str:
    """Return "308 kB", "1.2 MB", "850 MB" or "4.9 GB"."""
    unit, each = ("GB", 1024.0) if megabytes >= 1024 else ("MB", 1.0) if megabytes >= 1 else ("kB", 1 / 1024)
    decimals = 1 if 0 < megabytes / each < 10 and unit != "kB" else 0
    return f"{rounded(megabytes / each * 10**decimals) / 10**decimals:,.{decimals}f} {unit}"


def tidy(text: str) -> str:
    """Return a text as the language in use sets it: Chinese has no blank between letters, and brackets of its own."""
    if _in_use != CHINESE:
        return text
    text = _BRACKETS.sub(r"（\1）", text)
    return _JOINED.sub(" ", _BLANKS.sub("", text))


def N_(text: str) -> str:  # noqa: N802
    """Mark a constant for translation where it is shown, and return it as it is."""
    return text


def po_file(language: str) -> Path:
    """Return the file that translators write; it is read as it is, so that nothing has to be compiled."""
    return FOLDER / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def _translated(language: str) -> dict[str, str]:
    """Return each English sentence that is translated, with its translation."""
    path = po_file(language)
    if not path.is_file():
        return {}
    lines = path.read_text("utf-8").replace('"\n"', "")  # a string that goes on in the next line
    pairs = re.findall(r'^msgid ("..*")\nmsgstr ("..*")$', lines, re.MULTILINE)
    found: dict[str, str] = json.loads("{" + ",".join(map(":".join, pairs)) + "}")
    return found


_in_use = known(os.environ.get(VARIABLE))
_catalogue = _translated(_in_use)
