"""What every job that reads a series is asked for, and how it opens the series."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from ..feedback import Feedback
from ..options import SeriesOptions
from .region import with_region

if TYPE_CHECKING:
    from ...models.card import Card
    from ..series.settle.prepare import Extent, SeriesInputs
    from ..series.settle.prepared import PreparedSeries


@dataclass(frozen=True)
class SeriesRequest:
    """A series and how to read it.

    Attributes:
        inputs: files and folders of both sensors.
        checkpoint: file of the network that the series is read for.
        season_start: first day of the season, or the year of its harvest; None chooses the year from the dates.
        extent: box to work on; None takes all that the series covers.
        options: how files become a masked cube.
    """

    inputs: SeriesInputs
    checkpoint: str
    season_start: date | int | None = None
    extent: Extent | None = None
    options: SeriesOptions = SeriesOptions()


def prepare_series(request: SeriesRequest, card: Card, feedback: Feedback) -> PreparedSeries:
    """Open a series on its grid and season, and report how it was read.

    Raises:
        SeriesError, GridError: it cannot be read, in one sentence.
    """
    from ..series.settle.prepare import prepare

    prepared = with_region(
        prepare(request.inputs, card, request.options, request.season_start, request.extent, feedback)
    )
    for note in prepared.notes:
        feedback.info(note)
    for warning in prepared.warnings:
        feedback.warning(warning)
    feedback.info(f"Season: {season_label(prepared)}.")
    return prepared


def season_label(prepared: PreparedSeries) -> str:
    """Return first and last day of a season."""
    steps = prepared.placed.season.steps
    return f"{prepared.placed.start.isoformat()} to {prepared.placed.step_bounds(steps - 1)[1].isoformat()}"
