"""How far the bundled checkpoint can be trusted: one table of all figures that README and cards quote.

Cross-validates by spatial block on real French points (plain learners; network from simulation alone, from points
alone, from both; each sensor alone; half of the optical observations hidden; the season not over yet; each attention
left out). Judges networks that were trained without Corsica and without Flanders there, and the bundled checkpoint in
Bavaria and Akmola, beside plain learners of the same points; then its attention, its contribution, a real landscape and
simulated fields. What stands is what ships: network and Gaussian together. From the repository's root, with the samples
beside it, in under 20 minutes on two cores:

    make bench-accuracy
"""

from __future__ import annotations

import argparse
import csv
import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import torch
from torch import nn

from crop_attention.benchmarks.accuracy import crossval, fields, flanders, page, phenology, regions, sample, trust
from crop_attention.benchmarks.accuracy.networks import Training, trained
from crop_attention.benchmarks.accuracy.table import BUNDLED, Row, by_class, rows
from crop_attention.benchmarks.samples import add_samples
from crop_attention.engine.training.dataset import LabelledCube
from crop_attention.engine.training.paired_difference import gain
from crop_attention.models.card import Card
from crop_attention.models.checkpoint import Checkpoint, default_checkpoint, load, sha256_of
from crop_attention.models.gaussian import Gaussian
from crop_attention.tools.checkpoints.adapt import ADAPTATION, GAUSSIAN, TEMPERATURE, real_points, replay, trainings

ROOT = Path(__file__).resolve().parents[2]
WEIGHTS = ROOT / "benchmarks" / "weights"
BASE = WEIGHTS / "simulated.safetensors"
FRANCE = ("france_2023_dekads", date(2022, 10, 1))
BESIDE = (
    ("corsica_2022_months", date(2021, 10, 1)),
    ("flanders_2021_months_100", date(2020, 10, 1)),
    ("flanders_2021_dekads_50", date(2020, 10, 1)),
)
"""Real points beside the French ones in the training of the bundled checkpoint, in the order of its command."""

LEFT_OUT = {"Corsica 2022": (0,), "Flanders 2021": (1, 2)}
"""Region -> its place among those beside the French points; networks trained without it are judged there."""

BLOCK_METRES = 50_000.0
"""Side of the blocks that folds are made of: blocks of 10 km flatter, since fields nearby are alike."""
COUNTIES, SIZE = 16, 256
SIMULATED, POINTS_ONLY = "network, simulation alone", "network, points alone"
SHORT = {
    "short training, all parts": "all_parts",
    "without channel attention": "no_channel",
    "without temporal attention": "no_temporal",
    "without spatial attention": "no_spatial",
}
"""What each attention is worth: networks of a short training, file of their base; the first has all parts."""


