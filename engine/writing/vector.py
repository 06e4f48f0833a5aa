"""New vector layers of our own: written beside their place, then renamed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from osgeo import gdal, ogr, osr

from ...models.language import tr
from ..errors import OutputError
from ..safety.database import reading
from .created import check_whole, created
from .outputs import PendingOutput
from .place import unwritable

gdal.UseExceptions()
ogr.UseExceptions()

GPKG, SHAPEFILE, GEOJSON, FLATGEOBUF, PARQUET = "GPKG", "ESRI Shapefile", "GeoJSON", "FlatGeobuf", "Parquet"
FORMATS = {".gpkg": GPKG, ".shp": SHAPEFILE, ".geojson": GEOJSON, ".fgb": FLATGEOBUF, ".parquet": PARQUET}
INTEGER, REAL, TEXT = "integer", "real", "text"
SHOWN = 5
"""Layers that a message names."""

_TYPES = {INTEGER: ogr.OFTInteger64, REAL: ogr.OFTReal, TEXT: ogr.OFTString}


@dataclass(frozen=True)
class Column:
    """A field of a layer.

    Attributes:
        name: ten letters at most, so that every format holds it.
        kind: "integer", "real" or "text".
        alias: what it holds, for people.
        choices: the only values that it is to hold, where the format knows such lists (GeoPackage): QGIS then offers
            them in the form of the layer.
    """

    name: str
    kind: str
    alias: str = ""
    choices: Sequence[str] = ()


EMPTY_BYTES = 120_000
"""A GeoPackage without features, with its journal."""


def form_of(path: str) -> str:
    """Return GDAL's name of the format that the ending of a file stands for.

    Raises:
        OutputError: no format that polygons or points are written in ends so, or this GDAL does not write it; or the
            file is there and holds layers beside the one that would be written again.
    """
    form = FORMATS.get(Path(path).suffix.lower())
    if form is None:
        raise OutputError(
            tr("The output {path} must end in one of {formats}: choose another name.").format(
                path=path, formats=", ".join(FORMATS)
            )
        )
    if gdal.GetDriverByName(form) is None:
        raise OutputError(
            tr(
                "The output {path} cannot be written: this GDAL ({version}) comes without {form}; choose a name that "
                "ends in .gpkg, or install GDAL with that driver."
            ).format(path=path, version=gdal.VersionInfo("RELEASE_NAME"), form=form)
        )
    others = _layers(path) if form == GPKG else []
    if len(others) > 1:
        raise OutputError(
            tr("The output {path} holds {count} layers ({layers}), which would be lost: choose another name.").format(
                path=path, count=len(others), layers=", ".join(others[:SHOWN]) + (", ..." if others[SHOWN:] else "")
            )
        )
    return form


def _layers(path: str) -> list[str]:
    """Return the names of the layers of a GeoPackage, without styles and projects; none where it cannot be read."""
    try:
        with reading(path) as database:
            names = [str(name) for (name,) in database.execute("SELECT table_name FROM gpkg_contents")]
    except sqlite3.Error:
        return []
    return [name for name in names if name not in ("layer_styles", "qgis_projects")]


def write_layer(
    pending: PendingOutput,
    crs: osr.SpatialReference,
    geometry_type: int,
    columns: Sequence[Column],
    rows: Iterable[tuple[ogr.Geometry, Sequence[object]]],
    tags: Mapping[str, str],
) -> int:
    """Write features and return how many there are.

    Args:
        columns: its fields.
        rows: geometry and values of each feature; None for a value that is not known.
        tags: where the layer comes from, kept where the format holds metadata (GeoPackage).

    Raises:
        OutputError: GDAL cannot write.
    """
    form = form_of(pending.path)
    count = 0
    try:
        with created(pending.path, form) as target:
            options = ["ENCODING=UTF-8"] if form == SHAPEFILE else []
            layer = target.CreateLayer(pending.final.stem, crs, geometry_type, options)
            for column in columns:
                layer.CreateField(_definition(target, column, form))
            if form == GPKG:
                layer.SetMetadata(dict(tags))
            target.StartTransaction() if target.TestCapability(ogr.ODsCTransactions) else None
            for geometry, values in rows:
                feature = ogr.Feature(layer.GetLayerDefn())
                feature.SetGeometry(geometry)
                for place, value in enumerate(values):
                    if value is not None:
                        feature.SetField(place, value)
                layer.CreateFeature(feature)
                count += 1
            target.CommitTransaction() if target.TestCapability(ogr.ODsCTransactions) else None
            target.FlushCache()
        check_whole(pending.path, count)
    except (OSError, RuntimeError) as error:
        raise unwritable(pending.final, error) from error
    return count


def _definition(target: gdal.Dataset, column: Column, form: str) -> ogr.FieldDefn:
    definition = ogr.FieldDefn(column.name, _TYPES[column.kind])
    definition.SetAlternativeName(tr(column.alias))
    if column.choices and form == GPKG and hasattr(ogr, "CreateCodedFieldDomain"):
        domain = f"{column.name}_choices"
        target.AddFieldDomain(
            ogr.CreateCodedFieldDomain(
                domain, column.alias, _TYPES[column.kind], ogr.OFSTNone, {name: name for name in column.choices}
            )
        )
        definition.SetDomainName(domain)
    return definition
