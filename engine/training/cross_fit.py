"""Cross-fitted labels: each labelled parcel is judged by a model that learnt from other ground alone."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Iterator, Sequence

import numpy as np
import torch

from ...models.language import tr
from ..errors import SampleError
from ..feedback import Feedback
from ..mapping.device import choose_device, exact_arithmetic
from ..mapping.writer import TILE, RasterWriter
from ..product import CODES, FLOAT
from ..series.files.grid import Grid, Window
from .dataset import Dataset, LabelledCube, Split
from .learners.selection import Fitted, fit_and_choose
from .options import SourceOptions, TrainingOptions
from .pixels import Pixels, places_of
from .predict import ARRAYS, predictions
from .scoring import decide
from .split import fold_blocks
from .state import StateFile

FOLDS = 5
LEAST_FOLDS = 3


@dataclass(frozen=True)
class OutOfFold:
    """What was said of N labelled pixels by models that never trained on their parcel.

    Attributes:
        rows, cols: (N,) of the grid.
        pixels: probabilities (N, K), labels, parcels and blocks.
        folds: how many models there were.
    """

    rows: np.ndarray
    cols: np.ndarray
    pixels: Pixels
    folds: int

    @property
    def right(self) -> tuple[int, int]:
        """How many parcels are given their class, and how many there are."""
        found = decide(self.pixels, self.pixels.scores)
        return int((found.truth == found.label).sum()), len(found.truth)

    def sentence(self) -> str:
        """Return how good the models are, for people."""
        right, total = self.right
        return tr(
            "Cross-fitted: {right:.1f} % of {total:,} parcels are right, each judged by one of {folds} "
            "learners that were fitted to other blocks alone."
        ).format(right=100 * right / total, total=total, folds=self.folds)


def folds_of(dataset: Dataset, samples: SourceOptions, seed: int) -> tuple[Split, ...]:
    """Part the blocks into folds, as many as there are blocks for.

    Raises:
        SampleError: there are too few blocks.
    """
    blocks = len({window.block for window in dataset.windows if (window.labels > 0).any()})
    if blocks < LEAST_FOLDS:
        raise SampleError(
            tr(
                "Cross-fitted labels need {least_folds} spatial blocks and the parcels lie in {blocks}: make the "
                "blocks of {block_metres:,.0f} m smaller, or leave the cross-fitted labels out."
            ).format(least_folds=LEAST_FOLDS, blocks=blocks, block_metres=samples.block_metres)
        )
    return fold_blocks(dataset, min(FOLDS, blocks), seed, samples)


def out_of_fold(
    dataset: Dataset,
    folds: Sequence[Split],
    grid: Grid,
    options: TrainingOptions,
    base: str | os.PathLike[str] | None,
    folder: Path,
    feedback: Feedback,
) -> OutOfFold:
    """Fit one model a fold, as the checkpoint is fitted, and let it judge the fold that it did not see.

    Args:
        dataset: windows cut from a series on `grid`.
        folds: from `folds_of`.
        options: of the fit; its minutes are shared out among the folds.
        base: checkpoint to start from; None starts from chance.
        folder: for files on the way.

    Raises:
        SampleError: a fold leaves nothing to train on, or no pixel can be judged.
        CheckpointError, OutputError, Cancelled: as `train.train`.
    """
    parts: list[tuple[np.ndarray, ...]] = []
    options = replace(options, minutes=options.minutes / len(folds))
    unlearnt = dict.fromkeys(text for split in folds for text in split.unlearnt)
    for warning in unlearnt:
        feedback.warning(tr("Cross-fitted labels: {warning}").format(warning=warning))
    with exact_arithmetic():
        device = choose_device(options.device, options.threads, feedback)
        if device.is_cpu:
            torch.set_num_threads(device.threads)
        for number, split in enumerate(folds):
            feedback.info(
                tr("Cross-fitted labels: fold {number} of {count_folds}.").format(
                    number=number + 1, count_folds=len(folds)
                )
            )
            state = StateFile(folder / f"fold_{number + 1}")
            with feedback.part(number / len(folds), (number + 1) / len(folds)) as stage:
                fitted = fit_and_choose(dataset, split, state.folder.name, options, base, device, state, stage)
                parts += _judged(dataset, split.test, fitted, grid, device.torch, stage)
    if not parts:
        raise SampleError(tr("No labelled pixel can be judged out of its fold: label a larger area."))
    rows, cols, scores, labels, parcels, blocks = (np.concatenate(column) for column in zip(*parts))
    return OutOfFold(rows, cols, Pixels(scores, labels, parcels, blocks), len(folds))


def _judged(
    dataset: Dataset,
    windows: Sequence[LabelledCube],
    fitted: Fitted,
    grid: Grid,
    device: torch.device,
    feedback: Feedback,
) -> Iterator[tuple[np.ndarray, ...]]:
    """Yield row, column, probabilities, label, parcel and block of the labelled pixels of each window."""
    index = places_of([entry.code for entry in dataset.classes])
    choice, gaussian = fitted.choice, fitted.linear
    network = None if fitted.network is None else fitted.network.network
    said: Iterator[tuple[LabelledCube, np.ndarray | None]] = (
        ((each, None) for each in windows) if network is None else predictions(network, windows, feedback, device)
    )
    for labelled, logits in said:
        feedback.check()
        place, known = labelled.place, index[labelled.labels] >= 0
        if logits is not None:
            known &= np.isfinite(logits[0])
        if place is None or not known.any():
            continue
        arrays = [np.asarray(getattr(labelled.cube, name))[..., known] for name in ARRAYS]
        linear = None if gaussian is None else gaussian.logits(*arrays).T
        own = None if logits is None else logits[:, known].T
        rows, cols = np.nonzero(known)
        rows, cols = rows + round((grid.y0 - place[3]) / grid.pixel), cols + round((place[0] - grid.x0) / grid.pixel)
        chances, labels = choice.chances(own, linear).astype(np.float32), index[labelled.labels[known]]
        parcels, blocks = labelled.parcels[known].astype(np.int64), np.full(len(rows), labelled.block, np.int64)
        inside = (rows >= 0) & (rows < grid.height) & (cols >= 0) & (cols < grid.width)
        yield tuple(part[inside] for part in (rows, cols, chances, labels, parcels, blocks))


def write_map(
    found: OutOfFold, dataset: Dataset, grid: Grid, place: tuple[str, str], probabilities: bool, tags: dict[str, str],
    feedback: Feedback,
) -> None:  # fmt: skip
    """Write a raster of the labelled pixels: their class, or the probabilities of all classes; nodata elsewhere.

    Args:
        grid: of the raster.
        place: where to write, and what messages call it.
        probabilities: of all classes, a band each.

    Raises:
        OutputError: the file cannot be written.
    """
    names = [entry.name for entry in dataset.classes] if probabilities else [tr("Crop class")]
    codes = np.array([entry.code for entry in dataset.classes], np.uint8)
    scores = found.pixels.scores
    values = scores.T if probabilities else codes[scores.argmax(axis=1)][None]
    writer = RasterWriter(*place, grid, FLOAT if probabilities else CODES, names, tags)
    try:
        if not probabilities:
            writer.colour(dataset.classes)
        keys = found.rows // TILE * (grid.width // TILE + 1) + found.cols // TILE
        for key in np.unique(keys).tolist():
            own = keys == key
            rows, cols = found.rows[own], found.cols[own]
            top, left = rows[0] // TILE * TILE, cols[0] // TILE * TILE
            window = Window(int(top), int(left), min(TILE, grid.height - top), min(TILE, grid.width - left))
            block = np.zeros((len(names), window.height, window.width), values.dtype)
            valid = np.zeros(block.shape[1:], bool)
            block[:, rows - top, cols - left] = values[:, own]
            valid[rows - top, cols - left] = True
            writer.write(window, block, valid)
            writer.flush()
        writer.close(feedback)
    finally:
        writer.abandon()
