"""A training as a command line orders it: arguments become the request of the job."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import replace
from datetime import date

from ...models.checkpoint import default_checkpoint, find_checkpoint, read_card
from ..feedback import Feedback
from ..jobs.series import SeriesRequest
from ..jobs.train import ParcelSource, PastisSource, PointSource, Source, TrainRequest, TrainResult, train_checkpoint
from ..options import SeriesOptions
from ..series.season import start_of_harvest
from .options import FINE_TUNING, SourceOptions, TrainingOptions


def train_as_asked(
    values: Namespace, command: str, feedback: Feedback, series_options: SeriesOptions | None = None
) -> TrainResult:
    """Train; see `jobs.train`.

    Args:
        values: as `arguments.add_arguments` declares them.
        command: for card and report.
        feedback: progress, messages, cancel.
        series_options: how the rasters under the parcels are read.
    """
    base = str(find_checkpoint(values.base_checkpoint) if values.base_checkpoint else default_checkpoint())
    request = TrainRequest(
        source=_source(values, base, series_options or SeriesOptions()),
        base=base,
        checkpoint=str(values.checkpoint),
        report=str(values.report or ""),
        from_scratch=values.from_scratch,
        samples=_source_options(values),
        options=_training_options(values),
        command=command,
    )
    return train_checkpoint(request, feedback)


def _source(values: Namespace, base: str, series_options: SeriesOptions) -> Source:
    if values.pastis:
        return PastisSource(values.pastis, values.fold, _first_day(values, base), values.licence)
    if values.points:
        return PointSource(values.points, _first_day(values, base), values.label, values.group or "", values.licence)
    from ..series.settle.prepare import SeriesInputs

    inputs = SeriesInputs(tuple(values.s2), tuple(values.s1))
    series = SeriesRequest(inputs, base, values.season_start, options=series_options)
    return ParcelSource(
        series, values.parcels, values.crop_field, values.parcels_layer, values.encoding, values.licence
    )


def _first_day(values: Namespace, base: str) -> date | None:
    """Return the first day of the season; a year of harvest stands for a season of the base's calendar."""
    if isinstance(values.season_start, int):
        return start_of_harvest(read_card(base).season, values.season_start)
    return values.season_start


def _source_options(values: Namespace) -> SourceOptions:
    from .sources.points import BLOCK_METRES

    return replace(
        SourceOptions(),
        minimum_parcels=values.minimum_parcels,
        other=values.other_class,
        block_metres=values.block_metres or (BLOCK_METRES if values.points else SourceOptions.block_metres),
        buffer_metres=values.buffer_metres,
        legend=values.legend,
    )


def _training_options(values: Namespace) -> TrainingOptions:
    names = ("epochs", "minutes", "seed", "device", "threads", "batch", "patch", "learning_rate", "architecture")
    return replace(FINE_TUNING, learner=values.learner, **{name: getattr(values, name) for name in names})
