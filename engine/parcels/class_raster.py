"""Class rasters as files: opened, refused where they are something else, and read strip by strip."""

from __future__ import annotations

import numpy as np
from osgeo import gdal

from ...models.card import CropClass
from ...models.language import tr
from ..errors import ParcelError
from ..legend import NAMES_TAG, read_legend
from ..provenance import carries_own_tags
from ..safety.opening import open_raster
from ..series.files.grid import Window
from .frame import Frame

gdal.UseExceptions()


def legend_of(crop_map: str) -> tuple[CropClass, ...]:
    """Return the named classes of a crop map; empty when it names none.

    Raises:
        ParcelError: the crop map cannot be opened.
    """
    try:
        return read_legend(crop_map)
    except RuntimeError as error:
        raise ParcelError(
            tr("The crop map {crop_map} cannot be opened ({error}): check the file.").format(
                crop_map=crop_map, error=_reason(error)
            )
        ) from error


def bands_left(dataset: gdal.Dataset, name: str) -> tuple[str, ...]:
    """Say that the first of several bands is taken; one that masks the others is none of them."""
    others = [dataset.GetRasterBand(number) for number in range(2, dataset.RasterCount + 1)]
    if all(band.GetColorInterpretation() == gdal.GCI_AlphaBand for band in others):
        return ()
    text = tr("The crop map {name} has {count} bands, of which the first is taken for the classes.")
    return (text.format(name=name, count=dataset.RasterCount),)


def refuse_others(dataset: gdal.Dataset, name: str) -> None:
    """Raise ParcelError for rasters that are easily taken for a crop map: other outputs, and pictures of a map."""
    band, tags = dataset.GetRasterBand(1), dataset.GetMetadata() or {}
    if carries_own_tags(tags) and NAMES_TAG not in tags and not band.GetRasterCategoryNames():
        raise ParcelError(
            tr("The raster {name} is another output of Crop Attention ({shown}): choose the crop map.").format(
                name=name, shown=band.GetDescription() or tr("without classes")
            )
        )
    if dataset.RasterCount >= 3 and band.GetColorInterpretation() == gdal.GCI_RedBand:
        raise ParcelError(
            tr("The raster {name} is a coloured picture and holds no class codes: choose the map itself.").format(
                name=name
            )
        )


def opened(path: str, what: str) -> gdal.Dataset:
    """Open a raster; `what` it is called in messages.

    Raises:
        ParcelError: it cannot be opened.
    """
    try:
        return open_raster(path)
    except RuntimeError as error:
        raise ParcelError(
            tr("The {what} {path} cannot be opened ({error}): check the file.").format(
                what=what, path=path, error=_reason(error)
            )
        ) from error


def read_strip(dataset: gdal.Dataset, window: Window, what: str, name: str) -> np.ndarray:
    """Return (height, width) numbers of the first band, in the type of the file.

    Raises:
        ParcelError: they cannot be read.
    """
    band = dataset.GetRasterBand(1)
    try:
        values = band.ReadAsArray(window.col, window.row, window.width, window.height)
    except RuntimeError as error:
        raise ParcelError(
            tr("The {what} {name} cannot be read ({error}): make it again.").format(
                what=what, name=name, error=_reason(error)
            )
        ) from error
    if (window.row + window.height) % band.GetBlockSize()[1] == 0:
        band.FlushCache()  # no strip comes back to these blocks, and GDAL would keep the whole map
    return values


def frame_of(dataset: gdal.Dataset, path: str) -> Frame:
    """Return where the pixels of a crop map lie.

    Raises:
        ParcelError: the raster is turned, or has no georeference.
    """
    x0, width, turn_x, y0, turn_y, height = dataset.GetGeoTransform()
    if turn_x != 0 or turn_y != 0 or width <= 0 or height >= 0:
        raise ParcelError(
            tr("The crop map {path} has no north-up georeference: warp it to its CRS first.").format(path=path)
        )
    return Frame(x0, y0, width, -height, dataset.RasterXSize, dataset.RasterYSize)


def _reason(error: Exception) -> str:
    return str(error).strip().rstrip(".")
