"""From labelled samples to a checkpoint with its card filled in."""

from __future__ import annotations

import os
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Sequence

import numpy as np
import torch

from ...models.architectures import check_base
from ...models.checkpoint import read_card, save, sha256_of
from ..errors import Cancelled
from ..feedback import Feedback
from ..mapping.device import Device, choose_device, exact_arithmetic
from ..writing.outputs import PendingOutput
from . import forest
from .calibration import fitted_temperature, reliability, softmax
from .dataset import Dataset, LabelledCube, SampleError, Split
from .epochs import EpochRun
from .filled_card import filled_card
from .judge import Checked, judge
from .loop import Fitting
from .options import FINE_TUNING, TrainingOptions
from .predict import labelled_pixels
from .result import Judgement, TrainingResult
from .samples import PatchSampler, PointSampler
from .state import StateFile, fingerprint, state_folder
from .weights import Start, class_weights, from_base, from_scratch

JUDGED = 0.93
"""Share of the progress after which the network is judged; the forest takes the rest."""


def train(
    dataset: Dataset,
    split: Split,
    place: str | os.PathLike[str],
    options: TrainingOptions = FINE_TUNING,
    base: str | os.PathLike[str] | None = None,
    feedback: Feedback | None = None,
    workdir: Path | None = None,
    command: str = "",
) -> TrainingResult:
    """Fit a network, judge it on the test blocks beside a random forest, and write its checkpoint.

    The weights of the epoch with the lowest loss on the validation blocks are kept; the same blocks settle the
    temperature. The test blocks are looked at once, in the end. A killed or cancelled run that is started again with
    the same samples, options and base goes on where it was, and gives on the CPU the weights that an undisturbed run
    gives.

    Args:
        dataset: legend, calendar, bands, counts.
        split: windows to train on, to stop by and to judge by.
        place: the .safetensors file to write; its folder is made where it is missing.
        options: of the fit.
        base: checkpoint to start from; None starts from chance.
        feedback: progress, loss and score, cancel.
        workdir: folder of the state; None is a hidden folder beside `place`.
        command: how to make the checkpoint again, for the card.

    Raises:
        SampleError: there is nothing to train on or to judge by.
        CheckpointError: the base cannot be read, is of another architecture, or does not fit the samples.
        OutputError: the checkpoint or the state cannot be written.
        Cancelled: the analyst stopped; the state is kept.
    """
    feedback = feedback or Feedback()
    state = StateFile(workdir or state_folder(place))
    with PendingOutput(place) as pending, exact_arithmetic():
        device = choose_device(options.device, options.threads, feedback)
        if device.is_cpu:
            torch.set_num_threads(device.threads)
        try:
            network, result = _trained(dataset, split, pending.final, options, base, device, state, feedback, command)
        except Cancelled:
            if state.exists():
                feedback.info(
                    f"What was learnt is kept in {state.folder}; the same run, started again, goes on from there."
                )
            raise
        save(pending.path, network, result.card)
        sha256 = sha256_of(pending.path)
        pending.commit()
    state.remove()
    feedback.progress(1.0)
    return replace(result, sha256=sha256)


