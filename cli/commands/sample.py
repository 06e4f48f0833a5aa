"""sample: reference units drawn from a crop map."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from ...engine.jobs.design_sample import DesignOptions, DesignRequest, design
from ...models.language import tr
from .. import arguments as a
from ..answer import Answer
from ..console import Console
from ..request import options, parcel_file

NAME = "sample"
SUMMARY = "draw a stratified random sample from a crop map, ready to be labelled"
USAGE = "--crop-map FILE --sample FILE [OPTION ...]"
DESCRIPTION = """Derives the sample size from a target standard error (Olofsson et al. 2014) and draws the units, as
'Design sample' in QGIS does. Fill the field 'reference', then run 'assess' with it."""
EXAMPLES = """examples:
  %(prog)s --crop-map map.tif --sample sample.gpkg --target-error 0.01
  %(prog)s --crop-map map.tif --sample sample.gpkg --sample-size 600 --allocation equal --seed 7"""


def declare(parser: ArgumentParser) -> None:
    given = parser.add_argument_group(tr("what goes in"))
    given.add_argument("--crop-map", required=True, metavar="FILE", help=tr("raster of class codes, whole numbers"))
    a.add_parcels(given, tr("polygons to draw from, with --unit parcels"))
    out = parser.add_argument_group(tr("what to write"))
    out.add_argument(
        "--sample", required=True, metavar="FILE", help=tr("the units (.gpkg, .shp, .geojson, .fgb, .parquet)")
    )
    a.add_options(parser, DesignOptions, tr("how the sample is drawn"))


def run(values: Namespace, console: Console) -> Answer:
    """Draw and write."""
    request = DesignRequest(values.crop_map, values.sample, parcel_file(values), options(DesignOptions, values))
    found = design(request, console)
    console.info(found.sentence)
    return Answer({"SAMPLE": found.sample, **found.numbers})
