"""The look before a run: how a series is read, what it lacks and what a run will cost; no network runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .errors import GridError, SeriesError
from .feedback import Feedback
from .mapping.outputs import Outputs
from .options import MappingOptions
from .run import Request, check_places, prepare_request, read_card, season_label
from .writing.guard import refuse_overwriting, series_files

if TYPE_CHECKING:
    from .mapping.estimate import Estimate
    from .series.settle.prepared import PreparedSeries
    from .series.settle.summary import SeasonSummary

PLANNED = Outputs(crop_map="map", confidence="confidence")
"""What a plain run writes; the places are not known yet."""

READY = "The series is ready to be classified."
_READ, _SEEN = 0.5, 0.95


@dataclass(frozen=True)
class SeriesCheck:
    """What a look at a series told.

    Attributes:
        ready: a run can start.
        message: what to know before it, or why it cannot start.
        found: s2_acquisitions and s1_acquisitions in the season, usable_s2_steps and usable_s1_steps with a look,
            longest_gap in days, expected_seconds, expected_memory and expected_disk in MB, season_used; empty where
            the series cannot be read.
    """

    ready: bool
    message: str
    found: Mapping[str, int | float | str] = field(default_factory=dict)


def check_series(request: Request, report: str, lacking: str, feedback: Feedback) -> SeriesCheck:
    """Look at a series as a run would read it. One that cannot be read is an answer too.

    Args:
        request: the series and how to read it; its parcels are not looked at.
        report: HTML file to write, "" for none.
        lacking: why the network could not run here, as a sentence; "" if it could.
        feedback: progress, messages, cancel.

    Raises:
        CheckpointError: the checkpoint cannot be read.
        OutputError: the report cannot be written.
        Cancelled: the analyst stopped.
    """
    from .mapping.estimate import estimate
    from .report.series import write_series_report
    from .series.settle.summary import summarise

    reads = series_files([*request.inputs.s2, *request.inputs.s1])
    refuse_overwriting([*reads, request.checkpoint], [report])
    check_places([report])
    try:
        with feedback.part(0.0, _READ, "Reading the series") as stage:
            prepared = prepare_request(request, stage)
    except (SeriesError, GridError) as error:
        if report:
            _write_refusal(report, request, str(error))
        return SeriesCheck(False, str(error))
    with feedback.part(_READ, _SEEN, "Looking at clouds and gaps") as stage:
        summary = summarise(prepared, stage)
    cost = estimate(prepared, PLANNED, MappingOptions())
    if report:
        write_series_report(report, prepared, summary, cost, prepared.card)
    feedback.progress(1.0)
    _say(prepared, summary, cost, feedback)
    if lacking:
        feedback.warning(lacking)
    message = " ".join([*prepared.warnings, *filter(None, [lacking])]) or READY
    return SeriesCheck(not lacking, message, _found(prepared, summary, cost))


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


def _say(prepared: PreparedSeries, summary: SeasonSummary, cost: Estimate, feedback: Feedback) -> None:
    feedback.info(
        f"{summary.usable_s2} of {prepared.placed.season.steps} steps have a clear Sentinel-2 look, "
        f"{summary.usable_s1} a Sentinel-1 look."
    )
    feedback.info(
        f"A run will take about {cost.seconds:.0f} seconds, {cost.megabytes_memory:.0f} MB of memory and "
        f"{cost.megabytes_disk:.1f} MB of disk."
    )


def _write_refusal(report: str, request: Request, message: str) -> None:
    from .report.html import page, paragraph, write

    content = [paragraph("The series cannot be classified as it is."), paragraph(message)]
    write(report, page("Series check", f"For {read_card(request).title}", content, "Crop Attention"))
