"""simulate: a county that never was, a season of both sensors, its parcels and the truth."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from ...engine.arguments import decimal, whole
from ...engine.jobs.simulate import SimulateRequest, simulate
from ...engine.simulation.options import CountyOptions
from ...engine.simulation.region import SCENARIOS
from ..answer import Answer
from ..console import Console
from ..packages import SIMULATION, check_packages

NAME = "simulate"
SUMMARY = "make a season to try things on"
USAGE = "--output-folder FOLDER [OPTION ...]"
DESCRIPTION = """Writes 'sentinel2', 'sentinel1', 'parcels.gpkg' and 'truth.tif' of a county that never was, as
'Simulate county' in QGIS does. The same values give the same county."""
EXAMPLES = """examples:
  %(prog)s --size 256 --seed 7 --output-folder county"""

NUMBERS = (
    ("seed", whole(), "another seed, another place"),
    ("size", whole(), "pixels of 10 m a side"),
    ("cloudiness", decimal(), "mean share of a Sentinel-2 date under cloud, 0 to 1"),
    ("parcel_size", decimal(), "mean area of a parcel in hectares"),
    ("season_year", whole(), "year of harvest"),
    ("s2_dates", whole(), "Sentinel-2 acquisitions"),
    ("s1_dates", whole(), "Sentinel-1 acquisitions"),
)


def declare(parser: ArgumentParser) -> None:
    """Add the arguments."""
    out = parser.add_argument_group("what to write")
    defaults = CountyOptions()
    out.add_argument("--output-folder", required=True, metavar="FOLDER", help="gets the county")
    county = parser.add_argument_group("the county")
    for name, kind, text in NUMBERS:
        option, default = f"--{name.replace('_', '-')}", getattr(defaults, name)
        county.add_argument(option, type=kind, default=default, metavar="N", help=f"{text} (default: %(default)s)")
    county.add_argument(
        "--scenario", choices=tuple(SCENARIOS), default=defaults.scenario,
        help="crops, climate and land (default: %(default)s)",
    )  # fmt: skip


def run(values: Namespace, console: Console) -> Answer:
    """Simulate."""
    check_packages(SIMULATION)
    options = CountyOptions(scenario=values.scenario, **{name: getattr(values, name) for name, _, _ in NUMBERS})
    made = simulate(SimulateRequest(values.output_folder, options), console)
    return Answer({**made.places, "PARCEL_COUNT": made.parcel_count})
