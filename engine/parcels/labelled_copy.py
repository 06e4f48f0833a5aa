"""A copy of the analyst's parcels with their labels, in the format that its name asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from osgeo import gdal, ogr

from ..errors import OutputError
from ..feedback import Feedback
from .fields import BOOLEAN, INTEGER, PARCEL_FIELDS, REAL, TEXT, ParcelField, field_names, free_name, rows
from .geometry import CHECK_EVERY
from .label import ParcelLabels
from .source import ParcelSource

gdal.UseExceptions()
ogr.UseExceptions()

FORMATS = {".gpkg": "GPKG", ".shp": "ESRI Shapefile", ".geojson": "GeoJSON", ".fgb": "FlatGeobuf"}
_TYPES = {
    INTEGER: (ogr.OFTInteger, ogr.OFSTNone),
    REAL: (ogr.OFTReal, ogr.OFSTNone),
    TEXT: (ogr.OFTString, ogr.OFSTNone),
    BOOLEAN: (ogr.OFTInteger, ogr.OFSTBoolean),
}


def form_of(out_path: str) -> str:
    """Return GDAL's name of the format that the ending of an output stands for.

    Raises:
        OutputError: no format that holds parcels ends so.
    """
    form = FORMATS.get(Path(out_path).suffix.lower())
    if form is None:
        raise OutputError(f"The output {out_path} must end in one of {', '.join(FORMATS)}: choose another name.")
    return form


def write_copy(
    source: ParcelSource,
    labels: ParcelLabels,
    legend: Mapping[int, str],
    form: str,
    path: str,
    title: str,
    provenance: Mapping[str, str],
    feedback: Feedback,
) -> None:
    """Write every feature of a source with its label.

    Args:
        source: the analyst's parcels.
        labels: one for each feature, in their order.
        legend: class names by code.
        form: as `form_of` returns it.
        path: the file to write; its ending may not tell the format.
        title: name of the layer.
        provenance: metadata of the layer, where the format holds it.
        feedback: progress and cancel.

    Raises:
        RuntimeError: GDAL cannot write.
        Cancelled: the analyst asked to stop; a part of the file may lie there.
    """
    keeps_fid = form == "GPKG"
    taken = [field.GetName() for field in source.fields]
    own = field_names(taken + [source.fid_column])
    used = {name.casefold() for name in [*taken, *own]}
    fid = free_name(source.fid_column or "fid", used)
    options = [f"FID={fid}", f"GEOMETRY_NAME={free_name(source.geometry_column or 'geom', used)}"] if keeps_fid else []
    options += ["ENCODING=UTF-8"] * (form == "ESRI Shapefile")
    target = gdal.GetDriverByName(form).Create(path, 0, 0, 0, gdal.GDT_Unknown)
    layer = None
    try:
        layer = target.CreateLayer(title, source.crs, source.geometry_type, options)
        places = [_add_field(layer, field) for field in source.fields]
        first_own = layer.GetLayerDefn().GetFieldCount()
        for field, name in zip(PARCEL_FIELDS, own):
            _add_field(layer, _definition(field, name))
        fid_place = -1
        if source.fid_column and not keeps_fid:
            fid_place = _add_field(layer, ogr.FieldDefn(fid, ogr.OFTInteger64))
        if provenance and keeps_fid:
            layer.SetMetadata(dict(provenance))
        definition = layer.GetLayerDefn()
        transaction = target.TestCapability(ogr.ODsCTransactions)
        if transaction:
            target.StartTransaction()
        for feature, values in zip(source.features(), _watched(rows(labels, legend), len(labels), feedback)):
            copy = ogr.Feature(definition)
            copy.SetFromWithMap(feature, True, places)
            copy.SetGeometryDirectly(source.geometry_of(feature))
            if keeps_fid:
                copy.SetFID(feature.GetFID())
            elif fid_place >= 0:
                copy.SetField(fid_place, feature.GetFID())
            for place, value in enumerate(values, start=first_own):
                if value is None:
                    copy.SetFieldNull(place)
                else:
                    copy.SetField(place, value)
            layer.CreateFeature(copy)
        if transaction:
            target.CommitTransaction()
        layer.SyncToDisk()
        target.FlushCache()
    finally:
        # The frames of an exception would keep the file open, and an open file cannot be removed everywhere.
        copy = definition = layer = target = None


def _watched(values: Iterator[tuple], count: int, feedback: Feedback) -> Iterator[tuple]:
    for number, row in enumerate(values):
        if number % CHECK_EVERY == 0:
            feedback.check()
            feedback.progress(number / count)
        yield row


def _definition(field: ParcelField, name: str) -> ogr.FieldDefn:
    kind, subtype = _TYPES[field.kind]
    definition = ogr.FieldDefn(name, kind)
    definition.SetSubType(subtype)
    definition.SetAlternativeName(field.alias)
    return definition


def _add_field(layer: ogr.Layer, field: ogr.FieldDefn) -> int:
    """Add a field and return its place; formats may shorten its name."""
    layer.CreateField(field)
    return layer.GetLayerDefn().GetFieldCount() - 1
