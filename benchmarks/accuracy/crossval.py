"""Labelled points in spatial folds, what is shown of them, and what plain learners and networks say of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any, Callable, Mapping, Sequence

import numpy as np
import torch

from crop_attention.engine.feedback import Feedback
from crop_attention.engine.training.calibration import softmax
from crop_attention.engine.training.dataset import Dataset, LabelledCube
from crop_attention.engine.training.learners.linear import fit_linear
from crop_attention.engine.training.split import fold_blocks
from crop_attention.models.card import Card
from crop_attention.models.checkpoint import Checkpoint
from crop_attention.models.gaussian import Gaussian, filled
from crop_attention.models.networks.points import on_points
from crop_attention.models.probabilities import Beside, with_gaussian
from crop_attention.tools.checkpoints.adapt import ADAPTATION, SOURCE

from .folded import TEN, ten

FOLDS, FOLD_SEED, HIDING_SEED = 5, 0, 11
TREES, PENALTY, FOREST_SEEDS = 500, 0.05, (0, 1, 2)

NAMES = ("s2", "s2_valid", "s1", "s1_valid")

Arrays = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Points:
    """Points of one data set as arrays: s2 (P, T, 10), s2_valid (P, T), s1 (P, T, 2), s1_valid, codes, blocks (P,)."""

    windows: Sequence[LabelledCube]
    arrays: Arrays
    codes: np.ndarray
    blocks: np.ndarray
    folds: np.ndarray

    def pick(self, rows: np.ndarray) -> Points:
        """Return some of the points."""
        rows = np.arange(len(self.codes))[rows]
        arrays = {name: part[rows] for name, part in self.arrays.items()}
        return Points(
            [self.windows[row] for row in rows], arrays, self.codes[rows], self.blocks[rows], self.folds[rows]
        )


def points_of(dataset: Dataset, in_folds: bool = True) -> Points:
    """Return a data set as arrays, with the fold in which each point is judged; folds are made of its blocks.

    Args:
        dataset: points.
        in_folds: False where all are judged at once; the fold is then -1.
    """
    arrays = {name: np.stack([getattr(w.cube, name)[..., 0, 0] for w in dataset.windows]) for name in NAMES}
    folds = np.full(len(dataset.windows), -1)
    place = {int(window.parcels[0, 0]): number for number, window in enumerate(dataset.windows)}
    for fold, split in enumerate(fold_blocks(dataset, FOLDS, FOLD_SEED, SOURCE) if in_folds else ()):
        folds[[place[int(window.parcels[0, 0])] for window in split.test]] = fold
    codes = np.array([int(window.labels[0, 0]) for window in dataset.windows])
    return Points(dataset.windows, arrays, codes, np.array([window.block for window in dataset.windows]), folds)


@dataclass(frozen=True)
class View:
    """What is shown of each point when it is judged.

    Attributes:
        sensors: "both", "s2" or "s1".
        hidden: share of the clear optical observations that are hidden, drawn with a fixed seed.
        over: steps of the season that are over; None: all.
    """

    sensors: str = "both"
    hidden: float = 0.0
    over: int | None = None


def views_of(sensors: str) -> dict[str, View]:
    """Return the views by which points are judged that have one sensor or both; of 24 steps from 1 October."""
    found = {name: View(name) for name in (("both", "s2", "s1") if sensors == "both" else (sensors,))}
    if sensors != "s1":
        found["half hidden"] = View(sensors, hidden=0.5)
    days = {"until 14 May": 15, "until 28 June": 18, "until 12 August": 21}
    return found | {name: View(sensors, over=over) for name, over in days.items()}


def shown(arrays: Arrays, view: View) -> Arrays:
    """Return the series of `Points` with what a view hides marked as not seen."""
    found = dict(arrays)
    if view.sensors != "both":
        other = "s1_valid" if view.sensors == "s2" else "s2_valid"
        found[other] = np.zeros_like(arrays[other])
    if view.hidden:
        random = np.random.default_rng(HIDING_SEED)
        valid = found["s2_valid"].copy()
        for row in valid:
            clear = np.flatnonzero(row)
            row[random.permutation(clear)[: round(view.hidden * len(clear))]] = False
        found["s2_valid"] = valid
    if view.over is not None:
        to_come = np.arange(found["s2_valid"].shape[1]) >= view.over
        for name in ("s2_valid", "s1_valid"):
            found[name] = found[name] & ~to_come
    return found


def together(parts: Sequence[Points]) -> Points:
    """Return several sets as one; blocks of different sets stay different."""
    first = np.cumsum([0, *(part.blocks.max() + 1 for part in parts)])
    return Points(
        [window for part in parts for window in part.windows],
        {name: np.concatenate([part.arrays[name] for part in parts]) for name in NAMES},
        np.concatenate([part.codes for part in parts]),
        np.concatenate([part.blocks + own for part, own in zip(parts, first)]),
        np.concatenate([part.folds for part in parts]),
    )


def plain_learners(seeds: Sequence[int]) -> dict[str, Callable[[], Any]]:
    """Return how each plain learner is made, by name: of forests one a seed, the others know no chance."""
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.linear_model import LogisticRegression

    found: dict[str, Callable[[], Any]] = {
        "discriminant analysis": lambda: LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto"),
        "logistic regression": lambda: LogisticRegression(C=PENALTY, class_weight="balanced", max_iter=2000),
    }
    for seed in seeds:
        found[f"random forest, seed {seed}"] = partial(RandomForestClassifier, TREES, random_state=seed, n_jobs=-1)
    return found


def plain_chances(train: Points, test: Points, view: View, seeds: Sequence[int] = (0,)) -> dict[str, np.ndarray]:
    """Return probabilities (P, 10) of plain learners, by name, each fitted anew to what a view shows.

    They see bands and NDVI of all steps, gaps filled in time: a random forest, discriminant analysis with the shrinkage
    of Ledoit and Wolf, and a logistic regression that weighs all classes alike.

    Args:
        train, test: what they learn from and what they judge.
        view: of both.
        seeds: of the forests.
    """
    known, asked = (_features(shown(points.arrays, view), view) for points in (train, test))
    centre, spread = known.mean(axis=0), known.std(axis=0)
    known, asked = ((features - centre)[:, spread > 0] / spread[spread > 0] for features in (known, asked))
    found = {}
    for name, make in plain_learners(seeds).items():
        model = make().fit(known, ten(train.codes))
        found[name] = np.zeros((len(asked), len(TEN)))
        found[name][:, model.classes_] = model.predict_proba(asked)
    return found


def plain_in_folds(points: Points, view: View) -> dict[str, np.ndarray]:
    """Return what plain learners say of each point, fitted to the points of the other folds."""
    found: dict[str, np.ndarray] = {}
    for fold in range(FOLDS):
        test = points.folds == fold
        for name, chances in plain_chances(points.pick(~test), points.pick(test), view, FOREST_SEEDS).items():
            found.setdefault(name, np.zeros((len(test), len(TEN))))[test] = chances
    return found


def said_of(checkpoint: Checkpoint, arrays: Arrays) -> np.ndarray:
    """Return probabilities (P, classes) of what a checkpoint says of points: network, and Gaussian where it has one."""
    parts = [np.ascontiguousarray(arrays[name], bool if "valid" in name else np.float32) for name in NAMES]
    with torch.inference_mode():
        output = on_points(checkpoint.network, *(torch.from_numpy(part)[..., None, None] for part in parts))
    chances = softmax(output.logits[:, :, 0, 0].numpy(), checkpoint.card.temperature)
    return shipped(chances, checkpoint, *parts)


def shipped(chances: np.ndarray, checkpoint: Checkpoint, *series: np.ndarray) -> np.ndarray:
    """Return probabilities (P, classes) of a network as its checkpoint ships them, joined with its Gaussian.

    Args:
        chances: (P, classes) of the network.
        checkpoint: with card and Gaussian.
        series: s2, s2_valid, s1, s1_valid with P as the first axis.
    """
    last = (np.moveaxis(part, 0, -1) for part in series)
    return with_gaussian(chances.T, checkpoint.gaussian, Beside.of(checkpoint.card), *last).T


def gaussian_of(points: Points, card: Card) -> Gaussian:
    """Return the Gaussian of points, as the bundled checkpoint has one."""
    return fit_linear(points.windows, [entry.code for entry in card.classes], 0, ADAPTATION.seed, Feedback())


def fold_gaussians(points: Points, card: Card) -> list[Gaussian]:
    """Return for each fold the Gaussian of the points of the other folds."""
    return [gaussian_of(points.pick(points.folds != fold), card) for fold in range(FOLDS)]


def out_of_fold(points: Points, checkpoints: Sequence[Checkpoint], view: View) -> np.ndarray:
    """Return for each point the probabilities (P, classes) of the checkpoint that never saw its fold."""
    arrays = shown(points.arrays, view)
    found = np.zeros((len(points.codes), len(checkpoints[0].card.classes)))
    for fold, checkpoint in enumerate(checkpoints):
        test = points.folds == fold
        found[test] = said_of(checkpoint, {name: part[test] for name, part in arrays.items()})
    return found


def _features(arrays: Arrays, view: View) -> np.ndarray:
    """Bands of the steps that are over and NDVI, gaps filled linearly in time."""
    over = slice(0, view.over)
    optical, radar = (
        filled(np.moveaxis(arrays[name].astype(np.float32), 0, -1), arrays[f"{name}_valid"].T) for name in ("s2", "s1")
    )
    optical, radar = (np.moveaxis(part[over], -1, 0) for part in (optical, radar))
    near, red = optical[..., 6], optical[..., 2]
    ndvi = (near - red) / np.maximum(near + red, 1e-3)
    parts = []
    if view.sensors != "s1":
        parts += [optical.reshape(len(optical), -1), ndvi]
    if view.sensors != "s2":
        parts += [radar.reshape(len(radar), -1)]
    return np.concatenate(parts, axis=1)
