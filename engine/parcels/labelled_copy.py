"""A copy of the analyst's parcels with their labels, in the format that its name asks for."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import repeat
from pathlib import Path

from osgeo import gdal, ogr, osr

from ...models.known import known
from ...models.language import tr
from ..errors import OutputError
from ..feedback import Feedback
from ..writing.created import check_whole, created
from ..writing.default_style import store_style
from ..writing.vector import FLATGEOBUF, GEOJSON, GPKG, SHAPEFILE
from .formats import Plan
from .geometry import CHECK_EVERY
from .snapshot import Snapshot

gdal.UseExceptions()
ogr.UseExceptions()

SIDECAR = ".provenance.json"
"""Ending of the file beside a shapefile or FlatGeobuf file, which hold no metadata, that says where it comes from."""
_NEAR = 2e-5
"""Degrees by which a CRS may move a place when a format writes it in words of its own."""
_MOST_REMARKS = 5
_NO_MATTER = ("Normalized/laundered", "Ring Self", "Self-intersection", "A geometry of type")
"""Beginnings of GDAL's remarks on what is kept as it is, or told otherwise."""


def write_copy(
    snapshot: Snapshot,
    plan: Plan,
    crs: osr.SpatialReference,
    values: Iterable[tuple[object, ...]] | None,
    path: str,
    title: str,
    provenance: Mapping[str, str],
    feedback: Feedback,
    style: str = "",
) -> None:
    """Write every feature with its label.

    Args:
        plan: how they go into the format.
        values: of the new fields, for each feature in their order; None leaves them empty.
        path: the file to write; its ending may not tell the format.
        title: name of the layer.
        provenance: where the labels come from.
        style: how QGIS shows it, kept where the format holds styles (GeoPackage).

    Raises:
        RuntimeError: GDAL cannot write.
        Cancelled: the analyst asked to stop; a part of the file may lie there.
    """
    form = plan.form
    options = [f"FID={plan.fid}", f"GEOMETRY_NAME={plan.geometry}"] if form == GPKG else []
    options += ["ENCODING=UTF-8"] * (form == SHAPEFILE)
    if provenance and form == GEOJSON:
        options.append(f"DESCRIPTION={json.dumps(dict(provenance), ensure_ascii=False)}")
    with created(path, form) as target:
        layer = target.CreateLayer(title, crs, plan.geometry_type, options)
        places = [_add_field(layer, column.definition) for column in plan.columns]
        own = [_add_field(layer, definition) for definition in plan.labels]
        number_place = (
            _add_field(layer, ogr.FieldDefn(plan.number_field, ogr.OFTInteger64)) if plan.number_field else -1
        )
        if provenance and form == GPKG:
            layer.SetMetadata(dict(provenance))
        definition = layer.GetLayerDefn()
        transaction = target.TestCapability(ogr.ODsCTransactions)
        if transaction:
            target.StartTransaction()
        for (fid, geometry, held), new in zip(snapshot.rows(), _watched(values, len(snapshot), feedback)):
            copy = ogr.Feature(definition)
            for place, column in zip(places, plan.columns):
                value = held[known(column.value)]
                if value is None:
                    copy.SetFieldNull(place)
                elif column.binary:
                    copy.SetFieldBinaryFromHexString(place, value)
                else:
                    copy.SetField(place, value)
            if geometry is not None:
                copy.SetGeometryDirectly(plan.shaped(geometry))
            if plan.keeps_numbers:
                copy.SetFID(fid)
            elif number_place >= 0:
                copy.SetField(number_place, fid)
            for place, value in zip(own, new):
                if value is None:
                    copy.SetFieldNull(place)
                else:
                    copy.SetField(place, value)
            layer.CreateFeature(copy)
        if style and form == GPKG:
            store_style(target, layer, style)
        if transaction:
            target.CommitTransaction()
        layer.SyncToDisk()
        target.FlushCache()
    if form == GEOJSON:
        check_whole(path, len(snapshot))
    if provenance and form in (SHAPEFILE, FLATGEOBUF):
        with open(Path(path).with_suffix(SIDECAR), "w", encoding="utf-8") as file:
            json.dump(dict(provenance), file, indent=1, ensure_ascii=False)


