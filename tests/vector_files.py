"""Small vector files, written and read back."""

from __future__ import annotations

from osgeo import gdal, ogr, osr

from crop_attention.engine.options import ParcelOptions
from rasters import ORIGIN, crs_wkt

ALL = ParcelOptions(leave_border=False)


def square(col: float, size: float = 3) -> str:
    """Return the WKT of a square of the first row."""
    west, north = ORIGIN[0] + 10 * col, ORIGIN[1]
    east, south = west + 10 * size, north - 10 * size
    return f"POLYGON(({west} {north},{east} {north},{east} {south},{west} {south},{west} {north}))"


def write(path, layers, driver="GPKG", wkt=None, options=()):
    """Write layers of (name, geometry type, fields, features); a feature is (WKT or None, values)."""
    reference = osr.SpatialReference()
    reference.ImportFromWkt(wkt or crs_wkt(32631))
    source = gdal.GetDriverByName(driver).Create(str(path), 0, 0, 0, gdal.GDT_Unknown)
    for name, kind, fields, features in layers:
        layer = source.CreateLayer(name, reference, kind, list(options))
        for field, type_ in fields.items():
            layer.CreateField(ogr.FieldDefn(field, type_))
        for shape, values in features:
            feature = ogr.Feature(layer.GetLayerDefn())
            for place, value in enumerate(values):
                feature.SetField(place, value)
            if shape is not None:
                feature.SetGeometry(ogr.CreateGeometryFromWkt(shape))
            layer.CreateFeature(feature)
        layer = None
    source = None
    return str(path)


def read(path):
    """Return rows as dictionaries and WKT."""
    dataset = gdal.OpenEx(str(path), gdal.OF_VECTOR)
    layer = dataset.GetLayer(0)
    return [
        (dict(feature.items()), feature.GetGeometryRef() and feature.GetGeometryRef().ExportToIsoWkt())
        for feature in layer
    ]
