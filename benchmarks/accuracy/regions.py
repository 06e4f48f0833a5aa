"""Regions that a checkpoint never saw, and where in the season each crop is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import numpy as np

from crop_attention.engine.series.season import PlacedSeason
from crop_attention.engine.training.calibration import reliability
from crop_attention.engine.training.pixels import Pixels
from crop_attention.models.checkpoint import Checkpoint

from . import crossval
from .folded import TEN, ten, ten_chances
from .sample import Sample, look
from .table import BUNDLED, Row, rows

UNSEEN = (
    ("Bavaria 2018", "bavaria_2018_fields_L2A", date(2017, 10, 1), "s2"),
    ("Akmola 2025", "kazakhstan_akmola_S1", date(2024, 10, 1), "s1"),
)
DRAWS = 100
LEAST = 5
"""Points that a class needs for its peak to be told."""

PEAKS = (
    "Crop",
    "Points",
    "Contribution peaks",
    "Five highest steps hold",
    "Attention peaks",
    "Five highest steps hold",
)


def judge(
    region: str,
    checkpoint: Checkpoint,
    learnt: Mapping[str, crossval.Points],
    points: crossval.Points,
    sensors: str,
) -> list[Row]:
    """Return the lines of a region that neither a checkpoint nor plain learners saw; print how honest it is.

    Args:
        region: where.
        checkpoint: what is judged.
        learnt: name -> what plain learners are fitted to, anew for each view; more points of other regions may harm.
        points: of the region.
        sensors: "both", "s2" or "s1", those that the points have.
    """
    chances: dict[str, dict[str, np.ndarray]] = {}
    for name, view in crossval.views_of(sensors).items():
        said = {BUNDLED: crossval.said_of(checkpoint, crossval.shown(points.arrays, view))}
        print(f"{region}, {name}: {honesty(points.codes, said[BUNDLED])}")
        for of, known in learnt.items():
            said |= {f"{each}, {of}": found for each, found in crossval.plain_chances(known, points, view).items()}
        for system, found in said.items():
            chances.setdefault(system, {})[name] = found
    return rows(
        region, chances, points.codes, points.blocks, {system: BUNDLED for system in chances if system != BUNDLED}
    )


def honesty(codes: np.ndarray, chances: np.ndarray) -> str:
    """Return the calibration error in words, beside what labels drawn by the chances themselves would show.

    With few points a bin holds few of them, and even a perfect confidence misses its share there by chance.
    """
    order, random = np.arange(len(codes)), np.random.default_rng(0)
    logits = np.log(np.maximum(chances, 1e-12)).astype(np.float32)
    highest = chances.cumsum(axis=1)[:, -1:]
    drawn = [
        (random.random((len(codes), 1)) * highest > chances.cumsum(axis=1)).sum(axis=1).clip(max=chances.shape[1] - 1)
        for _ in range(DRAWS)
    ]
    own, *perfect = (
        reliability(Pixels(logits, labels, order, order)).error for labels in (codes.astype(np.int64) - 1, *drawn)
    )
    bias = chances.max(axis=1).mean() - (chances.argmax(axis=1) == codes - 1).mean()
    chance = f"{own:.3f}, of a perfect confidence {np.mean(perfect):.3f}"
    return f"calibration error {chance}, confidence less share of right {bias:+.3f}"


def peaks(parts: Sequence[tuple[Checkpoint, Sample]]) -> list[tuple[object, ...]]:
    """Return a row a crop that was found right: when contribution and attention peak and how narrowly.

    The peak is the first day of the step with the highest mean over the points of the class that are right.
    """
    shown = {}
    for way in ("contribution", "temporal"):
        looks = [look(network, sample, way) for network, sample in parts]
        shown[way] = np.concatenate([steps for _, steps in looks])
        said = np.concatenate([ten_chances(chances).argmax(axis=1) for chances, _ in looks])
    labels = np.concatenate([sample.labels for _, sample in parts])
    truth = ten(labels)
    placed = PlacedSeason(parts[0][0].card.season, parts[0][1].first)
    rows = []
    for place, name in enumerate(TEN):
        right = (truth == place) & (said == place)
        if right.sum() < LEAST:
            continue
        cells: list[object] = [name, int(right.sum())]
        for way in ("contribution", "temporal"):
            part = shown[way][right]
            day = placed.start + timedelta(days=int(part.mean(axis=0).argmax()) * placed.season.days)
            held = np.sort(part, axis=1)[:, -5:].sum(axis=1).mean() / max(part.sum(axis=1).mean(), 1e-9)
            cells += [f"{day.day} {day:%B}", f"{held:.0%}"]
        rows.append(tuple(cells))
    return rows
