"""What the header of one raster file says, frozen: the file is opened once and closed."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from typing import Mapping, Sequence

from osgeo import gdal

from ....models.language import tr
from ...paths import plain_path, variable_of
from ...provenance import OWN_TAG
from ...safety.opening import open_raster
from ...safety.sources import Indirect, check_sources, folders_of
from ..messages import short_name
from .geometry import Geometry, is_metric, spatial_reference
from .integrity import damage
from .listing import Listed
from .netcdf import band_day, band_names, position, scalar_day, variable_in
from .product import Product, Products
from .request import request_of
from .snap import snap_names
from .stac import Told

gdal.UseExceptions()

METRES_PER_DEGREE = 111_320.0
"""Of latitude, on the sphere."""


SMALLEST_PIXEL, LARGEST_PIXEL = 0.01, 100_000.0
"""Metres: pixels beyond are a broken map position, and would ask for a grid that no memory holds."""

FARTHEST = 1e12
"""Units of a CRS from its origin."""

LONGEST_TEXT = 2000
"""Letters of a tag or description that are read."""

GREATEST_SCALE = 1e9

_NAMELESS = re.compile(r"Band\d+", re.IGNORECASE)
"""Variables of netCDF files that GDAL wrote from bands without names."""


class Unreadable(ValueError):
    """A file cannot be used; the text says why, without its name. `broken` files may be skipped on request.

    `elsewhere` tells of files that lead to others that are not opened.
    """

    def __init__(self, reason: str, broken: bool = True, elsewhere: bool = False) -> None:
        super().__init__(reason)
        self.broken, self.elsewhere = broken, elsewhere


SERVERS = frozenset("DAAS EEDA EEDAI HTTP NGW OGCAPI PLMOSAIC PLSCENES STACIT STACTA WCS WMS WMTS".split())
"""GDAL's drivers that would ask the network: nothing is downloaded silently."""


@dataclass(frozen=True)
class BandFacts:
    """One band of a file: its number from 1, its description, its type and what its numbers stand for.

    Attributes:
        dtype: GDAL's name ("UInt16").
        scale, offset: None where the file sets neither (or 1 and 0).
        day: on the time dimension of a netCDF file, or stated of the band; None elsewhere.
    """

    number: int
    description: str
    dtype: str
    nodata: float | None = None
    scale: float | None = None
    offset: float | None = None
    day: date | None = None

    @property
    def integer(self) -> bool:
        """Return whether the band holds whole numbers."""
        return "Int" in self.dtype or self.dtype == "Byte"


@dataclass(frozen=True)
class RasterFacts:
    """One file: where it lies, its bands, its tags (those of its product added) and its product.

    Attributes:
        label: what messages call it; "" for its file name.
        listed: what the analyst's list says of it.
        told: what a STAC item says of it.
    """

    path: str
    geometry: Geometry
    bands: tuple[BandFacts, ...]
    tags: Mapping[str, str]
    product: Product | None = None
    label: str = ""
    listed: Listed | None = None
    told: Told | None = None

    @property
    def pixel(self) -> float:
        """Side of a pixel in metres."""
        return pixel_metres(self.geometry)

    @property
    def name(self) -> str:
        """Name for messages."""
        return self.label or short_name(plain_path(self.path) if variable_of(self.path) else self.path)

    @property
    def own_output(self) -> bool:
        """Return whether this plugin wrote the file."""
        return OWN_TAG in self.tags

    def only(self, numbers: Sequence[int]) -> RasterFacts:
        """Return the file with some of its bands."""
        return replace(self, bands=tuple(band for band in self.bands if band.number in numbers))


def pixel_metres(geometry: Geometry) -> float:
    """Return the side of a pixel in metres."""
    if is_metric(geometry.crs):
        return geometry.pixel
    reference = spatial_reference(geometry.crs)
    return geometry.pixel * (METRES_PER_DEGREE if reference.IsGeographic() else reference.GetLinearUnits())


def describe(path: str, products: Products | None = None, allowed: Sequence[str] | None = None) -> RasterFacts:
    """Read the header of a raster; no pixels but the last block are touched.

    Args:
        products: metadata files that were read before.
        allowed: folders that a virtual raster may point into; None takes its own.

    Raises:
        Unreadable: the file cannot be opened, is cut short or has no place on the map.
    """
    gdal.PushErrorHandler("CPLQuietErrorHandler")
    try:
        return _describe(path, products or Products(), allowed)
    except Indirect as error:
        raise Unreadable(str(error), broken=False, elsewhere=True) from error
    except RuntimeError as error:
        raise Unreadable(_reason(error, path)) from error
    finally:
        gdal.PopErrorHandler()


