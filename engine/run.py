"""One mapping run from files to outputs: series, network, parcels, report; all outputs appear together."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Protocol

import numpy as np

from .errors import OutputError, ParcelError
from .feedback import Feedback, shares
from .options import BLOCK, MappingOptions, SeriesOptions
from .writing.guard import refuse_overwriting, series_files
from .writing.outputs import PendingOutput, PendingOutputs

if TYPE_CHECKING:
    from ..models.card import Card
    from .mapping.outputs import Outputs
    from .mapping.result import MappingResult
    from .parcels.area import Area, ParcelsArea
    from .series.settle.prepare import Extent, SeriesInputs
    from .series.settle.prepared import PreparedSeries
    from .series.settle.summary import SeasonSummary

PREPARING = 0.04
"""Share of the progress before the cost of the rest is known."""

SUMMARY_SECONDS_AN_ACQUISITION = 0.05
LABELS_A_SECOND = 4000
REPORT_SECONDS = 1.0


class Parcels(Protocol):
    """A parcel layer, whoever reads it.

    Attributes:
        name: what messages call the layer.
        shapes: WKB in the CRS of the map, None for a feature without polygon; filled by `load`.
    """

    name: str
    shapes: Sequence[bytes | None]

    def load(self, crs: str, feedback: Feedback) -> None:
        """Read all features and carry their polygons to a CRS, given as WKT."""


@dataclass
class Request:
    """What the analyst asked for.

    Attributes:
        inputs, checkpoint: the series, and the file of the network.
        season_start: first day of the season; None chooses the year from the dates.
        extent: box to work on; None takes all that the series covers.
        series_options, mapping_options: how to read and to map.
        parcels: the layer to label, or to keep to.
        parcels_only: leave out blocks that no parcel touches.
        area: makes the polygon, or the parcels, outside of which nothing is mapped, once the grid is known; None maps
            the whole grid.
        created: time on the outputs, ISO 8601; empty for the time of the run.
    """

    inputs: SeriesInputs
    checkpoint: str
    season_start: date | None = None
    extent: Extent | None = None
    series_options: SeriesOptions = SeriesOptions()
    mapping_options: MappingOptions = MappingOptions()
    parcels: Parcels | None = None
    parcels_only: bool = False
    area: Callable[[PreparedSeries], Area | ParcelsArea] | None = None
    created: str = ""


@dataclass
class Wanted:
    """Where the outputs of a run go.

    Attributes:
        rasters: name in the engine's `Outputs` -> final file.
        report: final file, "" for none.
        title: heading of the report.
        label: called with the crop map and its confidence when both are whole, before anything is in place.
        finish: called last, returns what it wrote, which goes when the rasters cannot be put in place.
        scratch: folder for what nobody asked for but the run needs; None takes the system's.
        statistics: gather areas and sums even without a report.
        others: what `label` and `finish` write.
    """

    rasters: Mapping[str, str]
    report: str = ""
    title: str = ""
    label: Callable[[str, str, Feedback], None] | None = None
    finish: Callable[[Feedback], str] | None = None
    scratch: str | None = None
    statistics: bool = False
    others: Sequence[str] = ()


@dataclass
class Finished:
    """A run whose outputs are in place."""

    prepared: PreparedSeries
    summary: SeasonSummary
    result: MappingResult
    seconds: float

    @property
    def season(self) -> str:
        """First and last day of the season."""
        return season_label(self.prepared)


def prepare_request(request: Request, feedback: Feedback) -> PreparedSeries:
    """Open the series and say how it was read."""
    from .series.settle.prepare import prepare

    prepared = prepare(
        request.inputs, read_card(request), request.series_options, request.season_start, request.extent, feedback
    )
    for note in prepared.notes:
        feedback.info(note)
    for warning in prepared.warnings:
        feedback.warning(warning)
    feedback.info(f"Season: {season_label(prepared)}.")
    return prepared


def read_card(request: Request) -> Card:
    """Read the card of the chosen checkpoint."""
    from ..models.checkpoint import read_card as read

    return read(request.checkpoint)


def run_mapping(request: Request, wanted: Wanted, feedback: Feedback) -> Finished:
    """Run; every output is under its final name when this returns, or none is.

    Raises:
        CropAttentionError, CheckpointError: with one sentence.
    """
    from .mapping.classify import classify
    from .mapping.estimate import estimate
    from .mapping.outputs import check_heatmaps
    from .provenance import describe_run
    from .report.classification import write_classification_report
    from .series.settle.summary import summarise

    began = time.monotonic()
    _refuse_overwriting(request, wanted)
    check_places([*wanted.rasters.values(), wanted.report])
    check_heatmaps(read_card(request), wanted.rasters)
    with feedback.part(0.0, PREPARING, "Reading the series") as stage:
        prepared = prepare_request(request, stage)
        area = request.area(prepared) if request.area is not None else None
        blocks = _wanted_blocks(request, prepared, area, stage)
    with _outputs(wanted, prepared) as (pending, outputs, report):
        share = 1.0 if blocks is None else float(blocks.mean())
        parts = _parts(request, prepared, estimate(prepared, outputs, request.mapping_options, share).seconds, wanted)
        with feedback.part(*parts["summary"], "Looking at clouds and gaps") as stage:
            summary = summarise(prepared, stage)
        with feedback.part(*parts["map"], "Classifying") as stage:
            result = classify(
                prepared,
                request.checkpoint,
                outputs,
                request.mapping_options,
                stage,
                blocks,
                bool(wanted.report) or wanted.statistics,
                None if area is None else area.inside,
                request.created,
            )
        if wanted.label is not None:
            with feedback.part(*parts["labels"], "Labelling parcels") as stage:
                wanted.label(outputs.crop_map, outputs.confidence or "", stage)
        with feedback.part(*parts["report"]):
            if report:
                tags = describe_run(prepared, prepared.card.name, result.sha256, result.device, request.created)
                # Where the time is given, a run made again writes the same file.
                timed = not request.created
                write_classification_report(report, prepared, summary, result, tags, wanted.title, timed)
        written = ""
        if wanted.finish is not None:
            with feedback.part(*parts["parcels"], "Writing parcels") as stage:
                written = wanted.finish(stage)
        try:
            pending.commit()
        except OutputError:
            if os.path.isfile(written):
                os.remove(written)
            raise
    for warning in result.warnings:
        feedback.warning(warning)
    feedback.info(f"Classified on {result.device} in {result.seconds:.0f} seconds.")
    return Finished(prepared, summary, result, time.monotonic() - began)


def season_label(prepared: PreparedSeries) -> str:
    """Return first and last day of a season."""
    steps = prepared.placed.season.steps
    return f"{prepared.placed.start.isoformat()} to {prepared.placed.step_bounds(steps - 1)[1].isoformat()}"


def check_places(places: list[str]) -> None:
    """Raise OutputError for each place that cannot be written, before anything is computed."""
    sentences = []
    for place in filter(None, places):
        try:
            PendingOutput(place).discard()
        except OutputError as error:
            sentences.append(str(error))
    if sentences:
        raise OutputError(" ".join(sentences))


def _refuse_overwriting(request: Request, wanted: Wanted) -> None:
    reads = series_files([*request.inputs.s2, *request.inputs.s1])
    parcels = getattr(request.parcels, "path", "")
    refuse_overwriting([*reads, request.checkpoint, parcels], [*wanted.rasters.values(), wanted.report, *wanted.others])


def _wanted_blocks(
    request: Request, prepared: PreparedSeries, area: Area | ParcelsArea | None, feedback: Feedback
) -> np.ndarray | None:
    """Read the parcels; return the blocks to classify, None for all."""
    from .parcels.coverage import touched_blocks

    wanted = None if area is None else area.blocks(BLOCK)
    if request.parcels is None:
        return wanted
    request.parcels.load(prepared.grid.crs, feedback)
    touched = touched_blocks(prepared.grid, request.parcels.shapes, BLOCK, feedback)
    if not touched.any():
        text = (
            f"No parcel of '{request.parcels.name}' lies on the area of the series; check the CRS of both and the "
            "extent."
        )
        if request.parcels_only:
            raise ParcelError(text)
        feedback.warning(text)
    if not request.parcels_only:
        return wanted
    return touched if wanted is None else touched & wanted


@contextmanager
def _outputs(wanted: Wanted, prepared: PreparedSeries) -> Iterator[tuple[PendingOutputs, Outputs, str]]:
    """Give each output a name beside its place, and a folder for what nobody asked for but the run needs."""
    from .mapping.outputs import Outputs

    names: dict[str, str] = {}
    try:
        with tempfile.TemporaryDirectory(dir=wanted.scratch, prefix="crop_attention_") as scratch:
            with PendingOutputs(prepared.files()) as pending:
                rasters = {}
                for name, place in wanted.rasters.items():
                    rasters[name] = pending.add(place).path
                    names[rasters[name]] = place
                report = pending.add(wanted.report).path if wanted.report else ""
                names[report or "-"] = wanted.report
                rasters.setdefault("crop_map", os.path.join(scratch, "crop_map.tif"))
                if wanted.label is not None:
                    rasters.setdefault("confidence", os.path.join(scratch, "confidence.tif"))
                yield pending, Outputs(**rasters), report
    except OutputError as error:
        text = str(error)
        for partial, place in names.items():
            text = text.replace(partial, place)
        raise OutputError(text) from error


def _parts(
    request: Request, prepared: PreparedSeries, seconds: float, wanted: Wanted
) -> dict[str, tuple[float, float]]:
    looks = sum(len(entry.acquisitions) for entry in (prepared.s2, prepared.s1) if entry is not None)
    labels = len(request.parcels.shapes) / LABELS_A_SECOND if request.parcels is not None and wanted.label else 0.0
    return shares(
        {
            "summary": looks * SUMMARY_SECONDS_AN_ACQUISITION,
            "map": seconds,
            "labels": labels,
            "report": REPORT_SECONDS if wanted.report else 0.0,
            "parcels": labels,
        },
        PREPARING,
    )
