"""Blocks of JPEG 2000 files, decoded once and kept on disk for the windows that want them again."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import OrderedDict, defaultdict
from typing import Any, BinaryIO, Iterator

import numpy as np
from osgeo import gdal

from ...safety.opening import closed_to_the_world

MAX_DECODED = 16e9
"""Bytes on disk of the decoded blocks of one reader: a whole tile of Sentinel-2 with 30 clear dates takes them all, as
tiles of the map come column by column and the blocks of a file stick out into the next column."""

LEAST_FREE = 20e9
"""Bytes of the disk that are left to the outputs and to others; with less the blocks are decoded again."""

MAX_BLOCK = 64e6
"""Bytes of a block above which a file is read without this."""

LASTING = "/var/tmp"  # noqa: S108  # nosec B108
"""The folder for temporary files that Linux and macOS keep on a disk; the usual one may lie in memory."""

Box = tuple[int, int, int, int]
"""Column, row, width and height in pixels of a file."""


def dear(dataset: gdal.Dataset) -> bool:
    """Return whether decoding a block of a file costs more than reading it back from the disk."""
    name = dataset.GetDriver().ShortName
    if not (name.startswith("JP2") or name == "JPEG2000"):
        return False
    band = dataset.GetRasterBand(1)
    width, height = band.GetBlockSize()
    return width * height * gdal.GetDataTypeSize(band.DataType) // 8 <= MAX_BLOCK


class DecodedBlocks:
    """The latest decoded blocks, bounded in bytes; one without a disk to write on decodes again and is no error.

    The file has no name where the system allows it, and goes with the process, however that ends.

    Attributes:
        decoded: how many blocks were decoded.
    """

    def __init__(self, limit: float = MAX_DECODED, least_free: float = LEAST_FREE) -> None:
        self._file: BinaryIO | None = None
        self._limit, self._least_free = limit, least_free
        self._end = 0
        self._places: OrderedDict[tuple[str, int, int, int], tuple[int, int]] = OrderedDict()
        self._oldest: dict[int, OrderedDict[tuple[str, int, int, int], None]] = defaultdict(OrderedDict)
        self.decoded = 0

    @property
    def bytes_on_disk(self) -> int:
        """Bytes that are taken of the disk."""
        return self._end

    def __del__(self) -> None:
        self.close()

    def read(self, dataset: gdal.Dataset, path: str, number: int, box: Box) -> np.ndarray | None:
        """Return a box of one band, None where it cannot be read.

        Returns:
            (height, width) in the type of the file.
        """
        column, row, width, height = box
        out: np.ndarray | None = None
        for across, down, place in _blocks(dataset, box):
            block = self._block(dataset, (path, number, across, down), place)
            if block is None:
                return None
            if out is None:
                out = np.empty((height, width), block.dtype)
            left, top = max(place[0], column), max(place[1], row)
            right, bottom = min(place[0] + place[2], column + width), min(place[1] + place[3], row + height)
            part = block[top - place[1] : bottom - place[1], left - place[0] : right - place[0]]
            out[top - row : bottom - row, left - column : right - column] = part
        return out

    def close(self) -> None:
        """Let go of all blocks and of the disk."""
        if self._file is not None:
            self._file.close()
        self._file, self._end = None, 0
        self._places.clear()
        self._oldest.clear()

    def _block(self, dataset: gdal.Dataset, key: tuple[str, int, int, int], place: Box) -> np.ndarray | None:
        found = self._find(dataset, key, place)
        if found is not None:
            return found
        with closed_to_the_world():
            block = dataset.GetRasterBand(key[1]).ReadAsArray(*place)
        if block is not None:
            self.decoded += 1
            self._keep(key, block)
        return block

    def _find(self, dataset: gdal.Dataset, key: tuple[str, int, int, int], place: Box) -> np.ndarray | None:
        if key not in self._places or self._file is None:
            return None
        start, size = self._places[key]
        self._oldest[size].move_to_end(key)
        kind: Any = _KINDS[dataset.GetRasterBand(key[1]).DataType]
        out: Any = np.empty((place[3], place[2]), kind)
        try:
            self._file.seek(start)
            whole = self._file.readinto(memoryview(out).cast("B")) == size == out.nbytes  # type: ignore[attr-defined]
        except OSError:
            whole = False
        return out if whole else None

    def _keep(self, key: tuple[str, int, int, int], block: np.ndarray) -> None:
        if block.dtype not in _KINDS.values():
            return
        start = self._place_for(block.nbytes)
        if start is None or self._file is None:
            return
        try:
            self._file.seek(start)
            whole = self._file.write(np.ascontiguousarray(block).tobytes()) == block.nbytes
        except OSError:
            whole = False
        if not whole:  # the disk is full; the place stays unused
            self._limit = 0
            return
        self._places[key] = (start, block.nbytes)
        self._oldest[block.nbytes][key] = None

    def _place_for(self, size: int) -> int | None:
        """Return where a block may be written: behind the others, or in place of the oldest of its size."""
        try:
            if self._file is None and self._limit >= size:
                self._file = tempfile.TemporaryFile(prefix="crop_attention_", dir=_folder(), buffering=0)
            if self._file is not None and self._end + size <= self._limit and _free() >= self._least_free:
                self._end += size
                return self._end - size
        except OSError:
            self._limit = 0
            return None
        if not self._oldest[size]:
            return None
        oldest, _ = self._oldest[size].popitem(last=False)
        return self._places.pop(oldest)[0]


_KINDS = {
    gdal.GDT_Byte: np.dtype(np.uint8),
    gdal.GDT_UInt16: np.dtype(np.uint16),
    gdal.GDT_Int16: np.dtype(np.int16),
    gdal.GDT_UInt32: np.dtype(np.uint32),
    gdal.GDT_Int32: np.dtype(np.int32),
    gdal.GDT_Float32: np.dtype(np.float32),
}


def _folder() -> str | None:
    chosen = any(os.environ.get(name) for name in ("TMPDIR", "TEMP", "TMP"))
    return LASTING if not chosen and os.path.isdir(LASTING) and os.access(LASTING, os.W_OK) else None


def _free() -> float:
    return shutil.disk_usage(_folder() or tempfile.gettempdir()).free


def _blocks(dataset: gdal.Dataset, box: Box) -> Iterator[tuple[int, int, Box]]:
    """Yield column and row of each block that a box touches, and the pixels that it holds."""
    column, row, width, height = box
    block_width, block_height = dataset.GetRasterBand(1).GetBlockSize()
    for down in range(row // block_height, -(-(row + height) // block_height)):
        for across in range(column // block_width, -(-(column + width) // block_width)):
            left, top = across * block_width, down * block_height
            right = min(left + block_width, dataset.RasterXSize)
            bottom = min(top + block_height, dataset.RasterYSize)
            yield across, down, (left, top, right - left, bottom - top)
