"""What every job that reads a series is asked for, and how it opens the series."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

from ...models.card import CheckpointError
from ...models.language import span, tr
from ..errors import Refused, SeriesError
from ..feedback import Feedback
from ..options import SeriesOptions
from ..series.acquisition import S1, S2, SENSOR_NAMES
from ..series.inputs import Extent, SeriesInputs
from ..series.messages import several
from ..series.recognise.names import sensor_of
from .checks import problems
from .region import with_region

if TYPE_CHECKING:
    from ...models.card import Card
    from ..series.preprocessing.prepared import PreparedSeries

__all__ = ["Extent", "SeriesInputs", "SeriesRequest", "check_inputs", "prepare_series", "season_label"]

_RASTERS = (".tif", ".tiff", ".jp2", ".vrt", ".zip", ".nc")
_LOOKED_AT = 200
"""Names by which a folder is judged before a run."""


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


def check_inputs(request: SeriesRequest) -> None:
    """Raise Refused for what names alone tell: sensors that changed places, a checkpoint for the other sensor."""
    given = {S2: request.inputs.s2, S1: request.inputs.s1}
    swapped = [(sensor, other, path) for sensor, other in ((S2, S1), (S1, S2)) for path in given[sensor]]
    wrong = problems(*(partial(_check_names, *each) for each in swapped), lambda: _check_card(request, given))
    if wrong:
        raise Refused(wrong)


def _check_card(request: SeriesRequest, given: Mapping[str, Sequence[str]]) -> None:
    """Raise SeriesError when the checkpoint was made for sensors of which nothing is given."""
    if request.options.file_list or not request.checkpoint:
        return
    from ...models.checkpoint import read_card

    try:
        card = read_card(request.checkpoint)
    except CheckpointError:
        return  # told by who asked for it
    wanted = [sensor for sensor in given if card.takes(sensor)]
    if not any(given[sensor] for sensor in wanted):
        names = tr(" and ").join(SENSOR_NAMES[each] for each in wanted)
        raise SeriesError(
            tr(
                "The checkpoint '{checkpoint}' was made for {sensors}, of which nothing is given; give it, or choose "
                "another checkpoint."
            ).format(checkpoint=card.name, sensors=names)
        )


def _check_names(sensor: str, other: str, path: str) -> None:
    """Raise SeriesError when the files of a sensor are named as those of the other one, and most tell."""
    names = [os.path.basename(path)] if not os.path.isdir(path) else _names_in(path)
    told = [sensor_of(name) for name in names]
    if sensor in told or told.count(other) <= told.count(""):
        return
    example = names[told.index(other)]
    raise SeriesError(
        tr(
            "'{path}' is given as {sensor} and holds files named as {other}, such as {example}; swap "
            "the two, or choose another folder."
        ).format(path=path, sensor=SENSOR_NAMES[sensor], other=SENSOR_NAMES[other], example=example)
    )


def _names_in(folder: str) -> list[str]:
    """Return names of the first rasters and products in a folder and those below it."""
    found: list[str] = []
    for _, folders, files in os.walk(folder):
        found += [name for name in folders if name.upper().endswith(".SAFE")]
        found += [name for name in files if name.lower().endswith(_RASTERS)]
        if len(found) >= _LOOKED_AT:
            break
    return found[:_LOOKED_AT]


def prepare_series(request: SeriesRequest, card: Card, feedback: Feedback) -> PreparedSeries:
    """Open a series on its grid and season, and report how it was read.

    Raises:
        SeriesError, GridError: it cannot be read, in one sentence.
    """
    from ..series.preprocessing.prepare import prepare

    prepared = with_region(
        prepare(request.inputs, card, request.options, request.season_start, request.extent, feedback)
    )
    for note in prepared.notes:
        feedback.info(note)
    for warning in prepared.warnings:
        feedback.warning(warning)
    feedback.info(tr("Season: {season}.").format(season=span(*season_label(prepared).split(" to "))))
    return prepared


def warn_of_changed(prepared: PreparedSeries, feedback: Feedback) -> None:
    """Warn of files of the series that were written while they were read."""
    changed = prepared.changed()
    if changed:
        feedback.warning(
            tr(
                "Files of the series were changed during the run, so that the result may mix both states: {names}; "
                "run again and do not change them meanwhile."
            ).format(names=several(map(os.path.basename, changed)))
        )


def season_label(prepared: PreparedSeries) -> str:
    """Return first and last day of a season."""
    steps = prepared.placed.season.steps
    return f"{prepared.placed.start.isoformat()} to {prepared.placed.step_bounds(steps - 1)[1].isoformat()}"
