"""The crop map and its confidence raster as parcels see them: codes, legend and frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from osgeo import gdal

from ..errors import ParcelError
from ..legend import read_legend
from ..series.files.grid import Window
from .frame import Frame

gdal.UseExceptions()

_INTEGERS = (gdal.GDT_Byte, gdal.GDT_UInt16, gdal.GDT_Int16, gdal.GDT_UInt32, gdal.GDT_Int32)


def legend_of(crop_map: str) -> dict[int, str]:
    """Return the class names of a crop map by code, from its category names; empty when it has none.

    Raises:
        ParcelError: the crop map cannot be opened.
    """
    try:
        return {entry.code: entry.name for entry in read_legend(crop_map)}
    except RuntimeError as error:
        raise ParcelError(f"The crop map {crop_map} cannot be opened ({_plain(error)}): check the file.") from error


@dataclass(frozen=True)
class RasterPlace:
    """Where a raster lies, as `mapping.writer` takes it; pixels need not be square.

    Attributes:
        crs: as WKT.
        width, height: in pixels.
        geotransform: GDAL's six numbers.
    """

    crs: str
    width: int
    height: int
    geotransform: tuple[float, float, float, float, float, float]


class ClassMap:
    """A crop map, and the confidence raster that belongs to it, read by strips.

    Attributes:
        frame: place and size.
        crs: coordinate reference system (osr.SpatialReference), None when the map has none.
        block_rows: rows that the file stores together.
    """

    def __init__(self, crop_map: str, confidence: str | None = None) -> None:
        """Open and compare the two.

        Raises:
            ParcelError: a file cannot be opened, is turned, holds no class codes, or the two differ in grid.
        """
        self._name = crop_map
        self._map = _opened(crop_map, "crop map")
        self.frame = _frame_of(self._map, crop_map)
        self.crs = self._map.GetSpatialRef()
        band = self._map.GetRasterBand(1)
        if band.DataType not in _INTEGERS:
            raise ParcelError(
                f"The crop map {crop_map} holds decimal numbers: choose a raster of class codes 1 to 255."
            )
        self._nodata = band.GetNoDataValue()
        self._confidence = None
        if confidence:
            self._confidence = _opened(confidence, "confidence raster")
            self._check_same_grid(confidence)
            self._confidence_nodata = self._confidence.GetRasterBand(1).GetNoDataValue()
        self.block_rows = band.GetBlockSize()[1]

    @property
    def place(self) -> RasterPlace:
        """Where a raster on the grid of this map lies."""
        frame = self.frame
        whole = Window(0, 0, frame.height, frame.width)
        return RasterPlace(self.crs.ExportToWkt(), frame.width, frame.height, frame.geotransform(whole))

    @property
    def has_confidence(self) -> bool:
        """Whether a confidence raster was given."""
        return self._confidence is not None

    def codes(self, window: Window) -> np.ndarray:
        """Return (height, width) uint8 class codes, 0 where there is none.

        Raises:
            ParcelError: the map cannot be read or holds codes outside 0 to 255.
        """
        codes = _read(self._map, window, "crop map", self._name)
        if self._nodata is not None and self._nodata != 0:
            codes = np.where(codes == self._nodata, 0, codes)
        if codes.dtype != np.uint8 and codes.size and (codes.min() < 0 or codes.max() > 255):
            raise ParcelError(
                f"The crop map {self._name} holds codes outside 0 to 255: choose a raster of class codes."
            )
        return codes.astype(np.uint8, copy=False)

    def confidence(self, window: Window) -> np.ndarray:
        """Return (height, width) confidence as the raster holds it: for `percent`, once the pixels are chosen."""
        return _read(self._confidence, window, "confidence raster", self._confidence.GetDescription())

    def percent(self, stored: np.ndarray) -> np.ndarray:
        """Return stored confidence in percent as float64, NaN where unknown (nodata, or not 0 to 100)."""
        if stored.dtype == np.uint8 and stored.size > 256:
            return self.percent(np.arange(256, dtype=np.uint8))[stored]
        percent = stored.astype(np.float64)
        percent[(percent == self._confidence_nodata) | (percent < 0) | (percent > 100)] = np.nan
        return percent

    def _check_same_grid(self, confidence: str) -> None:
        one, other = self._map, self._confidence
        mine, theirs = np.array(one.GetGeoTransform()), np.array(other.GetGeoTransform())
        tolerance = 1e-3 * min(self.frame.pixel_width, self.frame.pixel_height)
        reach = np.array([1, self.frame.width, self.frame.height] * 2)
        same_place = (np.abs((mine - theirs) * reach) <= tolerance).all()
        same_size = (one.RasterXSize, one.RasterYSize) == (other.RasterXSize, other.RasterYSize)
        crs = other.GetSpatialRef()
        same_crs = self.crs is None or crs is None or bool(self.crs.IsSame(crs))
        if not (same_place and same_size and same_crs):
            raise ParcelError(
                f"The crop map {self._name} and the confidence raster {confidence} do not lie on one grid: "
                "choose the two outputs of the same run."
            )


def _opened(path: str, what: str) -> gdal.Dataset:
    try:
        return gdal.Open(path)
    except RuntimeError as error:
        raise ParcelError(f"The {what} {path} cannot be opened ({_plain(error)}): check the file.") from error


def _read(dataset: gdal.Dataset, window: Window, what: str, name: str) -> np.ndarray:
    band = dataset.GetRasterBand(1)
    try:
        values = band.ReadAsArray(window.col, window.row, window.width, window.height)
    except RuntimeError as error:
        raise ParcelError(f"The {what} {name} cannot be read ({_plain(error)}): make it again.") from error
    if (window.row + window.height) % band.GetBlockSize()[1] == 0:
        band.FlushCache()  # no strip comes back to these blocks, and GDAL would keep the whole map
    return values


def _frame_of(dataset: gdal.Dataset, path: str) -> Frame:
    x0, width, turn_x, y0, turn_y, height = dataset.GetGeoTransform()
    if turn_x != 0 or turn_y != 0 or width <= 0 or height >= 0:
        raise ParcelError(f"The crop map {path} has no north-up georeference: warp it to its CRS first.")
    return Frame(x0, y0, width, -height, dataset.RasterXSize, dataset.RasterYSize)


def _plain(error: Exception) -> str:
    return str(error).strip().rstrip(".")
