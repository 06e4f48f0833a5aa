"""Labelled patches drawn from windows in memory or on disk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Sequence

import numpy as np
import torch
from torch import Tensor

from ...models.language import tr
from ..errors import SampleError
from .dataset import LabelledCube
from .pixels import places_of

UNKNOWN = -1
ROOT = 0.5
"""Classes are drawn by the square root of their frequency."""

CANDIDATES = 4096
"""Most pixels of one class that one window offers as the middle of a patch."""


@dataclass
class Batch:
    """N patches on the device of training; `labels` (N, P, P) hold class indices from 0, -1 where unknown."""

    s2: Tensor
    s2_valid: Tensor
    s1: Tensor
    s1_valid: Tensor
    labels: Tensor


class _Drawing:
    """Draws classes by a power of their frequency.

    Attributes:
        present: (K,) bool: classes that can be drawn.
        chances: (K,) how often each class is drawn; sums to 1.
    """

    def __init__(self, counts: Sequence[int] | np.ndarray, balance: float, seed: int) -> None:
        """Set the chances: frequency to the power of `balance`, 1 for as they occur, 0 for all alike."""
        self._rng = np.random.default_rng(seed)
        number = np.asarray(counts, float)
        self.present = number > 0
        if not self.present.any():
            raise SampleError(
                tr("No labelled pixel can be the middle of a patch: use larger windows or smaller patches.")
            )
        weight = np.where(self.present, np.maximum(number, 1) ** balance, 0)
        self.chances = weight / weight.sum()

    def state(self) -> dict[str, Any]:
        """Return where the draws have come to, as plain values for JSON."""
        return dict(self._rng.bit_generator.state)

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a state of a sampler of the same ground and settings."""
        self._rng.bit_generator.state = state


