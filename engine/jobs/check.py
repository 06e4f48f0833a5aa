"""Check a series before a run: how it is read, what it lacks and what a run will cost; no network runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ...models.language import tr
from ..errors import GridError, SeriesError
from ..feedback import Feedback
from ..options import MappingOptions
from ..products import CONFIDENCE, CROP_MAP
from ..writing.guard import refuse_overwriting, series_files
from .checks import check_places
from .series import SeriesRequest, prepare_series, season_label

if TYPE_CHECKING:
    from ..mapping.estimate import Estimate
    from ..series.preprocessing.prepared import PreparedSeries
    from ..series.preprocessing.summary import SeasonSummary

PLANNED = (CROP_MAP.name, CONFIDENCE.name)
"""What a plain run writes."""

READY = tr("The series is ready to be classified.")
_READ, _SEEN = 0.5, 0.95


@dataclass(frozen=True)
class CheckRequest:
    """Which series to check.

    Attributes:
        series: the series, and the checkpoint it is read for.
        report: HTML file to write, "" for none.
        lacking: why the network could not run here, as a sentence; "" if it could.
    """

    series: SeriesRequest
    report: str = ""
    lacking: str = ""


@dataclass(frozen=True)
class SeriesCheck:
    """What the check found.

    Attributes:
        ready: a run can start.
        message: what to know before it, or why it cannot start.
        found: s2_acquisitions and s1_acquisitions in the season, usable_s2_steps and usable_s1_steps with an
            observation, longest_gap in days, expected_seconds, expected_memory and expected_disk in MB, season_used;
            empty where the series cannot be read.
    """

    ready: bool
    message: str
    found: Mapping[str, int | float | str] = field(default_factory=dict)


def check_series(request: CheckRequest, feedback: Feedback) -> SeriesCheck:
    """Read a series as a run would. One that cannot be read is an answer too.

    Raises:
        CheckpointError: the checkpoint cannot be read.
        OutputError: the report cannot be written.
    """
    from ...models.checkpoint import read_card
    from ..mapping.estimate import estimate
    from ..report.series import cost_of, write_refusal, write_series_report
    from ..series.preprocessing.summary import summarise

    own = request.series.options.files()
    reads = series_files([*request.series.inputs.s2, *request.series.inputs.s1, *own])
    refuse_overwriting([*reads, request.series.checkpoint], [request.report])
    check_places([], request.report)
    card = read_card(request.series.checkpoint)
    try:
        with feedback.part(0.0, _READ, tr("Reading the series")) as stage:
            prepared = prepare_series(request.series, card, stage)
    except (SeriesError, GridError) as error:
        if request.report:
            write_refusal(request.report, card, str(error))
        return SeriesCheck(False, str(error))
    with feedback.part(_READ, _SEEN, tr("Summarising clouds and gaps")) as stage:
        summary = summarise(prepared, stage)
    cost = estimate(prepared, PLANNED, MappingOptions())
    if request.report:
        write_series_report(request.report, prepared, summary, cost, card)
    feedback.progress(1.0)
    feedback.info(
        tr(
            "{usable_s2} of {steps} time steps have a clear Sentinel-2 observation, {usable_s1} a Sentinel-1 "
            "observation."
        ).format(usable_s2=summary.usable_s2, steps=prepared.placed.season.steps, usable_s1=summary.usable_s1)
    )
    feedback.info(cost_of(prepared.grid, cost))
    if request.lacking:
        feedback.warning(request.lacking)
    message = " ".join([*prepared.warnings, *filter(None, [request.lacking])]) or READY
    return SeriesCheck(not request.lacking, message, _found(prepared, summary, cost))


def _found(prepared: PreparedSeries, summary: SeasonSummary, cost: Estimate) -> dict[str, int | float | str]:
    return {
        "s2_acquisitions": summary.s2_acquisitions,
        "s1_acquisitions": summary.s1_acquisitions,
        "usable_s2_steps": summary.usable_s2,
        "usable_s1_steps": summary.usable_s1,
        "longest_gap": summary.longest_gap_days,
        "expected_seconds": round(cost.seconds, 1),
        "expected_memory": round(cost.megabytes_memory, 1),
        "expected_disk": round(cost.megabytes_disk, 2),
        "season_used": season_label(prepared),
    }
