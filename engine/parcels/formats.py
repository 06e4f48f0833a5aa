"""What each format of labelled parcels can hold: geometries, fields, names; told before anything is computed."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from osgeo import ogr

from ...models.language import tr
from ..errors import OutputError
from ..writing.vector import FLATGEOBUF, GEOJSON, GPKG, SHAPEFILE
from .fields import BOOLEAN, INTEGER, PARCEL_FIELDS, REAL, TEXT, ParcelField, field_names, free_name
from .snapshot import Snapshot
from .source import ParcelSource
from .texts import LISTS

_TYPES = {
    INTEGER: (ogr.OFTInteger, ogr.OFSTNone),
    REAL: (ogr.OFTReal, ogr.OFSTNone),
    TEXT: (ogr.OFTString, ogr.OFSTNone),
    BOOLEAN: (ogr.OFTInteger, ogr.OFSTBoolean),
}
_PLAIN = {ogr.wkbPolygon, ogr.wkbMultiPolygon}
_WIDEST = 254
"""Bytes of a text in a shapefile."""
_RESERVED = ("gpkg", "sqlite", "rtree", "ogr_")


def layer_title(stem: str, form: str) -> str:
    """Return the name of the layer in a file of this name; GeoPackages refuse some, which are made plain."""
    if form != GPKG:
        return stem
    # A table must begin with a letter or number and not as those of the database itself do.
    plain = re.sub(r"^[^\w]+|[\x00-\x1f\"]", "", stem)
    return f"labels_{plain}".rstrip("_") if not plain or plain.lower().startswith(_RESERVED) else plain


@dataclass(frozen=True)
class Column:
    """A field of the output.

    Attributes:
        definition: its name and type.
        value: place of its value in the analyst's fields; None for one of ours.
        binary: its value is hexadecimal text.
    """

    definition: ogr.FieldDefn
    value: int | None = None
    binary: bool = False


@dataclass(frozen=True)
class Plan:
    """How parcels are written.

    Attributes:
        form: GDAL's name of the format.
        shaped: from a geometry of the analyst to what the format holds.
        columns: the analyst's fields, in their order.
        labels: the fields that the parcels gain.
        fid, geometry: names of these columns where the format has them.
        keeps_numbers: the numbers of the features are those of the source; else they go into a field, if any.
        said: what is not written as it is, for people.
    """

    form: str
    geometry_type: int
    shaped: Callable[[ogr.Geometry], ogr.Geometry]
    columns: tuple[Column, ...]
    labels: tuple[ogr.FieldDefn, ...]
    fid: str
    geometry: str
    number_field: str
    keeps_numbers: bool
    said: tuple[str, ...]


def plan_of(
    source: ParcelSource,
    snapshot: Snapshot,
    form: str,
    out_path: str,
    fields: Sequence[ParcelField] = PARCEL_FIELDS,
) -> Plan:
    """Return how a layer goes into a format.

    Raises:
        OutputError: the format cannot hold it.
    """
    kind, shaped, said = _geometries(source, snapshot, form, out_path)
    taken = [field.GetName() for field in source.fields]
    own = field_names([*taken, source.fid_column], fields)
    used = {name.casefold() for name in [*taken, *own]}
    keeps = form == GPKG
    fid = free_name(source.fid_column or "fid", used)
    columns, more = _columns(source, snapshot, form, used)
    moved = [
        tr("{field} as {name}").format(field=field.name, name=name)
        for field, name in zip(fields, own)
        if field.name != name
    ]
    if moved:
        more.append(
            tr("{source} has fields of these names already, so the new ones are renamed: {moved}.").format(
                source=source.title, moved=", ".join(moved)
            )
        )
    labels = tuple(_definition(field, name) for field, name in zip(fields, own))
    _tell_apart([*(column.definition for column in columns), *labels])
    return Plan(
        form,
        kind,
        shaped,
        columns,
        labels,
        fid,
        free_name(source.geometry_column or "geom", used),
        fid if source.fid_column and not keeps else "",
        keeps and snapshot.numbers_usable,
        (*said, *more),
    )


def with_codes(plan: Plan, largest: int) -> Plan:
    """Return the plan with a field that holds the largest class code."""
    if largest < 2**31:
        return plan
    wide = ogr.FieldDefn(plan.labels[0].GetName(), ogr.OFTInteger64)
    wide.SetAlternativeName(plan.labels[0].GetAlternativeName())
    return replace(plan, labels=(wide, *plan.labels[1:]))


def _tell_apart(definitions: Sequence[ogr.FieldDefn]) -> None:
    """Number the aliases that come again: a GeoPackage of newer GDAL takes each once."""
    used: set[str] = set()
    for definition in definitions:
        if alias := definition.GetAlternativeName():
            definition.SetAlternativeName(free_name(alias, used, "{} ({})"))


def _columns(
    source: ParcelSource, snapshot: Snapshot, form: str, used: set[str]
) -> tuple[tuple[Column, ...], list[str]]:
    """Return the analyst's fields as the format holds them, and what is different."""
    found: list[Column] = []
    renamed, listed, left, cut = [], [], [], []
    taken: set[str] = set()
    for place, field in enumerate(source.fields):
        name = field.GetName()
        copy = ogr.FieldDefn(name, field.GetType())
        copy.SetSubType(field.GetSubType())
        copy.SetWidth(field.GetWidth())
        copy.SetPrecision(field.GetPrecision())
        copy.SetAlternativeName(field.GetAlternativeName())
        binary = field.GetType() == ogr.OFTBinary
        if binary and form != GPKG:
            left.append(name)
            continue
        if field.GetType() in LISTS or (field.GetSubType() == ogr.OFSTJSON and form not in (GPKG, GEOJSON)):
            listed.append(name)
            copy.SetSubType(ogr.OFSTNone)
            copy.SetType(ogr.OFTString)
            copy.SetWidth(0)
            if form == GEOJSON:
                copy.SetSubType(ogr.OFSTJSON)
        if form == SHAPEFILE and copy.GetType() == ogr.OFTString:
            if snapshot.longest[place] > _WIDEST:
                cut.append(name)
            copy.SetWidth(min(max(snapshot.longest[place], copy.GetWidth()), _WIDEST))
        plain = name or "field"
        if form in (GPKG, SHAPEFILE) and plain.casefold() in taken:
            plain = free_name(plain, used)
        if plain != name:
            copy.SetName(plain)
            renamed.append(tr("{field} as {name}").format(field=name, name=plain))
        taken.add(plain.casefold())
        found.append(Column(copy, place, binary))
    said = []
    if renamed:
        said.append(
            tr("The fields of {source} differ in case alone: {renamed} is written.").format(
                source=source.title, renamed=", ".join(renamed)
            )
        )
    if listed and form != GEOJSON:
        said.append(
            tr("The lists and objects in {listed} of {source} are written as text (JSON).").format(
                listed=", ".join(listed), source=source.title
            )
        )
    if left:
        said.append(
            tr("The output cannot store binary data: {left} of {source} is left out.").format(
                left=", ".join(left), source=source.title
            )
        )
    if cut:
        said.append(
            tr(
                "A shapefile holds texts of {widest} bytes: longer ones in {cut} of {source} are "
                "truncated; write a .gpkg to keep them."
            ).format(widest=_WIDEST, cut=", ".join(cut), source=source.title)
        )
    return tuple(found), said


