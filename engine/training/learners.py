"""The networks of a training run, and what they and the linear learner say of its blocks."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace
from functools import partial
from typing import Iterator, Sequence

import numpy as np

from ...models.architectures import check_base, title_of
from ...models.checkpoint import read_card
from ...models.gaussian import Gaussian
from ...models.known import known
from ...models.language import tr
from ..cancelling import cancellable
from ..feedback import Feedback
from ..mapping.device import Device
from .choice import Choice
from .dataset import Dataset, LabelledCube, Split
from .fitting import Network, fit_network
from .judge import parcels_right
from .linear import linear_pixels
from .options import NETWORK, TrainingOptions
from .pixels import Pixels
from .predict import labelled_pixels
from .state import StateFile
from .weights import Start, from_base, from_scratch

ENOUGH_FOR_SCRATCH = 500
"""Training parcels from which a network from scratch is tried beside the one from the base."""


def parcels_by_class(windows: Sequence[LabelledCube]) -> dict[int, int]:
    """Return class code -> parcels or points of some windows."""
    seen: set[tuple[int, int]] = set()
    for labelled in windows:
        known = labelled.labels > 0
        seen |= set(zip(labelled.labels[known].tolist(), labelled.parcels[known].tolist()))
    return dict(Counter(code for code, _ in seen))


def fit_networks(
    dataset: Dataset,
    split: Split,
    name: str,
    options: TrainingOptions,
    base: str | os.PathLike[str] | None,
    device: Device,
    state: StateFile,
    feedback: Feedback,
) -> list[Network]:
    """Fit the network from the base, and one from scratch where the labels are enough for it."""
    parcels = parcels_by_class(split.train)
    starts: list[tuple[str, Start, StateFile]] = []
    title = title_of(options.architecture)
    if base is not None:
        check_base(read_card(base), options.architecture)
        start = cancellable(partial(from_base, base, dataset, split.train, options.seed, Feedback()), feedback)
        starts.append((tr("{title} from the base").format(title=title), start, state))
    if base is None or (options.learner != NETWORK and sum(parcels.values()) >= ENOUGH_FOR_SCRATCH):
        start = cancellable(
            partial(from_scratch, dataset, split.train, options.seed, name, options.architecture), feedback
        )
        own = StateFile(state.folder / "scratch") if starts else state
        starts.append((tr("{title} from scratch").format(title=title), start, own))
    options = replace(options, minutes=options.minutes / len(starts))
    found = []
    for number, (title, start, own) in enumerate(starts):
        first, last = (part / len(starts) for part in (number, number + 1))
        if len(starts) > 1:
            feedback.info(tr("Fitting {title}.").format(title=title))
        with feedback.part(first, last) as stage:
            found.append(fit_network(title, start, dataset, split, parcels, options, device, own, stage))
    return found


def logits_of(
    choice: Choice,
    networks: Sequence[Network],
    gaussian: Gaussian | None,
    windows: Sequence[LabelledCube],
    codes: Sequence[int],
    margin: int,
    feedback: Feedback,
    device: Device,
) -> tuple[tuple[np.ndarray | None, np.ndarray | None], Pixels]:
    """Return the logits of network and linear learner, None for one that is not asked, and the pixels they are of."""
    network = linear = None
    if choice.network is not None:
        network = labelled_pixels(networks[choice.network].network, windows, codes, feedback, device.torch)
    if choice.network is None or choice.beside is not None:
        linear = linear_pixels(known(gaussian), windows, codes, margin, feedback)
    scores = (None if network is None else network.scores, None if linear is None else linear.scores)
    return scores, known(network or linear)


def each_alone(
    networks: Sequence[Network],
    choice: Choice,
    windows: Sequence[LabelledCube],
    codes: Sequence[int],
    feedback: Feedback,
    device: Device,
) -> Iterator[tuple[Network, Pixels, np.ndarray]]:
    """Yield each network that is not the checkpoint by itself, its test pixels with chances, and what is right."""
    for number, each in enumerate(networks):
        if number == choice.network and choice.beside is None:
            continue
        pixels = labelled_pixels(each.network, windows, codes, feedback, device.torch)
        lone = Choice(0, 1.0, None, {}, each.name).chances(pixels.scores, None)
        yield each, replace(pixels, scores=lone), parcels_right(pixels, lone)
