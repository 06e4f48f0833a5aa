"""Attention heatmaps without a crop map: the mapping run with other outputs."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ...models.architectures import title_of
from ...models.card import CheckpointError
from ...models.checkpoint import read_card
from ...models.language import N_, tr
from ..errors import RequestError
from ..feedback import Feedback
from ..options import MappingOptions
from ..products import CONTRIBUTION, REPORT, Product, chosen, heatmaps, missing_heatmaps
from . import map as mapping
from .checks import problems
from .series import SeriesRequest

if TYPE_CHECKING:
    from ..parcels.layer import Parcels

HEATMAPS_REPORT = replace(
    REPORT, help="One HTML file: attention and contribution of each crop beside NDVI and VH, weights of the bands."
)


@dataclass(frozen=True)
class HeatmapsRequest:
    """Which heatmaps to make.

    Attributes:
        series: what to read, and the checkpoint.
        outputs: name of a product -> file; "" leaves it out.
        unnamed: those of the outputs whose place nobody named; see `adapted`.
        options: how to map.
        parcels: only blocks that these touch are computed; None takes the whole area.
        title: heading of the report, "" for what it tells.
        scratch: folder for files that nobody asked for; None takes the system's.
    """

    series: SeriesRequest
    outputs: Mapping[str, str]
    options: MappingOptions = MappingOptions()
    parcels: Parcels | None = None
    title: str = ""
    scratch: str | None = None
    unnamed: Collection[str] = ()


def products() -> tuple[Product, ...]:
    """Return the outputs of this job."""
    return (*heatmaps(), HEATMAPS_REPORT)


def find_problems(request: HeatmapsRequest) -> list[str]:
    """Return a sentence for everything in the way of a run that can be found without reading the series."""
    return problems(lambda: check_request(request)) or mapping.find_problems(_as_map(adapted(request)))


def adapted(request: HeatmapsRequest, feedback: Feedback | None = None) -> HeatmapsRequest:
    """Return the request without the heatmaps that nobody named and that the network does not have.

    Where no other heatmap would be left they stay, so that the run is refused.
    """
    try:
        card = read_card(request.series.checkpoint)
    except (CheckpointError, OSError):
        return request  # told by the check of the file itself
    absent = [each for each in missing_heatmaps(card, request.outputs) if each.name in request.unnamed]
    if not absent or len(absent) == len(chosen(request.outputs)):
        return request
    if feedback is not None:
        titles = ", ".join(tr(each.title).lower() for each in absent)
        sentence = tr("Left out, as the network {architecture} of the checkpoint does not have it: {absent}.")
        feedback.info(sentence.format(architecture=title_of(card.architecture), absent=titles))
    return replace(request, outputs={**request.outputs, **{each.name: "" for each in absent}})


def check_request(request: HeatmapsRequest) -> None:
    """Raise RequestError when nothing is asked for."""
    if not any(request.outputs.values()):
        raise RequestError(tr("No output is requested; name at least one heatmap or the report."))


def make_heatmaps(request: HeatmapsRequest, feedback: Feedback) -> mapping.MapResult:
    """Run; every output is under its final name when this returns, or none is.

    Raises:
        CropAttentionError, CheckpointError: with one sentence.
    """
    check_request(request)
    return mapping.map_crops(_as_map(request), feedback)


def _as_map(request: HeatmapsRequest) -> mapping.MapRequest:
    told = request.outputs.get(CONTRIBUTION.name)
    return mapping.MapRequest(
        request.series,
        request.outputs,
        request.options,
        parcels=request.parcels,
        parcels_only=request.parcels is not None,
        title=request.title or (N_("Attention and contribution") if told else N_("Attention")),
        scratch=request.scratch,
    )
