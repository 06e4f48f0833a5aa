"""How far the bundled checkpoint can be trusted: one table of all figures that README and cards quote.

Cross-validates by spatial block on real French points (forest; network from simulation alone, from points alone, from
both; each sensor alone; half of the optical looks hidden; each attention left out), then judges the bundled checkpoint
on a real landscape that it never saw, and its attention. From the repository's root, with the samples beside it:

    make bench-accuracy
"""

from __future__ import annotations

import argparse
import csv
import sys
import time
from datetime import date
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from crop_attention.benchmarks.accuracy import crossval
from crop_attention.engine.accuracy.scores import Scores
from crop_attention.engine.training.adapt import ADAPTATION, real_points, replay
from crop_attention.engine.training.calibration import fitted_temperature, reliability
from crop_attention.engine.training.predict import Pixels
from crop_attention.models.checkpoint import load, sha256_of

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ROOT.parent / "shared" / "data"
WEIGHTS = ROOT / "benchmarks" / "weights"
BASE = WEIGHTS / "simulated.safetensors"
WITHOUT = ("channel", "temporal", "spatial")
ARMS = ("both", "s2", "s1")
FRANCE, CORSICA = ("france_2023_dekads", date(2022, 10, 1)), ("corsica_2022_months", date(2021, 10, 1))
COUNTIES, SIZE = 16, 256
HALF = 0.5


class Row(NamedTuple):
    """One line of the table."""

    system: str
    data: str
    accuracy: float
    lower: float
    upper: float
    macro_f1: float
    f1_lower: float
    f1_upper: float


def row(system: str, data: str, found: Scores) -> Row:
    """Return a line and print it."""
    accuracy, macro = found.overall, found.macro_f1
    line = Row(system, data, *(float(v) for e in (accuracy, macro) for v in (e.value, e.lower, e.upper)))
    print(
        f"{system:44} {data:22} OA {line.accuracy:.3f} ({line.lower:.3f} to {line.upper:.3f})  "
        f"F1 {line.macro_f1:.3f} ({line.f1_lower:.3f} to {line.f1_upper:.3f})",
        flush=True,
    )
    return line


def cross_validate(samples: Path, ablate: bool) -> tuple[list[Row], float]:
    """Return the lines of the cross-validation, and the temperature that its probabilities call for."""
    checkpoint = load(BASE)
    card = checkpoint.card
    points = crossval.points_of(real_points(samples / f"{FRANCE[0]}.csv.gz", FRANCE[1], card))
    beside = [real_points(samples / f"{CORSICA[0]}.csv.gz", CORSICA[1], card).windows]
    simulated = replay(card, COUNTIES, SIZE, ADAPTATION.seed)
    print(f"{len(points.codes)} points in {len(np.unique(points.blocks))} blocks, {len(simulated)} simulated points")
    rows = []
    for arm in ARMS:
        rows.append(row("random forest, points", arm, crossval.judged(points, crossval.forest_chances(points, arm))))
    half = crossval.forest_chances(points, "both", HALF)
    rows.append(row("random forest, points", "half of the looks", crossval.judged(points, half)))
    views = {arm: crossval.hidden(points.arrays, arm) for arm in ARMS}
    views["half of the looks"] = crossval.hidden(points.arrays, looks=HALF)
    for name, view in views.items():
        chances = crossval.network_chances(checkpoint.network, card, view)
        rows.append(row("network, simulation alone", name, crossval.judged(points, chances)))
    temperature = card.temperature
    systems = [("network, points alone", BASE, [], True), ("network, simulation and points", BASE, simulated, False)]
    if ablate:
        names = {"all parts, short training": "all_parts"}
        names |= {f"  without {part} attention": f"no_{part}" for part in WITHOUT}
        systems += [(name, WEIGHTS / f"{file}.safetensors", simulated, False) for name, file in names.items()]
    for system, base, beneath, scratch in systems:
        networks = crossval.fold_networks(points, base, [] if scratch else beside, beneath, scratch, say=_quiet)
        own = load(base).card
        for name, view in views.items():
            chances = crossval.out_of_fold(points, networks, own, view)
            rows.append(row(system, name, crossval.judged(points, chances)))
            if system == "network, simulation and points" and name == "both":
                temperature = calibration(points, chances, own.temperature)
    return rows, temperature


def calibration(points: crossval.Points, chances: np.ndarray, temperature: float) -> float:
    """Print the calibration error before and after; return the temperature of the highest likelihood."""
    logits = (np.log(np.maximum(chances, 1e-12)) * temperature).astype(np.float32)
    order = np.arange(len(points.codes))
    pixels = Pixels(logits, points.codes.astype(np.int64) - 1, order, points.blocks)
    best = fitted_temperature(pixels)
    before, after = reliability(pixels, temperature).error, reliability(pixels, best).error
    print(f"calibration error {before:.3f} at temperature {temperature:.3f}, {after:.3f} at {best:.3f}")
    return best


def _quiet(message: str) -> None:
    """Say nothing."""


def main() -> int:
    """Print the table; write it as CSV."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--samples", type=Path, default=SAMPLES, help="folder of the real samples")
    parser.add_argument("--output", type=Path, default=ROOT / "build" / "benchmarks", help="folder of table and page")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads; another number rounds differently")
    parser.add_argument("--no-ablation", action="store_true", help="leave out the networks without an attention")
    arguments = parser.parse_args()
    if not arguments.samples.is_dir():
        print(f"The samples are not at {arguments.samples}: nothing was measured.")
        return 0
    began = time.monotonic()
    torch.set_num_threads(arguments.threads)
    print(f"base {BASE.name} {sha256_of(BASE)[:12]}")
    rows, temperature = cross_validate(arguments.samples / "points", not arguments.no_ablation)
    arguments.output.mkdir(parents=True, exist_ok=True)
    with open(arguments.output / "accuracy.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(Row._fields)
        writer.writerows(rows)
    print(f"temperature {temperature:.4f}; {time.monotonic() - began:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
