"""simulate: a county that never was, a season of both sensors, its parcels and the truth."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from ...engine.jobs.simulate import SimulateRequest, simulate
from ...engine.simulation.options import CountyOptions
from ...models.language import tr
from .. import arguments as a
from ..answer import Answer
from ..console import Console
from ..packages import SIMULATION, check_packages
from ..request import options

NAME = "simulate"
SUMMARY = "simulate a season to try the tools on"
USAGE = "--output-folder FOLDER [OPTION ...]"
DESCRIPTION = """Writes 'sentinel2', 'sentinel1', 'parcels.gpkg' and 'truth.tif' of a simulated county, as
'Simulate county' in QGIS does. The same values give the same county."""
EXAMPLES = """examples:
  %(prog)s --size 256 --seed 7 --output-folder county"""


def declare(parser: ArgumentParser) -> None:
    out = parser.add_argument_group(tr("what to write"))
    out.add_argument("--output-folder", required=True, metavar="FOLDER", help=tr("gets the county"))
    a.add_options(parser, CountyOptions, tr("the county"))


def run(values: Namespace, console: Console) -> Answer:
    """Simulate."""
    check_packages(SIMULATION)
    made = simulate(SimulateRequest(values.output_folder, options(CountyOptions, values)), console)
    return Answer({**made.places, "PARCEL_COUNT": made.parcel_count})
