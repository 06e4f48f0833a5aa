"""A language in which every sentence that went through the translation shows: its letters are full-width ones."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from pathlib import Path

from crop_attention.models import language

_KEPT = re.compile(r"\{\{|\}\}|\{[^{}]*\}|%\(\w+\)[a-z]|%[rs]\b|<[^<>]*>")
"""Of a sentence: the places of values, and tags."""

_NO_WORDS = re.compile(r"\{[^{}]*\}|\[[^\[\]]*\]|\w+=\S*|'[^']*'|\(ｄｅｆａｕｌｔ: [^()]*\)")
"""Of a shown text: choices, what stands in quotes, and settings."""

_ENGLISH = re.compile(r"(?<![\w./\\:-])[A-Za-z][a-z]{2,}(?![\w/\\:-]|\.\w)")
"""A word in lower case that is no part of a path or of a file's name."""

NAMES = frozenset({"Crop", "Attention", "shandong", "auto", "zone"})
"""Names: of the plugin, of a checkpoint, and of what GDAL calls a zone of UTM."""


def begin(folder: Path) -> None:
    """Write the catalogue and speak the language from now on; before anything of the package is imported."""
    from babel.messages.catalog import Catalog

    from crop_attention.tools import translations

    catalogue = Catalog(locale=language.CHINESE)
    for message in translations.template():
        if message.id:
            catalogue.add(message.id, widened(message.id))
    language.FOLDER = folder
    translations.save(catalogue, language.po_file(language.CHINESE))
    language.use(language.CHINESE)


def widened(text: str) -> str:
    """Return a sentence in full-width letters, its places for values as they are."""
    parts = re.split(f"({_KEPT.pattern})", text)
    return "".join(part if number % 2 else _wide(part) for number, part in enumerate(parts))


def english(lines: Iterable[str], allowed: Iterable[str] = ()) -> list[str]:
    """Return the lines that hold a word that was not translated, each once."""
    kept = NAMES.union(*(re.findall(r"\w+", text) for text in allowed))
    plain = dict.fromkeys(" ".join(line.split()) for line in lines)
    return [line for line in plain if set(_ENGLISH.findall(_NO_WORDS.sub("", line))) - kept]


def shown_in(document: str) -> Iterator[str]:
    """Yield the texts of a page that people see, hints included."""
    reader = _Reader()
    reader.feed(document)
    return iter(reader.texts)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._styled = False

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self._styled = tag == "style"
        self.texts += [text for name, text in attrs if name in ("title", "alt") and text]

    def handle_data(self, data: str) -> None:
        self.texts += [data] if not self._styled else []


def _wide(text: str) -> str:
    return "".join(chr(ord(letter) + 0xFEE0) if letter.isascii() and letter.isalpha() else letter for letter in text)
