"""One mapping run as algorithms order it: series, network, parcels, report; all outputs appear together."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
from qgis.core import QgsProcessingAlgorithm, QgsProcessingContext, QgsProcessingUtils

from ..engine.errors import OutputError, ParcelError
from ..engine.options import BLOCK, MappingOptions, SeriesOptions
from ..engine.outputs import PendingOutput, PendingOutputs
from . import parameters as p
from .base import tr
from .feedback import ProcessingFeedback, shares
from .inputs import Reader, Values, problems
from .parcels import ParcelLayer
from .torch_check import NETWORK, SERIES, check_installed

if TYPE_CHECKING:
    from ..engine.mapping.outputs import Outputs
    from ..engine.mapping.result import MappingResult
    from ..engine.series.prepare import Extent, SeriesInputs
    from ..engine.series.prepared import PreparedSeries
    from ..engine.series.summary import SeasonSummary
    from ..models.card import Card

PREPARING = 0.04
"""Share of the progress before the cost of the rest is known."""

SUMMARY_SECONDS_AN_ACQUISITION = 0.05
LABELS_A_SECOND = 4000
REPORT_SECONDS = 1.0


@dataclass
class Request:
    """What the analyst asked for, read before the run starts."""

    inputs: SeriesInputs
    checkpoint: str
    season_start: date | None
    extent: Extent | None
    series_options: SeriesOptions
    mapping_options: MappingOptions
    parcels: ParcelLayer | None = None
    parcels_only: bool = False


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


@dataclass
class Wanted:
    """Where the outputs of a run go.

    Attributes:
        rasters: name in the engine's `Outputs` -> final file.
        report: final file, "" for none.
        title: heading of the report.
        label: called with the crop map and its confidence when both are whole, before anything is in place.
        finish: called last, returns what it wrote, which goes when the rasters cannot be put in place.
    """

    rasters: Mapping[str, str]
    report: str = ""
    title: str = ""
    label: Callable[[str, str, ProcessingFeedback], None] | None = None
    finish: Callable[[ProcessingFeedback], str] | None = None


def series_problems(reader: Reader, network: bool) -> list[str]:
    """Return what is wrong with the series, the checkpoint, the season or the area, as far as values tell."""
    missing = problems(lambda: check_installed(NETWORK if network else SERIES))
    if missing:
        # The engine's modules themselves need these packages.
        return missing
    checks = [reader.series, reader.checkpoint, reader.season_start, reader.extent, reader.series_options]
    return problems(*([reader.mapping_options] if network else []), *checks)


def read_request(
    algorithm: QgsProcessingAlgorithm, values: Values, context: QgsProcessingContext, network: bool = True
) -> Request:
    """Read the values of a run; touches layers, so it belongs into prepareAlgorithm."""
    reader = Reader(algorithm, values, context)
    return Request(
        inputs=reader.series(),
        checkpoint=reader.checkpoint(),
        season_start=reader.season_start(),
        extent=reader.extent(),
        series_options=reader.series_options(),
        mapping_options=reader.mapping_options() if network else MappingOptions(),
        parcels=ParcelLayer.read(algorithm, values, p.PARCELS, context) if network else None,
        parcels_only=network and reader.given(p.PARCELS_ONLY) and reader.boolean(p.PARCELS_ONLY),
    )


def prepare_series(request: Request, voice: ProcessingFeedback) -> PreparedSeries:
    """Open the series and say how it was read."""
    from ..engine.series.prepare import prepare

    prepared = prepare(
        request.inputs, read_card(request), request.series_options, request.season_start, request.extent, voice
    )
    for note in prepared.notes:
        voice.info(note)
    for warning in prepared.warnings:
        voice.warning(warning)
    voice.info(tr("Season: {}.").format(season_label(prepared)))
    return prepared


def read_card(request: Request) -> Card:
    """Read the card of the chosen checkpoint."""
    from ..models.checkpoint import read_card as read

    return read(request.checkpoint)


def run_mapping(request: Request, wanted: Wanted, context: QgsProcessingContext, voice: ProcessingFeedback) -> Finished:
    """Run; every output is under its final name when this returns, or none is.

    Raises:
        CropAttentionError, CheckpointError: with one sentence.
    """
    from ..engine.mapping.classify import classify
    from ..engine.mapping.estimate import estimate
    from ..engine.provenance import describe_run
    from ..engine.report.classification import write_classification_report
    from ..engine.series.summary import summarise

    began = time.monotonic()
    check_places([*wanted.rasters.values(), wanted.report])
    with voice.part(0.0, PREPARING, tr("Reading the series")):
        prepared = prepare_series(request, voice)
        blocks = _wanted_blocks(request, prepared, context, voice)
    with _outputs(wanted, prepared) as (pending, outputs, report):
        share = 1.0 if blocks is None else float(blocks.mean())
        parts = _parts(request, prepared, estimate(prepared, outputs, request.mapping_options, share).seconds, wanted)
        with voice.part(*parts["summary"], tr("Looking at clouds and gaps")):
            summary = summarise(prepared, voice)
        with voice.part(*parts["map"], tr("Classifying")):
            result = classify(
                prepared, request.checkpoint, outputs, request.mapping_options, voice, blocks, bool(wanted.report)
            )
        if wanted.label is not None:
            with voice.part(*parts["labels"], tr("Labelling parcels")):
                wanted.label(outputs.crop_map, outputs.confidence or "", voice)
        with voice.part(*parts["report"]):
            if report:
                tags = describe_run(prepared, prepared.card.name, result.sha256, result.device)
                write_classification_report(report, prepared, summary, result, tags, wanted.title)
        written = ""
        if wanted.finish is not None:
            with voice.part(*parts["parcels"], tr("Writing parcels")):
                written = wanted.finish(voice)
        try:
            pending.commit()
        except OutputError:
            if os.path.isfile(written):
                os.remove(written)
            raise
    for warning in result.warnings:
        voice.warning(warning)
    voice.info(tr("Classified on {} in {:.0f} seconds.").format(result.device, result.seconds))
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


def _wanted_blocks(
    request: Request, prepared: PreparedSeries, context: QgsProcessingContext, voice: ProcessingFeedback
) -> np.ndarray | None:
    """Read the parcels; return the blocks to classify, None for all."""
    from ..engine.parcels.coverage import touched_blocks

    if request.parcels is None:
        return None
    request.parcels.load(prepared.grid.crs, context.transformContext(), voice)
    touched = touched_blocks(prepared.grid, request.parcels.shapes, BLOCK, voice)
    if not touched.any():
        text = tr("No parcel of '{}' lies on the area of the series; check the CRS of both and the extent.")
        if request.parcels_only:
            raise ParcelError(text.format(request.parcels.name))
        voice.warning(text.format(request.parcels.name))
    return touched if request.parcels_only else None


@contextmanager
def _outputs(wanted: Wanted, prepared: PreparedSeries) -> Iterator[tuple[PendingOutputs, Outputs, str]]:
    """Give each output a name beside its place, and a folder for what nobody asked for but the run needs."""
    from ..engine.mapping.outputs import Outputs

    names: dict[str, str] = {}
    try:
        with tempfile.TemporaryDirectory(dir=QgsProcessingUtils.tempFolder()) as scratch:
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
