"""The crop map and its confidence raster as parcels see them: codes, legend and frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from osgeo import gdal

from ...models.known import known
from ...models.language import tr
from ..errors import ParcelError
from ..legend import zero_is_class
from ..series.files.geometry import on_earth
from ..series.files.grid import Window
from .class_raster import bands_left, frame_of, opened, read_strip, refuse_others

gdal.UseExceptions()

_INTEGERS = (
    *(gdal.GDT_Byte, gdal.GDT_UInt16, gdal.GDT_Int16, gdal.GDT_UInt32, gdal.GDT_Int32),
    *(getattr(gdal, name) for name in ("GDT_Int64", "GDT_UInt64", "GDT_Int8") if hasattr(gdal, name)),
)
_DECIMALS = (gdal.GDT_Float32, gdal.GDT_Float64)
MOST_CLASSES = 255
_LARGEST = 2**32
"""No class code reaches it."""
_ENDS = {np.dtype(kind): np.iinfo(kind).max for kind in ("uint16", "int16", "uint32", "int32", "int64", "uint64")}
"""Largest number of a type, which tools write for "no data"."""


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
        name: what messages call it.
        crs: coordinate reference system (osr.SpatialReference), None when the map has none.
        block_rows: rows that the file stores together.
        values: (256,) int64, the code of the file that stands behind each number that `codes` returns; the same
            numbers unless any codes are taken.
        zero_is_class: the code 0 is a class of the map.
        notes: what was taken to be so, for people.
    """

    def __init__(self, crop_map: str, confidence: str | None = None, any_codes: bool = False, name: str = "") -> None:
        """Open and compare the two.

        Args:
            crop_map: raster of class codes.
            confidence: raster of percent on the same grid.
            any_codes: take rasters of 16 and 32 bits, decimals that are whole, and 0 as a class where "no data" is
                another number; `codes` then returns places in `values` where these are not the codes themselves.
            name: what messages call the raster, where it is only a view of a file; "" takes the path.

        Raises:
            ParcelError: a file cannot be opened, is turned, holds no class codes, or the two differ in grid.
        """
        self.name = name or crop_map
        self._map = opened(crop_map, tr("crop map"))
        self.frame = frame_of(self._map, crop_map)
        self.crs = self._map.GetSpatialRef()
        band = self._map.GetRasterBand(1)
        refuse_others(self._map, self.name)
        if band.DataType not in _INTEGERS + _DECIMALS * any_codes:
            raise ParcelError(
                tr("The crop map {crop_map} holds decimal numbers: choose a raster of class codes 1 to 255.").format(
                    crop_map=crop_map
                )
            )
        self._nodata = band.GetNoDataValue()
        self.values, self.zero_is_class = np.arange(256), False
        self.notes = bands_left(self._map, self.name)
        self._found: np.ndarray | None = None
        self._confidence = None
        if confidence:
            self._confidence = opened(confidence, tr("confidence raster"))
            self._check_same_grid(confidence)
            self._confidence_nodata = self._confidence.GetRasterBand(1).GetNoDataValue()
        self.block_rows = band.GetBlockSize()[1]
        if any_codes:
            self.zero_is_class = zero_is_class(self._map)
            if band.DataType != gdal.GDT_Byte or self.zero_is_class:
                self._find_codes()

    def placed(self) -> ClassMap:
        """Return the map itself.

        Raises:
            ParcelError: it has no CRS.
        """
        if not on_earth(self.crs):
            raise ParcelError(
                tr("The raster {raster} has no coordinate reference system: assign the right one first.").format(
                    raster=self.name
                )
            )
        return self

    def place_of(self, code: int) -> int:
        """Return the number by which `codes` tells a code, also of one that the map does not show.

        Raises:
            ParcelError: there are more codes than numbers.
        """
        if self._found is None:
            return code
        known = np.flatnonzero(self.values[1:] == code)
        if len(known):
            return int(known[0]) + 1
        free = np.flatnonzero(self.values[1:] < 0)
        if not len(free):
            raise self._too_many()
        self.values[free[0] + 1] = code
        return int(free[0]) + 1

    def known_codes(self) -> list[int]:
        """Return the codes that may be meant by a number: those the map shows, or all of 1 to 255."""
        return list(range(1, 256)) if self._found is None else self._found.tolist()

    @property
    def zero_unsaid(self) -> bool:
        """Whether 0 counts as no data though the file does not say so."""
        return self._nodata is None and not self.zero_is_class

    @property
    def recoded(self) -> bool:
        """Whether `codes` returns places in `values`."""
        return self._found is not None

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
        """Return (height, width) uint8 class codes, or their places in `values`; 0 where there is none.

        Raises:
            ParcelError: the map cannot be read or holds codes outside 0 to 255.
        """
        codes = read_strip(self._map, window, tr("crop map"), self.name)
        if self._found is not None:
            whole, missing = self._whole(codes)
            places = np.searchsorted(self._found, whole).astype(np.uint8) + np.uint8(1)
            return np.where(missing, np.uint8(0), places)
        if self._nodata is not None and self._nodata != 0:
            codes = np.where(codes == self._nodata, 0, codes)
        if codes.dtype != np.uint8 and codes.size and (codes.min() < 0 or codes.max() > 255):
            raise ParcelError(
                tr("The crop map {name} holds codes outside 0 to 255: choose a raster of class codes.").format(
                    name=self.name
                )
            )
        return codes.astype(np.uint8, copy=False)

    def confidence(self, window: Window) -> np.ndarray:
        """Return (height, width) confidence as the raster holds it: for `percent`, once the pixels are chosen."""
        confidence = known(self._confidence)
        return read_strip(confidence, window, tr("confidence raster"), confidence.GetDescription())

    def percent(self, stored: np.ndarray) -> np.ndarray:
        """Return stored confidence in percent as float64, NaN where unknown (nodata, or not 0 to 100)."""
        if stored.dtype == np.uint8 and stored.size > 256:
            return self.percent(np.arange(256, dtype=np.uint8))[stored]
        percent = stored.astype(np.float64)
        percent[(percent == self._confidence_nodata) | (percent < 0) | (percent > 100)] = np.nan
        return percent

    def _whole(self, codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return int64 codes, and where there is none."""
        missing = ~np.isfinite(codes) if codes.dtype.kind == "f" else np.zeros(codes.shape, bool)
        if self._nodata is not None:
            missing |= codes == codes.dtype.type(self._nodata) if _fits(self._nodata, codes.dtype) else False
        if not self.zero_is_class:
            missing |= codes == 0
        missing |= (codes < 0) | (codes >= _LARGEST)
        if self._nodata is None and codes.dtype in _ENDS:
            missing |= codes == _ENDS[codes.dtype]
        if codes.dtype.kind == "f":
            here = codes[~missing]
            if (here != np.rint(here)).any():
                raise ParcelError(
                    tr(
                        "The crop map {name} holds decimal numbers: choose a raster of class codes, which are whole."
                    ).format(name=self.name)
                )
            codes = np.where(missing, 0, codes)
        return codes.astype(np.int64), missing

    def _find_codes(self) -> None:
        """Find which codes the map holds, and give each a number."""
        found: set[int] = set()
        strange: set[float] = set()
        for strip in self.frame.strips(self.block_rows):
            codes = read_strip(self._map, strip, tr("crop map"), self.name)
            whole, missing = self._whole(codes)
            found.update(np.unique(whole[~missing]).tolist())
            if len(found) > MOST_CLASSES:
                raise self._too_many()
            left = codes[missing & np.isfinite(codes) & (codes != 0)] if codes.dtype.kind == "f" else codes[missing]
            strange.update(np.unique(left)[:10].tolist())
        strange -= {0, self._nodata}
        if strange:
            shown = ", ".join(f"{value:g}" for value in sorted(strange)[:5])
            self.notes += (
                tr("The crop map {name} holds {shown}, which is treated as no data: no class has such a code.").format(
                    name=self.name, shown=shown
                ),
            )
        self._found = np.array(sorted(found), np.int64)
        self.values = np.full(256, -1, np.int64)
        self.values[0] = 0
        self.values[1 : 1 + len(found)] = self._found

    def _too_many(self) -> ParcelError:
        return ParcelError(
            tr(
                "The crop map {name} holds more than {most_classes} different values: choose a raster of classes."
            ).format(name=self.name, most_classes=MOST_CLASSES)
        )

    def _check_same_grid(self, confidence: str) -> None:
        one, other = self._map, known(self._confidence)
        mine, theirs = np.array(one.GetGeoTransform()), np.array(other.GetGeoTransform())
        tolerance = 1e-3 * min(self.frame.pixel_width, self.frame.pixel_height)
        reach = np.array([1, self.frame.width, self.frame.height] * 2)
        same_place = (np.abs((mine - theirs) * reach) <= tolerance).all()
        same_size = (one.RasterXSize, one.RasterYSize) == (other.RasterXSize, other.RasterYSize)
        crs = other.GetSpatialRef()
        same_crs = self.crs is None or crs is None or bool(self.crs.IsSame(crs))
        if not (same_place and same_size and same_crs):
            raise ParcelError(
                tr(
                    "The crop map {name} and the confidence raster {confidence} do not lie on one grid: choose the "
                    "two outputs of the same run."
                ).format(name=self.name, confidence=confidence)
            )


def _fits(number: float, kind: np.dtype) -> bool:
    if kind.kind == "f":
        return True
    limits = np.iinfo(kind)
    return number == int(number) and limits.min <= number <= limits.max
