"""Adapt a checkpoint made from simulation to labelled points of real fields: ... tools.checkpoints.adapt --help.

Several trainings start from the base, half of them on seasons that are cut at a random step, and the mean of their
weights is kept (Wortsman et al. 2022, arXiv 2203.05482): one network for whole seasons and for those not over yet.

Real points are few, so simulated ones stay in every step: they hold up the classes that few real points show. The
statistics of the batch norms stay those of the base. Points say nothing of the ground around them, so that in the end
each spatial kernel is drawn together into its middle; the spatial attention alone looks at neighbours.
"""

from __future__ import annotations

import argparse
import copy
import json
import logging
from dataclasses import replace
from datetime import date, datetime, timezone
from pathlib import Path
from typing import Sequence

import numpy as np
import torch
from torch import nn

from ...engine.class_names import WORLDCEREAL, read_code_table
from ...engine.feedback import Feedback
from ...engine.provenance import version
from ...engine.series.season import PlacedSeason
from ...engine.simulation.spectra import BANDS
from ...engine.training.dataset import Dataset, LabelledCube
from ...engine.training.learners.linear import fit_linear
from ...engine.training.loop import Fitting
from ...engine.training.mixture import Mixture, Part
from ...engine.training.options import BLOCK_METRES, SourceOptions
from ...engine.training.samples import PointSampler
from ...engine.training.sources.points import read_points
from ...models import checkpoint as checkpoints
from ...models.card import Card
from ...models.region import Box, Region
from .counties import inner_points, simulated_counties
from .judging import centre_kernels
from .seasons import AdaptationOptions, another_season, bare_soil
from .step_log import fit_logged

ADAPTATION = AdaptationOptions(
    steps=250, batch=64, learning_rate=1e-3, label_smoothing=0.1, body_rate=1.0, noise=1.0, speckle=1.0,
    winter=0.5, stretch=0.7, late_start=0.3, soil=bare_soil(BANDS),
)  # fmt: skip
GAUSSIAN = {"share": 0.3, "temperature": 4.0, "below": 0.5, "lone_share": 0.5}
TEMPERATURE = 0.9
"""How the Gaussian of the first region stands beside the network where it gives no class half, and the temperature of
the network, chosen together on folds of 50 km, three regions left out in turn and simulated counties: a mean of two is
less sure than either, and where the network is sure, the Gaussian of another region does more harm than good. Pixels
that one sensor alone saw give it more: that gains in each of these regions and costs in the counties."""

SEEDS = 2
"""Seeds of the trainings whose weights are averaged; each trains on whole and on cut seasons."""

REAL_BALANCE = 0.7
"""Power of the frequency of a class among real points by which they are drawn: nearly as they occur."""

REALITY = 0.7
"""How far simulated points are drawn by the frequency of their class among real ones; the rest is even."""

UNMET = 2.0
"""Points that a class gets on top in that frequency, so that none is forgotten."""

BESIDE = 0.25
"""Points of another region in a step, as a share of those of the first, and what they weigh beside them."""

POINTS_A_PARCEL = 3
SOURCE = SourceOptions(minimum_parcels=1, minimum_classes=1, block_metres=BLOCK_METRES)
"""Points of one crop alone are taken too: they stand beside others, or judge."""

log = logging.getLogger(__name__)


def box_of(text: str) -> Box:
    """Read "west,south,east,north" in degrees.

    Raises:
        ValueError: it is no box.
    """
    west, south, east, north = (float(number) for number in text.split(","))
    return (west, south, east, north)


def trainings(options: AdaptationOptions = ADAPTATION, seeds: int = SEEDS) -> list[AdaptationOptions]:
    """Return the options of the trainings whose weights are averaged: whole seasons and cut ones for each seed."""
    return [replace(options, seed=options.seed + number, cut=cut) for number in range(seeds) for cut in (0.0, 1.0)]


