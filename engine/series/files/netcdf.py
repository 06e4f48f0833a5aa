"""netCDF as openEO, odc-stac, cubo and xarray write it: a variable a band, or one of all bands, over time.

Read through GDAL, which finds neither the map position of coordinates without CF attributes (as xarray writes them)
nor the names along a dimension of bands.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Mapping, Sequence

import numpy as np
from osgeo import gdal, osr

from ...paths import file_of, variable_of
from ...safety.opening import closed_to_the_world, open_raster

gdal.UseExceptions()

SUFFIXES = (".nc", ".nc4")
_TIME_NAMES = ("t", "time", "date", "datetime", "valid_time", "time_bnds")
_SINCE = re.compile(
    r"\s*(months?|seconds?|minutes?|hours?|days?|milliseconds?|microseconds?|nanoseconds?)\s+since\s+"
    r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ](\d{1,2}):(\d{1,2})(?::(\d{1,2}))?)?.*",
    re.IGNORECASE,
)
_SECONDS = {
    "nanosecond": 1e-9,
    "microsecond": 1e-6,
    "millisecond": 1e-3,
    "second": 1.0,
    "minute": 60.0,
    "hour": 3600.0,
    "day": 86400.0,
}
_EASTINGS, _NORTHINGS = ("x", "lon", "longitude", "easting"), ("y", "lat", "latitude", "northing")
_CODE = re.compile(r"(?:(?:\+init=)?EPSG:)?(\d{4,6})", re.IGNORECASE)
_WRITTEN_OUT = re.compile(r"\s*(?:\+proj=|PROJC|GEOGC|GEODC)", re.IGNORECASE)
"""How PROJ strings and WKT begin."""
_MAPPINGS = ("spatial_ref", "crs")
_CODE_NAME = "epsg"
"""Number that stackstac keeps beside its coordinates."""

_CRS_KEYS = ("crs", "epsg", "proj4", "crs_wkt", "spatial_ref")
_CALENDARS = ("", "standard", "gregorian", "proleptic_gregorian")
_SINCE_GREGORIAN = 1583
"""First whole year of today's calendar: what tools count since an earlier one is days apart."""
Transform = tuple[float, float, float, float, float, float]
"""GDAL's six numbers."""

MOST_PIXELS = 10_000_000
"""Coordinates that are read of one axis."""

UNEVEN = 0.01
"""Share of a pixel by which coordinates may be off a regular grid."""

_SPATIAL = re.compile(r"(?:crs|spatial_ref|transverse_mercator|lat|lon|latitude|longitude|x|y|t|time)", re.IGNORECASE)


def variables_of(path: str) -> list[str]:
    """Return the GDAL paths of the variables that hold rasters; the file itself where it has but one, or none."""
    gdal.PushErrorHandler("CPLQuietErrorHandler")
    try:
        dataset = open_raster(path)
        found = dataset.GetSubDatasets() if dataset is not None else []
    except RuntimeError:
        found = []
    finally:
        gdal.PopErrorHandler()
    names = [name for name, _ in found if not _SPATIAL.fullmatch(name.rpartition(":")[2])]
    return sorted(names) or [path]


def is_netcdf(dataset: gdal.Dataset) -> bool:
    """Return whether GDAL reads a dataset as netCDF."""
    return bool(dataset.GetDriver().ShortName == "netCDF")


def variable_in(dataset: gdal.Dataset, path: str) -> str:
    """Return the variable that a dataset shows, "" for a file of another kind."""
    if not is_netcdf(dataset):
        return ""
    return variable_of(path) or dataset.GetRasterBand(1).GetMetadataItem("NETCDF_VARNAME") or ""


def position(dataset: gdal.Dataset, path: str) -> tuple[str, Transform | None]:
    """Return CRS (WKT, "" for none) and geotransform (None for none) of a raster.

    GDAL knows the axes of a netCDF file by their CF attributes alone, and without them gives the rows of a variable
    from the last to the first; here the coordinates themselves tell.
    """
    crs, transform = dataset.GetProjection(), dataset.GetGeoTransform(can_return_null=True)
    if not is_netcdf(dataset) or (crs and transform is not None):
        return crs, transform
    axes, mapped = _axes(file_of(path), variable_in(dataset, path))
    if len(axes) == 2:
        if transform is None:
            transform = _transform(axes)
        crs = crs or mapped or _crs(dataset.GetMetadata() or {}, [name for name, _ in axes])
    return crs, transform


def _axes(path: str, variable: str) -> tuple[list[tuple[str, np.ndarray]], str]:
    """Return name and coordinates of the last two dimensions of a variable, the rows first, and the grid mapping.

    xarray's arithmetic drops the attribute that leads from a variable to the grid mapping, which stays in the file.
    """
    found, crs = [], ""
    with closed_to_the_world():
        dataset, root, names = _contents(path)
        # Variables of groups bring their own coordinates.
        grouped = "/" in variable
        array = root.OpenMDArrayFromFullname(f"/{variable}") if grouped else None
        array = root.OpenMDArray(variable) if variable in names else array
        for dimension in array.GetDimensions()[-2:] if array is not None else ():
            places = dimension.GetIndexingVariable()
            numbers = places is not None and places.GetDataType().GetClass() == gdal.GEDTC_NUMERIC
            if numbers and places.GetDimensionCount() == 1 and dimension.GetSize() < MOST_PIXELS:
                found.append((dimension.GetName().lower(), np.asarray(places.ReadAsArray(), np.float64)))
        for name in _MAPPINGS:
            for attribute in root.OpenMDArray(name).GetAttributes() if name in names and not crs else ():
                if attribute.GetName() in ("crs_wkt", "spatial_ref"):
                    crs = attribute.ReadAsString() or ""
        code = root.OpenMDArray(_CODE_NAME) if _CODE_NAME in names and not crs else None
        if code is not None and code.GetTotalElementsCount() == 1:
            crs = _crs({_CODE_NAME: str(int(np.ravel(code.ReadAsArray())[0]))}, ())
    return found, crs


