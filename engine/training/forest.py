"""A random forest on the same pixels and split: what a network has to beat to be worth its cost."""

from __future__ import annotations

from collections import Counter
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Sequence

import numpy as np

from ..feedback import Feedback
from .dataset import LabelledCube
from .predict import Pixels, places_of

PACKAGE = "sklearn"
TREES = 500
TREES_AT_ONCE = 25
"""Between two looks at whether the analyst stopped."""

PIXELS_A_PARCEL = 15
"""Training pixels of one parcel; more say the same again."""

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
    """Fit a random forest and return the probabilities it gives to the test pixels; arguments as below.

    Raises:
        Cancelled: the analyst stopped.
    """
    return judged_pixels(fit_forest(train, codes, margin, seed, threads, feedback), test, codes, margin, feedback)


def fit_forest(
    train: Sequence[LabelledCube], codes: Sequence[int], margin: int, seed: int, threads: int, feedback: Feedback
) -> Any:
    """Return a random forest (Breiman 2001) fitted to labelled pixels: scikit-learn's classifier.

    Features of a pixel are all bands at all steps; a step without a look is filled in between those before and after.

    Args:
        train: windows.
        codes: the legend.
        margin: pixels at the border of a window that the network does not judge, left out here too.
        seed: of the forest and of the choice of pixels.
        threads: that it may take.
        feedback: cancel.

    Raises:
        Cancelled: the analyst stopped.
    """
    random = np.random.default_rng(seed)
    known, labels = _training_pixels(train, codes, margin, random, feedback)
    ensemble = import_module(f"{PACKAGE}.ensemble")
    model = ensemble.RandomForestClassifier(
        n_estimators=0, n_jobs=threads, random_state=seed, warm_start=True, max_features="sqrt"
    )
    for trees in range(TREES_AT_ONCE, TREES + 1, TREES_AT_ONCE):
        feedback.check()
        model.set_params(n_estimators=trees)
        model.fit(known, labels)
    return model


def judged_pixels(
    model: Any, test: Sequence[LabelledCube], codes: Sequence[int], margin: int, feedback: Feedback
) -> Pixels:
    """Return the probabilities that a fitted forest gives to the labelled pixels of windows.

    Raises:
        Cancelled: the analyst stopped.
    """
    cut = [_window(labelled, codes, margin) for labelled in test]
    features, places, parcels = (np.concatenate(part) for part in zip(*cut))
    blocks = np.concatenate([np.full(len(part[1]), labelled.block) for part, labelled in zip(cut, test)])
    chances = np.zeros((len(places), len(codes)), dtype=np.float32)
    for first in range(0, len(places), PIXELS_AT_ONCE):
        feedback.check()
        some = slice(first, first + PIXELS_AT_ONCE)
        chances[some, model.classes_] = model.predict_proba(features[some])
    return Pixels(chances, places, parcels, blocks)


def _training_pixels(
    windows: Sequence[LabelledCube], codes: Sequence[int], margin: int, random: np.random.Generator, feedback: Feedback
) -> tuple[np.ndarray, np.ndarray]:
    """Return features (N, F) and places in the legend (N,) of some pixels of each parcel."""
    features, labels, taken = [], [], Counter()
    for labelled in windows:
        feedback.check()
        values, places, parcels = _window(labelled, codes, margin)
        for parcel in np.unique(parcels).tolist():
            own = np.flatnonzero(parcels == parcel)
            chosen = random.permutation(own)[: max(PIXELS_A_PARCEL - taken[parcel], 0)]
            taken[parcel] += len(chosen)
            features.append(values[chosen])
            labels.append(places[chosen])
    return np.concatenate(features), np.concatenate(labels)


def _window(labelled: LabelledCube, codes: Sequence[int], margin: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return features (N, F) float32, place in the legend and parcel of the labelled pixels of a window."""
    places = places_of(codes)[labelled.labels]
    inside = places >= 0
    if labelled.labels.shape != (1, 1):
        framed = np.zeros_like(inside)
        framed[margin : inside.shape[0] - margin, margin : inside.shape[1] - margin] = True
        inside &= framed
    cube = labelled.cube
    parts = [
        filled(values[..., inside].astype(np.float32), valid[:, inside])
        for values, valid in ((cube.s2, cube.s2_valid), (cube.s1, cube.s1_valid))
        if values.shape[1]
    ]
    features = np.concatenate([part.reshape(part.shape[0] * part.shape[1], part.shape[2]) for part in parts]).T
    return features, places[inside], labelled.parcels[inside].astype(np.int64)


def filled(values: np.ndarray, valid: np.ndarray) -> np.ndarray:
    """Return (T, bands, N) with steps that were not seen filled in linearly; zero where a pixel was never seen.

    Args:
        values: (T, bands, N).
        valid: (T, N) bool.
    """
    steps = np.arange(len(valid))[:, None]
    before = np.maximum.accumulate(np.where(valid, steps, -1), axis=0)
    after = np.minimum.accumulate(np.where(valid, steps, len(valid))[::-1], axis=0)[::-1]
    ever = valid.any(axis=0)
    low = np.where(before < 0, after, before)
    high = np.where(after >= len(valid), before, after)
    low, high = np.where(ever, low, 0), np.where(ever, high, 0)
    share = ((steps - low) / np.maximum(high - low, 1)).astype(np.float32)
    left = np.take_along_axis(values, low[:, None], axis=0)
    right = np.take_along_axis(values, high[:, None], axis=0)
    return np.where(ever, left + (right - left) * share[:, None], 0.0).astype(np.float32)
