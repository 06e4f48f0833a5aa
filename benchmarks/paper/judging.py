"""What a trained system says of the judged pixels of a site, as counts by block."""

from __future__ import annotations

from collections import defaultdict
from typing import Callable, Iterator, Sequence

import numpy as np
import torch
from torch import nn

from crop_attention.engine.feedback import Feedback
from crop_attention.engine.series.cube.cube import Cube
from crop_attention.engine.training.calibration import softmax
from crop_attention.engine.training.dataset import LabelledCube
from crop_attention.engine.training.learners.linear import linear_pixels
from crop_attention.engine.training.pixels import Pixels, places_of, scored
from crop_attention.engine.training.pixels import Says as Learner
from crop_attention.engine.training.predict import ARRAYS, labelled_pixels
from crop_attention.models.gaussian import Gaussian
from crop_attention.models.networks.points import on_points

from .conditions import blinded, under
from .record import Judged
from .sites.ground import Ground

Says = Callable[[Sequence[LabelledCube]], Pixels]
"""Windows of one county, or all points -> probabilities of their judged pixels."""

POINTS_AT_ONCE = 512


def says_of_network(network: nn.Module, codes: Sequence[int], device: torch.device | None = None) -> Says:
    """Return what a network says, as probabilities."""

    def says(windows: Sequence[LabelledCube]) -> Pixels:
        if windows[0].labels.shape == (1, 1):
            found = _points(network, windows, codes, device)
        else:
            found = labelled_pixels(network, windows, codes, Feedback(), device)
        return Pixels(softmax(found.scores), found.labels, found.parcels, found.blocks)

    return says


def says_of_plain(learner: Learner, codes: Sequence[int]) -> Says:
    """Return what a forest or a logistic regression says, as probabilities."""
    return lambda windows: scored(learner, windows, codes, 0, Feedback())


def says_of_linear(gaussian: Gaussian, codes: Sequence[int]) -> Says:
    """Return what discriminant analysis says, as probabilities."""

    def says(windows: Sequence[LabelledCube]) -> Pixels:
        found = linear_pixels(gaussian, windows, codes, 0, Feedback())
        return Pixels(softmax(found.scores), found.labels, found.parcels, found.blocks)

    return says


def judged(says: Says, ground: Ground, condition: str, blind: str = "") -> Judged:
    """Return the counts of a system under a condition.

    A parcel is mapped as most of its judged pixels are; its area is that of all its pixels in the county.

    Args:
        says: the system.
        ground: with its test windows.
        condition: see `conditions`.
        blind: sensor that is hidden.
    """
    size = len(ground.judged_names)
    pixels: dict[int, np.ndarray] = defaultdict(lambda: np.zeros((size, size), np.int64))
    parcels: list[list[int]] = []
    for windows in _together(ground.test):
        shown = [_padded(under(blinded(window, blind), condition), ground.pad) for window in windows]
        if not any((window.labels > 0).any() for window in shown):
            continue
        found = says(shown)
        truth, mapped = ground.places[found.labels], _folded(found.scores, ground).argmax(axis=1)
        for block in np.unique(found.blocks).tolist():
            own = found.blocks == block
            pixels[block] += np.bincount(truth[own] * size + mapped[own], minlength=size**2).reshape(size, size)
        if windows[0].labels.shape != (1, 1):
            parcels += _parcels(windows[0], truth, mapped, found.parcels, size)
    return Judged({str(block): _triples(matrix) for block, matrix in sorted(pixels.items())}, parcels)


def attention_windows(ground: Ground, blind: str) -> Iterator[tuple[list[torch.Tensor], np.ndarray]]:
    """Yield the inputs (N, ...) and the judged places (N, H, W), -1 where not judged, of the test windows."""
    index = places_of(ground.codes)
    for windows in _together(ground.test):
        shown = [_padded(blinded(window, blind), ground.pad) for window in windows]
        places = index[np.stack([window.labels for window in shown])]
        yield tensors_of(shown), np.where(places >= 0, ground.places[places], -1)


def tensors_of(windows: Sequence[LabelledCube]) -> list[torch.Tensor]:
    """Return s2, s2_valid, s1, s1_valid of windows of one size, numbers as float32."""
    stacked = (torch.from_numpy(np.stack([getattr(window.cube, name) for window in windows])) for name in ARRAYS)
    return [part if part.dtype == torch.bool else part.float() for part in stacked]


def _together(windows: Sequence[LabelledCube]) -> Iterator[Sequence[LabelledCube]]:
    """Points many at once, counties one by one."""
    at_once = POINTS_AT_ONCE if windows and windows[0].labels.shape == (1, 1) else 1
    for first in range(0, len(windows), at_once):
        yield windows[first : first + at_once]


def _points(
    network: nn.Module, windows: Sequence[LabelledCube], codes: Sequence[int], device: torch.device | None
) -> Pixels:
    with torch.inference_mode():
        logits = on_points(network.eval(), *(part.to(device) for part in tensors_of(windows))).logits[:, :, 0, 0]
    labels, parcels = (np.array([int(getattr(w, name)[0, 0]) for w in windows]) for name in ("labels", "parcels"))
    return Pixels(logits.cpu().numpy(), places_of(codes)[labels], parcels, np.array([w.block for w in windows]))


def _folded(chances: np.ndarray, ground: Ground) -> np.ndarray:
    """Return (N, judged classes): the chances of classes that are judged as one are summed."""
    if ground.fold is None:
        return chances
    found = np.zeros((len(chances), len(ground.judged_names)), chances.dtype)
    for column, place in enumerate(ground.fold):
        found[:, place] += chances[:, column]
    return found


def _parcels(
    window: LabelledCube, truth: np.ndarray, mapped: np.ndarray, numbers: np.ndarray, size: int
) -> list[list[int]]:
    area = np.bincount(window.parcels.ravel())
    found = []
    for parcel in np.unique(numbers[numbers > 0]).tolist():
        own = numbers == parcel
        places = (int(np.bincount(part[own], minlength=size).argmax()) for part in (truth, mapped))
        found.append([int(window.block), *places, int(area[parcel])])  # a pixel of 10 m is an are
    return found


def _triples(matrix: np.ndarray) -> list[list[int]]:
    rows, cols = np.nonzero(matrix)
    return [[row, col, int(matrix[row, col])] for row, col in zip(rows.tolist(), cols.tolist())]


def _padded(window: LabelledCube, pad: int) -> LabelledCube:
    """Put missing ground around a window."""
    if not pad:
        return window
    arrays = (np.pad(getattr(window.cube, name), [(0, 0)] * (getattr(window.cube, name).ndim - 2) + [(pad, pad)] * 2)
              for name in ARRAYS)  # fmt: skip
    labels, parcels = np.pad(window.labels, pad), np.pad(window.parcels, pad)
    return LabelledCube(Cube(*arrays), labels, parcels, window.block)
