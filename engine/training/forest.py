"""A random forest on the same pixels and split: what a network has to beat to be worth its cost."""

from __future__ import annotations

from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Sequence

import numpy as np

from ...models.gaussian import filled
from ..cancelling import cancellable
from ..feedback import Feedback
from .dataset import LabelledCube
from .labelled import Series, labelled_series, some_of_each_parcel
from .pixels import Pixels

PACKAGE = "sklearn"
TREES = 500
TREES_AT_ONCE = 25
"""Between two looks at whether the analyst stopped."""

PIXELS_AT_ONCE = 5000


def available() -> bool:
    """Return whether scikit-learn is installed; it is optional, because QGIS does not bring it."""
    return find_spec(PACKAGE) is not None


def forest_pixels(
    train: Sequence[LabelledCube],
    test: Sequence[LabelledCube],
    codes: Sequence[int],
    margin: int,
    seed: int,
    threads: int,
    feedback: Feedback,
) -> Pixels:
    """Fit a random forest and return the probabilities it gives to the test pixels; arguments as below."""
    return judged_pixels(fit_forest(train, codes, margin, seed, threads, feedback), test, codes, margin, feedback)


def fit_forest(
    train: Sequence[LabelledCube], codes: Sequence[int], margin: int, seed: int, threads: int, feedback: Feedback
) -> Any:
    """Return a random forest (Breiman 2001) fitted to labelled pixels: scikit-learn's classifier.

    Features of a pixel are all bands at all steps; a step without an observation is interpolated.

    Args:
        margin: pixels at the border of a window that the network does not judge, left out here too.
        seed: of the forest and of the choice of pixels.
    """
    random = np.random.default_rng(seed)
    known = some_of_each_parcel(train, codes, margin, random, feedback)
    features = cancellable(partial(features_of, known), feedback)
    ensemble = import_module(f"{PACKAGE}.ensemble")
    model = ensemble.RandomForestClassifier(
        n_estimators=0, n_jobs=threads, random_state=seed, warm_start=True, max_features="sqrt"
    )
    for trees in range(TREES_AT_ONCE, TREES + 1, TREES_AT_ONCE):
        model.set_params(n_estimators=trees)
        cancellable(lambda: model.fit(features, known.labels), feedback)
    return model


def judged_pixels(
    model: Any, test: Sequence[LabelledCube], codes: Sequence[int], margin: int, feedback: Feedback
) -> Pixels:
    """Return the probabilities that a fitted forest gives to the labelled pixels of windows."""
    found = labelled_series(test, codes, margin, feedback)
    chances = np.zeros((len(found.labels), len(codes)), dtype=np.float32)
    for first in range(0, len(chances), PIXELS_AT_ONCE):
        feedback.check()
        some = slice(first, first + PIXELS_AT_ONCE)
        rows = found.pick(np.arange(len(chances))[some])
        chances[some, model.classes_] = cancellable(partial(_chances, model, rows), feedback)
    return Pixels(chances, found.labels, found.parcels, found.blocks)


def _chances(model: Any, rows: Series) -> np.ndarray:
    found: np.ndarray = model.predict_proba(features_of(rows))
    return found


def features_of(series: Series) -> np.ndarray:
    """Return all bands at all steps (N, F) float32, steps without an observation filled in over time."""
    sensors = ((series.s2, series.s2_valid), (series.s1, series.s1_valid))
    parts = [filled(values, valid) for values, valid in sensors if values.shape[1]]
    return np.concatenate([part.reshape(-1, part.shape[2]) for part in parts]).T
