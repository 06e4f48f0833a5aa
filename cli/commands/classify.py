"""classify: Sentinel-1 and Sentinel-2 in, crop map, parcel labels and attention heatmaps out."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from ...engine.jobs.checks import Problems, Unreadable
from ...engine.jobs.map import MapRequest, check_request, find_problems, map_crops, products
from ...engine.options import MappingOptions
from ...models.language import tr
from .. import arguments as a
from ..answer import Answer
from ..console import Console
from ..request import mapping_options, parcel_file, parcel_options, series_request
from .mapping import add_outputs, answer_of, outputs_of

NAME = "classify"
SUMMARY = "map crops, label parcels, show what decided"
USAGE = "--s2 PATH ... --s1 PATH ... --crop-map FILE [OPTION ...]"
DESCRIPTION = """Maps crops from a season of Sentinel-1 and Sentinel-2 rasters, as 'Classify crops' in QGIS does.
Outputs are written when they are named, all of them or none."""
EXAMPLES = """examples:
  %(prog)s --s2 sentinel2 --s1 sentinel1 --crop-map map.tif --report report.html
  %(prog)s --s2 sentinel2 --s1 sentinel1 \\
      --parcels parcels.gpkg --parcels-only --parcel-labels labels.gpkg
  %(prog)s --s2 S2_*.tif --season-start 2017-10-01 \\
      --extent "3.0,3.2,50.9,51.0 [EPSG:4326]" --crop-map map.tif"""


def declare(parser: ArgumentParser) -> None:
    group = a.add_inputs(parser)
    a.add_parcels(group, tr("polygons to label, in any CRS"))
    group.add_argument(
        "--parcels-only", action="store_true", help=tr("leave out blocks of pixels that no parcel touches")
    )
    a.add_expected_shares(parser)
    add_outputs(parser, products())
    a.add_reading(parser)
    a.add_running(parser)
    a.add_labelling(parser)


def run(values: Namespace, console: Console) -> Answer:
    """Map, label, report."""
    wrong = Problems()
    request = MapRequest(
        series_request(values, wrong),
        outputs_of(values, products()),
        wrong.read(lambda: mapping_options(values), MappingOptions()),
        parcel_options(values),
        wrong.read(lambda: parcel_file(values), Unreadable()),
        values.parcels_only,
    )
    check_request(request)
    wrong.refuse(find_problems(request))
    return answer_of(map_crops(request, console), products())
