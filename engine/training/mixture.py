"""Several samplers that each give their part of every step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from .samples import Batch


class Sampler(Protocol):
    """Draws labelled patches or points, reproducibly."""

    def draw(self, count: int) -> Batch:
        """Return `count` samples."""

    def state(self) -> Any:
        """Return where the draws have come to, as plain values for JSON."""

    def restore(self, state: Any) -> None:
        """Go on from a state."""


@dataclass(frozen=True)
class Part:
    """What one sampler gives to a step: `count` samples, whose mean loss weighs `weight`."""

    sampler: Sampler
    count: int
    weight: float = 1.0


class Mixture:
    """Parts of different size and kind, such as patches of simulated ground and points of real ground."""

    def __init__(self, *parts: Part) -> None:
        self.parts = parts

    def state(self) -> list[Any]:
        """Return where the draws of each part have come to."""
        return [part.sampler.state() for part in self.parts]

    def restore(self, state: list[Any]) -> None:
        """Go on from a state of the same parts."""
        for part, own in zip(self.parts, state):
            part.sampler.restore(own)