class Bench:
    """The samples, and all networks that are trained on them.

    Attributes:
        card: of the base, with the temperature and the Gaussian of the bundled way.
        france: points in folds.
        beside: points of the other regions in the training.
    """

    def __init__(self, samples: Path, block_metres: float, ablate: bool, workers: int, threads: int):
        """Read the samples and train."""
        own = load(BASE).card
        self.card = replace(own, temperature=TEMPERATURE, gaussian=GAUSSIAN)
        read = [
            real_points(samples / f"{name}.csv.gz", start, own, None, block_metres) for name, start in (FRANCE, *BESIDE)
        ]
        self.france = crossval.points_of(read[0])
        self.beside = [crossval.points_of(each, in_folds=False) for each in read[1:]]
        simulated = replay(own, COUNTIES, SIZE, ADAPTATION.seed, workers)
        blocks = len(np.unique(self.france.blocks))
        print(f"{len(self.france.codes)} points in {blocks} blocks, {len(simulated)} simulated points", flush=True)
        whole, short = trainings(), trainings(seeds=1)
        alone = [replace(ADAPTATION, learning_rate=2e-3)]
        folds = range(crossval.FOLDS)
        plan = {(BUNDLED, fold): Training(BASE, self._real(fold), whole) for fold in folds}
        plan |= {(BUNDLED, region): Training(BASE, self._real(without=LEFT_OUT[region]), whole) for region in LEFT_OUT}
        plan |= {(POINTS_ONLY, fold): Training(BASE, self._real(fold)[:1], alone, scratch=True) for fold in folds}
        for name, file in SHORT.items() if ablate else ():
            base = WEIGHTS / f"{file}.safetensors"
            plan |= {(name, fold): Training(base, self._real(fold), short) for fold in (*folds, -1)}
        self._networks = dict(zip(plan, trained(list(plan.values()), simulated, workers, threads)))
        self.gaussian = crossval.gaussian_of(self.france, own)
        self._gaussians = crossval.fold_gaussians(self.france, own)

    def network(self, system: str, key: int | str) -> nn.Module:
        """Return the network of a system without a fold (-1: with all points) or a region."""
        return self._networks[system, key]

    def folds(self, system: str) -> list[Checkpoint]:
        """Return what never saw each fold."""
        if system == SIMULATED:
            return [load(BASE)] * crossval.FOLDS
        networks = [self._networks[system, fold] for fold in range(crossval.FOLDS)]
        if system == BUNDLED:
            return [shipped(self.card, *pair) for pair in zip(networks, self._gaussians)]
        return [Checkpoint.of_network(replace(self.card, gaussian={}), network) for network in networks]

    def _real(self, fold: int = -1, without: Sequence[int] = ()) -> list[Sequence[LabelledCube]]:
        home = [window for window, own in zip(self.france.windows, self.france.folds) if own != fold]
        return [home, *(points.windows for number, points in enumerate(self.beside) if number not in without)]

    def learnt(self, without: Sequence[int] = ()) -> dict[str, crossval.Points]:
        """Return what plain learners may learn from: the French points, and all real points that a network saw."""
        kept = [points for number, points in enumerate(self.beside) if number not in without]
        return {"French points": self.france, "all points": crossval.together([self.france, *kept])}


def shipped(card: Card, network: nn.Module, gaussian: Gaussian) -> Checkpoint:
    """Return a network with the Gaussian beside it."""
    return replace(Checkpoint.of_network(card, network), gaussian=gaussian)


def cross_validated(bench: Bench, ablate: bool) -> list[Row]:
    """Return the lines of the folds: what is bundled, its parts, plain learners, networks without an attention."""
    points, views = bench.france, crossval.views_of("both")
    chances: dict[str, dict[str, np.ndarray]] = {}
    for system in (BUNDLED, SIMULATED, POINTS_ONLY, *(SHORT if ablate else ())):
        folds = bench.folds(system)
        chances[system] = {name: crossval.out_of_fold(points, folds, view) for name, view in views.items()}
    for name, view in views.items():
        for learner, found in crossval.plain_in_folds(points, view).items():
            chances.setdefault(learner, {})[name] = found
    short = next(iter(SHORT))
    rivals = {system: short if system in SHORT else BUNDLED for system in chances if system not in (BUNDLED, short)}
    found = rows("France 2023, in folds", chances, points.codes, points.blocks, rivals)
    for name, each in chances[BUNDLED].items():
        print(f"{name}: {regions.honesty(points.codes, each)}")
        if name == "both" or views[name].over:
            by_class(each, points.codes)
    return found


def left_out(bench: Bench) -> list[Row]:
    """Return the lines of the regions that their networks did not see, with plain learners of the same points."""
    found = []
    for region, places in LEFT_OUT.items():
        judged = shipped(bench.card, bench.network(BUNDLED, region), bench.gaussian)
        points = crossval.together([bench.beside[place] for place in places])
        found += regions.judge(region, judged, bench.learnt(places), points, "both")
    return found


def elsewhere(bench: Bench, bundled: Checkpoint, folder: Path) -> list[Row]:
    """Return the lines of the regions that are in no training."""
    found = []
    for region, file, start, sensors in regions.UNSEEN:
        path = folder / f"{file}.csv.gz"
        if path.is_file():
            points = crossval.points_of(real_points(path, start, bundled.card), in_folds=False)
            found += regions.judge(region, bundled, bench.learnt(), points, sensors)
    return found


