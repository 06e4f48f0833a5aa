"""Archives that unpack to far more than they are: told by their tables, before anything is unpacked."""

from __future__ import annotations

import os
import struct
import zipfile
import zlib
from functools import lru_cache

from ...models.language import tr

MOST_MEMBERS = 200_000
LEAST_BYTES, MOST_TIMES = 1 << 30, 200
"""What unpacks to more than that many bytes and that many times its size is refused; rasters of one number reach 1,000
times, but are small."""

_TRIED = 256 << 20
"""Bytes that are unpacked of a gzip, which has no table."""


def bomb_in(place: str) -> str:
    """Return why an archive on the disk is not to be unpacked, "" where it may be or is none that can be read."""
    try:
        found = os.stat(place)
    except OSError:
        return ""
    return _bomb(os.path.abspath(place), found.st_size, found.st_mtime_ns)


@lru_cache(maxsize=4096)
def _bomb(place: str, size: int, changed: int) -> str:
    try:
        with open(place, "rb") as file:
            start = file.read(2)
            if start == b"\x1f\x8b":
                return _gzip_bomb(place)
        return _zip_bomb(place, size) if zipfile.is_zipfile(place) else ""
    except (OSError, ValueError, NotImplementedError, RuntimeError, struct.error, zipfile.BadZipFile):
        return ""  # what cannot be listed cannot be read either, and is told then


def _zip_bomb(place: str, size: int) -> str:
    with zipfile.ZipFile(place) as archive:
        members = archive.infolist()
    if len(members) > MOST_MEMBERS:
        return tr("holds {count:,} files, more than {most:,}; unpack what belongs to the series").format(
            count=len(members), most=MOST_MEMBERS
        )
    whole = sum(each.file_size for each in members)
    worst = (
        max(members, key=lambda each: each.file_size / max(each.compress_size, 1) * (each.file_size > LEAST_BYTES))
        if members
        else None
    )
    if worst is not None and _too_much(worst.file_size, worst.compress_size):
        return _told(worst.filename[-80:], worst.compress_size, worst.file_size)
    return _told(os.path.basename(place), size, whole) if _too_much(whole, size) else ""


def _gzip_bomb(place: str) -> str:
    """Unpack the beginning, piece by piece, and look how it grows."""
    machine, given, made = zlib.decompressobj(31), 0, 0
    with open(place, "rb") as file:
        piece = file.read(1 << 16)
        while piece and not machine.eof and made < _TRIED:
            given += len(piece)
            while piece and made < _TRIED:
                try:
                    made += len(machine.decompress(piece, 1 << 24))
                except zlib.error:
                    return ""
                piece = machine.unconsumed_tail
            piece = file.read(1 << 16)
    return _told(os.path.basename(place), given, made) if made >= _TRIED and made > MOST_TIMES * given else ""


def _too_much(made: int, given: int) -> bool:
    return made > LEAST_BYTES and made > MOST_TIMES * max(given, 1)


def _told(what: str, given: int, made: int) -> str:
    return tr(
        "unpacks to far more than it is ({what}: {given:,.0f} MB become {made:,.0f} MB or more); unpack it "
        "yourself if you trust its source"
    ).format(what=what, given=given / 2**20, made=made / 2**20)
