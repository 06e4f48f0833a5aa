"""What each system costs on this machine: weights, arithmetic and pixels a second, all in one go."""

from __future__ import annotations

import csv
import os
from pathlib import Path
from typing import Iterator, NamedTuple

from crop_attention.benchmarks.speed.flops import card_of, flops_a_pixel, weights_of
from crop_attention.benchmarks.speed.forms import fast_on_cpu
from crop_attention.benchmarks.speed.networks import forest_pace, pace
from crop_attention.benchmarks.speed.turns import in_turn
from crop_attention.engine.training.learners.forest import TREES
from crop_attention.models.registry import build

from .systems import FOREST, SYSTEMS

FILE = "speeds.csv"


class Speed(NamedTuple):
    """One line; a forest has trees for weights and no arithmetic that is counted."""

    system: str
    weights: int
    mflop_a_pixel: float | None
    pixels_a_second: float
    threads: int


def speeds(threads: int, seconds: float) -> Iterator[Speed]:
    """Yield each system but the two linear ones, timed on a block of the map as a run maps it.

    Weights of chance cost what trained ones do.

    Args:
        threads: blocks side by side.
        seconds: that each is timed for, in turn with the others.
    """
    costs, measures = {}, {}
    for name, system in SYSTEMS.items():
        card = card_of(name if system.network else "attention_3dcnn")
        if not system.network:
            if name == FOREST:
                costs[name] = TREES, None
                measures[name] = forest_pace(card, threads)
            continue
        network = build(card).eval()
        costs[name] = weights_of(network), round(flops_a_pixel(network, card) / 1e6, 3)
        measures[name] = pace(fast_on_cpu(network, card), card, threads)
    for name, pixels in in_turn(measures, seconds).items():
        yield Speed(name, *costs[name], round(pixels), threads)


def write(folder: Path, threads: int, seconds: float) -> Path:
    """Write the table and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path, partial = folder / FILE, folder / f".{FILE}"
    with partial.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(Speed._fields)
        writer.writerows(speeds(threads, seconds))
    os.replace(partial, path)
    return path