def rehearse(
    snapshot: Snapshot, plan: Plan, crs: osr.SpatialReference, path: str, title: str, final: str, feedback: Feedback
) -> list[str]:
    """Write all parcels without labels, and look whether the file holds them: whatever is wrong shows now.

    Returns:
        What the format changes, for people.

    Raises:
        OutputError: a feature, or the CRS, is lost.
        RuntimeError: GDAL cannot write.
    """
    remarks: list[str] = []
    gdal.PushErrorHandler(lambda kind, number, text: remarks.append(str(text).strip()))
    try:
        write_copy(snapshot, plan, crs, None, path, title, {}, feedback)
    finally:
        gdal.PopErrorHandler()
    dataset = gdal.OpenEx(path, gdal.OF_VECTOR | gdal.OF_READONLY)
    layer = dataset.GetLayer(0)
    held = layer.GetFeatureCount()
    if held != len(snapshot):
        raise OutputError(
            tr(
                "The output {final} would hold {held} of {count_snapshot} parcels: choose a name that ends in .gpkg."
            ).format(final=final, held=held, count_snapshot=len(snapshot))
        )
    _check_place(crs, layer, final)
    asked = [*(column.definition.GetName() for column in plan.columns), *(entry.GetName() for entry in plan.labels)]
    written = [layer.GetLayerDefn().GetFieldDefn(i).GetName() for i in range(layer.GetLayerDefn().GetFieldCount())]
    shorter = [f"{one} as {other}" for one, other in zip(asked, written) if one != other]
    remarks = [text for text in dict.fromkeys(remarks) if not text.startswith(_NO_MATTER)]
    if shorter and plan.form == SHAPEFILE:
        remarks.insert(
            0, tr("Field names are shortened to what the format allows: {shorter}.").format(shorter=", ".join(shorter))
        )
    return remarks[:_MOST_REMARKS]


def _check_place(crs: osr.SpatialReference, layer: ogr.Layer, final: str) -> None:
    """Raise OutputError where the CRS that was written puts the parcels elsewhere."""
    written = layer.GetSpatialRef()
    lost = OutputError(
        tr(
            "The output {final} cannot keep the coordinate reference system of the parcels ({getname}): "
            "choose a name that ends in .gpkg."
        ).format(final=final, getname=crs.GetName())
    )
    if written is None:
        raise lost
    if written.IsSame(crs, ["IGNORE_DATA_AXIS_TO_SRS_AXIS_MAPPING=YES"]):
        return
    layer.ResetReading()
    for feature in layer:
        geometry = feature.GetGeometryRef()
        if geometry is not None and not geometry.IsEmpty():
            west, _, south, _ = geometry.GetEnvelope()
            one, other = (_degrees(system, west, south) for system in (crs, written))
            if one is not None and (other is None or max(abs(a - b) for a, b in zip(one, other)) > _NEAR):
                raise lost
            return


def _degrees(crs: osr.SpatialReference, x: float, y: float) -> tuple[float, float] | None:
    source, target = crs.Clone(), osr.SpatialReference()
    target.ImportFromEPSG(4326)
    for system in (source, target):
        system.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    try:
        return osr.CoordinateTransformation(source, target).TransformPoint(x, y)[:2]
    except RuntimeError:
        return None


def _watched(values: Iterable[tuple] | None, count: int, feedback: Feedback) -> Iterator[tuple]:
    for number, row in enumerate(repeat(()) if values is None else values):
        if number >= count:
            return
        if number % CHECK_EVERY == 0:
            feedback.check()
            feedback.progress(number / max(count, 1))
        yield row


def _add_field(layer: ogr.Layer, field: ogr.FieldDefn) -> int:
    """Add a field and return its place; formats may shorten its name."""
    layer.CreateField(field)
    return layer.GetLayerDefn().GetFieldCount() - 1