def _trained(
    dataset: Dataset,
    split: Split,
    final: Path,
    options: TrainingOptions,
    base: str | os.PathLike[str] | None,
    device: Device,
    state: StateFile,
    feedback: Feedback,
    command: str,
) -> tuple[torch.nn.Module, TrainingResult]:
    """Return the fitted network and what is to be said of it."""
    codes = tuple(entry.code for entry in dataset.classes)
    names = [entry.name for entry in dataset.classes]
    start = _start(dataset, split, base, options, final.stem, feedback)
    sampler = _sampler(split.train, codes, start.network.margin, options)
    every = max(1, -(-len(split.train) // options.batch))
    weights = class_weights(parcels_by_class(split.train), codes, options.class_balance)
    fitting = Fitting(start.network, sampler, options, every * options.epochs, device.torch, weights, start.fresh)
    parts = (split.train, split.validation, split.test)
    mark = fingerprint(parts, options, start.sha256, repr(dataset.classes), str(device.torch), str(device.threads))
    run = EpochRun(fitting, every, split.validation, codes, options, state, mark, feedback)
    run.run()
    network = fitting.network
    network.load_state_dict(run.best)
    temperature = fitted_temperature(labelled_pixels(network, split.validation, codes, feedback, device.torch))
    pixels = labelled_pixels(network, split.test, codes, feedback, device.torch)
    if not len(pixels.labels):
        raise SampleError("No labelled pixel of the test blocks can be judged: label a larger area.")
    feedback.progress(JUDGED)
    began = time.monotonic()
    own = judge(pixels, softmax(pixels.scores, temperature), names, feedback)
    other = _forest(split, codes, names, network.margin, options, device, feedback)
    result = TrainingResult(
        card=start.card,
        place=str(final),
        sha256="",
        epochs=tuple(run.course.epochs),
        best=run.course.best,
        network=own,
        forest=other,
        raw=reliability(pixels),
        calibrated=reliability(pixels, temperature),
        parts={name: _told(windows) for name, windows in zip(("train", "validation", "test"), parts)},
        counts={entry.name: dataset.counts.get(entry.code, 0) for entry in dataset.classes},
        seconds=run.course.seconds,
        forest_seconds=time.monotonic() - began,
        steps=fitting.step,
        device=device.label,
        base=start.described,
        transferred=start.origins,
        stopped=run.course.stopped,
        warnings=tuple(dict.fromkeys([*dataset.warnings, *split.warnings, *run.warnings, *_doubts(dataset, split)])),
    )
    card = filled_card(start.card, result, dataset, options, final.stem, temperature, command)
    return network, replace(result, card=card)


def parcels_by_class(windows: Sequence[LabelledCube]) -> dict[int, int]:
    """Return class code -> parcels or points of some windows."""
    seen: set[tuple[int, int]] = set()
    for labelled in windows:
        known = labelled.labels > 0
        seen |= set(zip(labelled.labels[known].tolist(), labelled.parcels[known].tolist()))
    return dict(Counter(code for code, _ in seen))


def _start(
    dataset: Dataset,
    split: Split,
    base: str | os.PathLike[str] | None,
    options: TrainingOptions,
    name: str,
    feedback: Feedback,
) -> Start:
    empty = [what for what in ("train", "test") if not getattr(split, what)]
    if empty or not dataset.classes:
        raise SampleError("There are no samples to train on or to judge by: label a larger area.")
    if base is None:
        return from_scratch(dataset, split.train, options.seed, name, options.architecture)
    check_base(read_card(base), options.architecture)
    return from_base(base, dataset, split.train, options.seed, feedback)


def _sampler(
    windows: Sequence[LabelledCube], codes: Sequence[int], margin: int, options: TrainingOptions
) -> PatchSampler | PointSampler:
    if all(labelled.labels.shape == (1, 1) for labelled in windows):
        return PointSampler(windows, codes, margin, options.seed)
    return PatchSampler(windows, codes, options.patch, margin, options.seed)


def _forest(
    split: Split,
    codes: Sequence[int],
    names: Sequence[str],
    margin: int,
    options: TrainingOptions,
    device: Device,
    feedback: Feedback,
) -> Judgement | None:
    """Judge a random forest on the same ground; None where scikit-learn is not installed."""
    if not forest.available():
        feedback.info("scikit-learn is not installed: the network is not compared with a random forest.")
        return None
    feedback.info("Fitting a random forest on the same parcels, to compare.")
    threads = options.threads or os.cpu_count() or 1
    found = forest.forest_pixels(split.train, split.test, codes, margin, options.seed, threads, Checked(feedback))
    return judge(found, found.scores, names, feedback)


def _told(windows: Sequence[LabelledCube]) -> tuple[int, int, int]:
    """Return how many blocks, windows and parcels a part of the split has."""
    parcels = {number for labelled in windows for number in np.unique(labelled.parcels[labelled.labels > 0]).tolist()}
    return len({labelled.block for labelled in windows}), len(windows), len(parcels)


def _doubts(dataset: Dataset, split: Split) -> list[str]:
    """Return a sentence on the classes that no test block holds: nothing is known of how well they are mapped."""
    judged = {code for labelled in split.test for code in np.unique(labelled.labels).tolist()}
    absent = [entry.name for entry in dataset.classes if entry.code not in judged]
    return [f"Not in the test blocks, so that nothing was measured of them: {', '.join(absent)}."] if absent else []
