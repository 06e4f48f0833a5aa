"""Spatial cross-validation on labelled points: plain learners and networks on the same folds, parts hidden."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Mapping, Sequence

import numpy as np
import torch
from torch import nn

from crop_attention.engine.accuracy.scores import Scores, scores_of
from crop_attention.engine.feedback import Feedback
from crop_attention.engine.training.calibration import softmax
from crop_attention.engine.training.dataset import Dataset, LabelledCube
from crop_attention.engine.training.linear import fit_linear
from crop_attention.engine.training.split import fold_blocks
from crop_attention.models.card import Card
from crop_attention.models.chances import Beside, joined
from crop_attention.models.checkpoint import load
from crop_attention.models.gaussian import Gaussian, filled
from crop_attention.models.points import on_points
from crop_attention.models.registry import build
from crop_attention.tools.checkpoints.adapt import ADAPTATION, SEEDS, SOURCE, adapted, trainings

from .folded import TEN, ten, ten_chances

FOLDS, FOLD_SEED, HIDING_SEED = 5, 0, 11
TREES, PENALTY = 500, 0.05
POINTS_ONLY = replace(ADAPTATION, learning_rate=2e-3)

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


def plain_chances(points: Points, view: View) -> dict[str, np.ndarray]:
    """Return out-of-fold probabilities (P, 10) of plain learners, by name, each fitted anew to what a view shows.

    They see bands and NDVI of all steps, gaps filled in time: a random forest, discriminant analysis with the shrinkage
    of Ledoit and Wolf, and a logistic regression that weighs all classes alike.
    """
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.linear_model import LogisticRegression

    truth, features = ten(points.codes), _features(shown(points.arrays, view), view)
    spread = features.std(axis=0)
    features = features[:, spread > 0] / spread[spread > 0]
    makers = {
        "random forest, points": lambda: RandomForestClassifier(TREES, random_state=0, n_jobs=-1),
        "discriminant analysis, points": lambda: LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto"),
        "logistic regression, points": lambda: LogisticRegression(C=PENALTY, class_weight="balanced", max_iter=2000),
    }
    found = {name: np.zeros((len(truth), len(TEN))) for name in makers}
    for fold in range(FOLDS):
        train, test = points.folds != fold, points.folds == fold
        for name, make in makers.items():
            model = make().fit(features[train], truth[train])
            found[name][np.ix_(test, model.classes_)] = model.predict_proba(features[test])
    return found


def network_chances(network: nn.Module, card: Card, arrays: Arrays) -> np.ndarray:
    """Return probabilities (P, classes) of a network on points."""
    tensors = [torch.from_numpy(np.ascontiguousarray(arrays[name])) for name in NAMES]
    tensors = [(part if part.dtype == torch.bool else part.float())[..., None, None] for part in tensors]
    with torch.inference_mode():
        return softmax(on_points(network.eval(), *tensors).logits[:, :, 0, 0].numpy(), card.temperature)


def beside_gaussian(chances: np.ndarray, gaussian: Gaussian, arrays: Arrays, card: Card) -> np.ndarray:
    """Return probabilities (P, classes) of a network joined with those of a Gaussian, as a card says."""
    beside = Beside.of(card)
    parts = [np.moveaxis(arrays[name] if "valid" in name else arrays[name].astype(np.float32), 0, -1) for name in NAMES]
    return joined(chances.T, gaussian.logits(*parts), beside).T


def fold_gaussians(points: Points, codes: Sequence[int]) -> list[Gaussian]:
    """Return for each fold the Gaussian of the points of the other folds."""
    kept = [[window for window, own in zip(points.windows, points.folds) if own != fold] for fold in range(FOLDS)]
    return [fit_linear(windows, codes, 0, ADAPTATION.seed, Feedback()) for windows in kept]


def fold_networks(
    points: Points,
    base: Path,
    beside: Sequence[Sequence[LabelledCube]],
    simulated: Sequence[LabelledCube],
    from_scratch: bool = False,
    seeds: int = SEEDS,
) -> list[nn.Module]:
    """Return a network for each fold, adapted to the points of the other folds.

    Args:
        points: of real fields.
        base: checkpoint to start from.
        beside: real points of other regions, which no fold judges.
        simulated: points that stay in every step; with none of them only real points are seen.
        from_scratch: take the base's network with new weights.
        seeds: of the trainings whose weights are averaged, as for the bundled checkpoint; 0 is one training alone.
    """
    networks = []
    options = [POINTS_ONLY] if from_scratch else trainings(seeds=seeds) if seeds else [ADAPTATION]
    for fold in range(FOLDS):
        checkpoint = load(base)
        network = checkpoint.network
        if from_scratch:
            torch.manual_seed(ADAPTATION.seed)
            network = build(checkpoint.card)
        train = [window for window, own in zip(points.windows, points.folds) if own != fold]
        codes = tuple(entry.code for entry in checkpoint.card.classes)
        networks.append(adapted(network, [train, *beside], simulated, codes, options))
    return networks


def out_of_fold(
    points: Points,
    networks: Sequence[nn.Module],
    card: Card,
    view: View,
    gaussians: Sequence[Gaussian] | None = None,
) -> np.ndarray:
    """Return for each point the probabilities (P, classes) of what never saw its fold: network, and Gaussian if any."""
    arrays = shown(points.arrays, view)
    found = np.zeros((len(points.codes), len(card.classes)))
    for fold, network in enumerate(networks):
        test = points.folds == fold
        own = {name: part[test] for name, part in arrays.items()}
        found[test] = network_chances(network, card, own)
        if gaussians is not None:
            found[test] = beside_gaussian(found[test], gaussians[fold], own, card)
    return found


def judged(points: Points, chances: np.ndarray) -> Scores:
    """Return the scores over the ten classes, with intervals from a bootstrap over spatial blocks.

    Args:
        points: of real fields.
        chances: (P, 14) or (P, 10).
    """
    folded = chances if chances.shape[1] == len(TEN) else ten_chances(chances)
    _, found = scores_of(folded.argmax(axis=1), ten(points.codes), list(range(len(TEN))), points.blocks)
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