def _geometries(
    source: ParcelSource, snapshot: Snapshot, form: str, out_path: str
) -> tuple[int, Callable[[ogr.Geometry], ogr.Geometry], Sequence[str]]:
    """Return type of the layer, what becomes of a geometry, and what is different."""
    seen, declared = snapshot.seen, source.geometry_type
    if form == GPKG:
        return declared, lambda geometry: geometry, ()
    said = []
    height, measure = seen.height or bool(ogr.GT_HasZ(declared)), seen.measure or bool(ogr.GT_HasM(declared))
    if seen.curved and form != FLATGEOBUF:
        said.append(
            tr("The arcs of {curved} parcels are written as lines: {form} cannot store arcs.").format(
                curved=seen.curved, form=form
            )
        )
    if form == FLATGEOBUF:
        if seen.without:
            raise OutputError(
                tr(
                    "The output {out_path} cannot hold the {without} features of {source} that have no geometry "
                    "(FlatGeobuf drops them): choose a name that ends in .gpkg."
                ).format(out_path=out_path, without=seen.without, source=source.title)
            )
        kind = next(iter(seen.kinds)) if len(seen.kinds) == 1 else ogr.wkbUnknown
        kind = kind if seen.kinds else ogr.GT_Flatten(declared)
        if height or measure:
            kind = ogr.GT_SetModifier(kind, height, measure)
        return kind, lambda geometry: _dimensioned(geometry, height, measure), said
    if form == SHAPEFILE:
        strange = seen.kinds - _PLAIN - {ogr.wkbCurvePolygon, ogr.wkbMultiSurface}
        if strange and (seen.no_polygons or strange - {ogr.wkbTriangle}):
            names = ", ".join(sorted(ogr.GeometryTypeToName(kind) for kind in strange))
            raise OutputError(
                tr(
                    "The output {out_path} cannot hold the geometries of {source} ({names}; a shapefile of polygons "
                    "holds nothing else): choose a name that ends in .gpkg."
                ).format(out_path=out_path, source=source.title, names=names)
            )
        kind = ogr.GT_SetModifier(ogr.wkbMultiPolygon, height, measure)
        return kind, lambda geometry: ogr.ForceToMultiPolygon(_straight(geometry)), said
    if measure:
        said.append(
            tr("The measures (M) of {source} are left out: {form} cannot store them.").format(
                source=source.title, form=form
            )
        )
    return ogr.wkbUnknown, _straight, said


def _straight(geometry: ogr.Geometry) -> ogr.Geometry:
    return geometry.GetLinearGeometry() if geometry.HasCurveGeometry() else geometry


def _dimensioned(geometry: ogr.Geometry, height: bool, measure: bool) -> ogr.Geometry:
    geometry.Set3D(height)
    geometry.SetMeasured(measure)
    return geometry


def _definition(field: ParcelField, name: str) -> ogr.FieldDefn:
    kind, subtype = _TYPES[field.kind]
    definition = ogr.FieldDefn(name, kind)
    definition.SetSubType(subtype)
    definition.SetAlternativeName(tr(field.alias))
    return definition