class PatchSampler(_Drawing):
    """Draws patches about labelled pixels of classes drawn by the square root of their frequency.

    Rare classes are seen more often than they occur, common ones less, so that neither is forgotten. Each patch is
    turned and mirrored at random. Windows may differ in size and may lie in files mapped into memory; where one is
    smaller than a patch with its margin, the rest of the patch is missing. A window of 1 x 1 pixel fills the whole
    patch, and only its middle is labelled; many of them are better drawn by `PointSampler`.
    """

    def __init__(
        self,
        windows: Sequence[LabelledCube],
        codes: Sequence[int],
        patch: int,
        margin: int,
        seed: int,
        balance: float = ROOT,
    ) -> None:
        """Find where patches can lie.

        Args:
            windows: all with the same steps and bands; labels of other codes are unknown.
            codes: of the classes, in the order of the logits.
            patch: labelled pixels a side.
            margin: pixels around them that the network needs.
            seed: of all that is drawn.
            balance: power of the frequency by which classes are drawn.

        Raises:
            SampleError: no pixel can be drawn.
        """
        self._windows = windows
        self._patch, self._margin = patch, margin
        self._side = patch + 2 * margin
        self._buffers: list[np.ndarray] | None = None
        self._index = places_of(codes)
        self._places, counts = self._middles(len(codes), seed)
        super().__init__(counts, balance, seed)

    def draw(self, count: int) -> Batch:
        """Return `count` patches, in float32."""
        classes = self._rng.choice(len(self._places), size=count, p=self.chances)
        parts = self._arrays(count)
        labels = np.full((count, self._patch, self._patch), UNKNOWN, np.int64)
        for position, index in enumerate(classes):
            places = self._places[index]
            number, pixel = places[self._rng.integers(len(places))].tolist()
            turn = int(self._rng.integers(8))
            self._cut(number, pixel, turn, [part[position] for part in parts], labels[position])
        s2, s2_valid, s1, s1_valid = (torch.from_numpy(part) for part in parts)
        return Batch(s2.float(), s2_valid.clone(), s1.float(), s1_valid.clone(), torch.from_numpy(labels))

    def _arrays(self, count: int) -> list[np.ndarray]:
        """Arrays for a batch, used again and again, in the memory order of the windows."""
        if self._buffers is None or len(self._buffers[0]) < count:
            self._buffers = []
            for part in self._windows[0].cube.arrays:
                shape = (*part.shape[:-2], self._side, self._side)
                if part.strides[-1] > part.strides[0]:
                    room = np.zeros((count, *shape[-2:], *shape[:-2]), part.dtype)
                    self._buffers.append(np.moveaxis(room, (1, 2), (-2, -1)))
                else:
                    self._buffers.append(np.zeros((count, *shape), part.dtype))
        return [buffer[:count] for buffer in self._buffers]

    def _middles(self, classes: int, seed: int) -> tuple[list[np.ndarray], np.ndarray]:
        """(n, 2) int32 window and flat pixel for each class, and how many pixels each class has."""
        rng = np.random.default_rng((seed, 1))
        found: list[list[np.ndarray]] = [[] for _ in range(classes)]
        counts = np.zeros(classes, np.int64)
        for number, window in enumerate(self._windows):
            height, width = window.labels.shape
            inside = np.zeros(window.labels.shape, bool)
            inside[self._reachable(height), self._reachable(width)] = True
            index = np.where(inside, self._index[window.labels], UNKNOWN).ravel()
            for each in np.unique(index[index >= 0]).tolist():
                pixels = np.flatnonzero(index == each).astype(np.int32)
                counts[each] += len(pixels)
                if len(pixels) > CANDIDATES:
                    pixels = np.sort(rng.choice(pixels, CANDIDATES, replace=False))
                found[each].append(np.stack([np.full_like(pixels, number), pixels], axis=1))
        empty = np.zeros((0, 2), np.int32)
        return [np.concatenate(parts) if parts else empty for parts in found], counts

    def _reachable(self, length: int) -> slice:
        """Pixels of a window's side that a patch inside it, or about it where it is short, can label."""
        short = length < self._side
        return slice(0, length) if short else slice(self._margin, length - self._margin)

    def _cut(self, number: int, pixel: int, turn: int, parts: list[np.ndarray], labels: np.ndarray) -> None:
        """Fill one patch of a batch."""
        window = self._windows[number]
        sources = window.cube.arrays
        height, width = window.labels.shape
        if height == width == 1:
            for part, source in zip(parts, sources):
                part[...] = source
            labels[self._patch // 2, self._patch // 2] = self._index[window.labels[0, 0]]
            return
        rows, row_place = self._range(pixel // width, height)
        cols, col_place = self._range(pixel % width, width)
        short = min(height, width) < self._side
        for part, source in zip(parts, sources):
            if short:
                part[...] = 0
            _turned(part, turn)[..., row_place, col_place] = source[..., rows, cols]
        known = self._index[window.labels[rows, cols]]
        if short:
            whole = np.full((self._side, self._side), UNKNOWN, np.int64)
            whole[row_place, col_place] = known
            known = whole
        inner = slice(self._margin, self._margin + self._patch)
        _turned(labels, turn)[...] = known[inner, inner]

    def _range(self, middle: int, length: int) -> tuple[slice, slice]:
        """Pixels of a window's side that go into a patch, and where they go."""
        first = middle - self._margin - self._patch // 2
        if length >= self._side:
            first = min(max(first, 0), length - self._side)
        start, stop = max(first, 0), min(first + self._side, length)
        return slice(start, stop), slice(start - first, stop - first)


class PointSampler(_Drawing):
    """Draws points, each as constant ground of one labelled pixel with the margin a network needs."""

    def __init__(
        self,
        windows: Sequence[LabelledCube],
        codes: Sequence[int],
        margin: int,
        seed: int,
        balance: float = ROOT,
        chances: Sequence[float] | None = None,
    ) -> None:
        """Hold all points; arguments and errors as for `PatchSampler`; windows are of 1 x 1 pixel.

        Args:
            chances: how often each class is drawn, in place of a power of its frequency; classes without a point are
                never drawn.
        """
        index = places_of(codes)
        points = [window for window in windows if window.labels.shape == (1, 1) and index[window.labels[0, 0]] >= 0]
        classes = np.array([index[window.labels[0, 0]] for window in points], np.int64)
        super().__init__(np.bincount(classes, minlength=len(codes)), balance, seed)
        if chances is not None:
            wanted = np.where(self.present, chances, 0.0)
            self.chances = wanted / wanted.sum()
        self._side = 2 * margin + 1
        self._labels = torch.from_numpy(classes)
        self._members = [np.flatnonzero(classes == each) for each in range(len(codes))]
        self._parts = tuple(
            torch.from_numpy(np.stack([np.asarray(getattr(window.cube, name)) for window in points]))
            for name in ("s2", "s2_valid", "s1", "s1_valid")
        )

    def draw(self, count: int) -> Batch:
        """Return `count` points as windows of 2 * margin + 1 pixels a side in float32, with labels (N, 1, 1)."""
        classes = self._rng.choice(len(self._members), size=count, p=self.chances)
        chosen = [self._members[each][self._rng.integers(len(self._members[each]))] for each in classes]
        rows = torch.from_numpy(np.array(chosen, np.int64))
        parts = (part[rows].expand(*part[rows].shape[:-2], self._side, self._side) for part in self._parts)
        s2, s2_valid, s1, s1_valid = parts
        return Batch(s2.float(), s2_valid, s1.float(), s1_valid, self._labels[rows].reshape(-1, 1, 1))


def _turned(array: np.ndarray, turn: int) -> np.ndarray:
    """Return one of the eight views of the last two axes; what is written through it appears turned or mirrored."""
    if turn & 1:
        array = array.swapaxes(-2, -1)
    if turn & 2:
        array = array[..., ::-1]
    return array[..., ::-1, :] if turn & 4 else array
