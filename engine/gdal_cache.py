"""GDAL's cache of decoded blocks, kept small while a map is made."""

from __future__ import annotations

from contextlib import contextmanager
from typing import Iterator

from osgeo import gdal


@contextmanager
def bounded_cache(megabytes: int) -> Iterator[None]:
    """Hold at most so much; GDAL's own limit is a share of the machine's memory, which is too much on a large one."""
    before = gdal.GetCacheMax()
    gdal.SetCacheMax(min(before, megabytes * 2**20))
    try:
        yield
    finally:
        gdal.SetCacheMax(before)
