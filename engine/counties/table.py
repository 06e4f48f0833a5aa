"""The summary of a run over counties: one row a county, as GeoPackage with the polygons and as CSV."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass

from osgeo import gdal, ogr, osr

from ...models.card import CropClass
from ...models.language import tr
from ..parcels.fields import free_name
from ..writing.created import created
from ..writing.dates import fixed_dates
from ..writing.outputs import PendingOutputs
from ..writing.place import unwritable
from ..writing.text_table import cell
from .outcome import CountyOutcome
from .request import REPORT

gdal.UseExceptions()
ogr.UseExceptions()

LAYER = "counties"


@dataclass(frozen=True)
class Column:
    """One column: its name, its kind in OGR, and what it holds, for people."""

    name: str
    kind: int
    alias: str


def columns(classes: Sequence[CropClass]) -> list[Column]:
    """Return the columns of a table; areas of all classes of the legend have theirs, whether mapped or not."""
    head = [
        Column("county", ogr.OFTString, "County"),
        Column("status", ogr.OFTString, tr("Status: done, failed, cancelled or waiting")),
        Column("mapped_ha", ogr.OFTReal, tr("Mapped area in hectares")),
    ]
    tail = [
        Column("mean_confidence", ogr.OFTReal, tr("Mean confidence in percent")),
        Column("clear_steps", ogr.OFTInteger, tr("Steps of the season with a clear Sentinel-2 observation")),
        Column("parcels", ogr.OFTInteger, tr("Parcels in the file of labels")),
        Column("seconds", ogr.OFTReal, tr("Run time in seconds")),
        Column("device", ogr.OFTString, tr("Where the network ran")),
        Column("message", ogr.OFTString, tr("Why it failed, or what to know")),
        Column("folder", ogr.OFTString, tr("Folder of its outputs")),
        Column("report", ogr.OFTString, tr("Its report")),
    ]
    used = {column.name.casefold() for column in (*head, *tail)} | {"fid", "geom"}
    aliases = {column.alias.casefold() for column in (*head, *tail)}
    areas = [
        Column(
            free_name(f"{_plain(name)}_ha", used),
            ogr.OFTReal,
            free_name(tr("{name} in hectares").format(name=name), aliases, "{} ({})"),
        )
        for name in dict.fromkeys(entry.name for entry in classes)
    ]
    return [*head, *areas, *tail]


def row(outcome: CountyOutcome, classes: Sequence[CropClass]) -> list[object]:
    """Return the values of `columns` for one county, None where there is nothing to say."""
    areas = [outcome.areas.get(name) for name in dict.fromkeys(entry.name for entry in classes)]
    confidence = outcome.mean_confidence
    return [
        outcome.name,
        outcome.status,
        round(sum(outcome.areas.values()), 4) if outcome.areas else None,
        *areas,
        None if confidence is None else round(100 * confidence, 2),
        outcome.clear_steps,
        outcome.parcels,
        round(outcome.seconds, 1) if outcome.seconds else None,
        outcome.device or None,
        outcome.message or None,
        outcome.key if outcome.outputs else None,
        outcome.outputs.get(REPORT),
    ]


def write_tables(
    pending: PendingOutputs,
    gpkg: str,
    csv_file: str,
    outcomes: Sequence[CountyOutcome],
    shapes: Sequence[bytes],
    crs: str,
    classes: Sequence[CropClass],
    created: str,
) -> None:
    """Write both tables as members of a group of outputs, which the caller puts in place.

    Args:
        gpkg, csv_file: final files.
        outcomes: one a county, in the order of the layer.
        shapes: WKB of their polygons, empty for none.
        crs: of the polygons, as WKT.
        classes: the legend of the checkpoint.
        created: time that the GeoPackage carries, ISO 8601.

    Raises:
        OutputError: the disk is full or the folder cannot be written.
    """
    head = columns(classes)
    rows = [row(outcome, classes) for outcome in outcomes]
    try:
        with open(pending.add(csv_file).path, "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow([column.name for column in head])
            writer.writerows([cell(value) for value in line] for line in rows)
        with fixed_dates(created):
            _write_layer(pending.add(gpkg).path, head, rows, shapes, crs)
    except (OSError, RuntimeError) as error:
        raise unwritable(gpkg, error) from error


def _write_layer(
    path: str, head: Sequence[Column], rows: Sequence[Sequence[object]], shapes: Sequence[bytes], crs: str
) -> None:
    reference = osr.SpatialReference()
    reference.ImportFromWkt(crs)
    with created(path, "GPKG") as target:
        layer = target.CreateLayer(LAYER, reference, ogr.wkbMultiPolygon)
        for column in head:
            definition = ogr.FieldDefn(column.name, column.kind)
            definition.SetAlternativeName(tr(column.alias))
            layer.CreateField(definition)
        target.StartTransaction()
        for values, shape in zip(rows, shapes):
            feature = ogr.Feature(layer.GetLayerDefn())
            for place, value in enumerate(values):
                if value is not None:
                    feature.SetField(place, value)
            if shape:
                feature.SetGeometryDirectly(ogr.ForceToMultiPolygon(ogr.CreateGeometryFromWkb(shape)))
            layer.CreateFeature(feature)
        target.CommitTransaction()
        target.FlushCache()


def _plain(name: str) -> str:
    """Return the name of a class as part of the name of a column."""
    words = "".join(letter if letter.isalnum() else " " for letter in name).split()
    return "_".join(words).lower() or "class"
