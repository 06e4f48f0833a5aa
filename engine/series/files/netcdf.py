"""netCDF as openEO, odc-stac and xarray write it: a variable a band, a time dimension; read through GDAL."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Mapping

from osgeo import gdal

from ...safety.opening import open_raster

gdal.UseExceptions()

SUFFIXES = (".nc", ".nc4")
_TIME_NAMES = ("t", "time", "date", "datetime", "valid_time", "time_bnds")
_SINCE = re.compile(
    r"\s*(seconds?|minutes?|hours?|days?|milliseconds?|microseconds?|nanoseconds?)\s+since\s+"
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


def band_day(band: gdal.Band, tags: Mapping[str, str]) -> date | None:
    """Return the day of a band on the time dimension of its file, None where there is none."""
    own = band.GetMetadata() or {}
    for name in _TIME_NAMES:
        value, units = own.get(f"NETCDF_DIM_{name}"), tags.get(f"{name}#units")
        if value is not None and units:
            return day_since(value, units)
    return None


def day_since(value: str, units: str) -> date | None:
    """Return the day of "17720" in "days since 1970-01-01"; None where either cannot be read."""
    match = _SINCE.fullmatch(units)
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[1:])
    try:
        start = datetime(year, month, day, hour, minute, second)
        return (start + timedelta(seconds=float(value) * _SECONDS[match.group(1).lower().rstrip("s")])).date()
    except (ValueError, OverflowError):
        return None
