"""clean: a crop map made ready for use."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import replace

from ...engine.arguments import read_class_areas, read_table
from ...engine.cleaning.options import CleaningOptions
from ...engine.jobs.clean_map import CleanMapRequest, clean_map
from ...models.language import tr
from .. import arguments as a
from ..answer import Answer
from ..console import Console
from ..request import options, parcel_file

NAME = "clean"
SUMMARY = "make a crop map ready for use: join classes, smooth, remove small areas"
USAGE = "--crop-map FILE --clean-map FILE [OPTION ...]"
DESCRIPTION = """Joins and renames classes, smooths class probabilities, leaves uncertain pixels open, and gives small
areas to their largest neighbour, as 'Clean map' in QGIS does. Needs neither torch nor safetensors."""
EXAMPLES = """examples:
  %(prog)s --crop-map map.tif --clean-map clean.tif --minimum-area 0.5
  %(prog)s --crop-map map.tif --probabilities probabilities.tif --smoothing parcels --parcels fields.gpkg \\
      --class-table 'Winter wheat = Winter cereals #d9b310; Winter barley = Winter cereals' \\
      --clean-map clean.tif"""


def declare(parser: ArgumentParser) -> None:
    given = parser.add_argument_group(tr("what goes in"))
    given.add_argument("--crop-map", required=True, metavar="FILE", help=tr("raster of class codes, whole numbers"))
    given.add_argument("--probabilities", default="", metavar="FILE", help=tr("class probabilities of the same run"))
    given.add_argument("--confidence", default="", metavar="FILE", help=tr("percent, on the grid of the crop map"))
    text = tr("cropland mask on any grid: nothing is mapped outside of it")
    given.add_argument("--cropland-mask", default="", metavar="FILE", help=text)
    a.add_parcels(given, tr("polygons to smooth within, in any CRS"))
    out = parser.add_argument_group(tr("what to write"))
    out.add_argument("--clean-map", required=True, metavar="FILE", help=tr("the new class raster (.tif)"))
    how = a.add_options(parser, CleaningOptions, tr("how the map is cleaned"))
    how.add_argument(
        "--class-table", default="", metavar="TEXT",
        help=tr("classes to join or rename: 'wheat = Cereals #d9b310; barley = Cereals; water =', or a CSV file"),
    )  # fmt: skip
    text = tr("minimum area of single classes in hectares: 'Vineyard = 0.1; Grassland = 0.5'")
    how.add_argument("--class-areas", default="", metavar="TEXT", help=text)


def run(values: Namespace, console: Console) -> Answer:
    """Clean and write."""
    request = CleanMapRequest(
        crop_map=values.crop_map,
        clean_map=values.clean_map,
        probabilities=values.probabilities,
        confidence=values.confidence,
        mask=values.cropland_mask,
        parcels=parcel_file(values),
        table=read_table(values.class_table),
        options=replace(options(CleaningOptions, values), class_areas=read_class_areas(values.class_areas)),
    )
    found = clean_map(request, console)
    console.info(found.sentence)
    return Answer({"CLEAN_MAP": found.clean_map, **found.numbers})
