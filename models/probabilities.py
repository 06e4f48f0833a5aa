"""From logits to the chance of each class: temperature, a Gaussian beside the network, expected shares."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING

import numpy as np

from .card import Card

if TYPE_CHECKING:
    from .gaussian import Gaussian

SHARES_POWER = 0.5
"""How far chances follow expected shares: half the way, measured to be better than all of it even with true shares."""


@dataclass(frozen=True)
class Beside:
    """How a Gaussian stands beside a network.

    Attributes:
        share: what it has in the mean of both, 0..1.
        temperature: its logits are divided by it before the softmax.
        until: steps of the season up to which it is asked; where more of the season was seen, the network is alone.
        below: it is asked where the network gives no class more than this; where the network is surer, it is alone.
        lone_share: its share for pixels that one sensor alone saw; None where it is the same.
    """

    share: float
    temperature: float
    until: int
    below: float = inf
    lone_share: float | None = None

    @classmethod
    def of(cls, card: Card) -> Beside | None:
        """Return what a card says; None where it has no Gaussian beside its network."""
        if not card.gaussian:
            return None
        found = card.gaussian
        until = int(found.get("until", card.season.steps))
        below = float(found.get("below", inf))
        return cls(float(found["share"]), float(found["temperature"]), until, below, found.get("lone_share"))

    def asks(self, network: np.ndarray) -> np.ndarray:
        """Return (...) bool: where the Gaussian is asked, of the network's probabilities (K, ...)."""
        return network.max(axis=0) <= self.below

    def shares(self, network: np.ndarray, lone: np.ndarray | None = None) -> np.ndarray:
        """Return (...) what the Gaussian has in the mean of both: 0 where it is not asked.

        Args:
            network: (K, ...) probabilities of the network.
            lone: (...) bool, pixels that one sensor alone saw; None for nowhere.
        """
        share = network.dtype.type(self.share)
        if lone is not None and self.lone_share is not None:
            share = np.where(lone, network.dtype.type(self.lone_share), share)
        return self.asks(network) * share


def seen_by_one(*valid: np.ndarray | None) -> np.ndarray:
    """Return (...) bool: the pixels that one sensor alone saw, of (T, ...) bool a sensor (None: it is not there)."""
    return np.sum([each.any(axis=0) for each in valid if each is not None], axis=0) == 1


def softmax(logits: np.ndarray, temperature: float = 1.0) -> np.ndarray:
    """Return probabilities of logits whose classes are the first axis; float32 stays float32."""
    scaled = logits / logits.dtype.type(temperature)
    scaled = scaled - scaled.max(axis=0)
    powers = np.exp(scaled)
    return powers / powers.sum(axis=0)


def joined(network: np.ndarray, gaussian: np.ndarray, beside: Beside, lone: np.ndarray | None = None) -> np.ndarray:
    """Return the mean of both where the Gaussian is asked, and elsewhere the network's.

    Args:
        network: (K, ...) probabilities.
        gaussian: (K, ...) logits.
        beside: share and temperature.
        lone: (...) bool, pixels that one sensor alone saw; None for nowhere.
    """
    share = beside.shares(network, lone)
    return (1 - share) * network + share * softmax(gaussian, beside.temperature).astype(network.dtype)


def with_gaussian(
    network: np.ndarray, gaussian: Gaussian | None, beside: Beside | None, *series: np.ndarray | None
) -> np.ndarray:
    """Return what `joined` would; the Gaussian is computed where it is asked alone.

    Args:
        network: (K, ...) probabilities.
        gaussian, beside: None where the network decides alone.
        series: s2, s2_valid, s1, s1_valid as `Gaussian.logits` takes them, of the same pixels.
    """
    if gaussian is None or beside is None:
        return network
    pixels = network.ndim - 1
    found = network.reshape(len(network), -1).copy()
    asked = np.flatnonzero(beside.asks(found))
    if len(asked):
        flat = (None if part is None else part.reshape(*part.shape[: part.ndim - pixels], -1) for part in series)
        some = tuple(None if part is None else part[..., asked] for part in flat)
        found[:, asked] = joined(found[:, asked], gaussian.logits(*some), beside, seen_by_one(*some[1::2]))
    return found.reshape(network.shape)


def shares_factors(trained: np.ndarray, expected: np.ndarray, power: float = SHARES_POWER) -> np.ndarray:
    """Return (K,) float32 factors of the chances for expected shares of the area.

    A classifier believes in the shares of its training labels; a known change of them is Bayes' rule with new priors
    (Saerens, Latinne and Decaestecker 2002, Neural Computation 14), here carried half the way.

    Args:
        trained, expected: (K,) shares, all above zero.
        power: 1 takes the shares at their word.
    """
    return ((expected / trained) ** power).astype(np.float32)


def weighted(chances: np.ndarray, factors: np.ndarray) -> np.ndarray:
    """Return chances (K, ...) times factors (K,), summing to 1 again."""
    found = chances * factors.reshape(-1, *(1,) * (chances.ndim - 1)).astype(chances.dtype)
    return found / found.sum(axis=0)