def adapted(
    base: nn.Module,
    real: Sequence[Sequence[LabelledCube]],
    simulated: Sequence[LabelledCube],
    codes: Sequence[int],
    options: Sequence[AdaptationOptions],
    feedback: Feedback | None = None,
) -> nn.Module:
    """Return a network with the mean of the weights of several adaptations of a base, which stays as it is.

    Args:
        base: where each of them starts.
        real, simulated, codes, feedback: as for `adapt`.
        options: of each; the same base and low rates keep the weights near enough to each other for their mean.

    Raises:
        Cancelled: the analyst stopped.
    """
    sums: dict[str, torch.Tensor] = {}
    network = base
    for each in options:
        network = copy.deepcopy(base)
        adapt(network, real, simulated, codes, each, feedback)
        for name, value in network.state_dict().items():
            sums[name] = sums.get(name, 0) + value.double()
    means = {name: (total / len(options)).to(network.state_dict()[name].dtype) for name, total in sums.items()}
    network.load_state_dict(means)
    return network.eval()


def adapt(
    network: nn.Module,
    real: Sequence[Sequence[LabelledCube]],
    simulated: Sequence[LabelledCube],
    codes: Sequence[int],
    options: AdaptationOptions = ADAPTATION,
    feedback: Feedback | None = None,
) -> None:
    """Fit a network to real points, with simulated points in the same number beside them.

    Args:
        network: fitted in place; holds the running mean of the weights in the end, its spatial kernels centred.
        real: points of 1 x 1 pixel of each region. The first is where the network shall be best; it is drawn by
            the frequencies of its classes. Those after it are drawn less, and their classes more evenly.
        simulated: points of 1 x 1 pixel; with none of them the network is fitted from where it is, all of it.
        codes: of the classes.
        options: steps, rates, augmentation, seed.
        feedback: cancel.

    Raises:
        Cancelled: the analyst stopped.
    """
    parts = parts_of(real, simulated, codes, options)
    fitting = Fitting(
        network,
        Mixture(*parts),
        options,
        options.steps,
        fresh=() if simulated else None,
        season=lambda batch, uniform: another_season(batch, options, uniform),
    )
    fit_logged(fitting, log, "adaptation", feedback)
    centre_kernels(network)


def parts_of(
    real: Sequence[Sequence[LabelledCube]],
    simulated: Sequence[LabelledCube],
    codes: Sequence[int],
    options: AdaptationOptions = ADAPTATION,
) -> list[Part]:
    """Return what each region and the simulation give to a step; arguments as for `adapt`."""
    home, *others = real
    share = 0.5 if simulated else 1.0
    few = max(1, round(options.batch * BESIDE))
    parts = [Part(PointSampler(home, codes, 0, options.seed, REAL_BALANCE), options.batch, share)]
    for number, points in enumerate(others, start=1):
        parts.append(Part(PointSampler(points, codes, 0, options.seed + number), few, share * BESIDE))
    if simulated:
        counts = np.bincount([int(point.labels[0, 0]) for point in home], minlength=256)[list(codes)] + UNMET
        chances = (1 - REALITY) / len(codes) + REALITY * counts / counts.sum()
        parts.append(Part(PointSampler(simulated, codes, 0, options.seed - 1, chances=chances), options.batch, share))
    return parts


def drawn_shares(parts: Sequence[Part]) -> np.ndarray:
    """Return (K,) how often the loss meets each class in the long run; the network believes in these shares."""
    found = sum(part.weight * part.sampler.chances for part in parts)
    return found / found.sum()


def real_points(
    path: Path, start: date, card: Card, feedback: Feedback | None = None, block_metres: float = BLOCK_METRES
) -> Dataset:
    """Read points with WorldCereal codes onto the calendar and legend of a card.

    Args:
        path, start, card, feedback: file, first day of its season, checkpoint, warnings and cancel.
        block_metres: side of the spatial blocks.

    Raises:
        SampleError: the file cannot be read.
    """
    table = read_code_table(WORLDCEREAL, card.classes)
    source = replace(SOURCE, block_metres=block_metres)
    arguments = (card.season, start, card.s2_bands, card.s1_bands, card.classes, table, source, feedback or Feedback())
    return read_points(path, *arguments, substitutes=card.substitutes)


def replay(card: Card, counties: int, size: int, seed: int, workers: int = 2) -> list[LabelledCube]:
    """Return simulated points, of counties with the seeds from 1000 * `seed`."""
    return inner_points(
        simulated_counties(1000 * seed, counties, size, card.season, workers=workers), POINTS_A_PARCEL, seed
    )


def point_file(text: str) -> tuple[Path, date]:
    """Read an argument of the form FILE=YYYY-MM-DD."""
    path, _, start = text.rpartition("=")
    return Path(path), date.fromisoformat(start)


