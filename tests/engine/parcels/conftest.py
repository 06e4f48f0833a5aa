"""Small crop maps and polygons with known answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from osgeo import gdal, ogr

from crop_attention.engine.series.files.grid import Grid
from rasters import ORIGIN, write_raster

gdal.UseExceptions()
ogr.UseExceptions()


@pytest.fixture
def crop_map(tmp_path: Path) -> Callable[..., str]:
    """A function that writes class codes as a crop map of 10 m pixels and returns its path."""

    def write(codes: Sequence, name: str = "map.tif", legend: Sequence[str] = (), **options: object) -> str:
        path = write_raster(
            tmp_path / name, np.asarray(codes), **{"dtype": "uint8", "options": ["BLOCKYSIZE=1"], **options}
        )
        if legend:
            dataset = gdal.Open(path, gdal.GA_Update)
            dataset.GetRasterBand(1).SetCategoryNames(list(legend))
            del dataset
        return path

    return write


@pytest.fixture
def polygon() -> Callable[[str], bytes]:
    """A function from WKT in pixel coordinates (x to the right, y down, from the upper left corner) to WKB."""

    def convert(wkt: str, pixel: float = 10.0) -> bytes:
        geometry = ogr.CreateGeometryFromWkt(wkt)
        _to_map(geometry, pixel)
        return bytes(geometry.ExportToIsoWkb())

    return convert


@pytest.fixture
def box(polygon: Callable[[str], bytes]) -> Callable[..., bytes]:
    """A function from left, top, right, bottom in pixel coordinates to the WKB of a rectangle."""

    def convert(left: float, top: float, right: float, bottom: float) -> bytes:
        return polygon(f"POLYGON(({left} {top},{right} {top},{right} {bottom},{left} {bottom},{left} {top}))")

    return convert


@pytest.fixture
def grid_of() -> Callable[[int, int], Grid]:
    """A function from width and height to the grid of the crop maps."""
    return lambda width, height: Grid("", ORIGIN[0], ORIGIN[1], 10.0, width, height)


def _to_map(geometry: ogr.Geometry, pixel: float) -> None:
    for part in range(geometry.GetGeometryCount()):
        _to_map(geometry.GetGeometryRef(part), pixel)
    if geometry.GetGeometryCount() == 0:
        for place in range(geometry.GetPointCount()):
            x, y, *rest = geometry.GetPoint(place)
            x, y = ORIGIN[0] + pixel * x, ORIGIN[1] - pixel * y
            if geometry.Is3D():
                geometry.SetPoint(place, x, y, rest[0])
            else:
                geometry.SetPoint_2D(place, x, y)
