"""Labelled patches drawn from cubes held in memory."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from .dataset import LabelledCube


@dataclass
class Batch:
    """N patches on the device of training; `labels` (N, P, P) hold class indices from 0, -1 where unknown."""

    s2: Tensor
    s2_valid: Tensor
    s1: Tensor
    s1_valid: Tensor
    labels: Tensor


class PatchSampler:
    """Draws patches centred on pixels of classes drawn by the square root of their frequency.

    Rare classes are seen more often than they occur, common ones less, so that neither is forgotten.
    """

    def __init__(self, cubes: list[LabelledCube], codes: tuple[int, ...], patch: int, margin: int, seed: int):
        self._cubes = cubes
        self._patch = patch
        self._reach = patch // 2 + margin
        self._side = patch + 2 * margin
        self._random = np.random.default_rng(seed)
        self._index = np.full(256, -1, dtype=np.int64)
        self._index[list(codes)] = np.arange(len(codes))
        self._places = [self._centres(code) for code in codes]
        counts = np.array([len(places) for places in self._places], dtype=float)
        self.present = counts > 0
        self._chances = np.sqrt(counts) / np.sqrt(counts).sum()

    def draw(self, count: int) -> Batch:
        """Return `count` patches, in float32."""
        classes = self._random.choice(len(self._places), size=count, p=self._chances)
        patches = [
            self._cut(*self._places[index][self._random.integers(len(self._places[index]))]) for index in classes
        ]
        s2, s2_valid, s1, s1_valid, labels = (torch.from_numpy(np.stack(part)) for part in zip(*patches))
        return Batch(s2.float(), s2_valid, s1.float(), s1_valid, labels)

    def _centres(self, code: int) -> np.ndarray:
        """(n, 3) cube number, row, column of pixels of one class that have their whole surroundings."""
        found = []
        for number, labelled in enumerate(self._cubes):
            rows, cols = np.nonzero(labelled.labels == code)
            height, width = labelled.labels.shape
            inside = (rows >= self._reach) & (rows < height - self._reach)
            inside &= (cols >= self._reach) & (cols < width - self._reach)
            found.append(np.stack((np.full(inside.sum(), number), rows[inside], cols[inside]), axis=1))
        return np.concatenate(found).astype(np.int32)

    def _cut(self, number: int, row: int, col: int) -> tuple[np.ndarray, ...]:
        labelled = self._cubes[number]
        rows = slice(row - self._reach, row - self._reach + self._side)
        cols = slice(col - self._reach, col - self._reach + self._side)
        turns, flip = self._random.integers(4), self._random.integers(2)
        half = self._patch // 2
        labels = self._index[labelled.labels[row - half : row + half, col - half : col + half]]
        cube = labelled.cube
        parts = (cube.s2[..., rows, cols], cube.s2_valid[..., rows, cols], cube.s1[..., rows, cols])
        parts = (*parts, cube.s1_valid[..., rows, cols], labels)
        turned = (np.rot90(part, turns, axes=(-2, -1)) for part in parts)
        return tuple(np.ascontiguousarray(part[..., ::-1] if flip else part) for part in turned)
