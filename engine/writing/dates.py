"""The time that GeoPackages carry, fixed so that a run made again writes the same bytes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone

from osgeo import gdal

_OPTION = "OGR_CURRENT_DATE"


@contextmanager
def fixed_dates(created: str) -> Iterator[None]:
    """Let what this thread writes with OGR carry a time.

    Args:
        created: ISO 8601; "" leaves the clock.
    """
    if not created:
        yield
        return
    # The option of one thread, where GDAL can set it, so that other threads keep the clock.
    own = hasattr(gdal, "SetThreadLocalConfigOption") and hasattr(gdal, "GetThreadLocalConfigOption")
    read, write = (
        (gdal.GetThreadLocalConfigOption, gdal.SetThreadLocalConfigOption)
        if own
        else (gdal.GetConfigOption, gdal.SetConfigOption)
    )
    before = read(_OPTION)
    moment = datetime.fromisoformat(created).astimezone(timezone.utc)
    write(_OPTION, moment.strftime("%Y-%m-%dT%H:%M:%S.000Z"))
    try:
        yield
    finally:
        write(_OPTION, before)
