"""heatmaps: the same network, asked only what it looked at."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from ...engine.run import Wanted, run_mapping
from .. import arguments as a
from ..answer import Answer, WrongArguments
from ..console import Console
from .mapping import HEATMAPS, RASTERS, checked_request, places_of, results_of

NAME = "heatmaps"
SUMMARY = "show which dates, bands and pixels decided, without a map"
USAGE = "--s2 PATH ... --s1 PATH ... --temporal-attention FILE [OPTION ...]"
DESCRIPTION = """Writes what the network paid attention to, as 'Attention heatmaps' in QGIS does.
With parcels, only the blocks of pixels that they touch are computed."""
EXAMPLES = """examples:
  %(prog)s --s2 sentinel2 --s1 sentinel1 --temporal-attention when.tif --report attention.html"""


def declare(parser: ArgumentParser) -> None:
    """Add the arguments."""
    group = a.add_inputs(parser)
    a.add_parcels(group, "polygons to keep to, in any CRS")
    report = {"--report": "one HTML file: attention of each crop beside NDVI and VH"}
    a.add_outputs(parser, {**HEATMAPS, **report}, "what to write (at least one)")
    a.add_reading(parser)
    a.add_running(parser)


def run(values: Namespace, console: Console) -> Answer:
    """Compute the heatmaps."""
    places = places_of(values)
    if not (places or values.report):
        raise WrongArguments("no output is asked for; name at least one heatmap or --report")
    request = checked_request(values)
    request.parcels_only = request.parcels is not None
    wanted = Wanted({RASTERS[name]: place for name, place in places.items()}, values.report or "", "Attention")
    finished = run_mapping(request, wanted, console)
    return Answer(results_of(finished, {**places, "report": values.report}))
