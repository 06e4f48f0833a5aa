"""How far a probability can be taken at its word: temperature scaling, reliability, expected calibration error."""

from __future__ import annotations

import numpy as np

from .pixels import Pixels
from .result import Reliability

BINS = 15
COOLEST, HOTTEST = 0.5, 4.0


def softmax(logits: np.ndarray, temperature: float = 1.0) -> np.ndarray:
    """Return probabilities (N, K) of logits (N, K)."""
    scaled = logits.astype(np.float64) / temperature
    scaled -= scaled.max(axis=1, keepdims=True)
    powers = np.exp(scaled)
    return powers / powers.sum(axis=1, keepdims=True)


def parcel_weights(pixels: Pixels) -> np.ndarray:
    """Return (N,) weights by which all parcels count the same; they sum to 1."""
    _, which, sizes = np.unique(pixels.parcels, return_inverse=True, return_counts=True)
    return 1.0 / sizes[which] / max(len(sizes), 1)


def likelihood_loss(pixels: Pixels, temperature: float = 1.0) -> float:
    """Return the negative log-likelihood a pixel; every parcel counts the same. NaN without pixels."""
    if not len(pixels.labels):
        return float("nan")
    chances = softmax(pixels.scores, temperature)[np.arange(len(pixels.labels)), pixels.labels]
    return float(-(parcel_weights(pixels) * np.log(np.maximum(chances, 1e-12))).sum())


def fitted_temperature(pixels: Pixels, hottest: float = HOTTEST) -> float:
    """Return the temperature of the highest likelihood (Guo et al. 2017, arXiv 1706.04599); 1 without pixels.

    Args:
        hottest: the most that is tried.
    """
    if not len(pixels.labels):
        return 1.0
    low, high = np.log(COOLEST), np.log(hottest)
    # The loss has one minimum over the temperature, so that a golden-section search finds it.
    ratio = (np.sqrt(5) - 1) / 2
    for _ in range(30):
        left, right = high - ratio * (high - low), low + ratio * (high - low)
        if likelihood_loss(pixels, float(np.exp(left))) < likelihood_loss(pixels, float(np.exp(right))):
            high = right
        else:
            low = left
    return float(np.exp((low + high) / 2))


def reliability(pixels: Pixels, temperature: float = 1.0, bins: int = BINS) -> Reliability:
    """Return how often the network is right where it is so sure, and the expected calibration error.

    The error is the mean gap between confidence and accuracy over `bins` equal bins of confidence, by the share of the
    pixels in each (Guo et al. 2017, arXiv 1706.04599).
    """
    chances = softmax(pixels.scores, temperature)
    confidence = chances.max(axis=1) if len(chances) else np.zeros(0)
    right = chances.argmax(axis=1) == pixels.labels if len(chances) else np.zeros(0, bool)
    which = np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)
    counts = np.bincount(which, minlength=bins)
    with np.errstate(invalid="ignore"):
        sure = np.bincount(which, weights=confidence, minlength=bins) / counts
        hits = np.bincount(which, weights=right, minlength=bins) / counts
    gaps = np.where(counts > 0, np.abs(sure - hits), 0.0)
    error = float((gaps * counts).sum() / counts.sum()) if counts.sum() else float("nan")
    return Reliability(tuple(sure), tuple(hits), tuple(int(count) for count in counts), error)
