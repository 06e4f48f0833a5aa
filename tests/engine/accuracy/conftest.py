"""Small maps with a legend and references with known answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from osgeo import gdal, ogr, osr

from crop_attention.engine.legend import put_legend
from crop_attention.models.card import CropClass
from rasters import ORIGIN, write_raster

gdal.UseExceptions()
ogr.UseExceptions()

LEGEND = (CropClass(1, "Maïs", "#e06020"), CropClass(2, "Winter wheat", "#e0b020"), CropClass(3, "Grass", "#a0e070"))


@pytest.fixture
def crop_map(tmp_path: Path) -> Callable[..., str]:
    """A function that writes codes as a map of 10 m pixels with the legend above and returns its path."""

    def write(codes: Sequence, name: str = "map.tif", legend: Sequence[CropClass] = LEGEND, **options: object) -> str:
        path = write_raster(tmp_path / name, np.asarray(codes), **{"dtype": "uint8", "nodata": 0, **options})
        if legend:
            dataset = gdal.Open(path, gdal.GA_Update)
            put_legend(dataset, legend)
            del dataset
        return path

    return write


@pytest.fixture
def reference_file(tmp_path: Path) -> Callable[..., str]:
    """A function that writes (crop, WKT in pixels from the upper left corner) as a GeoPackage."""

    def write(features: Sequence[tuple[object, str | None]], epsg: int = 32631, name: str = "reference.gpkg") -> str:
        utm, target = osr.SpatialReference(), osr.SpatialReference()
        utm.ImportFromEPSG(32631)
        target.ImportFromEPSG(epsg)
        for reference in (utm, target):
            reference.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
        shapes = [(crop, None if wkt is None else _on_map(wkt)) for crop, wkt in features]
        kind = next(shape.GetGeometryType() for _, shape in shapes if shape is not None)
        source = ogr.GetDriverByName("GPKG").CreateDataSource(str(tmp_path / name))
        layer = source.CreateLayer("reference", target, kind)
        whole = all(isinstance(crop, int) for crop, _ in features)
        layer.CreateField(ogr.FieldDefn("crop", ogr.OFTInteger if whole else ogr.OFTString))
        for crop, shape in shapes:
            feature = ogr.Feature(layer.GetLayerDefn())
            if crop is not None:
                feature.SetField("crop", crop)
            if shape is not None:
                if epsg != 32631:
                    shape.Transform(osr.CoordinateTransformation(utm, target))
                feature.SetGeometry(shape)
            layer.CreateFeature(feature)
        layer = source = None
        return str(tmp_path / name)

    return write


@pytest.fixture
def box() -> Callable[[float, float, float, float], str]:
    """A function from left, top, right, bottom in pixels to WKT."""
    return lambda left, top, right, bottom: (
        f"POLYGON(({left} {top},{right} {top},{right} {bottom},{left} {bottom},{left} {top}))"
    )


def _on_map(wkt: str) -> ogr.Geometry:
    geometry = ogr.CreateGeometryFromWkt(wkt)
    rings = [geometry.GetGeometryRef(i) for i in range(geometry.GetGeometryCount())] or [geometry]
    for ring in rings:
        for place in range(ring.GetPointCount()):
            x, y = ring.GetPoint_2D(place)
            ring.SetPoint_2D(place, ORIGIN[0] + 10 * x, ORIGIN[1] - 10 * y)
    return geometry
