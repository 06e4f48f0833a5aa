"""A training run as a command line orders it: samples of any kind in, checkpoint and report out."""

from __future__ import annotations

import csv
import gzip
import tempfile
from argparse import Namespace
from dataclasses import replace
from pathlib import Path

from ...models.architectures import check_base
from ...models.card import Card
from ...models.checkpoint import default_checkpoint, find_checkpoint, read_card
from ..errors import OutputError
from ..feedback import Feedback
from ..jobs.checks import check_places
from ..jobs.series import SeriesRequest, prepare_series
from ..options import SeriesOptions
from ..writing.guard import refuse_overwriting, series_files
from .dataset import Dataset, SampleError, Split
from .options import FINE_TUNING, SourceOptions, TrainingOptions
from .result import TrainingResult

CUT = 0.2
"""Share of the progress after which the samples are cut."""


def train_as_asked(
    values: Namespace, command: str, feedback: Feedback, series_options: SeriesOptions | None = None
) -> TrainingResult:
    """Cut samples, train, report.

    Args:
        values: as `arguments.add_arguments` declares them.
        command: for card and report.
        feedback: progress, messages, cancel.
        series_options: how the rasters under the parcels are read.

    Raises:
        CropAttentionError, CheckpointError: with one sentence.
        Cancelled: the analyst stopped; what was learnt is kept beside the checkpoint.
    """
    from ..report.training import write_training_report
    from .train import train

    base = str(find_checkpoint(values.base_checkpoint) if values.base_checkpoint else default_checkpoint())
    card = read_card(base)
    if not values.from_scratch:
        check_base(card, values.architecture)
    check_checkpoint_place(values.checkpoint, base)
    series = series_files([*(values.s2 or ()), *(values.s1 or ())])
    refuse_overwriting(
        [*series, base, values.parcels, values.points, values.pastis], [values.checkpoint, values.report]
    )
    check_places([str(values.checkpoint), str(values.report or "")])
    sources, options = _source_options(values), _training_options(values)
    with tempfile.TemporaryDirectory(prefix="crop_attention_", ignore_cleanup_errors=True) as cache:
        with feedback.part(0.0, CUT, "Cutting samples") as stage:
            dataset, split = _samples(
                values, base, card, sources, options, series_options or SeriesOptions(), Path(cache), stage
            )
        feedback.info(dataset.description)
        with feedback.part(CUT, 1.0, "Training") as stage:
            result = train(
                dataset, split, values.checkpoint, options, None if values.from_scratch else base, stage, None, command
            )
        del dataset, split  # their files lie in the folder that goes now
    for warning in result.warnings:
        feedback.warning(warning)
    if values.report:
        write_training_report(str(values.report), result, {"COMMAND": command})
    return result


def check_checkpoint_place(place: Path, base: str) -> None:
    """Raise OutputError when a checkpoint cannot be written under this name."""
    if place.suffix.lower() != ".safetensors":
        raise OutputError(f"The checkpoint '{place}' needs a name that ends in .safetensors; change its ending.")
    if place.resolve() == Path(base).resolve():
        raise OutputError("The checkpoint would replace its own base; give it another name.")


def _source_options(values: Namespace) -> SourceOptions:
    from .sources.points import BLOCK_METRES

    return replace(
        SourceOptions(),
        minimum_parcels=values.minimum_parcels,
        other=values.other_class,
        block_metres=values.block_metres or (BLOCK_METRES if values.points else SourceOptions.block_metres),
        buffer_metres=values.buffer_metres,
    )


def _training_options(values: Namespace) -> TrainingOptions:
    names = ("epochs", "minutes", "seed", "device", "threads", "batch", "patch", "learning_rate", "architecture",
             "learner")  # fmt: skip
    return replace(FINE_TUNING, **{name: getattr(values, name) for name in names})


def _samples(
    values: Namespace,
    base: str,
    card: Card,
    sources: SourceOptions,
    options: TrainingOptions,
    series_options: SeriesOptions,
    cache: Path,
    feedback: Feedback,
) -> tuple[Dataset, Split]:
    from .split import split_blocks

    if values.pastis:
        from .sources.pastis import PastisFolder, read_pastis, split_official

        folder = PastisFolder(values.pastis)
        dataset = read_pastis(
            folder, card.season, start=values.season_start, s2_bands=card.s2_bands, s1_bands=card.s1_bands,
            feedback=feedback, cache=cache, licence=values.licence,
        )  # fmt: skip
        return dataset, split_official(dataset, folder, values.fold)
    if values.points:
        dataset = _points(values, card, sources, feedback)
    else:
        dataset = _parcels(values, base, card, sources, series_options, cache, feedback)
    return dataset, split_blocks(dataset, sources, options.seed)


def _parcels(
    values: Namespace,
    base: str,
    card: Card,
    sources: SourceOptions,
    series_options: SeriesOptions,
    cache: Path,
    feedback: Feedback,
) -> Dataset:
    from ..series.settle.prepare import SeriesInputs
    from .sources.parcels import read_parcels

    inputs = SeriesInputs(tuple(values.s2), tuple(values.s1))
    request = SeriesRequest(inputs, base, values.season_start, options=series_options)
    prepared = prepare_series(request, card, feedback)
    return read_parcels(
        prepared, values.parcels, values.crop_field, sources, feedback, cache, card.classes,
        layer=values.parcels_layer, licence=values.licence, encoding=values.encoding,
    )  # fmt: skip


def _points(values: Namespace, card: Card, sources: SourceOptions, feedback: Feedback) -> Dataset:
    from .sources.naming import classes_of
    from .sources.points import read_points

    labels = _labels(values.points, values.label)
    by_name = classes_of(labels, card.classes, f"The column {values.label} of {values.points.name}")
    legend = {entry.code: entry for entry in (*card.classes, *by_name.values())}
    return read_points(
        values.points, card.season, values.season_start, card.s2_bands, card.s1_bands, tuple(legend.values()),
        {name: entry.code for name, entry in by_name.items()}, sources, feedback, values.label,
        licence=values.licence, group=values.group or "",
    )  # fmt: skip


def _labels(path: Path, column: str) -> set[str]:
    """Return the different labels of a table."""
    try:
        opened = gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else open(path, encoding="utf-8")
        with opened as file:
            rows = csv.DictReader(file)
            if column not in (rows.fieldnames or ()):
                raise SampleError(f"The table {path.name} has no column {column}; name the label's column by --label.")
            return {row[column] for row in rows if row[column]}
    except (OSError, UnicodeDecodeError) as error:
        raise SampleError(f"The table {path.name} cannot be read ({error}); check the file.") from error