def _describe(path: str, products: Products, allowed: Sequence[str] | None) -> RasterFacts:
    if path != path.encode("utf-8", "replace").decode("utf-8"):
        raise Unreadable(tr("has a name that is not Unicode text; rename it"))
    check_sources(path, folders_of([path]) if allowed is None else allowed)
    driver = gdal.IdentifyDriverEx(path, gdal.OF_RASTER)
    if driver is not None and driver.ShortName in SERVERS:
        raise Unreadable(
            tr("describes a map server and is not a raster; save the rasters to this computer"), False, True
        )
    dataset = open_raster(path, allowed)
    if dataset is None or dataset.RasterCount == 0:
        raise Unreadable(tr("contains no raster bands") if dataset else tr("cannot be opened"))
    broken = damage(dataset)
    if broken:
        raise Unreadable(broken)
    crs, transform = position(dataset, path)
    if transform is None:
        points = dataset.GetGCPCount() > 0
        reason = tr("has ground control points only; terrain-correct it first") if points else tr("has no map position")
        raise Unreadable(reason, broken=False)
    if not crs:
        raise Unreadable(tr("has no coordinate reference system; assign one"), broken=False)
    if spatial_reference(crs).IsLocal():
        raise Unreadable(
            tr("has a coordinate reference system that is not tied to the Earth; assign one"), broken=False
        )
    if not all(abs(number) < FARTHEST for number in transform):
        raise Unreadable(tr("has a map position that is not a number"), broken=False)
    first = dataset.GetRasterBand(1)
    width, height = first.GetBlockSize()
    geometry = Geometry(crs, transform, dataset.RasterXSize, dataset.RasterYSize, width * height)
    if not SMALLEST_PIXEL < pixel_metres(geometry) < LARGEST_PIXEL:
        raise Unreadable(tr("has a pixel size that no map can have; correct its map position"), broken=False)
    product = products.of(path)
    own = {key: value[:LONGEST_TEXT] for key, value in (dataset.GetMetadata() or {}).items()}
    asked, names = request_of(path)
    tags = {**(product.tags if product else {}), **asked, **own}
    variable = variable_in(dataset, path)
    if variable:
        names = names or band_names(dataset)
        variable = "" if names else variable
    bands = tuple(
        _band(dataset.GetRasterBand(number), number, variable, own) for number in range(1, dataset.RasterCount + 1)
    )
    if variable_in(dataset, path) and not any(band.day for band in bands):
        bands = tuple(replace(band, day=scalar_day(path)) for band in bands)
    if not names and not any(band.description for band in bands) and dataset.GetDriver().ShortName == "GTiff":
        names = snap_names(path)
    if len(names) == len(bands) and not any(band.description for band in bands):
        bands = tuple(replace(band, description=name) for band, name in zip(bands, names))
    return RasterFacts(path, geometry, bands, tags, product)


def _band(band: gdal.Band, number: int, variable: str, tags: Mapping[str, str]) -> BandFacts:
    scale, offset = band.GetScale(), band.GetOffset()
    if not all(abs(value or 0.0) <= GREATEST_SCALE for value in (scale, offset)):
        raise Unreadable(
            tr("has a scale or offset in band {number} that is not a number; correct it").format(number=number)
        )
    if gdal.DataTypeIsComplex(band.DataType):
        raise Unreadable(
            tr(
                "holds complex numbers in band {number}, not reflectance or backscatter; process it further first"
            ).format(number=number),
        )
    if scale in (None, 1.0) and band.GetUnitType().strip().lower() in ("%", "percent"):
        scale = 0.01
    plain = scale in (None, 1.0, 0.0) and offset in (None, 0.0)
    return BandFacts(
        number,
        _description(band, variable)[:LONGEST_TEXT],
        gdal.GetDataTypeName(band.DataType),
        band.GetNoDataValue(),
        None if plain else (scale or 1.0),
        None if plain else (offset or 0.0),
        band_day(band, tags) or _stated_day(band),
    )


def _stated_day(band: gdal.Band) -> date | None:
    """Return the day that R's terra states of each layer, None where there is none."""
    try:
        return date.fromisoformat((band.GetMetadataItem("DATE_TIME") or "")[:10])
    except ValueError:
        return None


def _description(band: gdal.Band, variable: str) -> str:
    """Return the variable of a netCDF file, a band's description, or an item that openEO and others write instead."""
    if _NAMELESS.fullmatch(variable):
        return ""
    items = (band.GetMetadataItem(key) for key in ("DESCRIPTION", "BANDNAME", "BAND_NAME"))
    return variable or band.GetDescription() or next(filter(None, items), "")


def _reason(error: Exception, path: str) -> str:
    text = re.sub(r"\s+", " ", str(error)).strip().rstrip(".")
    if not text or "not recognized" in text:
        return tr("cannot be opened: not a raster, or a broken one")
    return tr("cannot be opened: {path}").format(path=text.replace(path, short_name(path))[:160])
