"""GeoTIFF outputs: tiled, compressed, with overviews, colours, names and provenance inside."""

from __future__ import annotations

import contextlib
import os
import sys
import traceback
from typing import Iterator, Mapping, Sequence

import numpy as np
from osgeo import gdal, osr

from ...models.card import CropClass
from ..errors import OutputError
from ..feedback import Feedback
from ..legend import put_legend
from ..parcels.class_map import RasterPlace
from ..product import Storage
from ..safety.text import plain
from ..series.files.grid import Grid, Window
from ..writing.place import unwritable

gdal.UseExceptions()

TILE = 256
LEVEL = 1
"""Of DEFLATE: higher ones take two to four times the time and save nothing on attention, 2 % on probabilities."""


class RasterWriter:
    """One GeoTIFF written window by window; the caller owns the temporary name and the rename.

    Raises:
        OutputError: the disk is full or the file cannot be written; raised by any method.
    """

    def __init__(
        self,
        path: str,
        final: str,
        grid: Grid | RasterPlace,
        kind: Storage,
        names: Sequence[str],
        tags: Mapping[str, str],
        cog: bool = False,
    ):
        """Begin a raster.

        Args:
            path, final: where it is written now, and where it will stand.
            kind: how it stores its numbers.
            names, tags: of its bands, and of the file.
            cog: close it as a Cloud Optimized GeoTIFF, whose parts lie in another order: a copy, made at the end.
        """
        self.kind = kind
        self._path, self._work = path, f"{path}.work.tif" if cog else path
        self.bands = len(names)
        self._final = final
        self._waiting: list[tuple[Window, np.ndarray]] = []
        options = ["TILED=YES", f"BLOCKXSIZE={TILE}", f"BLOCKYSIZE={TILE}", "COMPRESS=DEFLATE", f"ZLEVEL={LEVEL}"]
        options += [f"PREDICTOR={kind.predictor}", "BIGTIFF=IF_SAFER", "INTERLEAVE=BAND", "NUM_THREADS=2"]
        with self._guard():
            driver = gdal.GetDriverByName("GTiff")
            self._dataset = driver.Create(self._work, grid.width, grid.height, len(names), kind.gdal_type, options)
            reference = osr.SpatialReference()
            reference.ImportFromWkt(grid.crs)
            self._dataset.SetSpatialRef(reference)
            self._dataset.SetGeoTransform(grid.geotransform)
            self._dataset.SetMetadata({name: plain(text) for name, text in tags.items()})
            for number, name in enumerate(names, start=1):
                band = self._dataset.GetRasterBand(number)
                band.SetDescription(plain(name))
                band.SetNoDataValue(kind.nodata)
                if kind.scale is not None:
                    band.SetScale(kind.scale)
                    band.SetOffset(0.0)

    def write(self, window: Window, values: np.ndarray, valid: np.ndarray) -> None:
        """Take physical values (bands, H, W) of a window of a tile; nodata where `valid` (H, W) is False."""
        kind = self.kind
        if kind.scale is not None:
            values = np.rint(np.clip(values, 0, 1) / kind.scale)
        self._waiting.append((window, np.where(valid, values, kind.nodata).astype(_NUMPY[kind.gdal_type])))

    def flush(self, bottom: int | None = None) -> None:
        """Bring what was written into the file, block by block of the file.

        Args:
            bottom: blocks of the file that reach below this row of the grid wait for the rest of them; None holds back
                nothing.

        Left to GDAL's cache, blocks would be written when others push them out, half filled and in an order that
        hangs on the reading thread: the pixels would be the same, the bytes of the file would not.
        """
        limit = self._dataset.RasterYSize if bottom is None else bottom
        whole = limit if limit == self._dataset.RasterYSize else limit // TILE * TILE
        ready = [entry for entry in self._waiting if entry[0].row < whole]
        self._waiting = [entry for entry in self._waiting if entry[0].row >= whole]
        rectangles = list(_by_file_block(ready, self.kind.nodata))
        with self._guard():
            for number in range(self.bands):
                band = self._dataset.GetRasterBand(number + 1)
                for window, values in rectangles:
                    band.WriteArray(values[number], window.col, window.row)
                band.FlushCache()

    def colour(self, classes: Sequence[CropClass]) -> None:
        """Put names and colours of the classes into the (single) band."""
        with self._guard():
            put_legend(self._dataset, classes)

    def tag(self, name: str, text: str) -> None:
        """Change one of the tags."""
        with self._guard():
            self._dataset.SetMetadataItem(name, text)

    def close(self, feedback: Feedback) -> None:
        """Build overviews and write everything out; the file is whole when this returns.

        Raises:
            OutputError: as all methods.
            Cancelled: the analyst stopped while overviews were built.
        """
        self.flush()
        levels = _overview_levels(self._dataset.RasterXSize, self._dataset.RasterYSize)
        try:
            with self._guard():
                self._dataset.FlushCache()
                if levels:
                    # Overviews inside the file take over its compression.
                    self._dataset.BuildOverviews(
                        self.kind.resampling, levels, callback=lambda *_: int(not feedback.cancelled())
                    )
                self._dataset.FlushCache()
                if self._work != self._path:
                    self._copy_in_order(feedback)
                self._dataset = None
            self._remove_work()
        except OutputError:
            feedback.check()
            raise

    def _copy_in_order(self, feedback: Feedback) -> None:
        options = ["COMPRESS=DEFLATE", f"LEVEL={LEVEL}", f"BLOCKSIZE={TILE}", "BIGTIFF=IF_SAFER", "NUM_THREADS=2"]
        options += [f"PREDICTOR={_PREDICTORS[self.kind.predictor]}", "OVERVIEWS=AUTO"]
        # One band is drawn at a time; GDAL before 3.11 knows no order but pixel by pixel.
        options += ["INTERLEAVE=BAND"] * (int(gdal.VersionInfo()) >= 3_11_00_00)
        copy = gdal.GetDriverByName("COG").CreateCopy(
            self._path, self._dataset, options=options, callback=lambda *_: int(not feedback.cancelled())
        )
        copy.FlushCache()

    def _remove_work(self) -> None:
        for end in ("", ".aux.xml") if self._work != self._path else ():
            with contextlib.suppress(OSError):
                os.remove(self._work + end)

    def abandon(self) -> None:
        """Close without finishing; what GDAL still wants to write may fail, the file is thrown away."""
        gdal.PushErrorHandler("CPLQuietErrorHandler")
        # GDAL raises while it closes, where nobody can catch it: Python would print that on the terminal.
        told, sys.unraisablehook = sys.unraisablehook, lambda _: None
        try:
            self._dataset = None
        finally:
            sys.unraisablehook = told
            gdal.PopErrorHandler()
            self._remove_work()

    def _guard(self) -> _Guard:
        return _Guard(self._final)


