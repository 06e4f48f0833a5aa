"""Regions that the bundled checkpoint never saw, and where in the season each crop is told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from crop_attention.engine.accuracy.scores import Scores
from crop_attention.engine.series.season import PlacedSeason
from crop_attention.engine.training.calibration import reliability
from crop_attention.engine.training.predict import Pixels
from crop_attention.models.checkpoint import Checkpoint
from crop_attention.tools.checkpoints.adapt import real_points

from . import crossval
from .folded import TEN, ten, ten_chances
from .sample import Sample, look

UNSEEN = (
    ("Bavaria 2018", "bavaria_2018_fields_L2A", date(2017, 10, 1)),
    ("Akmola 2025 (Sentinel-1)", "kazakhstan_akmola_S1", date(2024, 10, 1)),
)
VIEWS = {
    "all there is": crossval.View(),
    "half of the looks": crossval.View(hidden=0.5),
    "until 14 May": crossval.View(over=15),
    "until 28 June": crossval.View(over=18),
    "until 12 August": crossval.View(over=21),
}
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


def elsewhere(bundled: Checkpoint, folder: Path) -> Iterator[tuple[str, str, Scores]]:
    """Yield region, what is shown and the scores of the bundled checkpoint; prints how honest its confidence is."""
    for name, file, start in UNSEEN:
        path = folder / f"{file}.csv.gz"
        if not path.is_file():
            continue
        points = crossval.points_of(real_points(path, start, bundled.card), in_folds=False)
        for entry, view in VIEWS.items():
            arrays = crossval.shown(points.arrays, view)
            chances = crossval.network_chances(bundled.network, bundled.card, arrays)
            if bundled.gaussian is not None:
                chances = crossval.beside_gaussian(chances, bundled.gaussian, arrays, bundled.card)
            yield name, entry, crossval.judged(points, chances)
            if view == crossval.View():
                print(f"{name}: {honesty(points.codes, chances)}")


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
