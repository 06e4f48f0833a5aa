"""The folder of a county: a name that every file system takes, unique, and the same in every run."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

MOST_BYTES = 100
_UNSAFE = re.compile(r"[^\w\-.,()+' ]", re.UNICODE)
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?|counties\..*|index\.html", re.IGNORECASE)
"""Devices of Windows, and our own files in the output folder."""


def keys_of(names: Sequence[str]) -> list[str]:
    """Return a key for each of different names.

    A name that is a fine folder name is its own key. Others lose what is not, and gain eight digits of their digest;
    so do names that some file systems take for one another, such as "Alba" and "ALBA".
    """
    plain = [_plain(name) for name in names]
    alike = Counter(_folded(text) for text in plain)
    return [
        text if text == name and alike[_folded(text)] == 1 else f"{text}-{_digest(name)}"
        for name, text in zip(names, plain)
    ]


def _plain(name: str) -> str:
    text = _UNSAFE.sub("_", unicodedata.normalize("NFC", name)).strip(" .")
    while len(text.encode()) > MOST_BYTES:
        text = text[:-1]
    text = text.rstrip(" .")
    if not text or _RESERVED.fullmatch(text):
        text = f"county {text}".strip()
    return text


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
