"""Views of a database, which are queries that may never end."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from functools import lru_cache

from osgeo import gdal

from ...models.language import tr
from .database import reading

LONGEST_SECONDS = 4.0
"""Of the processor, for all views of a database together; a plain view of a million parcels takes one."""

_STEPS = 200_000
_MISSING = "no such function: "
_HEADER = b"SQLite format 3\0"
_PIECE = 1 << 24


def endless_view(path: str, place: str, layer: str = "") -> str:
    """Return what is wrong with the views of a database, "" where nothing is or where it is none.

    Each view is read to its end as GDAL would, in a time that is bounded.

    Args:
        place: the file on the disk that holds it.
        layer: the only one that will be read; "" for any.
    """
    if path.lower().startswith("/vsi"):
        return _packed(path)
    try:
        with open(place, "rb") as file:
            if file.read(len(_HEADER)) != _HEADER:
                return ""
        found = os.stat(place)
    except OSError:
        return ""
    return _judged(os.path.abspath(place), layer, found.st_size, found.st_mtime_ns)


def _packed(path: str) -> str:
    """Refuse views inside an archive: they cannot be tried there."""
    handle = gdal.VSIFOpenL(path, "rb")
    if handle is None:
        return ""
    try:
        piece = bytes(gdal.VSIFReadL(1, _PIECE, handle) or b"")
        if not piece.startswith(_HEADER):
            return ""
        while piece:
            if b"CREATE VIEW" in piece.upper():
                return tr("holds a view and lies in an archive, where views are not read; unpack it")
            more = bytes(gdal.VSIFReadL(1, _PIECE, handle) or b"")
            piece = piece[-16:] + more if more else b""
    finally:
        gdal.VSIFCloseL(handle)
    return ""


@lru_cache(maxsize=64)
def _judged(place: str, layer: str, size: int, changed: int) -> str:
    with contextlib.suppress(sqlite3.Error):
        with reading(place) as database:
            database.text_factory = bytes
            views = database.execute("SELECT name FROM sqlite_master WHERE type = 'view' ORDER BY name").fetchall()
            end = time.process_time() + LONGEST_SECONDS
            database.set_progress_handler(lambda: time.process_time() > end, _STEPS)
            for (name,) in views:
                text = name.decode("utf-8", "replace")
                if layer.partition("(")[0] in ("", text) and not _ends(database, text, end):
                    return tr(
                        "its view '{name}' takes more than {seconds:g} seconds to read and may never end; save its "
                        "features as a separate layer, or name another layer"
                    ).format(name=text, seconds=LONGEST_SECONDS)
    return ""


def _ends(database: sqlite3.Connection, name: str, end: float) -> bool:
    """Read a view to its end; functions that only GDAL has give nothing."""
    quoted, known = name.replace('"', '""'), 0
    while known < 100:
        try:
            rows = database.execute(f'SELECT * FROM "{quoted}"')  # noqa: S608  # nosec B608
            while rows.fetchmany(1000):
                if time.process_time() > end:
                    return False
            return True
        except sqlite3.Error as error:
            said = str(error)
            if time.process_time() > end:
                return False
            if not said.startswith(_MISSING):
                return True  # GDAL says what is wrong with it
            database.create_function(said[len(_MISSING) :], -1, lambda *_: None)
            known += 1
    return True
