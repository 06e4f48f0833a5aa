"""A crop map and parcels in, one label a parcel out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...models.card import CropClass
from ...models.language import tr
from ..feedback import Feedback, Part
from ..options import ParcelOptions
from ..parcels.class_map import ClassMap
from ..parcels.class_raster import legend_of
from ..parcels.label import ParcelLabels, label_parcels
from ..parcels.parcel_file import ParcelFile
from ..parcels.provenance import describe_labels
from ..parcels.source import ParcelSource
from ..writing.guard import refuse_overwriting
from ..writing.outputs import PendingOutputs
from ..writing.vector import FORMATS

if TYPE_CHECKING:
    from ..parcels.layer import Parcels

__all__ = ["FORMATS", "LabelRequest", "LabelResult", "ParcelFile", "ParcelLabels", "ParcelSource", "label"]


@dataclass(frozen=True)
class LabelRequest:
    """What the analyst asked for.

    Attributes:
        crop_map: raster of class codes.
        parcels: the layer to label.
        parcel_labels: where the labelled parcels go.
        confidence: raster of percent on the grid of the map, "" for none.
        options: border and smallest number of pixels.
    """

    crop_map: str
    parcels: Parcels
    parcel_labels: str
    confidence: str = ""
    options: ParcelOptions = ParcelOptions()


@dataclass(frozen=True)
class LabelResult:
    """What came of it.

    Attributes:
        place: where the labelled parcels are.
        parcels, labelled: how many there are, and how many got a label.
        legend: classes of the map.
    """

    place: str
    parcels: int
    labelled: int
    legend: tuple[CropClass, ...]


def check_rasters(crop_map: str, confidence: str = "") -> None:
    """Raise ParcelError when the map is no raster of classes with a CRS, or the confidence does not lie on its grid."""
    ClassMap(crop_map, confidence or None, any_codes=True).placed()


def label(request: LabelRequest, feedback: Feedback | None = None) -> LabelResult:
    """Label every parcel and write it.

    Raises:
        ParcelError: the layer cannot be read, has no CRS or no polygon, or the rasters do not fit; or no parcel lies
            on a class, as a map without one class is no map.
        OutputError: the output cannot be written, cannot hold the parcels, or would replace an input.
        Cancelled: the analyst asked to stop; nothing is left.
    """
    feedback, parcels = feedback or Feedback(), request.parcels
    parcels.check(request.parcel_labels)
    if parcels.files:
        refuse_overwriting([request.crop_map, request.confidence, *parcels.files], [request.parcel_labels])
    source = parcels.files[0] if parcels.files else parcels.name
    class_map = ClassMap(request.crop_map, request.confidence or None, any_codes=True).placed()
    tags = describe_labels(request.crop_map, source, request.options, request.confidence)
    legend = legend_of(request.crop_map)
    reads = [request.crop_map, *parcels.files, *([request.confidence] if request.confidence else [])]
    try:
        with PendingOutputs(protected=reads) as outputs:
            feedback.title(tr("Reading parcels"))
            parcels.read_in(class_map.crs, Part(feedback, 0.0, 0.15))
            parcels.reserve(outputs, request.parcel_labels)
            feedback.title(tr("Labelling parcels"))
            labels = label_parcels(class_map, parcels.shapes, None, request.options, Part(feedback, 0.15, 0.75))
            labels.refuse_none(parcels.name)
            feedback.title(tr("Writing parcels"))
            written = parcels.write(labels, legend, tags, Part(feedback, 0.75, 1.0))
            outputs.commit()
    except BaseException:
        parcels.discard()
        raise
    feedback.progress(1.0)
    feedback.info(labels.sentence)
    return LabelResult(written, len(labels), labels.labelled, legend)
