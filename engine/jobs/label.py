"""A crop map and parcels in, one label a parcel out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...models.card import CropClass
from ..errors import ParcelError
from ..feedback import Feedback
from ..legend import read_legend
from ..options import ParcelOptions
from ..parcels.class_map import ClassMap
from ..parcels.formats import form_of
from ..parcels.provenance import describe_labels
from ..parcels.source import ParcelSource
from ..parcels.table import label_parcel_file


@dataclass(frozen=True)
class LabelRequest:
    """What the analyst asked for.

    Attributes:
        crop_map: raster of class codes.
        parcels, layer: vector file and its layer; "" takes the first with polygons.
        parcel_labels: where the labelled parcels go.
        confidence: raster of percent on the grid of the map, "" for none.
        encoding: of the text of the parcels; "" takes what the file says.
        options: border and smallest number of pixels.
        fids: features to keep to; None takes all.
        name: of the parcels, where the file is only a copy of them; "" takes that of the file.
        scratch: folder for what is passing; None takes the system's.
    """

    crop_map: str
    parcels: str
    parcel_labels: str
    layer: str = ""
    confidence: str = ""
    encoding: str = ""
    options: ParcelOptions = ParcelOptions()
    fids: Sequence[int] | None = None
    name: str = ""
    scratch: str | None = None


@dataclass(frozen=True)
class LabelResult:
    """What came of it.

    Attributes:
        place: file of the labelled parcels.
        parcels, labelled: how many there are, and how many got a label.
        legend: classes of the map.
    """

    place: str
    parcels: int
    labelled: int
    legend: tuple[CropClass, ...]

    @property
    def sentence(self) -> str:
        """The result for people."""
        return f"{self.labelled} of {self.parcels} parcels got a label."


def check(request: LabelRequest) -> None:
    """Raise what is in the way of a run, as far as files tell without being read.

    Raises:
        ParcelError: a raster or the layer cannot be used.
        OutputError: the output has no format that holds parcels.
    """
    if request.parcel_labels:
        form_of(request.parcel_labels)
    if ClassMap(request.crop_map, request.confidence or None).crs is None:
        raise ParcelError(f"The crop map {request.crop_map} has no coordinate reference system: assign one first.")
    ParcelSource(request.parcels, request.layer, request.fids, encoding=request.encoding)


def label(request: LabelRequest, feedback: Feedback | None = None) -> LabelResult:
    """Label every parcel and write it.

    Raises:
        ParcelError: the layer cannot be read, has no CRS or no polygon, or the rasters do not fit.
        OutputError: the output cannot be written, cannot hold the parcels, or would replace an input.
        Cancelled: the analyst asked to stop; nothing is left.
    """
    feedback = feedback or Feedback()
    check(request)
    labels = label_parcel_file(
        request.crop_map,
        request.parcels,
        request.layer or None,
        request.confidence or None,
        request.parcel_labels,
        request.options,
        feedback,
        describe_labels(request.crop_map, request.name or request.parcels, request.layer, request.options),
        request.fids,
        request.encoding,
        request.scratch,
    )
    found = LabelResult(request.parcel_labels, len(labels), labels.labelled, read_legend(request.crop_map))
    feedback.info(found.sentence)
    return found
