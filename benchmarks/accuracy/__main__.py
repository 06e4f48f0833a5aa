"""How far the bundled checkpoint can be trusted: one table of all figures that README and cards quote.

Cross-validates by spatial block on real French points (plain learners; network from simulation alone, from points
alone, from both; each sensor alone; half of the optical looks hidden; the season not over yet; each attention left
out). Then judges the bundled checkpoint in regions and on a real landscape that it never saw, its attention and its
contribution. From the repository's root, with the samples beside it:

    make bench-accuracy
"""

from __future__ import annotations

import argparse
import csv
import sys
import time
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import NamedTuple, Sequence

import numpy as np
import torch

from crop_attention.benchmarks.accuracy import crossval, fields, flanders, page, phenology, regions, sample, trust
from crop_attention.benchmarks.accuracy.folded import TEN, ten
from crop_attention.benchmarks.samples import add_samples
from crop_attention.engine.accuracy.scores import Scores
from crop_attention.models.checkpoint import Checkpoint, default_checkpoint, load, sha256_of
from crop_attention.tools.checkpoints.adapt import ADAPTATION, GAUSSIAN, SEEDS, TEMPERATURE, real_points, replay

ROOT = Path(__file__).resolve().parents[2]
WEIGHTS = ROOT / "benchmarks" / "weights"
BASE = WEIGHTS / "simulated.safetensors"
WITHOUT = ("channel", "temporal", "spatial")
FRANCE = ("france_2023_dekads", date(2022, 10, 1))
BESIDE = (
    ("corsica_2022_months", date(2021, 10, 1)),
    ("flanders_2021_months_100", date(2020, 10, 1)),
    ("flanders_2021_dekads_50", date(2020, 10, 1)),
)
"""Real points beside the French ones in the training of the bundled checkpoint, in the order of its command."""

BLOCK_METRES = 50_000.0
"""Side of the blocks that folds are made of: blocks of 10 km flatter, since fields nearby are alike."""
COUNTIES, SIZE = 16, 256
ADAPTED = "network, simulation and points"
VIEWS = {
    "both": crossval.View(),
    "s2": crossval.View("s2"),
    "s1": crossval.View("s1"),
    "half of the looks": crossval.View(hidden=0.5),
    "until 14 May": crossval.View(over=15),
    "until 28 June": crossval.View(over=18),
    "until 12 August": crossval.View(over=21),
}
"""What is shown when the points are judged; the season has 24 steps of 15 days from 1 October."""


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


class Folds(NamedTuple):
    """The points, and for each fold the adapted network that never saw it."""

    points: crossval.Points
    networks: list[Checkpoint]


def cross_validate(samples: Path, ablate: bool, block_metres: float) -> tuple[list[Row], Folds]:
    """Return the lines of the cross-validation, and the networks adapted on simulation and points."""
    checkpoint = load(BASE)
    card = checkpoint.card
    points = crossval.points_of(real_points(samples / f"{FRANCE[0]}.csv.gz", FRANCE[1], card, None, block_metres))
    beside = [real_points(samples / f"{name}.csv.gz", start, card).windows for name, start in BESIDE]
    simulated = replay(card, COUNTIES, SIZE, ADAPTATION.seed)
    print(f"{len(points.codes)} points in {len(np.unique(points.blocks))} blocks, {len(simulated)} simulated points")
    rows = []
    for name, view in VIEWS.items():
        for system, chances in crossval.plain_chances(points, view).items():
            rows.append(row(system, name, crossval.judged(points, chances)))
    views = {name: crossval.shown(points.arrays, view) for name, view in VIEWS.items()}
    for name, view in views.items():
        chances = crossval.network_chances(checkpoint.network, card, view)
        rows.append(row("network, simulation alone", name, crossval.judged(points, chances)))
    kept: list[Checkpoint] = []
    systems = [("network, points alone", BASE, [], True), (ADAPTED, BASE, simulated, False)]
    if ablate:
        names = {"all parts, short training": "all_parts"}
        names |= {f"  without {part} attention": f"no_{part}" for part in WITHOUT}
        systems += [(name, WEIGHTS / f"{file}.safetensors", simulated, False) for name, file in names.items()]
    for system, base, beneath, scratch in systems:
        seeds = SEEDS if system == ADAPTED else 0
        networks = crossval.fold_networks(points, base, [] if scratch else beside, beneath, scratch, seeds)
        own = load(base).card
        if seeds:
            own = replace(own, temperature=TEMPERATURE, gaussian=GAUSSIAN)
        gaussians = crossval.fold_gaussians(points, [entry.code for entry in own.classes]) if seeds else None
        for name, view in VIEWS.items():
            chances = crossval.out_of_fold(points, networks, own, view, gaussians)
            rows.append(row(system, name, crossval.judged(points, chances)))
            if system == ADAPTED and view.over:
                by_class(points, chances)
            if system == ADAPTED and name == "both":
                print(regions.honesty(points.codes, chances))
                by_class(points, chances)
        if system == ADAPTED:
            kept = [Checkpoint.of_network(own, network) for network in networks]
    return rows, Folds(points, kept)


