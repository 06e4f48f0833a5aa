"""Where a network starts: the weights of a base under a new legend, or chance; and what each class weighs."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from typing import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from ...models.architectures import DEFAULT, settings_of
from ...models.card import Card, CheckpointError, CropClass
from ...models.checkpoint import load
from ...models.language import tr
from ...models.networks.network import CropNetwork
from ...models.registry import build
from ..class_names import comparable
from ..feedback import Feedback
from ..provenance import version
from .dataset import Dataset, LabelledCube
from .pixels import places_of
from .predict import ARRAYS

HEADS = ("head", "optical_head", "radar_head")
"""Layers with a row for each class."""

LIGHTEST, HEAVIEST = 0.25, 4.0
"""Bounds of the weight of a class."""

PROTOTYPE_WINDOWS = 12
"""Windows a class from which its prototype is taken."""


@dataclass(frozen=True)
class Start:
    """A network before its first step.

    Attributes:
        card: with the legend, calendar and normalisation; scores and description are still those of the base.
        fresh: names of weights that learn at the full rate; None where all weights are new.
        origins: class name -> how its weights began.
        described: what it started from, in words.
        sha256: of the base, or empty.
    """

    network: CropNetwork
    card: Card
    fresh: tuple[str, ...] | None
    origins: Mapping[str, str] = field(default_factory=dict)
    described: str = "scratch"
    sha256: str = ""


def class_weights(counts: Mapping[int, int], codes: Sequence[int], power: float) -> Tensor:
    """Return (K,) weights: the inverse frequency of each class to a power, between bounds, 1 on average."""
    numbers = np.array([max(counts.get(code, 0), 1) for code in codes], dtype=np.float64)
    weights = np.clip((numbers.mean() / numbers) ** power, LIGHTEST, HEAVIEST)
    return torch.tensor(weights / weights.mean(), dtype=torch.float32)


def from_scratch(
    dataset: Dataset, windows: Sequence[LabelledCube], seed: int, name: str, architecture: str = DEFAULT
) -> Start:
    """Return a network of random weights for a data set.

    Args:
        windows: those to train on, from which the normalisation is taken.
        seed: of the weights.
        name: of the checkpoint.
    """
    card = new_card(dataset, windows, name, architecture)
    return Start(_seeded(card, seed), card, None, {entry.name: "random" for entry in dataset.classes})


def new_card(dataset: Dataset, windows: Sequence[LabelledCube], name: str, architecture: str) -> Card:
    """Return the card of a learner that starts from nothing; arguments as for `from_scratch`."""
    return Card(
        name=name,
        title=name,
        version=version(),
        architecture=architecture,
        config=settings_of(architecture),
        classes=dataset.classes,
        s2_bands=dataset.s2_bands,
        s1_bands=dataset.s1_bands,
        season=dataset.season,
        normalisation=normalisation(windows, dataset.s2_bands, dataset.s1_bands),
        substitutes={"B8A": "B08"} if {"B8A", "B08"} <= set(dataset.s2_bands) else {},
    )


def from_base(
    base: str | os.PathLike[str], dataset: Dataset, windows: Sequence[LabelledCube], seed: int, feedback: Feedback
) -> Start:
    """Return a network with the weights of a base checkpoint and the legend of a data set.

    A class that the base knows by name keeps its weights; another one starts as the prototype of its pixels, the mean
    of what the base's last layer sees of them (after Snell et al. 2017, arXiv 1703.05175). Where the network does not
    end in a single layer a pixel, it starts from chance.

    Args:
        base: checkpoint.
        dataset: on the calendar and bands of the base.

    Raises:
        CheckpointError: the base cannot be read, or has another calendar or other bands.
    """
    read = load(base)
    check_fit(read.card, dataset)
    card = replace(read.card, classes=dataset.classes, shares={}, gaussian={}, in_season={}, region=None, years=())
    network = _seeded(card, seed)
    weights = network.state_dict()
    old = read.network.state_dict()
    known = {comparable(entry.name): row for row, entry in enumerate(read.card.classes)}
    rows = [known.get(comparable(entry.name)) for entry in dataset.classes]
    for key, value in old.items():
        new = weights[key]
        if key.split(".")[0] not in HEADS or value.dim() == 0:
            weights[key] = value
        elif len(value) == len(read.card.classes) and value.shape[1:] == new.shape[1:]:
            for place, row in enumerate(rows):
                if row is not None:
                    new[place] = value[row]
        elif value.shape == new.shape:
            weights[key] = value
    network.load_state_dict(weights)
    unknown = [place for place, row in enumerate(rows) if row is None]
    learnt = "random"
    head = _last_layer(network)
    if head is not None:
        _set_prototypes(network, head, dataset.classes, unknown, windows, feedback)
        learnt = tr("prototype of its pixels")
    origins = {
        entry.name: learnt if row is None else tr("weights of the base") for entry, row in zip(dataset.classes, rows)
    }
    fresh = tuple(name for name, _ in network.named_parameters() if name.split(".")[0] in HEADS)
    described = tr("the checkpoint '{name}' ({title})").format(name=read.card.name, title=read.card.title)
    return Start(network, card, fresh, origins, described, read.sha256)


def check_fit(card: Card, dataset: Dataset) -> None:
    """Raise CheckpointError when samples were not cut on the calendar and bands of a base."""
    for what, own, other in (
        ("season", card.season, dataset.season),
        ("Sentinel-2 bands", card.s2_bands, dataset.s2_bands),
        ("Sentinel-1 bands", card.s1_bands, dataset.s1_bands),
    ):
        if own != other:
            raise CheckpointError(
                tr(
                    "The base checkpoint '{card}' has another {what} than the samples; cut the samples with this "
                    "checkpoint, choose another base, or train from scratch."
                ).format(card=card.name, what=what)
            )


def normalisation(
    windows: Sequence[LabelledCube], s2_bands: Sequence[str], s1_bands: Sequence[str]
) -> dict[str, tuple[float, float]]:
    """Return band -> mean and standard deviation over the valid observations of windows."""
    moments = {}
    for bands, values, valid in ((s2_bands, "s2", "s2_valid"), (s1_bands, "s1", "s1_valid")):
        for index, band in enumerate(bands):
            total = square = count = 0.0
            for labelled in windows:
                seen = getattr(labelled.cube, values)[:, index][getattr(labelled.cube, valid)].astype(np.float64)
                total, square, count = total + seen.sum(), square + (seen * seen).sum(), count + seen.size
            mean = total / count if count else 0.0
            spread = np.sqrt(max(square / count - mean * mean, 0.0)) if count else 1.0
            moments[band] = (round(float(mean), 4), round(max(float(spread), 1e-3), 4))
    return moments


def _last_layer(network: CropNetwork) -> nn.Conv2d | None:
    """Return the layer with a row for each class, None where the network ends in more than one layer."""
    head = network.head
    return head if isinstance(head, nn.Conv2d) and head.kernel_size == (1, 1) else None


def _seeded(card: Card, seed: int) -> CropNetwork:
    """Build a network whose weights are drawn by a seed of their own; torch's common chance is left as it was."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return build(card)


