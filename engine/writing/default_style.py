"""The default style of a layer inside its GeoPackage, where QGIS looks for it when the layer is opened."""

from __future__ import annotations

from osgeo import gdal, ogr

TABLE = "layer_styles"
"""QGIS's own table: other programs pass it over."""

_TEXTS = (
    ("f_table_catalog", 256), ("f_table_schema", 256), ("f_table_name", 256), ("f_geometry_column", 256),
    ("styleName", 30), ("styleQML", 0), ("styleSLD", 0), ("description", 0), ("owner", 30), ("ui", 30),
)  # fmt: skip


def store_style(target: gdal.Dataset, layer: ogr.Layer, qml: str) -> None:
    """Write a style as the default of a layer of a GeoPackage that is open for writing.

    Args:
        target: the GeoPackage, in which this is the first style.

    Raises:
        RuntimeError: GDAL cannot write.
    """
    table = target.CreateLayer(TABLE, None, ogr.wkbNone, ["FID=id"])
    for name, width in _TEXTS:
        field = ogr.FieldDefn(name, ogr.OFTString)
        field.SetWidth(width)
        table.CreateField(field)
    default = ogr.FieldDefn("useAsDefault", ogr.OFTInteger)
    default.SetSubType(ogr.OFSTBoolean)
    table.CreateField(default)
    table.CreateField(ogr.FieldDefn("update_time", ogr.OFTDateTime))
    row = ogr.Feature(table.GetLayerDefn())
    texts = {name: "" for name, _ in _TEXTS}
    texts |= {"f_table_name": layer.GetName(), "f_geometry_column": layer.GetGeometryColumn(), "styleQML": qml}
    for name, value in {**texts, "styleName": layer.GetName()[:30], "useAsDefault": 1}.items():
        row.SetField(name, value)
    table.CreateFeature(row)
