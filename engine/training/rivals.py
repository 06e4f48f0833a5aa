"""Plain learners on the same pixels and split: what a checkpoint has to beat to be worth its cost."""

from __future__ import annotations

import time
from importlib import import_module
from typing import Any, Callable, Sequence

import numpy as np

from ...models.language import tr
from ..cancelling import cancellable
from ..feedback import Feedback
from . import forest
from .dataset import LabelledCube
from .judge import Checked, judge, parcels_right
from .labelled import labelled_series, some_of_each_parcel
from .linear import fit_linear, linear_pixels
from .paired import gain
from .pixels import Pixels
from .result import FOREST, LINEAR, LOGISTIC, Compared

STRENGTH = 0.05
"""Inverse of the penalty of the logistic regression, on features of spread 1."""

ROUNDS = 300


def rivals(
    train: Sequence[LabelledCube],
    test: Sequence[LabelledCube],
    codes: Sequence[int],
    names: Sequence[str],
    margin: int,
    own: tuple[np.ndarray, np.ndarray],
    seed: int,
    threads: int,
    feedback: Feedback,
) -> tuple[Compared, ...]:
    """Fit and judge discriminant analysis and, where scikit-learn is installed, a forest and a logistic regression.

    Args:
        train: all ground that is not judged: plain learners need none to stop by.
        margin: pixels at the border of a window that the network does not judge.
        own: (P,) right or not and (P,) block, parcel by parcel, of what they are compared with.
    """
    quiet = Checked(feedback)
    makers = {LINEAR: lambda: linear_pixels(fit_linear(train, codes, margin, seed, quiet), test, codes, margin, quiet)}
    if forest.available():
        feedback.info(tr("Fitting a random forest and a logistic regression on the same parcels, to compare."))
        makers[FOREST] = lambda: forest.forest_pixels(train, test, codes, margin, seed, threads, quiet)
        makers[LOGISTIC] = lambda: logistic_pixels(train, test, codes, margin, seed, quiet)
    else:
        feedback.info(tr("scikit-learn is not installed: random forest and logistic regression are not compared."))
    found = []
    for number, (name, make) in enumerate(makers.items()):
        began = time.monotonic()
        pixels = make()
        feedback.progress((number + 1) / len(makers))
        chances = pixels.scores.astype(np.float64)
        ahead = gain(own[0], parcels_right(pixels, chances), own[1])
        judged = judge(pixels, chances, names, feedback)
        found.append(Compared(name, judged, ahead, seconds=time.monotonic() - began))
    return tuple(found)


def logistic_pixels(
    train: Sequence[LabelledCube], test: Sequence[LabelledCube], codes: Sequence[int], margin: int, seed: int,
    feedback: Feedback,
) -> Pixels:  # fmt: skip
    """Fit a logistic regression whose classes weigh alike; return the probabilities it gives to the test pixels."""
    known = some_of_each_parcel(train, codes, margin, np.random.default_rng(seed), feedback)
    judged = labelled_series(test, codes, margin, feedback)
    features = forest.features_of
    chances = cancellable(
        lambda: logistic_chances(features(known), known.labels, features(judged), len(codes)), feedback
    )
    return Pixels(chances, judged.labels, judged.parcels, judged.blocks)


def logistic_chances(features: np.ndarray, labels: np.ndarray, judged: np.ndarray, classes: int) -> np.ndarray:
    """Return probabilities (M, K) of scikit-learn's balanced logistic regression on standardised features.

    Args:
        features: (N, F) to learn from.
        labels: (N,) place of the class in the legend.
        judged: (M, F).
        classes: K.
    """
    return fit_logistic(features, labels, classes)(judged)


def fit_logistic(features: np.ndarray, labels: np.ndarray, classes: int) -> Callable[[np.ndarray], np.ndarray]:
    """Return what gives probabilities (M, K) of features (M, F); arguments as above."""
    middle, spread = features.mean(axis=0), features.std(axis=0) + 1e-6
    model: Any = import_module(f"{forest.PACKAGE}.linear_model").LogisticRegression(
        C=STRENGTH, class_weight="balanced", max_iter=ROUNDS
    )
    present = np.unique(labels)
    if len(present) > 1:
        model.fit((features - middle) / spread, labels)

    def predict(judged: np.ndarray) -> np.ndarray:
        found = np.zeros((len(judged), classes), np.float32)
        if len(present) == 1:
            found[:, present[0]] = 1.0
        else:
            found[:, model.classes_] = model.predict_proba((judged - middle) / spread)
        return found

    return predict