class _Guard:
    """Turns what GDAL raises, or only prints, into one OutputError."""

    def __init__(self, final: str):
        self._final = final
        self._failures: list[str] = []

    def __enter__(self) -> None:
        gdal.PushErrorHandler(self._collect)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        gdal.PopErrorHandler()
        if kind is not None and not issubclass(kind, (RuntimeError, OSError)):
            return
        if kind is not None or self._failures:
            if error is not None:
                # The frames of the error would keep the dataset open, and its file could not be removed.
                traceback.clear_frames(error.__traceback__)
            raise unwritable(self._final, self._failures[0] if self._failures else error or "") from error

    def _collect(self, level: int, number: int, message: str) -> None:
        if level >= gdal.CE_Failure:
            self._failures.append(message)


_PREDICTORS = {1: "NO", 2: "STANDARD", 3: "FLOATING_POINT"}
_NUMPY = {gdal.GDT_Byte: np.uint8, gdal.GDT_UInt16: np.uint16, gdal.GDT_UInt32: np.uint32, gdal.GDT_Float32: np.float32}


def _by_file_block(waiting: Sequence[tuple[Window, np.ndarray]], nodata: float) -> Iterator[tuple[Window, np.ndarray]]:
    """Join the windows that lie in one block of the file; yield them row by row."""
    blocks: dict[tuple[int, int], list[tuple[Window, np.ndarray]]] = {}
    for window, values in waiting:
        blocks.setdefault((window.row // TILE, window.col // TILE), []).append((window, values))
    for _, members in sorted(blocks.items(), key=lambda entry: entry[0]):
        windows = [window for window, _ in members]
        top, left = min(each.row for each in windows), min(each.col for each in windows)
        bottom = max(each.row + each.height for each in windows)
        right = max(each.col + each.width for each in windows)
        first = members[0][1]
        joined = np.empty((first.shape[0], bottom - top, right - left), first.dtype)
        # A window between them that nobody wanted holds what GDAL would put there.
        joined[...] = nodata
        for window, values in members:
            rows, cols = window.row - top, window.col - left
            joined[:, rows : rows + window.height, cols : cols + window.width] = values
        yield Window(top, left, bottom - top, right - left), joined


def _overview_levels(width: int, height: int) -> list[int]:
    levels = []
    factor = 2
    while max(width, height) / factor >= TILE / 2:
        levels.append(factor)
        factor *= 2
    return levels
