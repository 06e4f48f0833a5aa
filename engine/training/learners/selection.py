"""Learners fitted to a split, and the one of them, or the mean of two, that the validation blocks choose."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import Iterator, Sequence

import numpy as np

from ....models.architectures import LINEAR
from ....models.gaussian import Gaussian
from ....models.known import known
from ....models.language import tr
from ...cancelling import cancellable
from ...feedback import Feedback
from ...mapping.device import Device
from ..clock import Clock
from ..dataset import Dataset, LabelledCube, Split
from ..options import NETWORK, TrainingOptions
from ..pixels import Pixels
from ..predict import labelled_pixels
from ..result import LINEAR as LINEAR_TITLE
from ..state import StateFile
from .choice import Choice, choose
from .linear import fit_linear, linear_pixels
from .network import Network, fit_networks


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

    @property
    def network(self) -> Network | None:
        """The network of the choice, None where the linear learner is alone."""
        return None if self.choice.network is None else self.networks[self.choice.network]

    @property
    def linear(self) -> Gaussian | None:
        """The linear learner where it is the choice or a part of it."""
        return self.gaussian if self.choice.network is None or self.choice.beside is not None else None

    def logits(
        self, windows: Sequence[LabelledCube], codes: Sequence[int], feedback: Feedback, device: Device
    ) -> tuple[tuple[np.ndarray | None, np.ndarray | None], Pixels]:
        """Return the logits of network and linear learner, None for one that is not asked, and their pixels."""
        network = linear = None
        if self.network is not None:
            network = labelled_pixels(self.network.network, windows, codes, feedback, device.torch)
        if self.linear is not None:
            linear = linear_pixels(self.linear, windows, codes, self.margin, feedback)
        scores = (None if network is None else network.scores, None if linear is None else linear.scores)
        return scores, known(network or linear)

    def each_alone(
        self, windows: Sequence[LabelledCube], codes: Sequence[int], feedback: Feedback, device: Device
    ) -> Iterator[tuple[str, Pixels, np.ndarray]]:
        """Yield the name of each network that is not the checkpoint by itself, its pixels, and their chances (N, K)."""
        for each in self.networks:
            if each is self.network and self.choice.beside is None:
                continue
            pixels = labelled_pixels(each.network, windows, codes, feedback, device.torch)
            yield each.name, pixels, Choice(0, 1.0, None, {}, each.name).chances(pixels.scores, None)


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
