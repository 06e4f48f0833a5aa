"""Whether files of one place fill each other's gaps or show the same twice."""

from __future__ import annotations

from typing import Sequence

import numpy as np
from osgeo import gdal

from ...safety.opening import RASTERS, closed_to_the_world

gdal.UseExceptions()

SIDE = 256
"""Pixels a side at which files are compared."""

MOST_SHARED = 0.2
"""Share of the smaller of two filled areas that both may show whatever it holds: strips of one pass overlap."""

ALIKE, ADDED = 0.05, 0.02
"""Where more is shared: the median difference of its numbers, as a share of them, up to which it is one image (tiles of
one pass are corrected one by one), and the share of each area that the other must lack."""


def fill_each_other(places: Sequence[tuple[str, int, float | None]]) -> bool:
    """Return whether no two of the files show much of the same area, or the same there, and each something else.

    Args:
        places: path, band number and nodata value of each; all of one size and map position.
    """
    found: list[np.ndarray] = []
    for path, number, nodata in places:
        numbers = _numbers(path, number, nodata)
        if numbers is None or (found and numbers.shape != found[0].shape):
            return False
        found.append(numbers)
    return all(_fit(one, other) for index, one in enumerate(found) for other in found[index + 1 :])


def _fit(one: np.ndarray, other: np.ndarray) -> bool:
    filled = np.isfinite(one), np.isfinite(other)
    both = filled[0] & filled[1]
    areas = [int(each.sum()) for each in filled]
    if both.sum() <= MOST_SHARED * min(areas):
        return True
    if any(area - both.sum() < ADDED * area for area in areas):
        return False
    off = np.abs(one[both] - other[both]) / np.maximum(np.abs(one[both]), np.abs(other[both]))
    return bool(np.median(off) <= ALIKE)


def _numbers(path: str, number: int, nodata: float | None) -> np.ndarray | None:
    """Return a band thinned to `SIDE`, (rows, columns) float64 with NaN where it holds none; None if unreadable."""
    try:
        with closed_to_the_world():
            dataset = gdal.OpenEx(path, gdal.OF_RASTER | gdal.OF_READONLY, allowed_drivers=RASTERS)
        width, height = min(dataset.RasterXSize, SIDE), min(dataset.RasterYSize, SIDE)
        values = dataset.GetRasterBand(number).ReadAsArray(buf_xsize=width, buf_ysize=height)
    except RuntimeError:
        return None
    if values is None:
        return None
    missing = ~np.isfinite(values) | (values == 0)
    if nodata is not None:
        missing |= values == nodata
    return np.where(missing, np.nan, values).astype(np.float64)
