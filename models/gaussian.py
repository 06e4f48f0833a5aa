"""Classes as Gaussians of one shared, shrunk covariance over a whole season: linear discriminant analysis in NumPy.

The season is a row of numbers, all bands at all steps. Inside what a pixel has seen, steps without an observation are
filled in between those before and after; a sensor that was never seen, and all steps after the last one that was, are
marginalised: the Gaussian of what is left is a part of the whole one, so nothing is fitted anew for one sensor or for a
season that is not over (Hastie, Tibshirani and Friedman 2009, The Elements of Statistical Learning, 4.3).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Mapping

import numpy as np

from .card import Card, CheckpointError
from .language import tr
from .output import WindowOutput

PREFIX = "gaussian."
"""What the names of its tensors begin with in a checkpoint."""

PARTS = ("means", "covariance", "centre", "scale", "prior")
SENSORS = (1, 2)
"""What the state of a pixel counts for Sentinel-2 and for Sentinel-1."""

PIXELS_AT_ONCE = 1024
"""Pixels whose series fit into a processor's cache: twice as fast as a whole block at once."""


@dataclass(frozen=True)
class Gaussian:
    """K classes over F features: first (steps x optical bands), then (steps x polarisations), steps outermost.

    Attributes:
        steps, bands: of the season; optical bands and polarisations, either may be 0.
        means: (K, F) in units of `scale` about `centre`.
        covariance: (F, F) shrunk covariance within the classes, in the same units.
        centre, scale: (F,) mean and spread of the features.
        prior: (K,) logarithm of the share of each class.
    """

    steps: int
    bands: tuple[int, int]
    means: np.ndarray
    covariance: np.ndarray
    centre: np.ndarray
    scale: np.ndarray
    prior: np.ndarray
    _kept: dict[int, tuple[np.ndarray, np.ndarray, np.ndarray]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def logits(
        self,
        s2: np.ndarray | None,
        s2_valid: np.ndarray | None,
        s1: np.ndarray | None,
        s1_valid: np.ndarray | None,
    ) -> np.ndarray:
        """Return the logarithm of each class's share and density, up to a constant a pixel.

        What is returned of a pixel depends on that pixel alone.

        Args:
            s2, s1: (T, bands, ...) reflectance and decibels; None where the card has no such sensor.
            s2_valid, s1_valid: (T, ...) bool.

        Returns:
            (K, ...) float32; the shares alone where nothing was seen.
        """
        shape = next(valid for valid in (s2_valid, s1_valid) if valid is not None).shape[1:]
        sensors = [
            None
            if not count or values is None or mask is None
            else (values.reshape(self.steps, count, -1), mask.reshape(self.steps, -1))
            for count, values, mask in zip(self.bands, (s2, s1), (s2_valid, s1_valid))
        ]
        pixels = int(np.prod(shape))
        found = np.empty((len(self.means), pixels), np.float32)
        for first in range(0, pixels, PIXELS_AT_ONCE):
            some = slice(first, first + PIXELS_AT_ONCE)
            part = [sensor and (sensor[0][..., some], sensor[1][:, some]) for sensor in sensors]
            found[:, some] = self._logits(part, min(PIXELS_AT_ONCE, pixels - first))
        return found.reshape(len(self.means), *shape)

    def _logits(self, sensors: list[tuple[np.ndarray, np.ndarray] | None], pixels: int) -> np.ndarray:
        features, seen = self._features(sensors, pixels)
        found = np.empty((len(self.means), pixels), np.float32)
        for state in np.unique(seen).tolist():
            own = np.flatnonzero(seen == state)
            chosen, weights, offset = self.weights(state)
            rows = features if len(chosen) == len(features) else features[chosen]
            found[:, own] = weights @ (rows[:, own] if len(own) < pixels else rows) + offset[:, None]
        return found

    def weights(self, state: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return what is linear about the classes once the unseen is marginalised.

        Args:
            state: 4 times the number of steps until the last that was seen, plus 1 where Sentinel-2 was seen, plus 2
                where Sentinel-1 was.

        Returns:
            (n,) places of the features that count, (K, n) float32 weights of standardised features, (K,) float32.
        """
        found = self._kept.get(state)
        if found is None:
            chosen = self.places(state)
            means = self.means[:, chosen].astype(np.float64)
            inside = self.covariance[np.ix_(chosen, chosen)].astype(np.float64)
            try:
                weights = np.linalg.solve(inside, means.T).T if len(chosen) else means
            except np.linalg.LinAlgError as error:
                raise CheckpointError(
                    tr(
                        "The Gaussian of the checkpoint cannot be inverted: the file was altered; "
                        "copy or train it again."
                    )
                ) from error
            offset = self.prior - 0.5 * (weights * means).sum(axis=1)
            found = self._kept[state] = (chosen, weights.astype(np.float32), offset.astype(np.float32))
        return found

    def places(self, state: int) -> np.ndarray:
        """Return the places of the features that a state of `weights` has."""
        until, optical, radar = state // 4, state & 1, state >> 1 & 1
        first = np.arange(until * self.bands[0] if optical else 0)
        second = self.steps * self.bands[0] + np.arange(until * self.bands[1] if radar else 0)
        return np.concatenate([first, second])

    def tensors(self) -> dict[str, np.ndarray]:
        """Return what a checkpoint keeps, by name."""
        return {PREFIX + name: np.ascontiguousarray(getattr(self, name), np.float32) for name in PARTS}

    @classmethod
    def of(cls, card: Card, tensors: Mapping[str, np.ndarray]) -> Gaussian:
        """Take up what a checkpoint keeps.

        Raises:
            CheckpointError: the tensors do not fit the card, or hold what no Gaussian can.
        """
        expected = shapes(card)
        found = {name: tensors[PREFIX + name] for name in PARTS if PREFIX + name in tensors}
        wrong = [name for name in PARTS if name not in found or found[name].shape != expected[name]]
        wrong = wrong or [name for name, part in found.items() if not np.isfinite(part).all()]
        wrong = wrong or [name for name in ("scale", "covariance") if (_diagonal(found[name]) <= 0).any()]
        if wrong:
            raise CheckpointError(
                tr(
                    "The Gaussian in the checkpoint '{card}' does not fit its card ({wrong}); the file was altered "
                    "or made by another version."
                ).format(card=card.name, wrong=", ".join(wrong))
            )
        bands = (len(card.s2_bands), len(card.s1_bands))
        return cls(card.season.steps, bands, **{name: part.astype(np.float32) for name, part in found.items()})

    def _features(
        self, sensors: list[tuple[np.ndarray, np.ndarray] | None], pixels: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return standardised features (F, P) float32 and the state of each pixel (P,), as `weights` takes it."""
        parts, until, state = [], np.zeros(pixels, np.int64), np.zeros(pixels, np.int64)
        steps = np.arange(1, self.steps + 1)[:, None]
        for sensor, count, flag in zip(sensors, self.bands, SENSORS):
            if sensor is None:
                parts.append(np.zeros((self.steps * count, pixels), np.float32))
                continue
            values, valid = sensor
            parts.append(filled(values.astype(np.float32), valid).reshape(self.steps * count, pixels))
            until = np.maximum(until, (steps * valid).max(axis=0))
            state += flag * valid.any(axis=0)
        features = np.concatenate(parts)
        features -= self.centre[:, None]
        features *= 1 / self.scale[:, None]
        return features, 4 * until + state


class GaussianForm:
    """The linear learner as a NumPy form: every pixel by itself."""

    margin = 0

    def __init__(self, card: Card, arrays: Mapping[str, np.ndarray]):
        self._gaussian = Gaussian.of(card, arrays)

    @staticmethod
    def expected(card: Card) -> dict[str, tuple[tuple[int, ...], str]]:
        """Return name -> shape and type of the arrays of its checkpoint."""
        return {PREFIX + name: (shape, "float32") for name, shape in shapes(card).items()}

    def __call__(
        self,
        s2: np.ndarray | None,
        s2_valid: np.ndarray | None,
        s1: np.ndarray | None,
        s1_valid: np.ndarray | None,
        attention: bool = False,
        contribution: bool = False,
    ) -> WindowOutput:
        """Return logits (K, H, W); there is no attention."""
        return WindowOutput(self._gaussian.logits(s2, s2_valid, s1, s1_valid))


def shapes(card: Card) -> dict[str, tuple[int, ...]]:
    """Return the shape of each tensor of the Gaussian that fits a card."""
    classes, features = len(card.classes), card.season.steps * (len(card.s2_bands) + len(card.s1_bands))
    one = (features,)
    return {"means": (classes, features), "covariance": (features, features), "centre": one, "scale": one,
            "prior": (classes,)}  # fmt: skip


def _diagonal(values: np.ndarray) -> np.ndarray:
    return np.diagonal(values) if values.ndim == 2 else values


def filled(values: np.ndarray, valid: np.ndarray) -> np.ndarray:
    """Return (T, bands, N) with steps that were not seen filled in linearly; zero where a pixel was never seen.

    Before the first and after the last observation the nearest one is held.

    Args:
        values: (T, bands, N).
        valid: (T, N) bool.
    """
    steps = np.arange(len(valid))[:, None]
    before = np.maximum.accumulate(np.where(valid, steps, -1), axis=0)
    after = np.minimum.accumulate(np.where(valid, steps, len(valid))[::-1], axis=0)[::-1]
    share = ((steps - before) / np.maximum(after - before, 1)).astype(np.float32)
    left, right, unseen = values.astype(np.float32), values.astype(np.float32), ~valid
    for step in range(1, len(valid)):
        np.copyto(left[step], left[step - 1], where=unseen[step])
    for step in range(len(valid) - 2, -1, -1):
        np.copyto(right[step], right[step + 1], where=unseen[step])
    for step in np.flatnonzero((before < 0).any(axis=1)).tolist():
        np.copyto(left[step], right[step], where=before[step] < 0)
    for step in np.flatnonzero((after >= len(valid)).any(axis=1)).tolist():
        np.copyto(right[step], left[step], where=after[step] >= len(valid))
    left[..., unseen.all(axis=0)] = right[..., unseen.all(axis=0)] = 0.0
    right -= left
    right *= share[:, None]
    left += right
    return left
