"""Open files, never more than a bounded number at once, and the rows that two windows share, read once."""

from __future__ import annotations

import errno
import os
from collections import OrderedDict
from dataclasses import dataclass
from itertools import islice
from typing import Sequence

import numpy as np
from osgeo import gdal

from ....models.language import tr
from ...errors import SeriesError
from ...safety.opening import RASTERS, closed_to_the_world
from ...safety.text import one_line
from .decoded import DecodedBlocks, dear

gdal.UseExceptions()

MAX_OPEN = 200
"""Files one reader keeps open; macOS lets a program hold 256."""

LEFT_OPEN = 56
"""Files of the limit of this process that are left to outputs, libraries and databases."""

MAX_BUFFERS = 256e6
"""Bytes that the decode buffers of open files may take together; a file holds about two of its blocks."""

MAX_KEPT = 96e6
"""Bytes of rows that are kept for the window below; files that find no room are read again there."""

SHARED_ROWS = 32
"""Rows of a file that a window and the one below it have in common at most: twice the surroundings of the network, of
cloud margins and of resampling. A window that wants more is read from the file."""

RECENT = 4
"""The newest handles are never the ones to go: one acquisition comes back to its files."""


class DatasetPool:
    """GDAL datasets by path.

    A season is read in the same order window after window, and a cache that drops the oldest file would then never
    hit. Here the newest but `RECENT` goes, so that most files stay open from window to window.

    A block of a file is decoded as a whole, whatever part is wanted. The rows of the last blocks that lie below a
    window are therefore read too, and kept with those that the window below shares with it. Blocks of JPEG 2000 cost
    so much that all of them are kept, on disk.
    """

    def __init__(self, limit: int = MAX_OPEN) -> None:
        self._limit = max(min(limit, most_files() - LEFT_OPEN), RECENT + 1)
        self._open: OrderedDict[str, tuple[gdal.Dataset, float]] = OrderedDict()
        self._buffers = 0.0
        self._kept: dict[_Key, _Rows] = {}
        self.kept_bytes = 0
        self._masked: dict[str, bool] = {}
        self.blocks = DecodedBlocks()

    def __len__(self) -> int:
        return len(self._open)

    def read(self, path: str, bands: Sequence[int], box: tuple[int, int, int, int]) -> np.ndarray:
        """Read bands of a box (column, row, width, height) in pixels of the file.

        Returns:
            (bands, height, width) in the type of the file.

        Raises:
            SeriesError: the file cannot be opened or read.
        """
        try:
            values = self._rows(path, tuple(bands), box)
        except RuntimeError as error:
            reason = one_line(error)
            raise SeriesError(
                tr("{path} cannot be read ({reason}); replace the file or leave it out.").format(
                    path=path, reason=reason
                )
            ) from error
        if values is None:
            raise SeriesError(tr("{path} cannot be read; replace the file or leave it out.").format(path=path))
        return values

    def mask(self, path: str, band: int, box: tuple[int, int, int, int]) -> np.ndarray | None:
        """Return where the mask or alpha band inside a file shows a box; None for files that have none.

        Returns:
            (height, width) bool.

        Raises:
            SeriesError: the file cannot be opened or read.
        """
        if path not in self._masked:
            self._masked[path] = _has_mask(self._dataset(path))
        if not self._masked[path]:
            return None
        column, row, width, height = box
        try:
            shown = self._dataset(path).GetRasterBand(band).GetMaskBand().ReadAsArray(column, row, width, height)
        except RuntimeError as error:
            reason = one_line(error)
            raise SeriesError(
                tr("The mask in {path} cannot be read ({reason}); replace the file.").format(path=path, reason=reason)
            ) from error
        return shown != 0

    def close(self) -> None:
        """Close every file."""
        self._open.clear()
        self._kept.clear()
        self.blocks.close()
        self._buffers, self.kept_bytes = 0.0, 0

    def _rows(self, path: str, bands: tuple[int, ...], box: tuple[int, int, int, int]) -> np.ndarray | None:
        column, row, width, height = box
        dataset = self._dataset(path)
        if dear(dataset):
            boxes = [found for band in bands if (found := self.blocks.read(dataset, path, band, box)) is not None]
            return np.stack(boxes) if len(boxes) == len(bands) else None
        kept = self._kept.pop((path, bands), None)
        parts = []
        if kept is not None:
            self.kept_bytes -= kept.values.nbytes
            parts = kept.within(column, row, width)
        first = row + sum(part.shape[1] for part in parts)
        end = max(_block_end(dataset, row + height), first)
        size = gdal.GetDataTypeSize(dataset.GetRasterBand(bands[0]).DataType) // 8
        room = self.kept_bytes + len(bands) * (end - row - height + SHARED_ROWS) * width * size <= MAX_KEPT
        if not room:
            end = row + height
        if first < end:
            with closed_to_the_world():
                fresh = dataset.ReadAsArray(column, first, width, end - first, band_list=list(bands))
            if fresh is None:
                return None
            parts.append(fresh if fresh.ndim == 3 else fresh[np.newaxis])
        values = parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)
        if room:
            from_row = max(height - SHARED_ROWS, 0)
            # A copy: the caller may write into what it gets.
            kept = _Rows(column, row + from_row, values[:, from_row:].copy())
            self._kept[path, bands] = kept
            self.kept_bytes += kept.values.nbytes
        return values[:, :height]

    def _dataset(self, path: str) -> gdal.Dataset:
        if path not in self._open:
            try:
                with closed_to_the_world():
                    dataset = gdal.OpenEx(path, gdal.OF_RASTER | gdal.OF_READONLY, allowed_drivers=RASTERS)
            except RuntimeError as error:
                if os.strerror(errno.EMFILE) not in str(error):
                    raise
                raise SeriesError(
                    tr(
                        "{path} cannot be opened: the limits of this account allow {most} open files at once; allow "
                        "more, such as by 'ulimit -n 1024'."
                    ).format(path=path, most=most_files())
                ) from error
            size = _buffer_size(dataset)
            while self._open and self._full(size):
                oldest_of_recent = next(islice(reversed(self._open), min(RECENT, len(self._open) - 1), None))
                self._buffers -= self._open.pop(oldest_of_recent)[1]
            self._open[path] = (dataset, size)
            self._buffers += size
        self._open.move_to_end(path)
        return self._open[path][0]

    def _full(self, size: float) -> bool:
        return len(self._open) >= self._limit or (len(self._open) > RECENT and self._buffers + size > MAX_BUFFERS)


