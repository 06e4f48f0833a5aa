"""A language in which every sentence that went through the translation shows: its letters are full-width ones."""

from __future__ import annotations

import re

_KEPT = re.compile(r"\{\{|\}\}|\{[^{}]*\}|%\(\w+\)[a-z]|%[a-z](?![a-z])|<[^<>]*>")
"""Of a sentence: the places of values and tags."""

_ENGLISH = re.compile(r"(?<![\w./\\:-])[A-Za-z][a-z]{2,}(?![\w/\\:-]|\.\w)")
"""A word in lower case letters that is no part of a path or a file name."""


def widened(text: str) -> str:
    """Return a sentence in full-width letters, its places for values as they are."""
    parts = re.split(f"({_KEPT.pattern})", text)
    return "".join(part if number % 2 else _wide(part) for number, part in enumerate(parts))


def _wide(text: str) -> str:
    return "".join(chr(ord(letter) + 0xFEE0) if letter.isascii() and letter.isalpha() else letter for letter in text)


def english(text: str, allowed: frozenset[str] = frozenset()) -> list[str]:
    """Return the words of a text that were not translated."""
    return sorted({word for word in _ENGLISH.findall(text) if word not in allowed})
