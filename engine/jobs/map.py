"""Map crops: a series through a checkpoint to rasters, parcel labels and a report, all of them or none."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...models.card import CheckpointError
from .. import products as records
from .. import provenance
from ..errors import Cancelled, CropAttentionError, OutputError, ParcelError, RequestError
from ..feedback import Feedback, shares
from ..options import BLOCK, MappingOptions, ParcelOptions
from ..products import CONFIDENCE, CROP_MAP, PARCEL_LABELS, REPORT, Product, check_heatmaps, chosen
from ..writing.dates import fixed_dates
from ..writing.guard import refuse_overwriting, series_files
from ..writing.outputs import PendingOutput, PendingOutputs
from ..writing.place import check_geotiff
from .checks import check_places, problems
from .series import SeriesRequest, prepare_series, season_label

if TYPE_CHECKING:
    from ..mapping.result import MappingResult
    from ..parcels.area import Area, ParcelsArea
    from ..parcels.label import ParcelLabels
    from ..parcels.layer import Parcels
    from ..series.settle.prepared import PreparedSeries
    from ..series.settle.summary import SeasonSummary

PREPARING = 0.04
"""Share of the progress before the cost of the rest is known."""

SUMMARY_SECONDS_AN_ACQUISITION = 0.05
LABELS_A_SECOND = 4000
REPORT_SECONDS = 1.0


@dataclass(frozen=True)
class MapRequest:
    """A mapping run.

    Attributes:
        series: what to read, and the checkpoint.
        outputs: name of a product -> file; "" leaves it out.
        options, parcel_options: how to map, and how to label.
        parcels: the layer to label, or to keep to.
        parcels_only: leave out blocks that no parcel touches.
        area: makes the polygon, or the parcels, outside of which nothing is mapped, once the grid is known; None maps
            the whole grid.
        title: heading of the report.
        created: time on the outputs, ISO 8601; "" takes the time of the run.
        scratch: folder for files that the run needs and nobody asked for; None takes the system's.
        statistics: gather areas and sums even without a report.
    """

    series: SeriesRequest
    outputs: Mapping[str, str]
    options: MappingOptions = MappingOptions()
    parcel_options: ParcelOptions = ParcelOptions()
    parcels: Parcels | None = None
    parcels_only: bool = False
    area: Callable[[PreparedSeries], Area | ParcelsArea] | None = None
    title: str = CROP_MAP.title
    created: str = ""
    scratch: str | None = None
    statistics: bool = False

    @property
    def labels_place(self) -> str:
        """Where the labelled parcels go, "" for nowhere."""
        return self.outputs.get(PARCEL_LABELS.name, "")

    @property
    def report(self) -> str:
        """Where the report goes, "" for nowhere."""
        return self.outputs.get(REPORT.name, "")


@dataclass(frozen=True)
class MapResult:
    """A run whose outputs are in place.

    Attributes:
        outputs: name of a product -> what was written.
        prepared, summary: the series as it was read, and its gaps.
        mapping: device, areas and sums.
        labels: of the parcels, None where none were asked for.
        seconds: wall time of everything.
    """

    outputs: Mapping[str, str]
    prepared: PreparedSeries
    summary: SeasonSummary
    mapping: MappingResult
    labels: ParcelLabels | None
    seconds: float

    @property
    def season(self) -> str:
        """First and last day of the season."""
        return season_label(self.prepared)

    @property
    def numbers(self) -> dict[str, str | int | float]:
        """What a program may want to know, by key."""
        return {
            "DEVICE_USED": self.mapping.device,
            "SECONDS": round(self.seconds, 2),
            "SEASON_USED": self.season,
            "CLEAR_STEPS": self.summary.usable_s2,
        }


def products() -> tuple[Product, ...]:
    """Return the outputs of this job."""
    return records.PRODUCTS


def check_request(request: MapRequest) -> None:
    """Raise RequestError when the parts of a request do not fit together."""
    if not any(request.outputs.values()):
        raise RequestError("No output is asked for; name at least one.")
    if request.parcels is None and request.parcels_only:
        raise RequestError("'Only where parcels lie' needs a parcel layer; give one or leave the option out.")
    if request.parcels is None and request.labels_place:
        raise RequestError("Parcel labels need a parcel layer; give one or leave the output out.")


def find_problems(request: MapRequest) -> list[str]:
    """Return a sentence for everything in the way of a run that can be found without reading the series."""
    parcels = request.parcels
    return problems(
        lambda: check_request(request),
        lambda: _check_network(request),
        lambda: _check_shares(request),
        *(lambda place=request.outputs[each.name]: check_geotiff(place) for each in chosen(request.outputs)),
        *([lambda: parcels.check(request.labels_place)] if parcels and request.labels_place else []),
    )


def _check_network(request: MapRequest) -> None:
    """Raise OutputError when the network has no such heatmaps; a checkpoint that cannot be read is reported later."""
    from ...models.checkpoint import read_card

    try:
        card = read_card(request.series.checkpoint)
    except (CheckpointError, ImportError, OSError):
        return
    check_heatmaps(card, request.outputs)


def _check_shares(request: MapRequest) -> None:
    """Raise SharesError when expected shares do not fit the checkpoint; one that cannot be read is reported later."""
    from ...models.checkpoint import read_card
    from ..expected_shares import factors_of

    if not request.options.expected_shares:
        return
    try:
        card = read_card(request.series.checkpoint)
    except (CheckpointError, ImportError, OSError):
        return
    factors_of(card, request.options.expected_shares)


def map_crops(request: MapRequest, feedback: Feedback) -> MapResult:
    """Run; every output is under its final name when this returns, or none is.

    Raises:
        CropAttentionError, CheckpointError: with one sentence.
    """
    from ...models.checkpoint import read_card
    from ..mapping.classify import classify_into
    from ..mapping.estimate import estimate
    from ..report.classification import write_classification_report
    from ..series.settle.summary import summarise

    began = time.monotonic()
    card = read_card(request.series.checkpoint)
    check_request(request)
    check_heatmaps(card, request.outputs)
    _refuse_overwriting(request)
    check_places(place for name, place in request.outputs.items() if name != PARCEL_LABELS.name)
    created = request.created or provenance.now()
    with feedback.part(0.0, PREPARING, "Reading the series") as stage:
        prepared = prepare_series(request.series, card, stage)
        area = request.area(prepared) if request.area is not None else None
        blocks = _blocks(request, prepared, area, stage)
    with _reserved(request, prepared) as (pending, members):
        share = 1.0 if blocks is None else float(blocks.mean())
        parts = _parts(request, prepared, estimate(prepared, members, request.options, share).seconds)
        with feedback.part(*parts["summary"], "Summarising clouds and gaps") as stage:
            summary = summarise(prepared, stage)
        with feedback.part(*parts["map"], "Classifying") as stage:
            mapping = classify_into(
                prepared,
                request.series.checkpoint,
                members,
                request.options,
                stage,
                blocks,
                bool(request.report) or request.statistics,
                None if area is None else area.inside,
                created,
            )
        tags = provenance.describe_run(prepared, card.name, mapping.sha256, mapping.device, created)
        tags |= mapping.tags
        labels, written = None, {name: place for name, place in request.outputs.items() if place}
        missing: list[Exception] = []
        if request.labels_place:
            with feedback.part(*parts["labels"], "Labelling parcels") as stage, _kept(missing):
                labels = _label(request, members, stage)
        with feedback.part(*parts["report"]):
            if request.report:
                # Where the time is given, a run made again writes the same file.
                timed = not request.created
                write_classification_report(
                    members[REPORT.name], prepared, summary, mapping, tags, request.title, timed
                )
        try:
            if labels is not None:
                dates = fixed_dates(request.created)
                with feedback.part(*parts["parcels"], "Writing parcels") as stage, dates, _kept(missing):
                    legend = {entry.code: entry.name for entry in card.classes}
                    written[PARCEL_LABELS.name] = request.parcels.write(labels, legend, tags, stage)
            if missing:
                request.parcels.discard()
                del written[PARCEL_LABELS.name]
            pending.commit()
        except BaseException:
            if labels is not None:
                request.parcels.discard()
            raise
    for warning in mapping.warnings:
        feedback.warning(warning)
    feedback.info(f"Classified on {mapping.device} in {mapping.seconds:.0f} seconds.")
    if missing:
        raise _without_labels(written, missing[0])
    return MapResult(written, prepared, summary, mapping, labels, time.monotonic() - began)


@contextmanager
def _kept(missing: list[Exception]) -> Iterator[None]:
    """Keep what prevents the labels, so that no map that was computed is lost to them."""
    try:
        yield
    except Cancelled:
        raise
    except Exception as error:
        missing.append(error)


def _without_labels(written: Mapping[str, str], error: Exception) -> OutputError:
    places = ", ".join(written.values())
    kept = f" {places} {'is' if len(written) == 1 else 'are'} written and whole;" if places else ""
    reason = str(error) if isinstance(error, CropAttentionError) else f"{type(error).__name__}: {error}."
    found = OutputError(
        f"The labels of the parcels are missing: {reason}{kept} 'Label parcels' (labels) makes them from the crop map."
    )
    found.__cause__ = error
    return found


def _refuse_overwriting(request: MapRequest) -> None:
    """Raise OutputError when an output would replace what the run reads, or another output."""
    parcels = request.parcels.files if request.parcels else ()
    reads = series_files([*request.series.inputs.s2, *request.series.inputs.s1])
    # Parcels without files are QGIS's own, and so is their output.
    writes = [place for name, place in request.outputs.items() if name != PARCEL_LABELS.name or parcels]
    refuse_overwriting([*reads, request.series.checkpoint, *parcels], writes)


def _blocks(
    request: MapRequest, prepared: PreparedSeries, area: Area | ParcelsArea | None, feedback: Feedback
) -> np.ndarray | None:
    """Read the parcels; return the blocks to classify, None for all."""
    from ..parcels.coverage import touched_blocks

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
def _reserved(
    request: MapRequest, prepared: PreparedSeries
) -> Iterator[tuple[PendingOutputs, dict[str, PendingOutput]]]:
    """Reserve every output, and files of their own for the rasters that only the labels need."""
    from ..mapping.classify import reserve

    protected = [*prepared.files(), request.series.checkpoint, *(request.parcels.files if request.parcels else ())]
    with tempfile.TemporaryDirectory(dir=request.scratch, prefix="crop_attention_") as scratch:
        with PendingOutputs(protected) as pending, PendingOutputs() as passing:
            members = reserve(pending, prepared, request.outputs)
            if request.report:
                members[REPORT.name] = pending.add(request.report)
            if request.labels_place:
                request.parcels.reserve(pending, request.labels_place)
                needed = [each for each in (CROP_MAP, CONFIDENCE) if each.name not in members]
                members.update(reserve(passing, prepared, {each.name: f"{scratch}/{each.file}" for each in needed}))
            yield pending, members


def _label(request: MapRequest, members: Mapping[str, PendingOutput], feedback: Feedback) -> ParcelLabels:
    from ..parcels.label import label_parcels

    crop_map, confidence = members[CROP_MAP.name].path, members[CONFIDENCE.name].path
    return label_parcels(crop_map, request.parcels.shapes, confidence, request.parcel_options, feedback)


def _parts(request: MapRequest, prepared: PreparedSeries, seconds: float) -> dict[str, tuple[float, float]]:
    """Return the share of the progress of each part of the run."""
    acquisitions = sum(len(entry.acquisitions) for entry in (prepared.s2, prepared.s1) if entry is not None)
    labels = len(request.parcels.shapes) / LABELS_A_SECOND if request.parcels and request.labels_place else 0.0
    return shares(
        {
            "summary": acquisitions * SUMMARY_SECONDS_AN_ACQUISITION,
            "map": seconds,
            "labels": labels,
            "report": REPORT_SECONDS if request.report else 0.0,
            "parcels": labels,
        },
        PREPARING,
    )
