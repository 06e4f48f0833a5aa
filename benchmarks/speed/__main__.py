"""How fast the plugin maps, against what the machine can do and what others do: one table, measured part by part.

    make bench                             all of it, three quarters of an hour
    make bench ARGS="--only network"       a part of it
    make bench ARGS=--quick                small inputs, a few minutes

Let nothing else run meanwhile.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import Iterator

from crop_attention.benchmarks.speed import ceilings, endtoend, flops, inside, memory, networks, parcels
from crop_attention.benchmarks.speed.table import Row, show, write
from crop_attention.engine.cores import usable_cores
from crop_attention.engine.feedback import Feedback
from crop_attention.engine.simulation.county import CountyOptions, simulate_county

RESULTS = Path(__file__).resolve().parents[1] / "results" / "speed.csv"
PARTS = ("ceilings", "arithmetic", "network", "endtoend", "memory", "scale", "parcels")
DATES = 30


def measure(arguments: argparse.Namespace, scratch: Path) -> Iterator[Row]:
    """Yield each row as it is measured."""
    threads, quick = arguments.threads, arguments.quick
    seconds = 2.0 if quick else 6.0
    side = 512 if quick else 1024
    county = arguments.county or scratch / "county"
    wanted = arguments.only or PARTS
    if arguments.county is None and set(wanted) & {"ceilings", "endtoend", "memory", "scale"}:
        simulate_county(str(county), CountyOptions(size=side, s2_dates=DATES, s1_dates=DATES), Feedback())
    if "ceilings" in wanted:
        yield from ceilings.ceilings(threads, seconds, county, side**2)
    if "arithmetic" in wanted:
        yield from flops.arithmetic()
    if "network" in wanted:
        yield from networks.networks(threads, seconds)
        yield from inside.inside(threads, seconds)
    if "endtoend" in wanted:
        yield from endtoend.layouts(county, scratch, threads, seconds)
    if "memory" in wanted:
        yield from memory.peaks(county, side, (1024, 2048) if quick else (1024, 4096, 8192), scratch)
        yield from memory.own_extents(county, side, scratch)
    if "scale" in wanted:
        yield from endtoend.workers(county)
        yield from endtoend.areas(county, side, scratch, (1, 2) if quick else (1, 2, 3), threads)
    if "parcels" in wanted:
        counts = (1_000, 10_000) if quick else (1_000, 10_000, 100_000, 1_000_000)
        yield from parcels.parcels(counts, 10_000 if quick else arguments.compared, scratch)


def main() -> None:
    """Print the table and write it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=PARTS, nargs="+", help="parts to measure; they replace theirs in the table")
    parser.add_argument("--quick", action="store_true", help="small inputs; the results are only printed")
    parser.add_argument("--threads", type=int, default=usable_cores(), help="of the processor")
    parser.add_argument("--county", type=Path, help="a simulated county of the size wanted, made before")
    parser.add_argument("--compared", type=int, default=100_000, help="parcels up to which QGIS is asked too")
    arguments = parser.parse_args()
    began, rows = time.perf_counter(), []
    with tempfile.TemporaryDirectory() as scratch:
        for row in measure(arguments, Path(scratch)):
            show(row)
            rows.append(row)
    print(f"{time.perf_counter() - began:.0f} s")
    if not arguments.quick:
        write(rows, RESULTS)


if __name__ == "__main__":
    main()
