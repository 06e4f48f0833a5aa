"""Real French points, judged by spatial blocks; simulated lone pixels stand beside them in every step."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from pathlib import Path

from crop_attention.benchmarks.accuracy.crossval import Points, points_of
from crop_attention.benchmarks.accuracy.folded import PLACES, TEN
from crop_attention.models.card import Card
from crop_attention.models.legend import TEMPERATE_EUROPE
from crop_attention.tools.checkpoints.adapt import real_points
from crop_attention.tools.checkpoints.pretrain import S1_BANDS, S2_BANDS, SEASON

from ..plan import Budget
from . import simulated
from .ground import Ground

FILE, START = Path("points") / "france_2023_dekads.csv.gz", date(2022, 10, 1)
BESIDE = "pastis_like"
"""Site whose training counties give the simulated pixels."""


def missing(samples: Path) -> str:
    """Return why the site cannot be judged, or nothing."""
    path = samples / FILE
    return "" if path.is_file() else f"The real points are not at {path}: french_points is left out."


def load(fold: int, budget: Budget, samples: Path, cache: Path) -> Ground:
    """Return one fold: the points of the other spatial blocks to train on, its own to judge.

    Args:
        fold: from 0 to 4.
        budget: counties beside the points.
        samples: folder of the real samples.
        cache: of the simulated counties.
    """
    points = _points(samples / FILE)
    beside = simulated.load(BESIDE, budget, cache)
    train = [window for window, own in zip(points.windows, points.folds) if own != fold]
    test = [window for window, own in zip(points.windows, points.folds) if own == fold]
    return Ground(TEMPERATE_EUROPE, SEASON, S2_BANDS, S1_BANDS, beside.counties, test, train, names=TEN, fold=PLACES)


@lru_cache(maxsize=1)
def _points(path: Path) -> Points:
    bands = dict.fromkeys((*S2_BANDS, *S1_BANDS), (0.0, 1.0))
    card = Card(
        "points", "points", "1", "attention_3dcnn", {}, TEMPERATE_EUROPE, S2_BANDS, S1_BANDS, SEASON, bands,
        substitutes={"B8A": "B08"},
    )  # fmt: skip
    return points_of(real_points(path, START, card))
