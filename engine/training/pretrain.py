"""Make a checkpoint from simulated counties alone: python -m crop_attention.engine.training.pretrain --help."""

from __future__ import annotations

import argparse
import logging
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import date, datetime, timezone
from pathlib import Path

import numpy as np
import torch

from ...models import checkpoint as checkpoints
from ...models.card import Card, Season
from ...models.legend import TEMPERATE_EUROPE
from ...models.registry import build
from ..feedback import Feedback
from ..provenance import version
from ..series.cube import Cube
from ..simulation.memory import simulate_cube
from ..simulation.options import varied
from .dataset import LabelledCube
from .loop import best_temperature, fit, score
from .options import TrainingOptions
from .samples import PatchSampler

S2_BANDS = ("B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B11", "B12")
S1_BANDS = ("VV", "VH")
SEASON = Season(start_month=10, start_day=1, steps=24, days=15)
YEARS = (2018, 2024)
UNSEEN_SEED = 90_000
"""Counties that judge the network have seeds from here on; those that train it stay below."""

LIMITS = (
    "Trained on simulated counties only, never on a real field: a first checkpoint to run the tool with. On real data "
    "expect confusions between winter cereals, and between root crops, vegetables and pulses; check it against known "
    "parcels before any use that matters. Meant for temperate Europe, one crop year from October to September."
)

log = logging.getLogger(__name__)


def simulated(seed: int, size: int) -> LabelledCube:
    """Return one county on the season's calendar, in float16 to fit many in memory."""
    year = YEARS[0] + seed % (YEARS[1] - YEARS[0] + 1)
    start = date(year - 1, SEASON.start_month, SEASON.start_day)
    cube, labels, parcels = simulate_cube(varied(seed, size), SEASON, start)
    small = Cube(cube.s2.astype(np.float16), cube.s2_valid, cube.s1.astype(np.float16), cube.s1_valid)
    return LabelledCube(small, labels, parcels)


def counties(first: int, count: int, size: int, workers: int) -> list[LabelledCube]:
    """Return `count` counties with seeds from `first`."""
    with ProcessPoolExecutor(workers) as pool:
        return list(pool.map(simulated, range(first, first + count), [size] * count))


def normalisation(cubes: list[LabelledCube]) -> dict[str, tuple[float, float]]:
    """Return band -> mean and standard deviation over the valid looks."""
    moments = {}
    for bands, values, valid in ((S2_BANDS, "s2", "s2_valid"), (S1_BANDS, "s1", "s1_valid")):
        for index, band in enumerate(bands):
            seen = [getattr(c.cube, values)[:, index][getattr(c.cube, valid)][::37] for c in cubes]
            numbers = np.concatenate(seen).astype(np.float64)
            moments[band] = (round(float(numbers.mean()), 4), round(float(numbers.std()), 4))
    return moments


class _Log(Feedback):
    """Progress into the log, with the time left."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._next = 0.0

    def progress(self, fraction: float) -> None:
        if fraction >= self._next:
            spent = time.monotonic() - self._began
            log.info("%3.0f %%, %.0f s left", 100 * fraction, spent / fraction - spent)
            self._next = fraction + 0.02


def main() -> None:
    """Simulate, train, calibrate, save."""
    defaults = TrainingOptions()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, required=True, help="checkpoint to write (.safetensors)")
    parser.add_argument("--counties", type=int, default=16, help="simulated counties to train on")
    parser.add_argument("--unseen", type=int, default=2, help="simulated counties to judge on")
    parser.add_argument("--size", type=int, default=384, help="pixels a side of a county")
    parser.add_argument("--steps", type=int, default=defaults.steps, help="optimiser steps")
    parser.add_argument("--batch", type=int, default=defaults.batch, help="patches a step")
    parser.add_argument("--patch", type=int, default=defaults.patch, help="labelled pixels a side of a patch")
    parser.add_argument("--seed", type=int, default=defaults.seed, help="seed of weights, patches and augmentation")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads; another number rounds differently")
    parser.add_argument("--workers", type=int, default=2, help="processes that simulate")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    command = "python -m crop_attention.engine.training.pretrain " + " ".join(
        f"--{name} {getattr(arguments, name)}"
        for name in ("counties", "unseen", "size", "steps", "batch", "patch", "seed", "threads")
    )
    options = replace(
        defaults, steps=arguments.steps, batch=arguments.batch, patch=arguments.patch, seed=arguments.seed
    )
    torch.set_num_threads(arguments.threads)
    train = counties(1000 * arguments.seed, arguments.counties, arguments.size, arguments.workers)
    unseen = counties(UNSEEN_SEED, arguments.unseen, arguments.size, arguments.workers)
    log.info("%d counties to train on, %d to judge on", len(train), len(unseen))
    card = Card(
        name=arguments.output.stem,
        title="Temperate Europe, simulated",
        version=version(),
        architecture="attention_3dcnn",
        config={},
        classes=TEMPERATE_EUROPE,
        s2_bands=S2_BANDS,
        s1_bands=S1_BANDS,
        season=SEASON,
        normalisation=normalisation(train),
        substitutes={"B8A": "B08"},
        training=f"{len(train)} simulated counties of {arguments.size} x {arguments.size} pixels of 10 m, "
        f"{YEARS[0]} to {YEARS[1]}, {arguments.steps} steps of {arguments.batch} patches.",
        licence="GPL-2.0-or-later; no real imagery was used",
        limits=LIMITS,
        command=command,
        seed=arguments.seed,
        created=datetime.now(timezone.utc).date().isoformat(),
    )
    codes = tuple(entry.code for entry in card.classes)
    torch.manual_seed(arguments.seed)
    network = build(card)
    sampler = PatchSampler(train, codes, options.patch, network.margin, arguments.seed)

    def report(step: int, loss: float) -> None:
        found = score(network, unseen[:1], codes)
        log.info("step %d loss %.3f pixel %.3f parcel %.3f F1 %.3f", step, loss, *vars(found).values())
        checkpoints.save(arguments.output.with_suffix(".last"), network, card)

    fit(network, sampler, options, _Log(), every=max(1, options.steps // 8), then=report)
    temperature = best_temperature(network, unseen, codes)
    found = score(network, unseen, codes)
    log.info("pixel %.4f parcel %.4f F1 %.4f temperature %.3f", *vars(found).values(), temperature)
    measured = {
        "overall accuracy by pixel, unseen simulated counties": f"{found.pixel:.3f}",
        "overall accuracy by parcel, unseen simulated counties": f"{found.parcel:.3f}",
        "macro F1 by parcel, unseen simulated counties": f"{found.macro_f1:.3f}",
        "real fields": "not measured",
    }
    checkpoints.save(arguments.output, network, replace(card, temperature=temperature, accuracy=measured))


if __name__ == "__main__":
    main()
