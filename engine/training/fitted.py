"""Learners fitted to a split, and the one of them, or the mean of two, that the validation blocks choose."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass

from ...models.architectures import LINEAR
from ...models.gaussian import Gaussian
from ...models.language import tr
from ..cancelling import cancellable
from ..feedback import Feedback
from ..mapping.device import Device
from .choice import Choice, choose
from .clock import Clock
from .dataset import Dataset, Split
from .fitting import Network
from .learners import fit_networks
from .linear import fit_linear, linear_pixels
from .options import NETWORK, TrainingOptions
from .result import LINEAR as LINEAR_TITLE
from .state import StateFile


@dataclass(frozen=True)
class Fitted:
    """What was fitted and chosen.

    Attributes:
        networks: those that were fitted.
        gaussian: the linear learner, fitted to all ground that is not judged; None where it is not asked for.
        choice: which of them, or which mean.
        margin: pixels of surroundings that the networks need.
    """

    networks: list[Network]
    gaussian: Gaussian | None
    choice: Choice
    margin: int
    seconds: float


def fit_and_choose(
    dataset: Dataset,
    split: Split,
    name: str,
    options: TrainingOptions,
    base: str | os.PathLike[str] | None,
    device: Device,
    state: StateFile,
    feedback: Feedback,
) -> Fitted:
    """Fit what the options ask for; nothing of the test blocks is looked at.

    Args:
        dataset, split, options, base: as of `train.train`.
        name: of the checkpoint.
        state: from which a killed run goes on.

    Raises:
        SampleError, CheckpointError, OutputError, Cancelled: as `train.train`.
    """
    codes = tuple(entry.code for entry in dataset.classes)
    alone = LINEAR in (options.architecture, options.learner)
    stages: dict[str, float | tuple[str, float]] = {"fit": 0.0 if alone else 60.0 * options.minutes, "linear": 3.0}
    clock = Clock(feedback, stages)
    with clock.stage("fit") as stage:
        networks = [] if alone else fit_networks(dataset, split, name, options, base, device, state, stage)
    margin: int = getattr(networks[0].network, "margin", 0) if networks else 0
    gaussian = linear = None
    began = time.monotonic()
    if alone or options.learner != NETWORK:
        with clock.stage("linear") as stage:
            learnt = fit_linear(split.train, codes, margin, options.seed, stage)
            linear = linear_pixels(learnt, split.validation, codes, margin, stage)
            gaussian = fit_linear(split.known, codes, margin, options.seed, stage)
    seconds = sum(network.course.seconds for network in networks) + time.monotonic() - began
    names, said = [each.name for each in networks], [each.validation for each in networks]
    choice = cancellable(lambda: choose(names, said, linear, LINEAR_TITLE, dataset.season.steps), feedback)
    if len(choice.losses) > 1:
        compared = ", ".join(f"{name} {loss:.3f}" for name, loss in choice.losses.items())
        feedback.info(
            tr("Loss on the validation blocks: {compared}. Chosen: {choice}.").format(
                compared=compared, choice=choice.name
            )
        )
    return Fitted(networks, gaussian, choice, margin, seconds)
