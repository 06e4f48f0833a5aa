"""A balanced logistic regression on the same pixels and split."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Sequence

import numpy as np

from ...cancelling import cancellable
from ...feedback import Feedback
from ..dataset import LabelledCube
from ..pixels import Says, features_of, some_of_each_parcel
from . import forest

STRENGTH = 0.05
"""Inverse of the penalty, on features of spread 1."""

ROUNDS = 300


def fit_logistic(
    train: Sequence[LabelledCube], codes: Sequence[int], margin: int, seed: int, feedback: Feedback
) -> Says:
    """Return the probabilities of a logistic regression whose classes weigh alike; arguments as of `fit_forest`."""
    known = some_of_each_parcel(train, codes, margin, np.random.default_rng(seed), feedback)
    return cancellable(lambda: fitted(features_of(known), known.labels, len(codes)), feedback)


def fitted(features: np.ndarray, labels: np.ndarray, classes: int) -> Says:
    """Fit scikit-learn's to standardised features.

    Args:
        features: (N, F).
        labels: (N,) place of the class in the legend.
        classes: K.
    """
    middle, spread = features.mean(axis=0), features.std(axis=0) + 1e-6
    if len(np.unique(labels)) == 1:
        return lambda some: np.repeat(np.eye(classes, dtype=np.float32)[labels[:1]], len(some.labels), axis=0)
    model: Any = import_module(f"{forest.PACKAGE}.linear_model").LogisticRegression(
        C=STRENGTH, class_weight="balanced", max_iter=ROUNDS
    )
    model.fit((features - middle) / spread, labels)
    return lambda some: forest.chances_of(model, (features_of(some) - middle) / spread, classes)
