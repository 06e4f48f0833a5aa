"""Opening files that somebody else made: only formats of files, nothing that leads elsewhere, no network, no Python."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from osgeo import gdal

from ...models.language import tr
from .names import real_file
from .sources import Indirect, check_sources, folders_of
from .views import endless_view

gdal.UseExceptions()

RASTERS = (
    "GTiff COG VRT MEM JP2OpenJPEG JP2KAK JP2ECW JP2MrSID JP2Lura HFA ENVI EHdr ESAT netCDF HDF4 HDF4Image HDF5 "
    "HDF5Image GPKG SENTINEL2 SAFE PNG JPEG BMP AAIGrid KEA RST SAGA RRASTER BSB GSBG ROI_PAC LCP"
).split()
"""GDAL's drivers that read a raster from a file of this computer. What they may lead to is checked before."""

VECTORS = (
    *"GPKG SQLite GeoJSON GeoJSONSeq TopoJSON ESRIJSON FlatGeobuf OGR_VRT GML KML LIBKML CSV OpenFileGDB".split(),
    *"FileGDB Parquet Arrow ODS XLSX XLS DXF GPX MEM Memory JSONFG MVT S57 DGN OGR_GMT JML".split(),
    "ESRI Shapefile",
    "MapInfo File",
)
"""GDAL's drivers that read vectors from a file of this computer."""

_SWITCHES = {
    "GDAL_VRT_ENABLE_PYTHON": "NO",
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".none",
    "GML_DOWNLOAD_SCHEMA": "NO",
    "OGR_SQLITE_LOAD_EXTENSIONS": "",
}
"""GDAL's own switches: nothing is fetched and no Python of a file is run."""


@contextmanager
def closed_to_the_world() -> Iterator[None]:
    """Set GDAL's switches against network and Python in this thread, as they were again afterwards."""
    own = hasattr(gdal, "SetThreadLocalConfigOption") and hasattr(gdal, "GetThreadLocalConfigOption")
    read, write = (
        (gdal.GetThreadLocalConfigOption, gdal.SetThreadLocalConfigOption)
        if own
        else (gdal.GetConfigOption, gdal.SetConfigOption)
    )
    before = {name: read(name) for name in _SWITCHES}
    for name, value in _SWITCHES.items():
        write(name, value)
    # What is wrong is raised; GDAL would print it besides.
    gdal.PushErrorHandler("CPLQuietErrorHandler")
    try:
        yield
    finally:
        gdal.PopErrorHandler()
        for name, value in before.items():
            write(name, value)


def open_raster(path: str, allowed: Sequence[str] | None = None) -> gdal.Dataset:
    """Open a raster to read it.

    Args:
        allowed: folders that it may lead to, as `folders_of` returns them; None takes its own.

    Raises:
        RuntimeError: it cannot be opened, is of a format that is not read, or leads elsewhere.
    """
    check_sources(path, folders_of([path]) if allowed is None else allowed)
    with closed_to_the_world():
        return _opened(path, gdal.OF_RASTER, RASTERS)


def open_vector(path: str, options: Sequence[str] = (), layer: str = "") -> gdal.Dataset:
    """Open a vector file to read it.

    Args:
        layer: the only one that will be read; "" for any.

    Raises:
        RuntimeError: it cannot be opened, is of a format that is not read, leads elsewhere, or holds an endless view.
    """
    check_sources(path, folders_of([path]))
    check_views(path, layer)
    with closed_to_the_world():
        return _opened(path, gdal.OF_VECTOR, VECTORS, options)


def check_views(path: str, layer: str = "") -> None:
    """Refuse a database with a view that may never end, where it is the layer or any may be taken.

    Raises:
        Indirect: it holds one.
    """
    wrong = endless_view(path, real_file(path), layer)
    if wrong:
        raise Indirect(wrong)


def _opened(path: str, kind: int, drivers: Sequence[str], options: Sequence[str] = ()) -> gdal.Dataset:
    try:
        found = gdal.OpenEx(path, kind | gdal.OF_READONLY, allowed_drivers=list(drivers), open_options=list(options))
    except RuntimeError:
        found = None
        driver = gdal.IdentifyDriverEx(path, kind)
        if driver is None or driver.ShortName in drivers:
            raise
        raise RuntimeError(
            tr("files of the format {shortname} are not read; save it as another one").format(
                shortname=driver.ShortName
            )
        ) from None
    return found
