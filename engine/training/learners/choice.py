"""Which learner becomes the checkpoint: networks, the linear learner, or the mean of both, by the validation blocks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Sequence

import numpy as np

from ....models.known import known
from ....models.language import tr
from ....models.probabilities import Beside, joined, softmax
from ..calibration import fitted_temperature, likelihood_loss
from ..pixels import Pixels

SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
"""What the linear learner may have in the mean of both; at the ends one of them is alone."""

HOTTEST_LINEAR = 50.0
"""Discriminant analysis over hundreds of features that go together is far too sure."""

USUAL_LINEAR = 4.0
"""Its temperature where there is no validation pixel to find one by."""

LEAST_TEMPERATURE = 0.1


@dataclass(frozen=True)
class Choice:
    """How networks and linear learner become one.

    Attributes:
        network: number of the network; None where the linear learner is alone.
        temperature: of the network's logits, or of the linear learner's where it is alone.
        beside: how the linear learner stands beside the network; None where either is alone.
        losses: what was compared, in words -> negative log-likelihood on the validation blocks.
        name: which of them was chosen.
    """

    network: int | None
    temperature: float
    beside: Beside | None
    losses: dict[str, float]
    name: str

    def chances(self, network: np.ndarray | None, linear: np.ndarray | None) -> np.ndarray:
        """Return probabilities (N, K) of logits (N, K)."""
        if self.network is None:
            return softmax(known(linear).T, self.temperature).T
        alone = softmax(known(network).T, self.temperature)
        return (alone if self.beside is None else joined(alone, known(linear).T, self.beside)).T

    def uncalibrated(self) -> Choice:
        """Return the same choice without temperatures."""
        beside = self.beside and replace(self.beside, temperature=1.0)
        return replace(self, temperature=1.0, beside=beside)


def choose(names: Sequence[str], networks: Sequence[Pixels], linear: Pixels | None, title: str, steps: int) -> Choice:
    """Choose by the negative log-likelihood on the validation blocks, where every parcel counts the same.

    Without a validation pixel the first network is taken, beside the linear learner where there is one.

    Args:
        names: of the networks, in words.
        networks: what each says of the validation pixels.
        linear: what the linear learner says of the same pixels; None where it is not asked for.
        title: of the linear learner, in words.
    """
    found: dict[str, tuple[float, int | None, float]] = {}
    if linear is not None:
        linear_temperature = fitted_temperature(linear, HOTTEST_LINEAR) if len(linear.labels) else USUAL_LINEAR
        found[title] = (likelihood_loss(linear, linear_temperature), None, 1.0)
    temperatures = [fitted_temperature(pixels) for pixels in networks]
    for number, (name, pixels) in enumerate(zip(names, networks)):
        found[name] = (likelihood_loss(pixels, temperatures[number]), number, 0.0)
        if linear is None:
            continue
        for share in SHARES[1:-1]:
            beside = Beside(share, linear_temperature, steps)
            both = joined(softmax(pixels.scores.T, temperatures[number]), linear.scores.T, beside).T
            entry = (likelihood_loss(as_logits(pixels, both)), number, share)
            words = tr("{name} and {title}, mean").format(name=name, title=tr(title))
            if words not in found or entry[0] < found[words][0]:
                found[words] = entry
    name = min(found, key=lambda key: found[key][0] if found[key][0] == found[key][0] else np.inf)
    if np.isnan(found[name][0]):
        name = next((key for key in found if found[key][1] is not None and 0 < found[key][2]), name)
    _, chosen, share = found[name]
    losses = {key: entry[0] for key, entry in found.items()}
    if chosen is None:
        return Choice(None, linear_temperature, None, losses, name)
    if not share:
        return Choice(chosen, temperatures[chosen], None, losses, name)
    beside = Beside(share, linear_temperature, steps)
    both = joined(softmax(networks[chosen].scores.T, temperatures[chosen]), known(linear).scores.T, beside).T
    # A mean of chances is less sure than either: one more temperature, on both.
    more = fitted_temperature(as_logits(networks[chosen], both))
    beside = replace(beside, temperature=max(linear_temperature * more, LEAST_TEMPERATURE))
    return Choice(chosen, max(temperatures[chosen] * more, LEAST_TEMPERATURE), beside, losses, name)


def as_logits(pixels: Pixels, chances: np.ndarray) -> Pixels:
    """Return pixels whose scores are the logarithms of probabilities (N, K)."""
    return replace(pixels, scores=np.log(np.maximum(chances, 1e-12)).astype(np.float32))
