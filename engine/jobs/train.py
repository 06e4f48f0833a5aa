"""Train a checkpoint: labelled parcels, points or PASTIS in, checkpoint and report out."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from ...models.card import Card
from ...models.known import known
from ...models.language import tr
from .. import provenance
from ..cancelling import cancellable
from ..feedback import Feedback
from ..product import CODES
from ..series.season import start_of_harvest
from ..training.clock import Clock
from ..writing.outputs import PendingOutputs
from ..writing.scratch import scratch_folder
from .series import prepare_series, warn_of_changed
from .train_request import CROSS_FITTED, ParcelSource, PastisSource, PointSource, TrainRequest, check_request, wanted

if TYPE_CHECKING:
    from ..series.preprocessing.prepared import PreparedSeries
    from ..training.cross_fit import OutOfFold
    from ..training.dataset import Dataset, Split
    from ..training.result import TrainingResult

READING, CUTTING, WRITING = 15.0, 15.0, 1.0
"""Seconds that the stages beside the training are guessed to take."""

CROSSED = 2.0
"""Time of cross-fitted labels as a multiple of that of the checkpoint; a guess too."""


@dataclass(frozen=True)
class TrainResult:
    """A training whose outputs are in place.

    Attributes:
        outputs: "checkpoint", "report" and those of `CROSS_FITTED` -> what was written.
        cross_fitted: parcels that models of other blocks give their class, and all of them; None where not asked for.
    """

    outputs: Mapping[str, str]
    training: TrainingResult
    cross_fitted: tuple[int, int] | None = None

    @property
    def numbers(self) -> dict[str, float]:
        numbers = {name.upper(): value for name, value in self.training.numbers().items()}
        if self.cross_fitted is not None:
            numbers["CROSS_FITTED_OA"] = self.cross_fitted[0] / self.cross_fitted[1]
        return numbers


def train_checkpoint(request: TrainRequest, feedback: Feedback) -> TrainResult:
    """Cut samples, fit, choose, judge, write; checkpoint and then report.

    Raises:
        CropAttentionError, CheckpointError: with one sentence.
        Cancelled: the analyst stopped; what was learnt is kept beside the checkpoint.
    """
    if "torch" not in sys.modules:
        feedback.info(tr("Loading torch; the first time after a start this takes a while."))
        cancellable(lambda: import_module("torch"), feedback)
    from ..report.training import write_training_report
    from ..training.cross_fit import folds_of, out_of_fold
    from ..training.train import train

    card, crossed = check_request(request), wanted(request)
    clock = Clock(
        feedback,
        {
            "read": READING if isinstance(request.source, ParcelSource) else 0.0,
            "cut": CUTTING,
            "train": 60 * request.options.minutes,
            "cross": ("train", CROSSED if crossed else 0.0),
            "write": WRITING,
        },
    )
    with scratch_folder(request.folder) as folder:
        prepared = None
        if isinstance(request.source, ParcelSource):
            with clock.stage("read", tr("Reading the series")) as stage:
                prepared = prepare_series(request.source.series, card, stage)
        with clock.stage("cut", tr("Cutting samples")) as stage:
            dataset, split = _samples(request, card, prepared, folder, stage)
        feedback.info(dataset.description)
        folds = folds_of(dataset, request.samples, request.options.seed) if crossed else ()
        base = None if request.from_scratch else request.base
        with clock.stage("train", tr("Training")) as stage:
            result = train(dataset, split, request.checkpoint, request.options, base, stage, None, request.command)
        found = None
        if prepared is not None and crossed:
            with clock.stage("cross", tr("Fitting learners for cross-fitted labels")) as stage:
                found = out_of_fold(dataset, folds, prepared.grid, request.options, base, folder, stage)
                _write_cross_fitted(found, dataset, prepared, crossed, result, request.command, stage)
        del dataset, split, folds  # their files lie in the folder that goes now
    if prepared is not None:
        warn_of_changed(prepared, feedback)
    for warning in result.warnings:
        feedback.warning(warning)
    feedback.info(result.sentence())
    if found is not None:
        feedback.info(found.sentence())
    outputs = {"checkpoint": request.checkpoint, **crossed}
    if request.report:
        tags = {"COMMAND": request.command} if request.command else {}
        if prepared is not None:
            tags |= provenance.describe_run(prepared, result.card.name, result.sha256, result.device)
        with clock.stage("write", tr("Writing the report")):
            write_training_report(request.report, result, tags)
        outputs["report"] = request.report
    feedback.progress(1.0)
    return TrainResult(outputs, result, None if found is None else found.right)


def _write_cross_fitted(
    found: OutOfFold,
    dataset: Dataset,
    prepared: PreparedSeries,
    wanted: Mapping[str, str],
    result: TrainingResult,
    command: str,
    feedback: Feedback,
) -> None:
    from ..training.cross_fit import write_map

    tags = provenance.describe_run(prepared, result.card.name, result.sha256, result.device)
    tags |= {"CROSS_FITTED": found.sentence(), **({"COMMAND": command} if command else {})}
    with PendingOutputs(prepared.files()) as pending:
        for product in CROSS_FITTED:
            if product.name in wanted:
                member = pending.add(wanted[product.name])
                place = (member.path, str(member.final))
                write_map(found, dataset, prepared.grid, place, product.storage is not CODES, tags, feedback)
        pending.commit()


def _samples(
    request: TrainRequest, card: Card, prepared: PreparedSeries | None, folder: Path, feedback: Feedback
) -> tuple[Dataset, Split]:
    from ..training.split import split_blocks

    source = request.source
    start = None if isinstance(source, ParcelSource) else source.start
    if isinstance(start, int):
        start = start_of_harvest(card.season, start)
    if isinstance(source, PastisSource):
        from ..training.sources.pastis import read_pastis, split_official
        from ..training.sources.pastis_folder import PastisFolder

        held = PastisFolder(source.folder)
        dataset = read_pastis(
            held, card.season, start=start, s2_bands=card.s2_bands, s1_bands=card.s1_bands, feedback=feedback,
            cache=folder, licence=source.licence,
        )  # fmt: skip
        return dataset, split_official(dataset, held, source.fold)
    if isinstance(source, PointSource):
        from ..training.sources.point_table import read_labelled_points

        dataset = read_labelled_points(
            source.file, card, known(start), source.label, request.samples, feedback, source.licence, source.group
        )
    else:
        from ..training.sources.parcels import read_parcels

        prepared = known(prepared)
        path = source.file(prepared, folder, feedback) if callable(source.file) else source.file
        dataset = read_parcels(
            prepared, path, source.field, request.samples, feedback, folder, card.classes, layer=source.layer,
            licence=source.licence, encoding=source.encoding,
        )  # fmt: skip
    return dataset, cancellable(lambda: split_blocks(dataset, request.samples, request.options.seed), feedback)
