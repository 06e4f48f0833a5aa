"""Fitting a network to patches, and scoring it on counties it never saw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ...models.blocks import channels_last
from ..feedback import Feedback
from .augment import augment
from .dataset import LabelledCube
from .options import TrainingOptions
from .samples import PatchSampler

UNKNOWN = -1


@dataclass(frozen=True)
class Score:
    """Accuracy on unseen ground: overall accuracy a pixel, a parcel, and macro F1 a parcel (all 0..1)."""

    pixel: float
    parcel: float
    macro_f1: float


def fit(
    network: nn.Module,
    sampler: PatchSampler,
    options: TrainingOptions,
    feedback: Feedback,
    every: int = 0,
    then: Callable[[int, float], None] | None = None,
) -> None:
    """Train in place with AdamW on a one-cycle schedule.

    Args:
        network: in any mode; left in training mode.
        sampler: where patches come from.
        options: steps, rates and augmentation.
        feedback: progress, cancel.
        every, then: call `then(step, mean loss)` every so many steps.

    Raises:
        Cancelled: the analyst stopped.
    """
    random = torch.Generator().manual_seed(options.seed)
    optimiser = torch.optim.AdamW(network.parameters(), lr=options.learning_rate, weight_decay=options.weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, max_lr=options.learning_rate, total_steps=max(options.steps, 10), pct_start=0.2
    )
    channels_last(network).train()
    losses: list[float] = []
    for step in range(1, options.steps + 1):
        feedback.check()
        batch = augment(sampler.draw(options.batch), options, random)
        output = network(batch.s2, batch.s2_valid, batch.s1, batch.s1_valid)
        loss = _loss(output.logits, batch.labels, options.label_smoothing)
        for alone in (output.s2_logits, output.s1_logits):
            if alone is not None:
                loss = loss + options.auxiliary * _loss(alone, batch.labels, options.label_smoothing)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        losses.append(loss.item())
        feedback.progress(step / options.steps)
        if then is not None and every and step % every == 0:
            then(step, float(np.mean(losses[-every:])))
            network.train()


def predict(network: nn.Module, labelled: LabelledCube, stripe: int = 64) -> np.ndarray:
    """Return logits (K, H, W) of a whole cube; the border of `network.margin` pixels is NaN."""
    margin = network.margin
    cube = labelled.cube
    height, width = labelled.labels.shape
    network.eval()
    parts = []
    with torch.inference_mode():
        for row in range(margin, height - margin, stripe):
            rows = slice(row - margin, min(row + stripe, height - margin) + margin)
            arrays = (cube.s2, cube.s2_valid, cube.s1, cube.s1_valid)
            tensors = [torch.from_numpy(np.ascontiguousarray(array[None, ..., rows, :])) for array in arrays]
            tensors = [tensor if tensor.dtype == torch.bool else tensor.float() for tensor in tensors]
            parts.append(network(*tensors).logits[0].numpy())
    logits = np.concatenate(parts, axis=1)
    full = np.full((logits.shape[0], height, width), np.nan, dtype=np.float32)
    full[:, margin : height - margin, margin : width - margin] = logits
    return full


def score(network: nn.Module, counties: Sequence[LabelledCube], codes: tuple[int, ...]) -> Score:
    """Score a network on whole counties, by pixel and by the majority of each parcel."""
    right = total = 0
    truth: list[int] = []
    label: list[int] = []
    for county in counties:
        logits = predict(network, county)
        known = np.isfinite(logits[0]) & (county.labels > 0)
        classes = np.array(codes)[np.nan_to_num(logits).argmax(axis=0)]
        right += int((classes[known] == county.labels[known]).sum())
        total += int(known.sum())
        inside = known & (county.parcels > 0)
        width = 256
        votes = np.bincount(county.parcels[inside] * width + classes[inside], minlength=width)
        real = np.bincount(county.parcels[inside] * width + county.labels[inside], minlength=width)
        rows = max(votes.size, real.size) // width + 1
        votes, real = (np.resize(np.pad(v, (0, rows * width - v.size)), (rows, width)) for v in (votes, real))
        there = real.sum(axis=1) > 0
        truth += real[there].argmax(axis=1).tolist()
        label += votes[there].argmax(axis=1).tolist()
    truth_array, label_array = np.array(truth), np.array(label)
    return Score(right / total, float((truth_array == label_array).mean()), macro_f1(truth_array, label_array))


def macro_f1(truth: np.ndarray, label: np.ndarray) -> float:
    """Return the mean F1 over the classes that occur in `truth`."""
    scores = []
    for code in np.unique(truth):
        hit = ((truth == code) & (label == code)).sum()
        scores.append(2 * hit / ((truth == code).sum() + (label == code).sum()))
    return float(np.mean(scores))


def best_temperature(network: nn.Module, counties: Sequence[LabelledCube], codes: tuple[int, ...]) -> float:
    """Return the temperature that gives unseen counties the highest likelihood (Guo et al. 2017, arXiv 1706.04599)."""
    logits, labels = [], []
    index = np.full(256, UNKNOWN)
    index[list(codes)] = np.arange(len(codes))
    for county in counties:
        found = predict(network, county)
        known = np.isfinite(found[0]) & (index[county.labels] >= 0)
        logits.append(torch.from_numpy(found[:, known].T))
        labels.append(torch.from_numpy(index[county.labels[known]]))
    all_logits, all_labels = torch.cat(logits), torch.cat(labels)
    candidates = np.geomspace(0.5, 4, 60)
    losses = [F.cross_entropy(all_logits / float(t), all_labels).item() for t in candidates]
    return float(candidates[int(np.argmin(losses))])


def _loss(logits: Tensor, labels: Tensor, smoothing: float) -> Tensor:
    return F.cross_entropy(logits, labels, ignore_index=UNKNOWN, label_smoothing=smoothing)
