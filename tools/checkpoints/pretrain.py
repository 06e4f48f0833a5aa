"""Make a checkpoint from simulated counties alone: python -m crop_attention.tools.checkpoints.pretrain --help."""

from __future__ import annotations

import argparse
import logging
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Sequence

import torch
from torch import nn

from ...engine.provenance import version
from ...engine.simulation.options import CountyOptions
from ...engine.simulation.region import legend_of
from ...engine.training.dataset import LabelledCube
from ...engine.training.loop import Fitting
from ...engine.training.options import TrainingOptions
from ...engine.training.samples import PatchSampler, PointSampler
from ...engine.training.weights import normalisation
from ...models import checkpoint as checkpoints
from ...models.architectures import DEFAULT, settings_of
from ...models.card import NOT_MEASURED, REAL_FIELDS, Card, Season
from ...models.region import SHANDONG
from ...models.registry import build
from .counties import YEARS, inner_points, simulated_counties
from .judging import best_temperature, score
from .step_log import fit_logged

S2_BANDS = ("B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B11", "B12")
S1_BANDS = ("VV", "VH")
SEASON = Season(start_month=10, start_day=1, steps=24, days=15)
UNSEEN_SEED = 90_000
"""Counties that judge the network have seeds from here on; those that train it stay below."""

POINTS_A_PARCEL = 4
PARTS = ("channel_attention", "temporal_attention", "spatial_attention", "residual")
TITLES = {"": "Temperate Europe, simulated", "shandong": "Shandong, simulated, not tested on real fields"}
REGIONS = {"shandong": SHANDONG}
LIMITS = {
    "": "Trained on simulated counties only, never on a real field. Check it against known parcels before any use that "
    "matters. Meant for temperate Europe, one crop year from October to September.",
    "shandong": "Not tested on real fields: trained and judged on simulated counties only, and no real series of "
    "peanut, sweet potato, orchard or greenhouse in Shandong stood behind the simulation. A pattern to try the tool "
    "with and a base to train on your own parcels, not a map to rely on. One crop year from October to September, "
    "winter wheat and the summer maize after it as one class.",
}

log = logging.getLogger(__name__)


def pretrain(
    network: nn.Module,
    counties: Sequence[LabelledCube],
    codes: Sequence[int],
    options: TrainingOptions,
    point_steps: int,
    points: int,
) -> None:
    """Fit a network to simulated counties: first to single pixels, which is cheap, then to patches.

    Single pixels teach bands and time; what the kernels do with neighbours is left to the patches.

    Args:
        network: fitted in place; holds the running mean of the weights in the end.
        counties: windows to draw from.
        codes: of the classes.
        options: of both stages; `steps` counts the steps on patches.
        point_steps: steps on points.
        points: points a step.
    """
    if point_steps:
        drawn = inner_points(counties, POINTS_A_PARCEL, options.seed)
        sampler = PointSampler(drawn, codes, 0, options.seed)
        log.info("%d points", len(drawn))
        fit_logged(Fitting(network, sampler, replace(options, batch=points), point_steps), log, "points")
    if options.steps:
        patches = PatchSampler(counties, codes, options.patch, network.margin, options.seed)
        second = replace(options, learning_rate=options.learning_rate / (2 if point_steps else 1))
        fit_logged(Fitting(network, patches, second, options.steps), log, "patches")


def empty_card(name: str, scenario: str, counties: Sequence[LabelledCube], config: dict) -> Card:
    """Return the card of a network before it is trained."""
    return Card(
        name=name,
        title=TITLES[scenario],
        version=version(),
        architecture=DEFAULT,
        config=config,
        classes=legend_of(scenario or "temperate_europe"),
        s2_bands=S2_BANDS,
        s1_bands=S1_BANDS,
        season=SEASON,
        normalisation=normalisation(counties, S2_BANDS, S1_BANDS),
        substitutes={"B8A": "B08"},
        limits=LIMITS[scenario],
        licence="GPL-2.0-or-later; no real imagery was used",
        created=datetime.now(timezone.utc).date().isoformat(),
        region=REGIONS.get(scenario),
    )


