"""delineate: polygons of fields drawn from a series."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from ...engine.delineation.options import DelineationOptions
from ...engine.jobs.checks import Problems
from ...engine.jobs.delineate_fields import DelineateRequest, delineate_fields
from ...models.language import tr
from .. import arguments as a
from ..answer import Answer
from ..console import Console
from ..request import options, series_request

NAME = "delineate"
SUMMARY = "draw the polygons of fields from a series, where no parcel layer exists"
USAGE = "--s2 PATH ... --s1 PATH ... --fields FILE [OPTION ...]"
DESCRIPTION = """Draws fields from edges that persist over the season, as 'Delineate fields' in QGIS does.
Needs scikit-image, no torch."""
EXAMPLES = """examples:
  %(prog)s --s2 sentinel2 --s1 sentinel1 --fields fields.gpkg
  %(prog)s --s2 sentinel2 --minimum-area 0.5 --difference 0.06 --fields fields.gpkg"""


def declare(parser: ArgumentParser) -> None:
    a.add_inputs(parser)
    out = parser.add_argument_group(tr("what to write"))
    out.add_argument(
        "--fields", required=True, metavar="FILE", help=tr("the polygons (.gpkg, .shp, .geojson, .fgb, .parquet)")
    )
    a.add_options(parser, DelineationOptions, tr("what is a field"))
    a.add_reading(parser)


def run(values: Namespace, console: Console) -> Answer:
    """Draw and write."""
    wrong = Problems()
    series = series_request(values, wrong)
    wrong.refuse()
    found = delineate_fields(DelineateRequest(series, values.fields, options(DelineationOptions, values)), console)
    console.info(found.sentence)
    return Answer({"FIELDS": found.fields, **found.numbers})
