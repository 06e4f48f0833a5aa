"""A network over labelled windows: what it says of every pixel whose class is known."""

from __future__ import annotations

from functools import partial
from typing import Iterator, Sequence

import numpy as np
import torch

from ...models.networks.network import CropNetwork
from ..cancelling import cancellable
from ..feedback import Feedback
from .dataset import LabelledCube
from .pixels import Pixels, places_of

PIXELS_AT_ONCE = 4_000
"""Pixels that go through the network together: enough to fill it, few enough to stop soon."""

ARRAYS = ("s2", "s2_valid", "s1", "s1_valid")


def predict(network: CropNetwork, labelled: LabelledCube) -> np.ndarray:
    """Return logits (K, H, W) of one window; the border of `network.margin` pixels is NaN. A point is (K, 1, 1)."""
    ((_, logits),) = predictions(network, [labelled], Feedback())
    return logits


def predictions(
    network: CropNetwork, windows: Sequence[LabelledCube], feedback: Feedback, device: torch.device | None = None
) -> Iterator[tuple[LabelledCube, np.ndarray]]:
    """Yield each window with its logits, as `predict` returns them."""
    network.eval()
    margin = network.margin
    for group in _alike(windows, margin):
        stacked = [_surrounded(np.stack([getattr(each.cube, name) for each in group]), margin) for name in ARRAYS]
        height, width = stacked[0].shape[-2:]
        stripe = max(1, PIXELS_AT_ONCE // (width * len(group)))
        parts = []
        for row in range(margin, height - margin, stripe):
            feedback.check()
            rows = slice(row - margin, min(row + stripe, height - margin) + margin)
            arrays = [array[..., rows, :] for array in stacked]
            parts.append(cancellable(partial(_forward, network, arrays, device), feedback))
        inside = np.concatenate(parts, axis=2)
        for labelled, logits in zip(group, inside):
            yield labelled, _framed(logits, labelled.labels.shape)


def labelled_pixels(
    network: CropNetwork,
    windows: Sequence[LabelledCube],
    codes: Sequence[int],
    feedback: Feedback,
    device: torch.device | None = None,
) -> Pixels:
    """Return the logits of every labelled pixel of windows.

    Args:
        windows: any sizes; the border of `network.margin` pixels is not judged, but that of points is.
        codes: class codes in the order of the logits; pixels of other codes are left out.
        device: where the network is; None is the CPU.
    """
    index = places_of(codes)
    found = []
    for labelled, logits in predictions(network, windows, feedback, device):
        known = np.isfinite(logits[0]) & (index[labelled.labels] >= 0)
        count = int(known.sum())
        scores, labels = logits[:, known].T, index[labelled.labels[known]]
        found.append((scores, labels, labelled.parcels[known].astype(np.int64), np.full(count, labelled.block)))
    if not found:
        found = [(np.zeros((0, len(codes)), np.float32), *(np.zeros(0, np.int64),) * 3)]
    return Pixels(*(np.concatenate(part) for part in zip(*found)))


def _alike(windows: Sequence[LabelledCube], margin: int) -> Iterator[list[LabelledCube]]:
    """Yield neighbours in the list that have one size, few enough to go through the network together."""
    group: list[LabelledCube] = []
    for labelled in windows:
        height, width = (max(side, 2 * margin + 1) for side in labelled.labels.shape)
        most = max(1, PIXELS_AT_ONCE // (height * width))
        if group and (group[0].labels.shape != labelled.labels.shape or len(group) >= most):
            yield group
            group = []
        group.append(labelled)
    if group:
        yield group


def _surrounded(array: np.ndarray, margin: int) -> np.ndarray:
    """Repeat a point all around, as far as the network looks."""
    if array.shape[-2:] != (1, 1):
        return array
    return np.broadcast_to(array, (*array.shape[:-2], 2 * margin + 1, 2 * margin + 1))


def _forward(network: CropNetwork, arrays: list[np.ndarray], device: torch.device | None) -> np.ndarray:
    tensors = [torch.from_numpy(np.ascontiguousarray(array)).to(device) for array in arrays]
    tensors = [tensor if tensor.dtype == torch.bool else tensor.float() for tensor in tensors]
    with torch.inference_mode():
        return network(*tensors).logits.cpu().numpy()


def _framed(logits: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Put logits into the middle of a window that is NaN elsewhere."""
    if logits.shape[1:] == tuple(shape):
        return logits
    full = np.full((logits.shape[0], *shape), np.nan, dtype=np.float32)
    rows, cols = ((outer - inner) // 2 for outer, inner in zip(shape, logits.shape[1:]))
    full[:, rows : rows + logits.shape[1], cols : cols + logits.shape[2]] = logits
    return full
