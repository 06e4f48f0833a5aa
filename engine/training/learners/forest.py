"""A random forest on the same pixels and split: what a network has to beat to be worth its cost."""

from __future__ import annotations

from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Sequence

import numpy as np

from ...cancelling import cancellable
from ...feedback import Feedback
from ..dataset import LabelledCube
from ..pixels import Says, features_of, some_of_each_parcel

PACKAGE = "sklearn"
TREES = 500
TREES_AT_ONCE = 25
"""Between two looks at whether the analyst stopped."""


def available() -> bool:
    """Return whether scikit-learn is installed; it is optional, because QGIS does not bring it."""
    return find_spec(PACKAGE) is not None


def fit_forest(
    train: Sequence[LabelledCube], codes: Sequence[int], margin: int, seed: int, threads: int, feedback: Feedback
) -> Says:
    """Return the probabilities of a random forest (Breiman 2001), scikit-learn's, fitted to labelled pixels.

    Features of a pixel are all bands at all steps; a step without an observation is interpolated.

    Args:
        margin: pixels at the border of a window that the network does not judge, left out here too.
        seed: of the forest and of the choice of pixels.
    """
    known = some_of_each_parcel(train, codes, margin, np.random.default_rng(seed), feedback)
    features = cancellable(partial(features_of, known), feedback)
    ensemble = import_module(f"{PACKAGE}.ensemble")
    model = ensemble.RandomForestClassifier(
        n_estimators=0, n_jobs=threads, random_state=seed, warm_start=True, max_features="sqrt"
    )
    for trees in range(TREES_AT_ONCE, TREES + 1, TREES_AT_ONCE):
        model.set_params(n_estimators=trees)
        cancellable(lambda: model.fit(features, known.labels), feedback)
    return lambda some: chances_of(model, features_of(some), len(codes))


def chances_of(model: Any, features: np.ndarray, classes: int) -> np.ndarray:
    """Return (N, K) what a classifier of scikit-learn says, zero of classes that it was not fitted to."""
    found = np.zeros((len(features), classes), np.float32)
    found[:, model.classes_] = model.predict_proba(features)
    return found
