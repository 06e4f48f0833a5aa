"""Text of others, as a terminal, a log or a tag may hold it."""

from __future__ import annotations

import unicodedata

_OBEYED = ("Cc", "Cf", "Cs", "Zl", "Zp")
"""Categories of letters that move the cursor, change colours, reverse what is read, or are none."""


def plain(text: str, kept: str = "") -> str:
    """Return a text whose control characters are written as escapes, but for those in `kept`."""
    if text.isprintable():
        return text
    return "".join(letter if letter in kept else _shown(letter) for letter in text)


def _shown(letter: str) -> str:
    kind = unicodedata.category(letter)
    if kind not in _OBEYED:
        return letter
    return "\ufffd" if kind == "Cs" else letter.encode("unicode_escape").decode("ascii")