def main() -> None:
    """Simulate, train, calibrate, save."""
    defaults = TrainingOptions()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, required=True, help="checkpoint to write (.safetensors)")
    parser.add_argument("--scenario", default="", choices=sorted(TITLES), help="of the simulation; temperate Europe")
    parser.add_argument("--counties", type=int, default=20, help="simulated counties to train on")
    parser.add_argument("--unseen", type=int, default=2, help="simulated counties to judge on")
    parser.add_argument("--size", type=int, default=320, help="pixels a side of a county")
    parser.add_argument(
        "--winters", type=float, default=CountyOptions.winters,
        help="how far winters range: 0 mild and oceanic alone, 1 up to hard and continental",
    )  # fmt: skip
    parser.add_argument("--point-steps", type=int, default=1500, help="optimiser steps on single pixels")
    parser.add_argument("--points", type=int, default=256, help="pixels a step")
    parser.add_argument("--steps", type=int, default=500, help="optimiser steps on patches")
    parser.add_argument("--batch", type=int, default=defaults.batch, help="patches a step")
    parser.add_argument("--patch", type=int, default=defaults.patch, help="labelled pixels a side of a patch")
    parser.add_argument("--without", action="append", default=[], choices=PARTS, help="part of the network")
    parser.add_argument("--seed", type=int, default=defaults.seed, help="seed of weights, patches and augmentation")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads; another number rounds differently")
    parser.add_argument("--workers", type=int, default=2, help="processes that simulate")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    names = (
        "scenario",
        "counties",
        "unseen",
        "size",
        "winters",
        "point_steps",
        "points",
        "steps",
        "batch",
        "patch",
        "seed",
    )
    given = [(name, getattr(arguments, name)) for name in (*names, "threads")]
    command = "python -m crop_attention.tools.checkpoints.pretrain " + " ".join(
        [f"--{name.replace('_', '-')} {value}" for name, value in given if value != ""]
        + [f"--without {part}" for part in arguments.without]
    )
    torch.set_num_threads(arguments.threads)
    options = replace(
        defaults, steps=arguments.steps, batch=arguments.batch, patch=arguments.patch, seed=arguments.seed
    )
    made = (arguments.size, SEASON, arguments.scenario, arguments.workers, arguments.winters)
    counties = simulated_counties(1000 * arguments.seed, arguments.counties, *made)
    unseen = simulated_counties(UNSEEN_SEED, arguments.unseen, *made)
    log.info("%d counties to train on, %d to judge on", len(counties), len(unseen))
    config = settings_of(DEFAULT, **dict.fromkeys(arguments.without, False))
    card = empty_card(arguments.output.stem, arguments.scenario, counties, config)
    codes = tuple(entry.code for entry in card.classes)
    torch.manual_seed(arguments.seed)
    network = build(card)
    pretrain(network, counties, codes, options, arguments.point_steps, arguments.points)
    found = score(network, unseen, codes)
    temperature = best_temperature(network, unseen, codes)
    log.info("pixel %.4f parcel %.4f F1 %.4f temperature %.3f", *vars(found).values(), temperature)
    described = (
        f"{len(counties)} simulated counties of {arguments.size} x {arguments.size} pixels of 10 m, {YEARS[0]} to "
        f"{YEARS[1]}: {arguments.point_steps} steps of {arguments.points} pixels, {options.steps} steps of "
        f"{options.batch} patches."
    )
    measured = {
        f"overall accuracy by pixel, {len(unseen)} unseen simulated counties": f"{found.pixel:.3f}",
        f"overall accuracy by parcel, {len(unseen)} unseen simulated counties": f"{found.parcel:.3f}",
        f"macro F1 by parcel, {len(unseen)} unseen simulated counties": f"{found.macro_f1:.3f}",
        REAL_FIELDS: NOT_MEASURED,
    }
    filled = replace(card, temperature=temperature, training=described, accuracy=measured, command=command)
    checkpoints.save(arguments.output, network, replace(filled, seed=arguments.seed))


if __name__ == "__main__":
    main()
