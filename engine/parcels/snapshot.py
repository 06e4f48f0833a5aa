"""The parcels as they were when the run began: read once, kept on disk, so that no later change can reach them."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import tempfile
import weakref
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from osgeo import ogr, osr

from ...models.language import tr
from ..errors import OutputError
from ..feedback import Feedback
from .source import ParcelSource

_TOGETHER = 500
_LARGEST = 2**63


@dataclass(frozen=True)
class Seen:
    """What the geometries of a layer are.

    Attributes:
        kinds: flat geometry types that occur.
        without: features without a geometry, or with an empty one.
        height, measure: any has Z, or M.
        curved: features with arcs.
        no_polygons: features of other geometries.
    """

    kinds: frozenset[int]
    without: int
    height: bool
    measure: bool
    curved: int
    no_polygons: int


class Snapshot:
    """All features of a layer in a table of its own, in their order.

    Attributes:
        shapes: WKB in the CRS of the map, as `ParcelSource.shapes` gives it.
        seen: what the geometries are.
        longest: bytes of the longest text of each field.
        numbers_usable: each feature has a number of its own, from 0.
        size: bytes that the table takes.
    """

    def __init__(self, source: ParcelSource, crs: osr.SpatialReference, feedback: Feedback, folder: str | None) -> None:
        """Read a layer in one pass.

        Args:
            folder: where the table may lie; None takes the system's folder for what is passing.

        Raises:
            ParcelError: as `ParcelSource.read`.
            OutputError: the folder is full or cannot be written.
        """
        self._width = len(source.fields)
        self._tally = _Tally()
        self.longest = [0] * self._width
        self._fids: list[int] = []
        self._waiting: list[tuple] = []
        self._path, self._gone = "", None
        try:
            handle, self._path = tempfile.mkstemp(".parcels", "crop_attention_", folder)
            os.close(handle)
            # Front ends may write from another thread than they read from, never from two at once.
            self._table = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
            if os.name == "posix":  # without a name it goes with the process, however that ends
                os.unlink(self._path)
            self._gone = weakref.finalize(self, _remove, self._table, self._path)
            for line in ("PRAGMA journal_mode=OFF", "PRAGMA synchronous=OFF"):
                self._table.execute(line)
            columns = "".join(f", v{place}" for place in range(self._width))
            self._table.execute("CREATE TABLE parcels (number INTEGER PRIMARY KEY, fid, shape" + columns + ")")
            self._insert = f"INSERT INTO parcels VALUES ({', '.join('?' * (3 + self._width))})"  # noqa: S608  # nosec B608
            self._table.execute("BEGIN")
            self.shapes: Sequence[bytes | None] = source.read(
                crs, feedback, lambda feature: self._keep(source, feature)
            )
            self._flush()
            self._table.execute("COMMIT")
            page, pages = (self._table.execute(f"PRAGMA page_{each}").fetchone()[0] for each in ("size", "count"))
        except (OSError, sqlite3.Error) as error:
            self.close()
            raise self._full(error, folder) from error
        except BaseException:
            self.close()
            raise
        self.seen = self._tally.seen()
        self.size = pages * page
        self.numbers_usable = len(set(self._fids)) == len(self._fids) and min(self._fids, default=0) >= 0

    def __len__(self) -> int:
        return len(self._fids)

    @property
    def fids(self) -> Sequence[int]:
        """Number of each feature in its layer."""
        return self._fids

    def rows(self) -> Iterator[tuple[int, ogr.Geometry | None, tuple[object, ...]]]:
        """Yield number, geometry and values of each feature."""
        for _, fid, shape, *values in self._table.execute("SELECT * FROM parcels ORDER BY number"):
            yield fid, None if shape is None else ogr.CreateGeometryFromWkb(shape), tuple(values)

    def close(self) -> None:
        """Remove the table."""
        if self._gone is not None:
            self._gone()

    def _keep(self, source: ParcelSource, feature: ogr.Feature) -> None:
        geometry = source.geometry_of(feature)
        self._tally.add(geometry)
        values = source.values(feature)
        for place, value in enumerate(values):
            if isinstance(value, str):
                self.longest[place] = max(self.longest[place], len(value.encode("utf-8", "replace")))
        fid = feature.GetFID()
        shape = None if geometry is None else bytes(geometry.ExportToIsoWkb(ogr.wkbNDR))
        self._waiting.append((len(self._fids), fid if abs(fid) < _LARGEST else -1, shape, *map(_storable, values)))
        self._fids.append(fid)
        if len(self._waiting) >= _TOGETHER:
            self._flush()

    def _flush(self) -> None:
        self._table.executemany(self._insert, self._waiting)
        self._waiting.clear()

    def _full(self, error: Exception, folder: str | None) -> OutputError:
        place, reason = folder or tempfile.gettempdir(), str(error).strip().rstrip(".")
        return OutputError(
            tr(
                "The parcels cannot be kept in the temporary folder {place} ({reason}): free space there, or "
                "name another temporary folder by the variable TMPDIR."
            ).format(place=place, reason=reason)
        )


def _remove(table: sqlite3.Connection, path: str) -> None:
    table.close()
    with contextlib.suppress(OSError):
        os.unlink(path)


class _Tally:
    """Counts what the geometries are."""

    def __init__(self) -> None:
        self._kinds: dict[int, int] = {}
        self._without = self._curved = 0

    def add(self, geometry: ogr.Geometry | None) -> None:
        if geometry is None or geometry.IsEmpty():
            self._without += 1
        if geometry is not None:
            kind = geometry.GetGeometryType()
            self._kinds[kind] = self._kinds.get(kind, 0) + 1
            self._curved += bool(geometry.HasCurveGeometry())

    def seen(self) -> Seen:
        surfaces = (ogr.wkbSurface, ogr.wkbMultiSurface, ogr.wkbPolyhedralSurface, ogr.wkbMultiPolygon)
        strange = sum(
            count
            for kind, count in self._kinds.items()
            if not any(ogr.GT_IsSubClassOf(ogr.GT_Flatten(kind), surface) for surface in surfaces)
        )
        return Seen(
            frozenset(ogr.GT_Flatten(kind) for kind in self._kinds),
            self._without,
            any(ogr.GT_HasZ(kind) for kind in self._kinds),
            any(ogr.GT_HasM(kind) for kind in self._kinds),
            self._curved,
            strange,
        )


def _storable(value: object) -> object:
    """Return a value that a table holds: text without halves of letters."""
    return value.encode("utf-8", "replace").decode("utf-8") if isinstance(value, str) else value
