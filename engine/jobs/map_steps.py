"""Steps of a mapping run: what it may not replace, which blocks it covers, where its outputs wait, its progress."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from ...models.language import tr
from ..errors import Cancelled, CropAttentionError, LabelsMissing, ParcelError, SeriesError
from ..feedback import Feedback, shares
from ..options import BLOCK
from ..products import CONFIDENCE, CROP_MAP, PARCEL_LABELS, REPORT, STAC_ITEM
from ..writing.guard import refuse_overwriting, series_files
from ..writing.outputs import PendingOutput, PendingOutputs
from ..writing.scratch import scratch_folder
from .style import style_places

if TYPE_CHECKING:
    from ..mapping.result import MappingResult
    from ..parcels.area import Area, ParcelsArea
    from ..parcels.label import ParcelLabels
    from ..parcels.layer import Parcels
    from ..series.preprocessing.prepared import PreparedSeries
    from .map import MapRequest

PREPARING = 0.04
"""Share of the progress before the cost of the rest is known."""

SUMMARY_SECONDS_AN_ACQUISITION = 0.05
LABELS_A_SECOND = 4000
REPORT_SECONDS = 1.0


def check_mapped(request: MapRequest, prepared: PreparedSeries, mapping: MappingResult) -> None:
    """Raise SeriesError when the map holds no class at all."""
    if mapping.nodata_pixels < prepared.grid.width * prepared.grid.height:
        return
    where = tr("inside the area or the parcels") if request.area or request.parcels_only else tr("of the area")
    raise SeriesError(
        tr(
            "No pixel {where} got a class: every date is cloud, shadow or missing there; check masks, the "
            "number for no data and the extent of the series, and that the parcels lie on it."
        ).format(where=where)
    )


@contextmanager
def kept(missing: list[Exception]) -> Iterator[None]:
    """Keep what prevents the labels, so that no map that was computed is lost to them."""
    try:
        yield
    except Cancelled:
        raise
    except Exception as error:
        missing.append(error)


def without_labels(written: Mapping[str, str], error: Exception) -> LabelsMissing:
    """Return the error that says which outputs are whole and how to make the labels."""
    places = ", ".join(written.values())
    kept = tr(" Written completely: {places}.").format(places=places) if places else ""
    reason = str(error) if isinstance(error, CropAttentionError) else f"{type(error).__name__}: {error}."
    found = LabelsMissing(
        tr(
            "The labels of the parcels are missing: {reason}{kept} 'Label parcels' (labels) makes them from "
            "the crop map."
        ).format(reason=reason, kept=kept),
        error,
    )
    found.__cause__ = error
    return found


def refuse_replacing(request: MapRequest) -> None:
    """Raise OutputError when an output would replace what the run reads, or another output."""
    parcels = request.parcels.files if request.parcels else ()
    own = request.series.options.files()
    reads = series_files([*request.series.inputs.s2, *request.series.inputs.s1, *own])
    # Parcels without files are QGIS's own, and so is their output.
    writes = [place for name, place in request.outputs.items() if name != PARCEL_LABELS.name or parcels]
    writes += style_places(request.outputs) if request.options.style_files else ()
    refuse_overwriting([*reads, request.series.checkpoint, *parcels], writes)


def blocks_of(
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
        text = tr("No parcel of '{name}' lies on the area of the series; check the CRS of both and the extent.").format(
            name=request.parcels.name
        )
        if request.parcels_only:
            raise ParcelError(text)
        feedback.warning(text)
    if not request.parcels_only:
        return wanted
    return touched if wanted is None else touched & wanted


@contextmanager
def reserved(
    request: MapRequest, prepared: PreparedSeries
) -> Iterator[tuple[PendingOutputs, dict[str, PendingOutput]]]:
    """Reserve every output, and files of their own for the rasters that only the labels need."""
    from ..mapping.classify import reserve

    protected = [*prepared.files(), request.series.checkpoint, *(request.parcels.files if request.parcels else ())]
    with scratch_folder(request.scratch) as scratch:
        with PendingOutputs(protected) as pending, PendingOutputs(beside=pending) as passing:
            members = reserve(pending, prepared, request.outputs, request.options.cog)
            for product in (REPORT, STAC_ITEM):
                if request.outputs.get(product.name):
                    members[product.name] = pending.add(request.outputs[product.name])
            if request.parcels is not None and request.labels_place:
                request.parcels.reserve(pending, request.labels_place)
                needed = [each for each in (CROP_MAP, CONFIDENCE) if each.name not in members]
                members.update(reserve(passing, prepared, {each.name: f"{scratch}/{each.file}" for each in needed}))
            yield pending, members


def label(
    request: MapRequest, parcels: Parcels, members: Mapping[str, PendingOutput], feedback: Feedback
) -> ParcelLabels:
    """Label the parcels from the rasters that were just made."""
    from ..parcels.label import label_parcels

    crop_map, confidence = members[CROP_MAP.name].path, members[CONFIDENCE.name].path
    labels = label_parcels(crop_map, parcels.shapes, confidence, request.parcel_options, feedback)
    feedback.info(labels.sentence)
    return labels


def parts_of(request: MapRequest, prepared: PreparedSeries, seconds: float) -> dict[str, tuple[float, float]]:
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
