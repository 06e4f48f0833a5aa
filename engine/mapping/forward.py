"""A checkpoint on blocks in NumPy: nothing but what QGIS brings."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from ...models.checkpoint import Checkpoint
from ...models.probabilities import softmax
from ...models.registry import numpy_form
from ..series.cube.cube import Cube


@dataclass
class BlockResult:
    """The network's answer for one block of H x W pixels.

    Attributes:
        classes: (H, W) int64 index of the winning class, from 0.
        probabilities: (K, H, W) float32.
        temporal, channel, spatial, s1_share: (T, H, W), (B, H, W), (1, H, W), (1, H, W); None unless asked for,
            and where the network has no such attention.
        contribution: (T, H, W) what each step contributes to the class that the network scores highest; as they.
    """

    classes: np.ndarray
    probabilities: np.ndarray
    temporal: np.ndarray | None = None
    channel: np.ndarray | None = None
    spatial: np.ndarray | None = None
    s1_share: np.ndarray | None = None
    contribution: np.ndarray | None = None


class NumpyNetwork:
    """Blocks one by one; several threads may ask at once.

    Attributes:
        margin: pixels of surroundings that a block needs on each side.
        label: which form of the network this is, for people.
    """

    def __init__(self, checkpoint: Checkpoint, shown: Collection[str]):
        """Take a checkpoint whose architecture has a NumPy form, and which attentions and contribution are wanted."""
        self._form = numpy_form(checkpoint.card, checkpoint.arrays)
        self._temperature, self._shown = checkpoint.card.temperature, shown
        self.margin, self.label = self._form.margin, getattr(self._form, "way", "NumPy")

    def __call__(self, cubes: list[Cube]) -> list[BlockResult]:
        """Classify blocks with their margins."""
        return [self._one(cube) for cube in cubes]

    def _one(self, cube: Cube) -> BlockResult:
        sensors = (cube.s2, cube.s2_valid, cube.s1, cube.s1_valid)
        output = self._form(*sensors, attention=bool(self._shown), contribution="contribution" in self._shown)
        with np.errstate(invalid="ignore", over="ignore"):
            probabilities = softmax(output.logits, self._temperature)
        return BlockResult(probabilities.argmax(axis=0), probabilities, *output[1:])
