"""Open files, never more than a bounded number at once."""

from __future__ import annotations

from collections import OrderedDict
from itertools import islice
from typing import Sequence

import numpy as np
from osgeo import gdal

from ..errors import SeriesError

gdal.UseExceptions()

MAX_OPEN = 200
"""Files one reader keeps open; macOS lets a program hold 256."""

MAX_BUFFERS = 256e6
"""Bytes that the decode buffers of open files may take together; a file holds about two of its blocks."""

RECENT = 4
"""The newest handles are never the ones to go: one acquisition comes back to its files."""


class DatasetPool:
    """GDAL datasets by path.

    A season is read in the same order window after window, and a cache that drops the oldest file would then never
    hit. Here the newest but `RECENT` goes, so that most files stay open from window to window.
    """

    def __init__(self, limit: int = MAX_OPEN) -> None:
        self._limit = max(limit, RECENT + 1)
        self._open: OrderedDict[str, tuple[gdal.Dataset, float]] = OrderedDict()
        self._buffers = 0.0

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
            values = self._dataset(path).ReadAsArray(*box, band_list=list(bands))
        except RuntimeError as error:
            reason = " ".join(str(error).split()).rstrip(".")
            raise SeriesError(f"{path} cannot be read ({reason}); replace the file or leave it out.") from error
        if values is None:
            raise SeriesError(f"{path} cannot be read; replace the file or leave it out.")
        return values if values.ndim == 3 else values[np.newaxis]

    def close(self) -> None:
        """Close every file."""
        self._open.clear()
        self._buffers = 0.0

    def _dataset(self, path: str) -> gdal.Dataset:
        if path not in self._open:
            dataset = gdal.Open(path)
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


def _buffer_size(dataset: gdal.Dataset) -> float:
    """Return the bytes that an open file holds for decoding: a block, packed and unpacked, of all its bands."""
    first = dataset.GetRasterBand(1)
    width, height = first.GetBlockSize()
    together = dataset.GetMetadataItem("INTERLEAVE", "IMAGE_STRUCTURE") == "PIXEL"
    return 2.0 * width * height * gdal.GetDataTypeSize(first.DataType) / 8 * (dataset.RasterCount if together else 1)
