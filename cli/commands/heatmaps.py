"""heatmaps: the same network, asked only what it looked at."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from ...engine.jobs.checks import Problems, Unreadable
from ...engine.jobs.heatmaps import HeatmapsRequest, check_request, find_problems, make_heatmaps, products
from ...models.language import tr
from .. import arguments as a
from ..answer import Answer
from ..console import Console
from ..request import mapping_options, parcel_file, series_request
from .mapping import add_outputs, answer_of, outputs_of

NAME = "heatmaps"
SUMMARY = "show which dates, bands and pixels decided, without a map"
USAGE = "--s2 PATH ... --s1 PATH ... --temporal-attention FILE [OPTION ...]"
DESCRIPTION = """Writes what the network paid attention to, as 'Attention heatmaps' in QGIS does.
With parcels, only the blocks of pixels that they touch are computed."""
EXAMPLES = """examples:
  %(prog)s --s2 sentinel2 --s1 sentinel1 --temporal-attention when.tif --report attention.html"""


def declare(parser: ArgumentParser) -> None:
    group = a.add_inputs(parser)
    a.add_parcels(group, tr("polygons to limit the computation to, in any CRS"))
    add_outputs(parser, products())
    a.add_reading(parser)
    a.add_running(parser)


def run(values: Namespace, console: Console) -> Answer:
    """Compute the heatmaps."""
    wrong = Problems()
    request = HeatmapsRequest(
        series_request(values, wrong),
        outputs_of(values, products()),
        mapping_options(values),
        wrong.read(lambda: parcel_file(values), Unreadable()),
    )
    check_request(request)
    wrong.refuse(find_problems(request))
    return answer_of(make_heatmaps(request, console), products())