def by_class(points: crossval.Points, chances: np.ndarray) -> None:
    """Print user's and producer's accuracy and F1 of each of the ten classes."""
    found, counts = crossval.judged(points, chances), np.bincount(ten(points.codes), minlength=len(TEN))
    for place, name in enumerate(TEN):
        users, producers, f1 = (float(part.value[place]) for part in (found.users, found.producers, found.f1))
        print(f"  {name:24} {counts[place]:4} points  UA {users:.2f}  PA {producers:.2f}  F1 {f1:.2f}")


def judge_bundled(folds: Folds, output: Path, samples: Path, threads: int) -> None:
    """Print what the bundled checkpoint does elsewhere and how far its attention can be trusted; draw it all."""
    bundled = load(default_checkpoint())
    print(f"\nbundled checkpoint {bundled.card.name} {bundled.sha256[:12]}")
    for name, entry, found in regions.elsewhere(bundled, samples / "points"):
        row(f"bundled, {name}", entry, found)
    sections = []
    folder = samples / "flanders_2018"
    absent = flanders.missing(folder)
    if absent:
        print(absent)
    else:
        landscape = flanders.assess(default_checkpoint(), folder, threads)
        _print(landscape.rows())
        sections.append(page.flanders_section(landscape))
    french = sample.french(bundled.card, samples / "points" / f"{FRANCE[0]}.csv.gz", FRANCE[1])
    pairs = [(network, french.pick(folds.points.folds == fold)) for fold, network in enumerate(folds.networks)]
    trusts = [entry for shown in trust.WAYS for entry in trust.trust(pairs, shown=shown)]
    if not absent:
        flemish = [(bundled, sample.flemish(bundled.card, folder))]
        trusts += [entry for shown in trust.WAYS for entry in trust.trust(flemish, shown=shown)]
    _print([trust.HEAD, *(found.row() for found in trusts)])
    courses = phenology.courses(pairs) + phenology.courses([(bundled, phenology.unseen(bundled.card))])
    _print([phenology.HEAD, *((course.entry.name, *course.row()) for course in courses)])
    _print([regions.PEAKS, *regions.peaks(pairs)])
    groups = fields.fields(bundled)
    _print([fields.HEAD, *fields.rows(groups)])
    sections += [page.trust_section(trusts), page.phenology_section(courses), page.fields_section(groups)]
    (output / "accuracy.html").write_text(page.document(sections, f"Checkpoint {bundled.card.title}"), encoding="utf-8")


def _print(rows: Sequence[Sequence[object]]) -> None:
    print()
    for cells in rows:
        print(" | ".join(str(cell) for cell in cells), flush=True)


def main() -> int:
    """Print the table; write it as CSV."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    add_samples(parser)
    parser.add_argument("--output", type=Path, default=ROOT / "build" / "benchmarks", help="folder of table and page")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads; another number rounds differently")
    parser.add_argument("--block-metres", type=float, default=BLOCK_METRES, help="side of the blocks of the folds")
    parser.add_argument("--no-ablation", action="store_true", help="leave out the networks without an attention")
    arguments = parser.parse_args()
    if not arguments.samples.is_dir():
        print(f"The samples are not at {arguments.samples}: nothing was measured.")
        return 0
    began = time.monotonic()
    torch.set_num_threads(arguments.threads)
    print(f"base {BASE.name} {sha256_of(BASE)[:12]}")
    rows, folds = cross_validate(arguments.samples / "points", not arguments.no_ablation, arguments.block_metres)
    arguments.output.mkdir(parents=True, exist_ok=True)
    with open(arguments.output / "accuracy.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(Row._fields)
        writer.writerows(rows)
    judge_bundled(folds, arguments.output, arguments.samples, arguments.threads)
    print(f"\n{time.monotonic() - began:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