def harvests(card: Card, starts: Sequence[date]) -> tuple[int, int]:
    """Return the first and the last year of harvest of seasons that start on given days."""
    years = [PlacedSeason(card.season, start).step_bounds(card.season.steps - 1)[1].year for start in starts]
    return min(years), max(years)


def main() -> None:
    """Adapt and save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", type=Path, required=True, help="checkpoint to start from")
    parser.add_argument("--output", type=Path, required=True, help="checkpoint to write (.safetensors)")
    parser.add_argument(
        "--points", type=point_file, action="append", required=True, metavar="FILE=DATE",
        help="labelled points, and the first day of their season",
    )  # fmt: skip
    parser.add_argument("--title", default="Temperate Europe", help="for people")
    parser.add_argument("--region", default="", help="name of the region of the points, for the card")
    parser.add_argument(
        "--box", type=box_of, action="append", default=[], metavar="W,S,E,N", help="a box of that region, in degrees"
    )
    parser.add_argument("--counties", type=int, default=16, help="simulated counties beside the points")
    parser.add_argument("--size", type=int, default=256, help="pixels a side of a county")
    parser.add_argument("--steps", type=int, default=ADAPTATION.steps, help="optimiser steps")
    parser.add_argument(
        "--measured", type=Path,
        help="JSON with what was measured elsewhere, for the card: accuracy, in_season, limits",
    )  # fmt: skip
    parser.add_argument("--seed", type=int, default=ADAPTATION.seed, help="of everything random")
    parser.add_argument("--seeds", type=int, default=SEEDS, help="seeds, from --seed; two trainings each are averaged")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads; another number rounds differently")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(arguments.threads)
    base = checkpoints.load(arguments.base)
    datasets = [real_points(path, start, base.card) for path, start in arguments.points]
    real = [dataset.windows for dataset in datasets]
    simulated = replay(base.card, arguments.counties, arguments.size, arguments.seed)
    log.info("%d real points, %d simulated points", sum(map(len, real)), len(simulated))
    codes = tuple(entry.code for entry in base.card.classes)
    options = replace(ADAPTATION, steps=arguments.steps, seed=arguments.seed, soil=bare_soil(base.card.s2_bands))
    network = adapted(base.network, real, simulated, codes, trainings(options, arguments.seeds))
    shares = drawn_shares(parts_of(real, simulated, codes))
    gaussian = fit_linear(real[0], codes, 0, arguments.seed, Feedback())
    measured = json.loads(arguments.measured.read_text(encoding="utf-8")) if arguments.measured else {}
    given = " ".join(f"--points {path.name}={start}" for path, start in arguments.points)
    named = ("counties", "size", "steps", "seed", "seeds", "threads")
    settings = " ".join(f"--{name} {getattr(arguments, name)}" for name in named)
    settings += f" --region '{arguments.region}'" if arguments.region else ""
    settings += "".join(f" --box={','.join(f'{value:g}' for value in box)}" for box in arguments.box)
    settings += f" --measured {arguments.measured.name}" if arguments.measured else ""
    card = replace(
        base.card,
        name=arguments.output.stem,
        title=arguments.title,
        version=version(),
        training=f"{base.card.training} Adapted to {' '.join(dataset.description for dataset in datasets)}",
        command=f"{base.card.command}; python -m crop_attention.tools.checkpoints.adapt --base {arguments.base.name} "
        f"{given} {settings}",
        temperature=TEMPERATURE,
        accuracy=measured.get("accuracy", base.card.accuracy),
        in_season=measured.get("in_season", {}),
        limits=measured.get("limits", base.card.limits),
        shares={entry.name: round(float(share), 4) for entry, share in zip(base.card.classes, shares)},
        gaussian=GAUSSIAN,
        region=Region(arguments.region, tuple(arguments.box)) if arguments.box else None,
        years=harvests(base.card, [start for _, start in arguments.points]),
        licence="GPL-2.0-or-later; the real points are open test samples of ESA WorldCereal (MIT licence; declared "
        "parcels of France and Flanders)",
        seed=arguments.seed,
        created=datetime.now(timezone.utc).date().isoformat(),
    )
    checkpoints.save(arguments.output, network, card, gaussian)


if __name__ == "__main__":
    main()