def _set_prototypes(
    network: CropNetwork,
    head: nn.Conv2d,
    classes: Sequence[CropClass],
    unknown: Sequence[int],
    windows: Sequence[LabelledCube],
    feedback: Feedback,
) -> None:
    """Point the last layer's rows of unknown classes at the mean features of their pixels."""
    if not unknown:
        return
    codes = [entry.code for entry in classes]
    index, margin = places_of(codes), network.margin
    sums = torch.zeros(len(codes), head.in_channels, dtype=torch.float64)
    counts = torch.zeros(len(codes), dtype=torch.float64)
    seen: list[Tensor] = []
    hook = head.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0]))
    network.eval()
    try:
        for labelled in _some_of_each(windows, codes):
            feedback.check()
            arrays = [np.ascontiguousarray(getattr(labelled.cube, name)[None]) for name in ARRAYS]
            if labelled.labels.shape == (1, 1):
                arrays = [np.repeat(np.repeat(a, 2 * margin + 1, axis=-1), 2 * margin + 1, axis=-2) for a in arrays]
            tensors = [torch.from_numpy(array) for array in arrays]
            with torch.inference_mode():
                network(*(tensor if tensor.dtype == torch.bool else tensor.float() for tensor in tensors))
            features = seen.pop()[0].double()
            labels = index[labelled.labels]
            if labels.shape != (1, 1):
                labels = labels[margin : labels.shape[0] - margin, margin : labels.shape[1] - margin]
            if features.shape[-2:] != labels.shape:  # a network that cuts its margin after the last layer
                features = features[:, margin : margin + labels.shape[0], margin : margin + labels.shape[1]]
            for place in np.unique(labels[labels >= 0]):
                chosen = torch.from_numpy(labels == place)
                sums[place] += features[:, chosen].sum(dim=1)
                counts[place] += int(chosen.sum())
    finally:
        hook.remove()
    met = counts > 0
    if not met.any():
        return
    means = sums / counts.clamp(min=1)[:, None]
    centre = means[met].mean(dim=0)
    known = [place for place in range(len(codes)) if place not in unknown]
    length = head.weight[known].flatten(1).norm(dim=1).mean().item() if known else 1.0
    with torch.no_grad():
        for place in unknown:
            if counts[place]:
                away = means[place] - centre
                row = away / away.norm().clamp(min=1e-9) * length
                head.weight[place] = row.float().reshape(head.weight[place].shape)
                # The boundary towards the centre of all classes lies halfway.
                if head.bias is not None:
                    head.bias[place] = -float(row @ (means[place] + centre) / 2)


def _some_of_each(windows: Sequence[LabelledCube], codes: Sequence[int]) -> list[LabelledCube]:
    """Return the first windows that hold each class."""
    left = dict.fromkeys(codes, PROTOTYPE_WINDOWS)
    chosen = []
    for labelled in windows:
        present = [code for code in np.unique(labelled.labels).tolist() if left.get(code)]
        if present:
            chosen.append(labelled)
            for code in present:
                left[code] -= 1
    return chosen
