"""Areas of one class that are too small to be shown, given to their largest neighbour."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from osgeo import gdal

from ...models.language import tr
from ..errors import OutputError
from ..feedback import Feedback
from ..series.files.grid import Window

gdal.UseExceptions()

_ROWS = 1024
_FOUR_NEIGHBOURS = 4


def sieve(path: str, least: Mapping[int, int], feedback: Feedback) -> None:
    """Sieve a class raster in its place, over all tiles at once.

    GDAL's sieve joins areas over the whole raster, so no tile shows. Classes with a least size of their own are done
    one size after the other, the smallest first. Pixels without a class (0) are neither filled nor given away.

    Args:
        path: class raster that is open for nobody else; 0 is no data.
        least: class code -> pixels under which an area of it is too small.

    Raises:
        OutputError: GDAL cannot sieve.
    """
    sizes = sorted({size for size in least.values() if size > 1})
    for number, size in enumerate(sizes):
        feedback.progress(number / len(sizes))
        members = [code for code, own in least.items() if own >= size]
        _sieve_once(path, size, members, feedback)
    feedback.progress(1.0)


def _sieve_once(path: str, size: int, members: list[int], feedback: Feedback) -> None:
    """Take from areas of fewer than `size` pixels those whose class is among the members."""
    try:
        dataset = gdal.Open(path, gdal.GA_Update)
        band = dataset.GetRasterBand(1)
        work = gdal.GetDriverByName("GTiff").Create(
            f"{path}.sieved.tif", dataset.RasterXSize, dataset.RasterYSize, 1, gdal.GDT_Byte, ["COMPRESS=LZW"]
        )
        sieved = work.GetRasterBand(1)
        callback = lambda *_: int(not feedback.cancelled())  # noqa: E731
        gdal.SieveFilter(band, band.GetMaskBand(), sieved, size, _FOUR_NEIGHBOURS, callback=callback)
        feedback.check()
        chosen = np.zeros(256, bool)
        chosen[members] = True
        for row in range(0, dataset.RasterYSize, _ROWS):
            window = Window(row, 0, min(_ROWS, dataset.RasterYSize - row), dataset.RasterXSize)
            place = (window.col, window.row, window.width, window.height)
            before, after = band.ReadAsArray(*place), sieved.ReadAsArray(*place)
            taken = chosen[before] & (after != 0)
            band.WriteArray(np.where(taken, after, before), window.col, window.row)
        band.FlushCache()
    except RuntimeError as error:
        feedback.check()
        reason = str(error).strip().rstrip(".")
        raise OutputError(
            tr("Small areas cannot be removed ({reason}): set the minimum area to 0.").format(reason=reason)
        ) from error
    finally:
        dataset = band = work = sieved = None
        gdal.PushErrorHandler("CPLQuietErrorHandler")
        try:
            gdal.Unlink(f"{path}.sieved.tif")
        finally:
            gdal.PopErrorHandler()