def judge_bundled(bench: Bench, bundled: Checkpoint, ablate: bool, output: Path, samples: Path, threads: int) -> None:
    """Print what the bundled checkpoint does on land and how far its attention can be trusted; draw it all."""
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
    pairs = [(each, french.pick(bench.france.folds == fold)) for fold, each in enumerate(bench.folds(BUNDLED))]
    trusts = [entry for shown in trust.WAYS for entry in trust.trust(pairs, shown=shown)]
    if not absent:
        flemish = [(bundled, sample.flemish(bundled.card, folder))]
        trusts += [entry for shown in trust.WAYS for entry in trust.trust(flemish, shown=shown)]
    _print([trust.HEAD, *(found.row() for found in trusts)])
    courses = phenology.courses(pairs) + phenology.courses([(bundled, phenology.unseen(bundled.card))])
    _print([phenology.HEAD, *((course.entry.name, *course.row()) for course in courses)])
    _print([regions.PEAKS, *regions.peaks(pairs)])
    counties = fields.counties_of(bundled.card)
    groups = fields.fields(bundled, counties)
    _print([fields.HEAD, *fields.rows(groups)])
    if ablate:
        alone = replace(bench.card, gaussian={})
        short = {name: Checkpoint.of_network(alone, bench.network(name, -1)) for name in SHORT}
        margin = max(each.network.margin for each in short.values())
        right = {name: fields.parcels_of(each, counties, margin) for name, each in short.items()}
        _print(ablation(right))
    sections += [page.trust_section(trusts), page.phenology_section(courses), page.fields_section(groups)]
    (output / "accuracy.html").write_text(page.document(sections, f"Checkpoint {bundled.card.title}"), encoding="utf-8")


def ablation(right: Mapping[str, Mapping[tuple[float, bool], np.ndarray]]) -> list[tuple[str, ...]]:
    """Return a table of simulated parcels: share right, and the paired difference to the first system."""
    first, table = (
        next(iter(right)),
        [("Simulated parcels", "Mean parcel", "Right", "More than all parts (95 % interval)")],
    )
    for name, found in right.items():
        for (landscape, hidden), own in found.items():
            ahead = gain(own, right[first][landscape, hidden], np.arange(len(own)))
            where = f"{landscape:g} ha{', half of the clear steps hidden' if hidden else ''}"
            more = "" if name == first else f"{ahead.value:+.1%} ({ahead.lower:+.1%} to {ahead.upper:+.1%})"
            table.append((name, where, f"{own.mean():.1%}", more))
    return table


def _print(table: Sequence[Sequence[object]]) -> None:
    print()
    for cells in table:
        print(" | ".join(str(cell) for cell in cells), flush=True)


def main() -> int:
    """Print the table; write it as CSV."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    add_samples(parser)
    parser.add_argument("--output", type=Path, default=ROOT / "build" / "benchmarks", help="folder of table and page")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes that train networks")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads; another number rounds differently")
    parser.add_argument("--block-metres", type=float, default=BLOCK_METRES, help="side of the blocks of the folds")
    parser.add_argument("--no-ablation", action="store_true", help="leave out the networks without an attention")
    arguments = parser.parse_args()
    if not arguments.samples.is_dir():
        print(f"The samples are not at {arguments.samples}: nothing was measured.")
        return 0
    began, ablate, points = time.monotonic(), not arguments.no_ablation, arguments.samples / "points"
    torch.set_num_threads(arguments.threads)
    bundled = load(default_checkpoint())
    print(f"base {BASE.name} {sha256_of(BASE)[:12]}, bundled checkpoint {bundled.card.name} {bundled.sha256[:12]}")
    bench = Bench(points, arguments.block_metres, ablate, arguments.workers, arguments.threads)
    found = [*cross_validated(bench, ablate), *left_out(bench), *elsewhere(bench, bundled, points)]
    arguments.output.mkdir(parents=True, exist_ok=True)
    with open(arguments.output / "accuracy.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(Row._fields)
        writer.writerows([f"{cell:.4f}" if isinstance(cell, float) else cell for cell in line] for line in found)
    judge_bundled(bench, bundled, ablate, arguments.output, arguments.samples, arguments.threads)
    print(f"\n{time.monotonic() - began:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
