"""Another raster on the grid of a map."""

from __future__ import annotations

from typing import Any

from osgeo import gdal

from .class_map import ClassMap

gdal.UseExceptions()


def warped(class_map: ClassMap, source: gdal.Dataset, place: str = "", **options: Any) -> gdal.Dataset:
    """Return a virtual dataset of a raster on the grid of a map, nearest neighbour, read when asked.

    Args:
        class_map: the map.
        source: raster on any grid, in any CRS.
        place: virtual file to hold it, so that it can be opened by name; none by default.
        options: of `gdal.Warp`, beside grid and resampling.
    """
    frame = class_map.frame
    east, south = frame.x0 + frame.width * frame.pixel_width, frame.y0 - frame.height * frame.pixel_height
    return gdal.Warp(
        place,
        source,
        format="VRT",
        dstSRS=class_map.crs.ExportToWkt(),
        outputBounds=(frame.x0, south, east, frame.y0),
        width=frame.width,
        height=frame.height,
        resampleAlg="near",
        **options,
    )
