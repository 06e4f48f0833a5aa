"""A random forest trained on real points and tested on simulated ones, and the reverse."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .points import CHANNELS, DEKAD, Points

STEPS, DAYS = 24, 15
"""The calendar of the bundled checkpoint."""
TREES, FOLDS = 500, 5
FOLD = {8: 13, 9: 13, 10: 13}
"""Classes too rare among the points go to the other crops, which leaves ten."""


@dataclass(frozen=True)
class Score:
    """Overall accuracy and macro F1 over the classes that occur in the test."""

    accuracy: float
    macro_f1: float
    trained: int
    tested: int


def folded(classes: np.ndarray) -> np.ndarray:
    """Return the ten classes."""
    return np.array([FOLD.get(int(code), int(code)) for code in classes])


def features(points: Points) -> np.ndarray:
    """Return means over 15 days from the points' first day, gaps filled linearly in time, and NDVI, (P, 24 * 12)."""
    count, steps = points.values.shape[:2]
    step = np.minimum((np.arange(steps) * DEKAD + DEKAD // 2) // DAYS, STEPS - 1)
    table = np.full((count, STEPS, len(CHANNELS)), np.nan)
    for target in range(STEPS):
        part = points.values[:, step == target]
        seen = np.isfinite(part).sum(axis=1)
        table[:, target] = np.where(seen > 0, np.nansum(part, axis=1) / np.maximum(seen, 1), np.nan)
    time = np.arange(STEPS)
    for row in table.reshape(count, STEPS, -1):
        for channel in range(row.shape[1]):
            seen = np.isfinite(row[:, channel])
            row[:, channel] = np.interp(time, time[seen], row[seen, channel]) if seen.any() else 0.0
    near, red = (table[..., CHANNELS.index(band)] for band in ("B08", "B04"))
    ndvi = (near - red) / np.maximum(near + red, 1e-3)
    return np.concatenate([table, ndvi[..., None]], axis=-1).reshape(count, -1)


def sampled(points: Points, classes: np.ndarray, rng: np.random.Generator) -> Points:
    """Return as many points of each class of the legend as `classes` holds."""
    rows = [
        rng.choice(have, size=number, replace=number > len(have))
        for code, number in zip(*np.unique(classes, return_counts=True))
        if len(have := np.flatnonzero(points.classes == code))
    ]
    return points.pick(np.concatenate(rows))


@dataclass(frozen=True)
class TwoWays:
    """What forests score; the simulated ones once a draw.

    Attributes:
        real: trained and tested on real points, whole blocks held out in turn.
        made: trained and tested on simulated points of different counties.
        made_to_real, real_to_made: trained on one and tested on the other.
    """

    real: Score
    made: list[Score]
    made_to_real: list[Score]
    real_to_made: list[Score]

    def rows(self) -> list[tuple[str, str, str, list[Score]]]:
        """Return what was trained on, tested on, how, and the scores."""
        return [
            ("real", "real", "whole blocks held out", [self.real]),
            ("simulated", "simulated", "other counties", self.made),
            ("simulated", "real", "", self.made_to_real),
            ("real", "simulated", "", self.real_to_made),
        ]


def two_ways(real: Points, made: Points, draws: int, jobs: int) -> TwoWays:
    """Train and test forests on both kinds of points.

    Args:
        real: real points; those without a class are left out.
        made: simulated points of several counties, which the class frequencies of the real ones are drawn from.
        draws: times this is drawn.
        jobs: threads.
    """
    real = real.pick(real.classes > 0)
    counties = np.unique(made.blocks)
    first = np.isin(made.blocks, counties[: len(counties) // 2])
    within = _across_blocks(real, jobs)
    scores: tuple[list[Score], list[Score], list[Score]] = ([], [], [])
    for draw in range(draws):
        rng = np.random.default_rng(draw)
        train, test = (sampled(made.pick(rows), real.classes, rng) for rows in (first, ~first))
        for kept, (ground, proof) in zip(scores, ((train, test), (train, real), (real, test))):
            kept.append(_score(proof, _forest(ground, draw, jobs).predict(features(proof)), len(ground.classes)))
    return TwoWays(within, *scores)


def _across_blocks(points: Points, jobs: int) -> Score:
    from sklearn.model_selection import GroupKFold

    found = np.zeros(len(points.classes), dtype=np.int64)
    sizes = []
    for train, test in GroupKFold(FOLDS).split(points.classes, groups=points.blocks):
        found[test] = _forest(points.pick(train), 0, jobs).predict(features(points.pick(test)))
        sizes.append(len(train))
    return _score(points, found, int(np.mean(sizes)))


def _forest(points: Points, seed: int, jobs: int):
    """Return a forest of 500 trees, its classes weighted by their rarity."""
    from sklearn.ensemble import RandomForestClassifier

    forest = RandomForestClassifier(TREES, class_weight="balanced", random_state=seed, n_jobs=jobs)
    return forest.fit(features(points), folded(points.classes))


def _score(points: Points, found: np.ndarray, count: int) -> Score:
    from sklearn.metrics import f1_score

    truth = folded(points.classes)
    macro = f1_score(truth, found, labels=np.unique(truth), average="macro", zero_division=0.0)
    return Score(float((truth == found).mean()), float(macro), count, len(truth))
