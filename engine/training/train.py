"""From labelled samples to a checkpoint with its card filled in."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Sequence

import numpy as np
import torch

from ...models.architectures import LINEAR
from ...models.card import Card
from ...models.checkpoint import save, sha256_of
from ...models.gaussian import Gaussian
from ...models.known import known
from ...models.language import N_, tr
from ...models.networks.linear import LinearLearner
from ...models.networks.network import CropNetwork
from ..cores import usable_cores
from ..errors import Cancelled, SampleError
from ..feedback import Feedback
from ..mapping.device import Device, choose_device, exact_arithmetic
from ..writing.outputs import PendingOutput
from ..writing.place import MEGABYTE
from .calibration import reliability
from .clock import Clock
from .dataset import Dataset, LabelledCube, Split
from .epochs import Course
from .filled_card import filled_card
from .learners.choice import Choice, as_logits
from .learners.compared import compare
from .learners.linear import coefficients
from .learners.network import Network
from .learners.selection import fit_and_choose
from .options import FINE_TUNING, TrainingOptions
from .paired_difference import gain
from .result import LINEAR as LINEAR_TITLE
from .result import Compared, TrainingResult
from .scoring import decide, judge, parcels_right
from .state import StateFile, state_folder
from .weights import new_card

RIVALS_SECONDS, RIVALS_SECONDS_A_PARCEL = 3.0, 0.03
"""What the learners that a checkpoint is compared with are guessed to take."""

STEP = 3
"""Passes of a window through the network that one step of training costs."""


COPIES, USUAL_BYTES = 6, 1_000_000
"""Weights that the disk must hold before hours are spent: the checkpoint, and the state beside it with its moments."""


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
    """Fit learners, choose, judge on the test blocks beside plain learners, and write the checkpoint.

    The weights of the epoch with the lowest loss on the validation blocks are kept; the same blocks choose between the
    learners (`choice`) and settle the temperature. The test blocks are looked at once, in the end. A killed or
    cancelled run that is started again with the same samples, options and base goes on where it was, and gives on the
    CPU the weights that an undisturbed run gives.

    Args:
        split: windows to train on, to stop by and to judge by.
        place: the .safetensors file to write; its folder is made where it is missing.
        base: checkpoint to start from; None starts from chance.
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
    size = os.path.getsize(base) if base and os.path.isfile(base) else USUAL_BYTES
    with PendingOutput(place, COPIES * size / MEGABYTE) as pending, exact_arithmetic():
        device = choose_device(options.device, options.threads, feedback)
        if device.is_cpu:
            torch.set_num_threads(device.threads)
        try:
            trained, result = _trained(dataset, split, pending.final, options, base, device, state, feedback, command)
        except Cancelled:
            if state.exists():
                feedback.info(
                    tr(
                        "The progress of the training is kept in {folder}; the same run, started again, continues "
                        "from there."
                    ).format(folder=state.folder)
                )
            raise
        with pending.writing():
            save(pending.path, trained.network, result.card, trained.beside)
        sha256 = sha256_of(pending.path)
        pending.commit()
    state.remove()
    feedback.progress(1.0)
    return replace(result, sha256=sha256)


