"""Train a checkpoint: labelled parcels, points or PASTIS in, checkpoint and report out."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Union

from ...models.architectures import check_base
from ...models.card import Card
from ...models.checkpoint import read_card
from ...models.known import known
from ...models.language import tr
from .. import products as records
from .. import provenance
from ..errors import OutputError, RequestError
from ..feedback import Feedback
from ..product import CODES
from ..scratch import scratch_folder
from ..series.season import start_of_harvest
from ..training.options import FINE_TUNING, SourceOptions, TrainingOptions
from ..writing.guard import refuse_overwriting, series_files
from ..writing.outputs import PendingOutputs
from ..writing.place import check_geotiff
from .checks import check_places
from .series import SeriesRequest, prepare_series

if TYPE_CHECKING:
    from ..series.settle.prepared import PreparedSeries
    from ..training.cross_fit import OutOfFold
    from ..training.dataset import Dataset, Split
    from ..training.result import TrainingResult

READ, CUT, TRAINED = 0.05, 0.2, 0.6
"""Shares of the progress after which the series is open, the samples are cut, and with cross-fitted labels the
checkpoint is trained."""

CROSS_FITTED = (records.CROSS_FITTED, records.CROSS_FITTED_PROBABILITIES)
"""What is written of the labelled parcels themselves."""


@dataclass(frozen=True)
class ParcelSource:
    """Polygons over a raster series.

    Attributes:
        series: what to read; its checkpoint gives calendar and bands.
        file: vector file, or what writes one for an open series into a folder.
        field, layer, encoding: of the crop, and how the file is read.
    """

    series: SeriesRequest
    file: str | Path | Callable[[PreparedSeries, Path, Feedback], str | Path]
    field: str
    layer: str | None = None
    encoding: str = ""
    licence: str = ""


@dataclass(frozen=True)
class PointSource:
    """Points with their series in a table, and the first day of their season or the year of its harvest; see
    `sources.points`."""

    file: Path
    start: date | int
    label: str = "ewoc_code"
    group: str = ""
    licence: str = ""


@dataclass(frozen=True)
class PastisSource:
    """PASTIS as it is distributed, and a run of its official protocol."""

    folder: Path
    fold: int = 1
    start: date | int | None = None
    licence: str = ""


Source = Union[ParcelSource, PointSource, PastisSource]


@dataclass(frozen=True)
class TrainRequest:
    """A training.

    Attributes:
        source: what to train on.
        base: checkpoint that gives calendar and bands, and weights unless `from_scratch`.
        checkpoint, report: files to write; "" leaves the report out.
        cross_fitted: name of a product of `CROSS_FITTED` -> GeoTIFF of the labelled parcels, each judged by a model
            that trained on other blocks; "" leaves it out. Needs a `ParcelSource`.
        from_scratch: start from random weights.
        samples, options: how labelled ground becomes samples, and how learners are fitted.
        command: how to make it again, for card and report.
        folder: for files on the way; None takes the system's.
    """

    source: Source
    base: str
    checkpoint: str
    report: str = ""
    cross_fitted: Mapping[str, str] = field(default_factory=dict)
    from_scratch: bool = False
    samples: SourceOptions = SourceOptions()
    options: TrainingOptions = FINE_TUNING
    command: str = ""
    folder: str | None = None


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


def check_checkpoint_place(place: str | Path, base: str) -> None:
    """Raise OutputError when a checkpoint cannot be written under this name."""
    if Path(place).suffix.lower() != ".safetensors":
        raise OutputError(
            tr("The checkpoint '{place}' needs a name that ends in .safetensors; change its ending.").format(
                place=place
            )
        )
    if Path(place).resolve() == Path(base).resolve():
        raise OutputError(tr("The checkpoint would replace its own base; give it another name."))


def train_checkpoint(request: TrainRequest, feedback: Feedback) -> TrainResult:
    """Cut samples, fit, choose, judge, write; checkpoint and then report.

    Raises:
        CropAttentionError, CheckpointError: with one sentence.
        Cancelled: the analyst stopped; what was learnt is kept beside the checkpoint.
    """
    if "torch" not in sys.modules:
        feedback.info(tr("Loading torch; the first time after a start this takes a while."))
    from ..report.training import write_training_report
    from ..training.cross_fit import folds_of, out_of_fold
    from ..training.train import train

    card = read_card(request.base)
    if not request.from_scratch:
        check_base(card, request.options.architecture)
    check_checkpoint_place(request.checkpoint, request.base)
    wanted = _wanted(request)
    _refuse_overwriting(request)
    check_places([request.checkpoint, *wanted.values()], request.report)
    with scratch_folder(request.folder) as folder:
        prepared = None
        if isinstance(request.source, ParcelSource):
            with feedback.part(0.0, READ, tr("Reading the series")) as stage:
                prepared = prepare_series(request.source.series, card, stage)
        with feedback.part(READ if prepared else 0.0, CUT, tr("Cutting samples")) as stage:
            dataset, split = _samples(request, card, prepared, folder, stage)
        feedback.info(dataset.description)
        folds = folds_of(dataset, request.samples, request.options.seed) if wanted else ()
        base = None if request.from_scratch else request.base
        with feedback.part(CUT, TRAINED if wanted else 1.0, "Training") as stage:
            result = train(dataset, split, request.checkpoint, request.options, base, stage, None, request.command)
        found = None
        if prepared is not None and wanted:
            with feedback.part(TRAINED, 1.0, tr("Fitting models for cross-fitted labels")) as stage:
                found = out_of_fold(dataset, folds, prepared.grid, request.options, base, folder, stage)
                _write_cross_fitted(found, dataset, prepared, wanted, result, request.command, stage)
        del dataset, split, folds  # their files lie in the folder that goes now
    for warning in result.warnings:
        feedback.warning(warning)
    feedback.info(result.sentence())
    if found is not None:
        feedback.info(found.sentence())
    outputs = {"checkpoint": request.checkpoint, **wanted}
    if request.report:
        tags = {"COMMAND": request.command} if request.command else {}
        if prepared is not None:
            tags |= provenance.describe_run(prepared, result.card.name, result.sha256, result.device)
        write_training_report(request.report, result, tags)
        outputs["report"] = request.report
    return TrainResult(outputs, result, None if found is None else found.right)


def _wanted(request: TrainRequest) -> dict[str, str]:
    """Return name -> file of the cross-fitted outputs that are asked for.

    Raises:
        OutputError: a file is no GeoTIFF.
        RequestError: the labels are not parcels over rasters.
    """
    wanted = {name: place for name, place in request.cross_fitted.items() if place}
    if wanted and not isinstance(request.source, ParcelSource):
        raise RequestError(
            tr("Cross-fitted labels are rasters and need parcels over a series; leave them out for points.")
        )
    for place in wanted.values():
        check_geotiff(place)
    return wanted


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


def _refuse_overwriting(request: TrainRequest) -> None:
    """Raise OutputError when an output would replace what the run reads."""
    source, reads = request.source, [request.base]
    if isinstance(source, ParcelSource):
        reads += series_files([*source.series.inputs.s2, *source.series.inputs.s1])
        if not callable(source.file):
            reads.append(str(source.file))
    else:
        reads.append(str(source.file if isinstance(source, PointSource) else source.folder))
    refuse_overwriting(reads, [request.checkpoint, request.report, *request.cross_fitted.values()])


def _samples(
    request: TrainRequest, card: Card, prepared: PreparedSeries | None, folder: Path, feedback: Feedback
) -> tuple[Dataset, Split]:
    from ..training.split import split_blocks

    source = request.source
    start = None if isinstance(source, ParcelSource) else source.start
    if isinstance(start, int):
        start = start_of_harvest(card.season, start)
    if isinstance(source, PastisSource):
        from ..training.sources.pastis import PastisFolder, read_pastis, split_official

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
    return dataset, split_blocks(dataset, request.samples, request.options.seed)