def _contents(path: str) -> tuple[gdal.Dataset, gdal.Group, list[str]]:
    """Return an open file, its root and the names of its variables, single numbers too."""
    dataset = gdal.OpenEx(path, gdal.OF_MULTIDIM_RASTER | gdal.OF_READONLY, allowed_drivers=["netCDF"])
    root = dataset.GetRootGroup()
    return dataset, root, root.GetMDArrayNames(["SHOW_ZERO_DIM=YES"]) or []


def scalar_day(path: str) -> date | None:
    """Return the day of a file with one time, as xarray writes a single date; None without one."""
    with closed_to_the_world():
        _dataset, root, names = _contents(file_of(path))
        for name in _TIME_NAMES:
            array = root.OpenMDArray(name) if name in names else None
            if array is not None and array.GetTotalElementsCount() == 1:
                calendars = [each.ReadAsString() for each in array.GetAttributes() if each.GetName() == "calendar"]
                return day_since(str(np.ravel(array.ReadAsArray())[0]), array.GetUnit(), *calendars)
    return None


def _transform(axes: Sequence[tuple[str, np.ndarray]]) -> Transform | None:
    (down, rows), (across, columns) = axes
    vertical, horizontal = _ends(rows[::-1]), _ends(columns)
    if vertical is None or horizontal is None or down == across:
        return None
    (top, row), (left, column) = vertical, horizontal
    if down in _EASTINGS and across in _NORTHINGS:
        return (top, 0.0, row, left, column, 0.0)
    return (left, column, 0.0, top, 0.0, row)


def _ends(places: np.ndarray) -> tuple[float, float] | None:
    """Return the outer edge of the first pixel and the step to the next; None where steps differ."""
    steps = np.diff(places)
    if not steps.size or not np.isfinite(steps).all() or not steps[0]:
        return None
    step = float(places[-1] - places[0]) / steps.size
    if np.abs(steps - step).max() > UNEVEN * abs(step):
        return None
    return float(places[0]) - step / 2, step


def _crs(tags: Mapping[str, str], names: Sequence[str]) -> str:
    """Return the CRS that an attribute names as xarray users keep it, or that of plain longitude and latitude."""
    reference = osr.SpatialReference()
    for key, value in tags.items():
        code = _CODE.fullmatch(value.strip()) if key.rpartition("#")[2] in _CRS_KEYS else None
        if code:
            reference.ImportFromEPSG(int(code.group(1)))
            return str(reference.ExportToWkt())
        if key.rpartition("#")[2] in _CRS_KEYS and _WRITTEN_OUT.match(value):
            reference.SetFromUserInput(value)
            return str(reference.ExportToWkt())
    if {name[:3] for name in names} == {"lon", "lat"}:
        reference.ImportFromEPSG(4326)
        return str(reference.ExportToWkt())
    return ""


def band_names(dataset: gdal.Dataset) -> tuple[str, ...]:
    """Return the name of each band along a dimension of names, such as that of stackstac and cubo; empty for none."""
    tags = dataset.GetMetadata() or {}
    extra = _listed(tags.get("NETCDF_DIM_EXTRA", ""))
    sizes = [
        int(size) if size.isdigit() else 0
        for name in extra
        for size in _listed(tags.get(f"NETCDF_DIM_{name}_DEF", ""))[:1]
    ]
    if len(extra) != len(sizes) or not sizes or int(np.prod(sizes)) != dataset.RasterCount:
        return ()
    for place, name in enumerate(extra):
        values = _listed(tags.get(f"NETCDF_DIM_{name}_VALUES", ""))
        if name not in _TIME_NAMES and len(values) == sizes[place] and not all(map(_is_number, values)):
            return tuple(values[index] for index in np.indices(sizes)[place].ravel())
    return ()


def _listed(text: str) -> list[str]:
    """Return the values of GDAL's "{a,b}"."""
    return [value.strip() for value in text.strip("{}").split(",")] if text else []


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def band_day(band: gdal.Band, tags: Mapping[str, str]) -> date | None:
    """Return the day of a band on the time dimension of its file, None where there is none."""
    own = band.GetMetadata() or {}
    for name in _TIME_NAMES:
        value = own.get(f"NETCDF_DIM_{name}")
        units, calendar = (
            next((text for key, text in tags.items() if key.rpartition("/")[2] == f"{name}#{what}"), "")
            for what in ("units", "calendar")
        )
        if value is not None and units:
            return day_since(value, units, calendar)
    return None


def day_since(value: str, units: str, calendar: str = "") -> date | None:
    """Return the day of "17720" in "days since 1970-01-01"; None where either cannot be read, or of another calendar.

    Months, which gdalcubes counts, are composites and dated by their middle.
    """
    match = _SINCE.fullmatch(units)
    if match is None or calendar.lower() not in _CALENDARS:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[1:])
    if year < _SINCE_GREGORIAN and calendar.lower() != _CALENDARS[-1]:
        return None
    try:
        if match.group(1).lower().startswith("month"):
            years, months = divmod(year * 12 + month - 1 + int(float(value)), 12)
            return date(years, months + 1, 15)
        start = datetime(year, month, day, hour, minute, second)
        return (start + timedelta(seconds=float(value) * _SECONDS[match.group(1).lower().rstrip("s")])).date()
    except (ValueError, OverflowError):
        return None
