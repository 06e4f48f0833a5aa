"""Networks of the benchmark, trained side by side in processes of one thread each."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import nn

from crop_attention.engine.training.dataset import LabelledCube
from crop_attention.engine.training.options import TrainingOptions
from crop_attention.models.checkpoint import arrays_of, load
from crop_attention.models.registry import build
from crop_attention.tools.checkpoints.adapt import adapted

_held: list[Sequence[LabelledCube]] = []
"""The simulated points, once a process."""


class Training(NamedTuple):
    """How a network comes about.

    Attributes:
        base: checkpoint to start from.
        real: points of each region, that where the network shall be best first.
        options: of each of the trainings whose weights are averaged.
        scratch: new weights, and no simulated points.
    """

    base: Path
    real: Sequence[Sequence[LabelledCube]]
    options: Sequence[TrainingOptions]
    scratch: bool = False


def trained(
    plan: Sequence[Training], simulated: Sequence[LabelledCube], workers: int, threads: int = 1
) -> list[nn.Module]:
    """Return the networks of a plan; their weights do not depend on the number of workers.

    Args:
        plan: of each network.
        simulated: points that stay in every step.
        workers: processes.
        threads: of each of them; another number rounds differently.
    """
    began, found = time.monotonic(), []
    # Started anew, not forked: a copy of a process that has run torch may hang.
    with ProcessPoolExecutor(workers, get_context("spawn"), _hold, (simulated, threads)) as pool:
        for training, arrays in zip(plan, pool.map(_trained, plan)):
            network = load(training.base).network
            network.load_state_dict({name: torch.from_numpy(array.copy()) for name, array in arrays.items()})
            found.append(network.eval())
            print(f"{len(found)} of {len(plan)} networks, {time.monotonic() - began:.0f} s", flush=True)
    return found


def _hold(simulated: Sequence[LabelledCube], threads: int) -> None:
    torch.set_num_threads(threads)
    _held[:] = [simulated]


def _trained(training: Training) -> dict[str, np.ndarray]:
    checkpoint = load(training.base)
    codes = [entry.code for entry in checkpoint.card.classes]
    network, simulated = checkpoint.network, _held[0]
    if training.scratch:
        torch.manual_seed(training.options[0].seed)
        network, simulated = build(checkpoint.card), []
    return arrays_of(adapted(network, training.real, simulated, codes, training.options))
