"""The paper's comparison: compared systems on the same ground, by one protocol, with one budget.

    make bench-paper          hours; a run that was stopped goes on where it stood
    make bench-paper-quick    under 15 minutes, the same code with few steps and one seed

Each finished cell (one training of one system on one site) is a line of benchmarks/results/paper/full.jsonl; tables,
curves and the page are drawn from these lines. `paper/plan.py` says what is compared, with which budget and why.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Sequence

import torch

from crop_attention.benchmarks.paper import record, report, timing
from crop_attention.benchmarks.paper.cells import Machine, Places, make_ready, sites_at
from crop_attention.benchmarks.paper.plan import FULL, PASTIS, QUICK, SITES, cells
from crop_attention.benchmarks.paper.run import run, unfinished
from crop_attention.benchmarks.paper.systems import SYSTEMS
from crop_attention.benchmarks.samples import add_samples
from crop_attention.engine.cores import usable_cores
from crop_attention.engine.feedback import Feedback
from crop_attention.engine.mapping.device import choose_device, exact_arithmetic

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "benchmarks" / "results" / "paper"
QUICK_RESULTS = ROOT / "build" / "paper" / "quick"
TIMED = {"full": 5.0, "quick": 1.0}
"""Seconds that each system is timed for."""


def arguments() -> argparse.ArgumentParser:
    """Return what the command line takes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="few steps, one seed, under 15 minutes")
    parser.add_argument("--only", action="append", default=[], choices=SITES, metavar="SITE", help="a site; repeatable")
    parser.add_argument("--systems", nargs="+", default=[], choices=sorted(SYSTEMS), help="some of the systems")
    parser.add_argument("--seeds", nargs="+", type=int, default=[], help="in place of the plan's")
    parser.add_argument("--pastis", type=Path, help="folder of PASTIS or PASTIS-R in its official layout")
    add_samples(parser)
    parser.add_argument("--output", type=Path, help="folder of records and report")
    parser.add_argument(
        "--threads", type=int, default=usable_cores(),
        help="cells at a time, each on one thread, so that their number changes no result (PASTIS: one on all)",
    )  # fmt: skip
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:N")
    parser.add_argument("--no-timing", action="store_true", help="leave out the speeds, on a busy machine")
    return parser


def main(given: Sequence[str] | None = None) -> int:
    """Run what is not finished, time the systems, write the report; 1 when a cell failed."""
    values = arguments().parse_args(given)
    began = time.monotonic()
    budget = QUICK if values.quick else FULL
    output = values.output or (QUICK_RESULTS if values.quick else RESULTS)
    places = Places(ROOT / "build" / "paper", values.samples, values.pastis)
    sites, left_out = sites_at(places)
    for sentence in left_out:
        _tell(sentence)
    keys = list(cells(budget, [site for site in sites if site in (values.only or SITES)], values.systems, values.seeds))
    device = choose_device(values.device, values.threads, Feedback())
    machine, jobs = (Machine(), values.threads) if device.is_cpu else (Machine(values.threads, device.torch), 1)
    records = output / f"{budget.name}.jsonl"
    record.unpack(records)
    with exact_arithmetic():
        make_ready(unfinished(keys, budget, records), budget, places, values.threads)
        failed = run([key for key in keys if key.site not in PASTIS], budget, places, machine, records, _tell, jobs)
        large = [key for key in keys if key.site in PASTIS]
        if large:  # too large to be held by several processes
            failed += run(large, budget, places, replace(machine, threads=values.threads), records, _tell)
        if not (values.no_timing or (output / timing.FILE).exists()):
            torch.set_num_threads(1)  # a block a thread
            _tell(f"speeds: {timing.write(output, values.threads, TIMED[budget.name])}")
    record.pack(records)
    report.write(records, output, len(list(cells(budget, sites))))
    _tell(f"{time.monotonic() - began:.0f} s" + (f"; {len(failed)} cells FAILED" if failed else ""))
    return 1 if failed else 0


def _tell(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