def most_files() -> int:
    """Return how many files this process may have open."""
    try:
        import resource
    except ImportError:  # Windows
        return MAX_OPEN + LEFT_OPEN
    return min(resource.getrlimit(resource.RLIMIT_NOFILE)[0] % (1 << 31), 1 << 20)


_Key = tuple[str, tuple[int, ...]]


@dataclass(frozen=True)
class _Rows:
    """Rows of some bands of a file; `values` (bands, rows, columns) begin at its `column` and `row`."""

    column: int
    row: int
    values: np.ndarray

    def within(self, column: int, row: int, width: int) -> list[np.ndarray]:
        """Return the rows from `row` on of these columns; nothing where they do not all lie here."""
        top, left = row - self.row, column - self.column
        if 0 <= top < self.values.shape[1] and 0 <= left and left + width <= self.values.shape[2]:
            return [self.values[:, top:, left : left + width]]
        return []


def _has_mask(dataset: gdal.Dataset) -> bool:
    """Return whether a file holds a mask of its own, or an alpha band; a nodata value is none."""
    return bool(dataset.GetRasterBand(1).GetMaskFlags() & gdal.GMF_PER_DATASET)


def _block_end(dataset: gdal.Dataset, row: int) -> int:
    """Return the row where the blocks end that hold the row before `row`."""
    _, height = dataset.GetRasterBand(1).GetBlockSize()
    return min(-(-row // height) * height, dataset.RasterYSize)


def _buffer_size(dataset: gdal.Dataset) -> float:
    """Return the bytes that an open file holds for decoding: a block, packed and unpacked, of all its bands."""
    first = dataset.GetRasterBand(1)
    width, height = first.GetBlockSize()
    together = dataset.GetMetadataItem("INTERLEAVE", "IMAGE_STRUCTURE") == "PIXEL"
    return 2.0 * width * height * gdal.GetDataTypeSize(first.DataType) / 8 * (dataset.RasterCount if together else 1)
