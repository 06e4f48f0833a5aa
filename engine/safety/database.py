"""SQLite databases, such as GeoPackages, read as they lie on the disk."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from urllib.parse import quote


@contextlib.contextmanager
def reading(place: str | os.PathLike[str]) -> Iterator[sqlite3.Connection]:
    """Yield a connection that changes nothing and, where nobody writes the database, makes no file beside it.

    Raises:
        sqlite3.Error: it is no database, or cannot be read.
    """
    place = os.path.abspath(place)
    # What another program has not yet put into the file lies beside it, and is read too.
    mode = "mode=ro" if os.path.exists(f"{place}-wal") else "mode=ro&immutable=1"
    with contextlib.closing(sqlite3.connect(f"file:{quote(place)}?{mode}", uri=True)) as database:
        yield database
