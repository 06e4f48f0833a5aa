"""Judging a network outside a training run: scores of whole counties, a temperature, kernels as points leave them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Sequence

import numpy as np
import torch
from torch import nn

from ...engine.feedback import Feedback
from ...engine.training.calibration import fitted_temperature, softmax
from ...engine.training.dataset import LabelledCube
from ...engine.training.pixels import Pixels
from ...engine.training.predict import labelled_pixels
from ...engine.training.scoring import decide
from ...models.networks.network import CropNetwork
from ...models.networks.points import spatial_kernels


@dataclass(frozen=True)
class Score:
    """Accuracy on unseen ground: overall accuracy a pixel, a parcel, and macro F1 a parcel (all 0..1)."""

    pixel: float
    parcel: float
    macro_f1: float


def score(network: CropNetwork, counties: Sequence[LabelledCube], codes: Sequence[int]) -> Score:
    """Score a network on whole counties, whose parcels are numbered each from 1; the first score counts all pixels."""
    right = total = 0
    truth, label = [], []
    for county in counties:
        pixels = labelled_pixels(network, [county], codes, Feedback())
        chances = softmax(pixels.scores)
        right += int((chances.argmax(axis=1) == pixels.labels).sum())
        total += len(pixels.labels)
        inside = pixels.parcels > 0
        found = decide(Pixels(*(part[inside] for part in vars(pixels).values())), chances[inside])
        truth.append(found.truth)
        label.append(found.label)
    all_truth, all_labels = np.concatenate(truth), np.concatenate(label)
    return Score(right / total, float((all_truth == all_labels).mean()), macro_f1(all_truth, all_labels))


def macro_f1(truth: np.ndarray, label: np.ndarray) -> float:
    """Return the mean F1 over the classes that occur in `truth` or in `label`, as the accuracy report has it."""
    found = []
    for code in np.union1d(truth, label):
        hit = ((truth == code) & (label == code)).sum()
        found.append(2 * hit / ((truth == code).sum() + (label == code).sum()))
    return float(np.mean(found))


def best_temperature(network: CropNetwork, windows: Sequence[LabelledCube], codes: Sequence[int]) -> float:
    """Return the temperature that gives the labels of unseen windows the highest likelihood."""
    return fitted_temperature(labelled_pixels(network, windows, codes, Feedback()))


def centre_kernels(network: nn.Module) -> None:
    """Put the sum of each spatial kernel into its middle, in place.

    Points show a kernel nothing but its sum, and all its parts learn the same from them: it drifts towards a plain mean
    over its window, through which the neighbours of a pixel blur its own series, most on narrow parcels. What the
    network gives on constant ground stays; what still looks at neighbours is the spatial attention.

    Args:
        network: as for `on_points`; its kernels have an odd number of pixels a side.
    """
    with torch.no_grad():
        for _, weight in spatial_kernels(network):
            total = weight.sum(dim=(-2, -1))
            weight.zero_()
            weight[..., weight.shape[-2] // 2, weight.shape[-1] // 2] = total
