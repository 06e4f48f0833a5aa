"""A parcel file in, the same file with labels out, without QGIS."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from osgeo import gdal, ogr, osr

from ..errors import OutputError, ParcelError
from ..feedback import Feedback, Part
from ..options import ParcelOptions
from ..outputs import PendingOutputs
from .class_map import ClassMap, legend_of
from .fields import BOOLEAN, INTEGER, PARCEL_FIELDS, REAL, TEXT, ParcelField, field_names, free_name, rows
from .geometry import CHECK_EVERY, quiet
from .label import ParcelLabels, label_parcels
from .source import ParcelSource

gdal.UseExceptions()
ogr.UseExceptions()
osr.UseExceptions()

FORMATS = {".gpkg": "GPKG", ".shp": "ESRI Shapefile", ".geojson": "GeoJSON", ".fgb": "FlatGeobuf"}
_TYPES = {
    INTEGER: (ogr.OFTInteger, ogr.OFSTNone),
    REAL: (ogr.OFTReal, ogr.OFSTNone),
    TEXT: (ogr.OFTString, ogr.OFSTNone),
    BOOLEAN: (ogr.OFTInteger, ogr.OFSTBoolean),
}


def label_parcel_file(
    crop_map: str,
    parcels_path: str,
    layer: str | None = None,
    confidence: str | None = None,
    out_path: str = "",
    options: ParcelOptions | None = None,
    feedback: Feedback | None = None,
    provenance: Mapping[str, str] | None = None,
) -> ParcelLabels:
    """Write a copy of a parcel layer with the fields of `PARCEL_FIELDS` added.

    Every feature, geometry and attribute of the analyst is kept as it is, in its own CRS; parcels of another CRS are
    transformed to that of the crop map for labelling only. The copy appears whole or not at all.

    Args:
        crop_map: raster of class codes whose category names are the legend.
        parcels_path: any vector file that GDAL reads.
        layer: its name in the file; None takes the first layer with polygons.
        confidence: raster of percent on the grid of the crop map.
        out_path: .gpkg, .shp, .geojson or .fgb.
        options: border and smallest number of pixels.
        feedback: progress, warnings and cancel.
        provenance: written as metadata of the layer where the format holds it (GeoPackage).

    Raises:
        ParcelError: the layer cannot be read, has no CRS or no polygon, or the rasters do not fit.
        OutputError: the copy cannot be written.
        Cancelled: the analyst asked to stop.
    """
    options, feedback = options or ParcelOptions(), feedback or Feedback()
    form = FORMATS.get(Path(out_path).suffix.lower())
    if form is None:
        raise OutputError(f"The output {out_path} must end in one of {', '.join(FORMATS)}: choose another name.")
    source = ParcelSource(parcels_path, layer)
    map_crs = ClassMap(crop_map, confidence).crs
    if map_crs is None:
        raise ParcelError(f"The crop map {crop_map} has no coordinate reference system: assign one first.")
    legend = legend_of(crop_map)
    with PendingOutputs(protected=[crop_map, parcels_path, *([confidence] if confidence else [])]) as outputs:
        pending = outputs.add(out_path)
        shapes = source.shapes(map_crs, Part(feedback, 0.0, 0.15))
        labels = label_parcels(crop_map, shapes, confidence, options, Part(feedback, 0.15, 0.75))
        del shapes
        try:
            with quiet():
                _write(source, labels, legend, form, pending.path, pending.final.stem, provenance or {}, feedback)
        except RuntimeError as error:
            raise OutputError(
                f"{out_path} cannot be written ({str(error).strip().rstrip('.')}): free space on the disk or choose "
                "another place."
            ) from error
        outputs.commit()
    feedback.progress(1.0)
    return labels


def _write(
    source: ParcelSource,
    labels: ParcelLabels,
    legend: Mapping[int, str],
    form: str,
    path: str,
    title: str,
    provenance: Mapping[str, str],
    feedback: Feedback,
) -> None:
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
        transaction = target.TestCapability(ogr.ODsCTransactions)
        if transaction:
            target.StartTransaction()
        for feature, values in zip(source.features(), _watched(rows(labels, legend), len(labels), feedback)):
            copy = ogr.Feature(layer.GetLayerDefn())
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
        copy = layer = target = None


def _watched(values: Iterator[tuple], count: int, feedback: Feedback) -> Iterator[tuple]:
    part = Part(feedback, 0.75, 1.0)
    for number, row in enumerate(values):
        if number % CHECK_EVERY == 0:
            part.check()
            part.progress(number / count)
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
