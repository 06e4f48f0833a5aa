"""Text of others: read within bounds, and as a terminal, a log or a tag may hold it."""

from __future__ import annotations

import errno
import os
import stat
import unicodedata
from pathlib import Path

from ...models.language import tr

LARGEST = 64 << 20
"""Bytes of a text that is read."""

_OBEYED = ("Cc", "Cf", "Cs", "Zl", "Zp")
"""Categories of letters that move the cursor, change colours, reverse what is read, or are none."""


def read_text(path: str | os.PathLike[str]) -> str:
    """Return a text in UTF-8, without the mark that some programs begin it with.

    Raises:
        OSError: there is no such file, it is a pipe or a device, which might never end, or it is too large.
        UnicodeDecodeError: it is no UTF-8.
    """
    status = os.stat(path)
    if not stat.S_ISREG(status.st_mode) and not stat.S_ISDIR(status.st_mode):
        raise OSError(errno.EINVAL, tr("it is a pipe or a device, not a file"))
    if status.st_size > LARGEST:
        raise OSError(errno.EFBIG, tr("it has more than {megabytes} MB").format(megabytes=LARGEST >> 20))
    return Path(path).read_text(encoding="utf-8-sig")


def one_line(error: object) -> str:
    """Return what an error says, in one line and without its full stop, to stand inside a sentence."""
    return " ".join(str(error).split()).rstrip(".")


def reason_of(error: BaseException) -> str:
    """Return why GDAL could not open a file, for people."""
    said = one_line(error)
    return tr("it is in no format that GDAL knows for such data") if "not recognized as" in said else said


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
