"""The reference: polygons or points with a class, in the CRS of the map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from osgeo import gdal, ogr, osr

from ..errors import AccuracyError
from ..feedback import Feedback
from ..parcels.geometry import CHECK_EVERY, quiet, wkb_in

gdal.UseExceptions()
ogr.UseExceptions()
osr.UseExceptions()

POLYGONS, POINTS = "polygons", "points"
_KINDS = {
    ogr.wkbPoint: POINTS,
    ogr.wkbMultiPoint: POINTS,
    ogr.wkbPolygon: POLYGONS,
    ogr.wkbMultiPolygon: POLYGONS,
    ogr.wkbCurvePolygon: POLYGONS,
    ogr.wkbMultiSurface: POLYGONS,
}


@dataclass(frozen=True)
class Reference:
    """N features.

    Attributes:
        name: what messages call the layer.
        kind: "polygons" or "points".
        shapes: WKB in the CRS of the map; None where there is no geometry or it cannot be carried there.
        values: text of the class field, "" where it is empty.
    """

    name: str
    kind: str
    shapes: Sequence[bytes | None]
    values: Sequence[str]

    def __len__(self) -> int:
        return len(self.shapes)


def read_reference(
    path: str, field: str, crs: osr.SpatialReference, layer: str | None = None, feedback: Feedback | None = None
) -> Reference:
    """Read a vector file.

    Args:
        path: any vector file that GDAL reads.
        field: the field that holds the class.
        crs: of the map.
        layer: its name in the file; None takes the first that holds points or polygons.
        feedback: progress and cancel.

    Raises:
        AccuracyError: the file, layer or field is not there, or the layer has no CRS or no points or polygons.
    """
    feedback = feedback or Feedback()
    try:
        dataset = gdal.OpenEx(path, gdal.OF_VECTOR | gdal.OF_READONLY)
    except RuntimeError as error:
        reason = str(error).strip().rstrip(".")
        raise AccuracyError(f"The reference {path} cannot be opened ({reason}): check the file.") from error
    source = _chosen(dataset, path, layer)
    kind = _KINDS[ogr.GT_Flatten(source.GetGeomType())]
    place = source.GetLayerDefn().GetFieldIndex(field)
    if place < 0:
        held = [source.GetLayerDefn().GetFieldDefn(i).GetName() for i in range(source.GetLayerDefn().GetFieldCount())]
        raise AccuracyError(f"The reference {path} has no field {field}: choose one of {', '.join(held) or 'none'}.")
    own = source.GetSpatialRef()
    if own is None:
        raise AccuracyError(f"The reference {path} has no coordinate reference system: assign the right one first.")
    same = own.IsSame(crs, ["IGNORE_DATA_AXIS_TO_SRS_AXIS_MAPPING=YES"])
    target = crs.Clone()
    target.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    transformation = None if same else osr.CoordinateTransformation(own, target)
    shapes: list[bytes | None] = []
    values: list[str] = []
    count = max(source.GetFeatureCount(), 1)
    with quiet():
        for number, feature in enumerate(source):
            if number % CHECK_EVERY == 0:
                feedback.check()
                feedback.progress(min(number / count, 1.0))
            geometry = feature.GetGeometryRef()
            shapes.append(None if geometry is None or geometry.IsEmpty() else wkb_in(geometry, transformation))
            values.append(value_text(feature.GetField(place) if feature.IsFieldSetAndNotNull(place) else None))
    return Reference(path, kind, shapes, values)


def value_text(value: object) -> str:
    """Return the value of a field as text: "" for nothing, "3" for 3.0."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip()


def _chosen(dataset: gdal.Dataset, path: str, name: str | None) -> ogr.Layer:
    layers = [dataset.GetLayer(i) for i in range(dataset.GetLayerCount())]
    fit = [layer for layer in layers if ogr.GT_Flatten(layer.GetGeomType()) in _KINDS]
    if name is None and fit:
        return fit[0]
    for layer in fit:
        if layer.GetName() == name:
            return layer
    held = ", ".join(layer.GetName() for layer in fit)
    wanted = f"choose one of its layers ({held})" if held else "choose a layer of polygons or points"
    named = f" called {name}" if name else ""
    raise AccuracyError(f"The reference {path} has no layer of polygons or points{named}: {wanted}.")
