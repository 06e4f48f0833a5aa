"""Small crop maps and polygons with known answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from osgeo import gdal, ogr, osr

from crop_attention.engine.parcels import visit as visit_module
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
        return bytes(geometry.ExportToIsoWkb(ogr.wkbNDR))

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


@pytest.fixture(params=[1, 1000], ids=["together", "one by one"])
def crowd(request, monkeypatch):
    """Few parcels are burnt one by one, many together: the answer is the same."""
    monkeypatch.setattr(visit_module, "_CROWD", request.param)


@pytest.fixture
def map_path(crop_map: Callable[..., str]) -> str:
    """A crop map of 8 x 8 pixels: four columns of winter cereals, three of maize, one of rapeseed."""
    codes = np.repeat([[1, 1, 1, 1, 2, 2, 2, 3]], 8, axis=0)
    return crop_map(codes, legend=["", "Winter cereals", "Maize", "Rapeseed"])


@pytest.fixture
def write_parcels(tmp_path: Path) -> Callable[..., str]:
    """A function that writes (WKB or None, attributes) features and returns the path."""

    def write(
        features: Sequence[tuple[bytes | None, dict]],
        name: str = "parcels.gpkg",
        fields: dict[str, int] | None = None,
        epsg: int | None = 32631,
        kind: int = ogr.wkbPolygon,
        driver: str = "GPKG",
        options: Sequence[str] = (),
    ) -> str:
        path = str(tmp_path / name)
        reference = None
        if epsg is not None:
            reference = osr.SpatialReference()
            reference.ImportFromEPSG(epsg)
            reference.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
        source = gdal.GetDriverByName(driver).Create(path, 0, 0, 0, gdal.GDT_Unknown)
        layer = source.CreateLayer("parcels", reference, kind, list(options))
        for field, type_ in (fields or {"name": ogr.OFTString}).items():
            layer.CreateField(ogr.FieldDefn(field, type_))
        for wkb, attributes in features:
            feature = ogr.Feature(layer.GetLayerDefn())
            for key, value in attributes.items():
                if key == "FID":
                    feature.SetFID(value)
                else:
                    feature[key] = value
            if wkb is not None:
                feature.SetGeometry(ogr.CreateGeometryFromWkb(wkb))
            layer.CreateFeature(feature)
        del layer, source
        return path

    return write


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
