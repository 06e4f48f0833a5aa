"""The networks of a training run: from their start to the weights that the validation blocks choose."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, replace
from functools import partial
from typing import Sequence

from ....models.architectures import check_base, title_of
from ....models.checkpoint import read_card
from ....models.language import tr
from ....models.networks.network import CropNetwork
from ...cancelling import cancellable
from ...feedback import Feedback
from ...mapping.device import Device
from ..dataset import Dataset, LabelledCube, Split
from ..epochs import Course, EpochRun
from ..loop import Fitting
from ..options import NETWORK, TrainingOptions
from ..pixels import Pixels
from ..predict import labelled_pixels
from ..samples import PatchSampler, PointSampler
from ..state import StateFile, fingerprint
from ..weights import Start, class_weights, from_base, from_scratch

ENOUGH_FOR_SCRATCH = 500
"""Training parcels from which a network from scratch is tried beside the one from the base."""


@dataclass(frozen=True)
class Network:
    """A fitted network.

    Attributes:
        name: what it is called beside others.
        network: with the best weights.
        start: what it began from.
        validation: what it says of the validation blocks.
        warnings: sentences for the analyst.
    """

    name: str
    network: CropNetwork
    start: Start
    course: Course
    steps: int
    validation: Pixels
    warnings: tuple[str, ...]


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
    parcels = _parcels_by_class(split.train)
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


def fit_network(
    name: str,
    start: Start,
    dataset: Dataset,
    split: Split,
    parcels: dict[int, int],
    options: TrainingOptions,
    device: Device,
    state: StateFile,
    feedback: Feedback,
) -> Network:
    """Fit, and keep the weights of the epoch with the lowest loss on the validation blocks.

    Args:
        name: what the network is called beside others.
        start: the network before its first step.
        split: windows to train on and to stop by.
        parcels: class code -> parcels to train on.
        state: where an unfinished fit is kept.

    Raises:
        Cancelled: the analyst stopped; the state is kept.
        OutputError: the state cannot be written.
    """
    codes = tuple(entry.code for entry in dataset.classes)
    sampler = cancellable(lambda: _sampler(split.train, codes, start.network.margin, options), feedback)
    every = max(1, -(-len(split.train) // options.batch))
    weights = class_weights(parcels, codes, options.class_balance)
    steps = every * options.epochs
    # The first optimiser loads half of torch.
    fitting = cancellable(
        lambda: Fitting(start.network, sampler, options, steps, device.torch, weights, start.fresh), feedback
    )
    parts = (split.train, split.validation, split.test)
    others = (start.sha256, repr(dataset.classes), str(device.torch), str(device.threads))
    mark = cancellable(lambda: fingerprint(parts, options, *others), feedback)
    run = EpochRun(fitting, every, split.validation, codes, options, state, mark, feedback)
    run.run()
    fitting.network.load_state_dict(run.best)
    validation = labelled_pixels(fitting.network, split.validation, codes, feedback, device.torch)
    return Network(name, fitting.network, start, run.course, fitting.step, validation, tuple(run.warnings))


def _sampler(
    windows: Sequence[LabelledCube], codes: Sequence[int], margin: int, options: TrainingOptions
) -> PatchSampler | PointSampler:
    if all(labelled.labels.shape == (1, 1) for labelled in windows):
        return PointSampler(windows, codes, margin, options.seed)
    return PatchSampler(windows, codes, options.patch, margin, options.seed)


def _parcels_by_class(windows: Sequence[LabelledCube]) -> dict[int, int]:
    """Return class code -> parcels or points of some windows."""
    seen: set[tuple[int, int]] = set()
    for labelled in windows:
        known = labelled.labels > 0
        seen |= set(zip(labelled.labels[known].tolist(), labelled.parcels[known].tolist()))
    return dict(Counter(code for code, _ in seen))
