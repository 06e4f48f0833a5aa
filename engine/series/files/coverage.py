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
"""Share of the smaller of two filled areas that both may show: strips of one pass overlap a little."""


def fill_each_other(places: Sequence[tuple[str, int, float | None]]) -> bool:
    """Return whether no two of the files show much of the same area.

    Args:
        places: path, band number and nodata value of each; all of one size and map position.
    """
    filled: list[np.ndarray] = []
    for path, number, nodata in places:
        found = filled_pixels(path, number, nodata)
        if found is None or (filled and found.shape != filled[0].shape):
            return False
        filled.append(found)
    for index, one in enumerate(filled):
        for other in filled[index + 1 :]:
            smaller = min(one.sum(), other.sum())
            if (one & other).sum() > MOST_SHARED * smaller:
                return False
    return True


def filled_pixels(path: str, number: int, nodata: float | None) -> np.ndarray | None:
    """Return where a band holds numbers, (rows, columns) bool thinned to `SIDE`; None where it cannot be read."""
    try:
        with closed_to_the_world():
            dataset = gdal.OpenEx(path, gdal.OF_RASTER | gdal.OF_READONLY, allowed_drivers=RASTERS)
        width, height = min(dataset.RasterXSize, SIDE), min(dataset.RasterYSize, SIDE)
        values = dataset.GetRasterBand(number).ReadAsArray(buf_xsize=width, buf_ysize=height)
    except RuntimeError:
        return None
    if values is None:
        return None
    filled = np.isfinite(values) & (values != 0)
    return filled if nodata is None else filled & (values != nodata)