@dataclass(frozen=True)
class _Trained:
    """What goes into the file."""

    network: CropNetwork
    beside: Gaussian | None


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
) -> tuple[_Trained, TrainingResult]:
    """Return the chosen learner and what is to be said of it."""
    empty = [what for what in ("train", "test") if not getattr(split, what)]
    if empty or not dataset.classes:
        raise SampleError(tr("There are no samples to train on or to judge by: label a larger area."))
    codes = tuple(entry.code for entry in dataset.classes)
    names = [entry.name for entry in dataset.classes]
    parcels = sum(dataset.counts.values())
    clock = Clock(
        feedback,
        {
            "fit": 60.0 * options.minutes,
            "judge": ("fit", _passes(split, options)),
            "compare": RIVALS_SECONDS + RIVALS_SECONDS_A_PARCEL * parcels,
        },
    )
    with clock.stage("fit") as stage:
        fitted = fit_and_choose(dataset, split, final.stem, options, base, device, state, stage)
    networks, network, choice = fitted.networks, fitted.network, fitted.choice
    with clock.stage("judge", tr("Judging on the test blocks")) as stage:
        said, own = fitted.logits(split.test, codes, stage, device)
        lone = list(fitted.each_alone(split.test, codes, stage, device))
    if not len(own.labels):
        raise SampleError(tr("No labelled pixel of the test blocks can be judged: label a larger area."))
    chances = choice.chances(*said)
    right, blocks = parcels_right(own, chances), decide(own, chances).blocks
    others = [
        Compared(name, judge(pixels, scores, names, feedback), gain(right, parcels_right(pixels, scores), blocks))
        for name, pixels, scores in lone
    ]
    threads = options.threads or usable_cores()
    with clock.stage("compare", tr("Fitting the classifiers it is compared with")) as stage:
        plain = compare(
            split.known, split.test, codes, names, fitted.margin, (right, blocks), options.seed, threads, stage
        )
    others += [entry for entry in plain if network is not None or entry.name != LINEAR_TITLE]
    shown = network or min(networks, key=lambda each: each.course.best_loss or np.inf, default=None)
    course, start = (shown.course, shown.start) if shown else (Course(0, stopped=""), None)
    card = _card(dataset, split, final.stem, network, choice)
    parts = (split.train, split.validation, split.test)
    result = TrainingResult(
        card=card,
        place=str(final),
        sha256="",
        epochs=tuple(course.epochs),
        best=course.best,
        network=judge(own, chances, names, feedback),
        raw=reliability(as_logits(own, choice.uncalibrated().chances(*said))),
        calibrated=reliability(as_logits(own, chances)),
        parts={name: _told(windows) for name, windows in zip((N_("train"), N_("validation"), N_("test")), parts)},
        counts={entry.name: dataset.counts.get(entry.code, 0) for entry in dataset.classes},
        seconds=fitted.seconds,
        steps=shown.steps if shown else 0,
        device=device.label,
        base=network.start.described if network else N_("scratch"),
        transferred=start.origins if start else {},
        stopped=course.stopped,
        warnings=tuple(
            dict.fromkeys(
                [
                    *dataset.warnings,
                    *split.warnings,
                    *(text for each in networks for text in each.warnings),
                    *_doubts(dataset, split),
                ]
            )
        ),
        others=tuple(others),
        learner=choice.name,
        losses=choice.losses,
        coefficients=None if fitted.linear is None else coefficients(fitted.linear),
    )
    result = replace(result, card=filled_card(card, result, dataset, options, final.stem, choice.temperature, command))
    if network is None:
        return _Trained(LinearLearner(result.card).take(known(fitted.linear)), None), result
    return _Trained(network.network, fitted.linear), result


def _passes(split: Split, options: TrainingOptions) -> float:
    """Return how long the judging takes beside the fitting: windows that go through the network."""
    fitted = options.epochs * (STEP * len(split.train) + len(split.validation))
    return 2 * len(split.test) / max(fitted, 1)


def _card(dataset: Dataset, split: Split, name: str, network: Network | None, choice: Choice) -> Card:
    """Return the card of the learner, without what was measured of it."""
    total = sum(dataset.counts.values())
    shares = {entry.name: max(dataset.counts.get(entry.code, 0), 0.5) / max(total, 1) for entry in dataset.classes}
    if network is None:
        return replace(new_card(dataset, split.train, name, LINEAR), shares=shares)
    beside = choice.beside
    told = {"share": beside.share, "temperature": round(beside.temperature, 4), "until": beside.until} if beside else {}
    return replace(network.start.card, shares=shares, gaussian=told)


def _told(windows: Sequence[LabelledCube]) -> tuple[int, int, int]:
    """Return how many blocks, windows and parcels a part of the split has."""
    parcels = {number for labelled in windows for number in np.unique(labelled.parcels[labelled.labels > 0]).tolist()}
    return len({labelled.block for labelled in windows}), len(windows), len(parcels)


def _doubts(dataset: Dataset, split: Split) -> list[str]:
    """Return a sentence on the classes that no test block holds: nothing is known of how well they are mapped."""
    judged = {code for labelled in split.test for code in np.unique(labelled.labels).tolist()}
    absent = [entry.name for entry in dataset.classes if entry.code not in judged]
    return (
        [tr("Not in the test blocks, so their accuracy is unknown: {absent}.").format(absent=", ".join(absent))]
        if absent
        else []
    )
