"""What one mapping run survives: kills, full disks, rotten files, odd names and more, as one table.

    PYTHONPATH=build/plugins .venv/bin/python -m crop_attention.benchmarks.reliability        a quarter of an hour
    PYTHONPATH=build/plugins .venv/bin/python -m crop_attention.benchmarks.reliability --kills 500 --examples 20000

Linux and macOS; some cases want the superuser or QGIS and say so where they are left out.
"""

from __future__ import annotations

import argparse
import importlib
import os
import tempfile
from functools import partial
from pathlib import Path
from typing import Callable, Iterator

from crop_attention.benchmarks.reliability import bounds, faults, fuzz, inputs, kills, qgis, runs, scale
from crop_attention.benchmarks.reliability.table import Row, show, write

RESULTS = Path(__file__).resolve().parents[1] / "results" / "reliability.csv"
LAZY = ("mapping.classify", "mapping.estimate", "report.classification", "series.preprocessing.summary")
"""Imported before the children are forked, so that a kill hits the work and not the imports."""


def campaign(arguments: argparse.Namespace, scratch: Path) -> Iterator[Row]:
    """Yield each row as it is measured."""
    if arguments.bounds:
        runs.Child(lambda: runs.county(scratch / "county") and None, scratch / "log.txt").wait()
        county = scratch / "county"
        yield from bounds.campaign(runs.Job(str(county / "sentinel2"), str(county / "sentinel1"), ""), scratch)
        return
    yield from inputs.campaign(scratch)
    if arguments.inputs:
        return
    yield from fuzz.campaign(arguments.examples, arguments.seed)
    yield from kills.commit_kills(scratch)
    log = scratch / "log.txt"
    if runs.Child(lambda: runs.county(scratch / "county") and None, log).wait().how != runs.DONE:
        raise SystemExit(f"The county cannot be simulated: {log.read_text('utf-8')}")
    job = runs.Job(str(scratch / "county" / "sentinel2"), str(scratch / "county" / "sentinel1"), "")
    whole, ending = kills.undisturbed(job, scratch / "whole", log)
    print(f"an undisturbed run takes {ending.seconds:.1f} s", flush=True)
    number, seconds = arguments.faults, ending.seconds
    cases: list[Callable[[], Row]] = [
        partial(kills.random_kills, job, whole, seconds, scratch, arguments.kills, arguments.seed),
        partial(faults.file_size_limit, job, whole, scratch, tuple(100 * 4**power for power in range(8))),
        partial(faults.full_disk, job, whole, scratch, number),
        partial(faults.while_running, job, whole, scratch, number, seconds, "a file vanishes in mid-run", Path.unlink),
        partial(faults.while_running, job, whole, scratch, number, seconds, "a file is cut short in mid-run", _cut),
        partial(
            faults.while_running, job, whole, scratch, number, seconds, "a file becomes a folder in mid-run", _swap
        ),
        partial(faults.rotten, job, scratch, 2 * number, False),
        partial(faults.rotten, job, scratch, number, True),
        partial(faults.clock, job, whole, scratch, 3),
        partial(faults.together, job, whole, scratch, 3, 2),
        partial(faults.together, job, whole, scratch, 2, 4),
        partial(faults.odd_places, job, whole, scratch),
        partial(faults.closed_places, job, scratch),
        partial(scale.many_acquisitions, scratch, arguments.acquisitions),
        partial(scale.vast_raster, job, scratch),
        partial(qgis.killed, scratch, arguments.processes, arguments.seed),
    ]
    for case in cases:
        yield case()


def _cut(path: Path) -> None:
    with open(path, "r+b") as file:
        file.truncate(path.stat().st_size // 3)


def _swap(path: Path) -> None:
    path.unlink()
    path.mkdir()


def main() -> None:
    """Run the campaign, print the table, write it as CSV."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=55, help="runs killed at a random moment")
    parser.add_argument("--faults", type=int, default=6, help="runs a fault")
    parser.add_argument("--examples", type=int, default=500, help="inputs a fuzzed reader")
    parser.add_argument("--acquisitions", type=int, default=3000)
    parser.add_argument("--processes", type=int, default=10, help="runs of qgis_process that are killed")
    parser.add_argument("--inputs", action="store_true", help="only the cases on inputs; writes no table")
    parser.add_argument("--bounds", action="store_true", help="only what has no end or no room; writes no table")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    if not hasattr(os, "fork"):
        print("Left out: this system forks no processes.")
        return
    for name in LAZY:
        importlib.import_module(f"crop_attention.engine.{name}")
    print(f"{'':<12} {'fault':<46} {'cases':>6} {'survived':>8} {'lost':>5}", flush=True)
    rows = []
    with tempfile.TemporaryDirectory(prefix="crop_attention_reliability_") as scratch:
        for row in campaign(arguments, Path(scratch)):
            rows.append(row)
            show(row)
            if not (arguments.inputs or arguments.bounds):
                write(rows, RESULTS)
    total = Row("all", "", (), sum(row.cases for row in rows), sum(row.survived for row in rows))
    show(total)
    if not (arguments.inputs or arguments.bounds):
        write([*rows, total], RESULTS)


if __name__ == "__main__":
    main()
