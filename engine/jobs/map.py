"""Map crops: a series through a checkpoint to rasters, parcel labels and a report, all of them or none."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...models.card import CheckpointError
from ...models.language import tr
from ...models.naming import called
from .. import products as records
from .. import provenance
from ..errors import RequestError
from ..feedback import Feedback
from ..options import MappingOptions, ParcelOptions
from ..products import CROP_MAP, PARCEL_LABELS, REPORT, STAC_ITEM, Product, check_heatmaps, chosen
from ..writing.dates import fixed_dates
from ..writing.place import check_geotiff, check_item, check_report
from .checks import check_places, problems
from .map_steps import (
    PREPARING,
    blocks_of,
    check_mapped,
    kept,
    label,
    parts_of,
    refuse_replacing,
    reserved,
    without_labels,
)
from .series import SeriesRequest, prepare_series, season_label, warn_of_changed
from .style import style_places, write_styles

if TYPE_CHECKING:
    from ..mapping.result import MappingResult
    from ..parcels.area import Area, ParcelsArea
    from ..parcels.label import ParcelLabels
    from ..parcels.layer import Parcels
    from ..series.preprocessing.prepared import PreparedSeries
    from ..series.preprocessing.summary import SeasonSummary


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
        home: folder that the outputs come to lie in at last, where they are staged elsewhere.
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
    home: str = ""

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
        raise RequestError(tr("No output is requested; name at least one."))
    if not any(place for name, place in request.outputs.items() if name != STAC_ITEM.name):
        raise RequestError(tr("A STAC item describes the other outputs; name at least one of them too."))
    if request.parcels is None and request.parcels_only:
        raise RequestError(
            tr("{option} needs a parcel layer; give one or leave the option out.").format(option=called("parcels_only"))
        )
    if request.parcels is None and request.labels_place:
        raise RequestError(tr("Parcel labels need a parcel layer; give one or leave the output out."))


def find_problems(request: MapRequest) -> list[str]:
    """Return a sentence for everything in the way of a run that can be found without reading the series."""
    parcels = request.parcels
    return problems(
        lambda: check_request(request),
        lambda: _check_network(request),
        lambda: _check_shares(request),
        *(lambda place=request.outputs[each.name]: check_geotiff(place) for each in chosen(request.outputs)),
        lambda: check_report(request.outputs.get(REPORT.name, "")),
        lambda: check_item(request.outputs.get(STAC_ITEM.name, "")),
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
    from ..mapping.expected_shares import factors_of

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
    from ..mapping.stac_item import write_item
    from ..report.classification import write_classification_report
    from ..series.preprocessing.summary import summarise

    began = time.monotonic()
    card = read_card(request.series.checkpoint)
    check_request(request)
    check_heatmaps(card, request.outputs)
    refuse_replacing(request)
    files = {name: place for name, place in request.outputs.items() if name not in (PARCEL_LABELS.name, REPORT.name)}
    styles = style_places(request.outputs) if request.options.style_files else {}
    check_places([*files.values(), *styles], request.outputs.get(REPORT.name, ""))
    created = request.created or provenance.now()
    with feedback.part(0.0, PREPARING, tr("Reading the series")) as stage:
        prepared = prepare_series(request.series, card, stage)
        area = request.area(prepared) if request.area is not None else None
        blocks = blocks_of(request, prepared, area, stage)
    with reserved(request, prepared) as (pending, members):
        share = 1.0 if blocks is None else float(blocks.mean())
        parts = parts_of(request, prepared, estimate(prepared, members, request.options, share).seconds)
        with feedback.part(*parts["summary"], tr("Summarising clouds and gaps")) as stage:
            summary = summarise(prepared, stage)
        with feedback.part(*parts["map"], tr("Classifying")) as stage:
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
        check_mapped(request, prepared, mapping)
        warn_of_changed(prepared, feedback)
        tags = provenance.describe_run(prepared, card.name, mapping.sha256, mapping.device, created)
        tags |= mapping.tags
        labels, written = None, {name: place for name, place in request.outputs.items() if place}
        missing: list[Exception] = []
        parcels = request.parcels if request.labels_place else None
        if parcels is not None:
            with feedback.part(*parts["labels"], tr("Labelling parcels")) as stage, kept(missing):
                labels = label(request, parcels, members, stage)
        with feedback.part(*parts["report"]):
            if request.report:
                # Where the time is given, a run made again writes the same file.
                timed = not request.created
                picture = members[CROP_MAP.name].path if CROP_MAP.name in members else ""
                heatmaps_alone = CROP_MAP.name not in request.outputs
                write_classification_report(
                    members[REPORT.name], prepared, summary, mapping, tags, request.title, timed, labels, picture,
                    heatmaps_alone,
                )  # fmt: skip
        try:
            if parcels is not None and labels is not None:
                dates = fixed_dates(request.created)
                with feedback.part(*parts["parcels"], tr("Writing parcels")) as stage, dates, kept(missing):
                    written[PARCEL_LABELS.name] = parcels.write(labels, card.classes, tags, stage)
            if parcels is not None and missing:
                parcels.discard()
                del written[PARCEL_LABELS.name]
            if request.options.style_files:
                write_styles(pending, request.outputs, members, card.classes)
            if STAC_ITEM.name in members:
                cog, place = request.options.cog, members[STAC_ITEM.name]
                write_item(place, prepared, members, written, tags, request.title, cog, request.home)
            pending.commit()
        except BaseException:
            if parcels is not None:
                parcels.discard()
            raise
    for warning in mapping.warnings:
        feedback.warning(warning)
    feedback.info(
        tr("Classified on {device} in {seconds:.0f} seconds.").format(
            device=provenance.device_in_words(mapping.device), seconds=mapping.seconds
        )
    )
    if missing:
        raise without_labels(written, missing[0])
    return MapResult(written, prepared, summary, mapping, labels, time.monotonic() - began)
