"""The linear learner: discriminant analysis with a shrunk covariance, fitted in seconds to labelled windows."""

from __future__ import annotations

from dataclasses import replace
from typing import Sequence

import numpy as np

from ....models.gaussian import SENSORS, Gaussian
from ....models.language import tr
from ...cancelling import cancellable
from ...errors import SampleError
from ...feedback import Feedback
from ..dataset import LabelledCube
from ..pixels import Pixels, features_of, scored, some_of_each_parcel

COPIES = 2
"""Thinned copies of each series that are learnt from beside it: a season under more cloud looks like these."""

THINNED = 0.5
"""Most of a copy's optical observations that are hidden."""

ABSENT = 1e-6
"""Series that a class without any counts as."""

LEAST_SHRINKAGE = 1e-3
"""Share of the identity that stays however many series there are, so that the matrix can be inverted."""

SPREAD_FLOOR = 1e-6


def fit_linear(
    windows: Sequence[LabelledCube], codes: Sequence[int], margin: int, seed: int, feedback: Feedback
) -> Gaussian:
    """Fit to some labelled pixels of each parcel, all parcels alike.

    Args:
        margin: pixels at the border of a window that are left out, as a network leaves them out.
        seed: of the choice of pixels and of the thinned copies.

    Raises:
        SampleError: no pixel is labelled.
    """
    draws = np.random.default_rng(seed)
    found = some_of_each_parcel(windows, codes, margin, draws, feedback)
    if not len(found.labels):
        raise SampleError(tr("There is no labelled pixel to fit the linear learner to: label a larger area."))
    seen = np.stack([valid.any(axis=0) for valid in (found.s2_valid, found.s1_valid)], axis=1)
    rows = [features_of(found)]
    for _ in range(COPIES):
        feedback.check()
        hidden = draws.random(found.s2_valid.shape) < draws.uniform(0, THINNED, found.s2_valid.shape[1])
        left = found.s2_valid & ~hidden
        # A series is never thinned away: what it has of a sensor is what its statistics come from.
        rows.append(features_of(replace(found, s2_valid=np.where(left.any(axis=0), left, found.s2_valid))))
    bands = (found.s2.shape[1], found.s1.shape[1])
    times = len(rows)
    arrays = np.concatenate(rows), np.tile(found.labels, times), np.tile(seen, (times, 1))
    steps = len(found.s2_valid)
    return cancellable(lambda: fitted(*arrays[:2], len(codes), steps, bands, arrays[2]), feedback)


def linear_pixels(
    gaussian: Gaussian, windows: Sequence[LabelledCube], codes: Sequence[int], margin: int, feedback: Feedback
) -> Pixels:
    """Return the logits that the learner gives to the labelled pixels of windows, in their order."""
    return scored(
        lambda some: gaussian.logits(some.s2, some.s2_valid, some.s1, some.s1_valid).T, windows, codes, margin, feedback
    )


def coefficients(gaussian: Gaussian) -> np.ndarray:
    """Return (K, T, bands of both sensors): what one spread of a band at a step adds to a class, against their mean."""
    state = 4 * gaussian.steps + sum(flag for flag, count in zip(SENSORS, gaussian.bands) if count)
    _, weights, _ = gaussian.weights(state)
    weights = weights - weights.mean(axis=0)
    parts, first = [], 0
    for count in gaussian.bands:
        last = first + gaussian.steps * count
        parts.append(weights[:, first:last].reshape(len(weights), gaussian.steps, count))
        first = last
    return np.concatenate(parts, axis=2)


def fitted(
    features: np.ndarray, labels: np.ndarray, classes: int, steps: int, bands: tuple[int, int], seen: np.ndarray
) -> Gaussian:
    """Fit a Gaussian a class to gap-filled series.

    The covariance within the classes is drawn towards a multiple of the identity by the share of Ledoit and Wolf (2004,
    A well-conditioned estimator for large-dimensional covariance matrices, Journal of Multivariate Analysis 88), which
    needs no tuning and works with fewer series than features.

    Args:
        features: (N, F) in the order of `Gaussian`.
        labels: (N,) place of the class in the legend.
        classes: K.
        seen: (N, 2) bool: which sensors a series has; what is said of a sensor comes from the series that have it.
    """
    first = steps * bands[0]
    has = np.concatenate([np.repeat(seen[:, :1], first, 1), np.repeat(seen[:, 1:], features.shape[1] - first, 1)], 1)
    count = np.maximum(has.sum(axis=0), 1)
    data = np.where(has, features, 0.0).astype(np.float64)
    centre = data.sum(axis=0) / count
    scale = np.sqrt(np.where(has, (data - centre) ** 2, 0.0).sum(axis=0) / count)
    scale = np.where(scale > SPREAD_FLOOR, scale, 1.0)
    data = np.where(has, (data - centre) / scale, 0.0)
    means, held = np.zeros((2, classes, features.shape[1]))
    np.add.at(held, labels, has)
    np.add.at(means, labels, data)
    means /= np.maximum(held, 1)
    covariance = _shrunk(np.where(has, data - means[labels], 0.0), has)
    numbers = np.bincount(labels, minlength=classes).astype(np.float64)
    prior = np.log(np.maximum(numbers, ABSENT) / numbers.sum())
    parts = dict(means=means, covariance=covariance, centre=centre, scale=scale, prior=prior)
    return Gaussian(steps, bands, **{name: part.astype(np.float32) for name, part in parts.items()})


def _shrunk(rest: np.ndarray, has: np.ndarray) -> np.ndarray:
    """Return the shrunk covariance (F, F) of deviations (N, F) from their class's mean."""
    together = float(len(rest)) if has.all() else np.maximum(has.astype(np.float64).T @ has, 1)
    raw = rest.T @ rest / together
    level = np.trace(raw) / len(raw)
    # A feature that never varied, as those of a sensor that no series has, stands for itself.
    target = (level if level > 0 else 1.0) * np.eye(len(raw))
    apart = ((raw - target) ** 2).sum()
    squares = rest**2
    noise = ((squares.T @ squares / together - raw**2) / together).sum()
    share = float(np.clip(noise / apart, LEAST_SHRINKAGE, 1.0)) if apart > 0 else 1.0
    return (1 - share) * raw + share * target
