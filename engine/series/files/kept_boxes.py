"""Boxes that were read stay in memory: what is settled about a series looks at the same few places again and again."""

from __future__ import annotations

from collections import defaultdict
from typing import Sequence

import numpy as np
from osgeo import gdal

from ...safety.opening import closed_to_the_world
from .decoded import dear
from .pool import DatasetPool

MAX_BYTES = 128e6
"""Of boxes that are kept; what finds no room is read again."""

MOST_BANDS = 16
"""Bands of a file up to which all are kept: they are decoded together where they lie pixel by pixel."""

Box = tuple[int, int, int, int]


class KeptBoxes(DatasetPool):
    """A pool that reads a little around each box and answers from what it has read."""

    def __init__(self, around: int) -> None:
        """`around`: pixels of the files by which a later look may be wider."""
        super().__init__()
        self._around = around
        self._boxes: dict[str, list[tuple[Box, tuple[int, ...], np.ndarray]]] = defaultdict(list)
        self._bytes = 0

    def close(self) -> None:
        """Close every file and forget what was read."""
        super().close()
        self._boxes.clear()
        self._bytes = 0

    def _rows(self, path: str, bands: tuple[int, ...], box: Box) -> np.ndarray | None:
        found = self._among_kept(path, bands, box)
        if found is None and self._keep(path, bands, box):
            found = self._among_kept(path, bands, box)
        # JPEG 2000 is kept as decoded blocks; and what cannot be read around a box may be whole inside.
        return super()._rows(path, bands, box) if found is None else found

    def _among_kept(self, path: str, bands: tuple[int, ...], box: Box) -> np.ndarray | None:
        column, row, width, height = box
        for (left, top, across, down), numbers, values in self._boxes[path]:
            x, y = column - left, row - top
            if x >= 0 and y >= 0 and x + width <= across and y + height <= down and set(bands) <= set(numbers):
                # A copy: the caller may write into what it gets.
                return values[[numbers.index(band) for band in bands], y : y + height, x : x + width]
        return None

    def _keep(self, path: str, bands: Sequence[int], box: Box) -> bool:
        dataset = self._dataset(path)
        if dear(dataset):
            return False
        numbers = tuple(range(1, dataset.RasterCount + 1)) if _together(dataset) else tuple(bands)
        column, row, width, height = box
        left, top = max(column - self._around, 0), max(row - self._around, 0)
        right = min(column + width + self._around, dataset.RasterXSize)
        bottom = min(row + height + self._around, dataset.RasterYSize)
        size = gdal.GetDataTypeSize(dataset.GetRasterBand(1).DataType) // 8
        if self._bytes + len(numbers) * (right - left) * (bottom - top) * size > MAX_BYTES:
            return False
        try:
            with closed_to_the_world():
                values = dataset.ReadAsArray(left, top, right - left, bottom - top, band_list=list(numbers))
        except RuntimeError:
            return False
        if values is None:
            return False
        values = values if values.ndim == 3 else values[np.newaxis]
        self._boxes[path].append(((left, top, right - left, bottom - top), numbers, values))
        self._bytes += values.nbytes
        return True


def _together(dataset: gdal.Dataset) -> bool:
    """Return whether the bands of a file, all of one type, are decoded together."""
    pixel = dataset.GetMetadataItem("INTERLEAVE", "IMAGE_STRUCTURE") == "PIXEL"
    return pixel and dataset.GetDriver().ShortName == "GTiff" and dataset.RasterCount <= MOST_BANDS
