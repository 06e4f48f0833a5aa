"""A crop map and parcels in, one label a parcel out."""

from __future__ import annotations

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingParameterRasterLayer,
)

from ..engine.jobs.label import LabelRequest, check_rasters, label
from ..engine.products import PARCEL_LABELS
from . import destinations, layers
from . import parameters as p
from .base import CropAttentionAlgorithm
from .feedback import ProcessingFeedback
from .inputs import Reader, problems
from .parcel_output import ParcelOutput
from .parcels import ParcelLayer


class ParcelLabels(CropAttentionAlgorithm):
    """Label parcels from any class raster."""

    NAME = "parcellabels"
    TITLE = "Label parcels"
    GROUP = "Crop mapping"
    GROUP_ID = "cropmapping"
    ICON = "parcel_labels.svg"
    SUMMARY = "Give each parcel the majority class of a crop map, its share and the runner-up."
    TAGS = "parcel,field,majority,zonal,label,crop,statistics"
    HELP = (
        "Gives each parcel the class that most of its pixels hold in a crop map, with the share of that class, the "
        "runner-up and its share, the number of pixels and, with a confidence raster, their mean confidence.\n\n"
        "Every feature and attribute is kept: multipolygons, holes, slivers, invalid polygons and parcels outside "
        "the map are all handled. Pixels on the border of a parcel do not vote unless it has no others. No network "
        "runs and no Python package is needed."
    )
    LABELLED = "LABELLED"

    def declare(self) -> None:
        self.add(
            p.helped(
                QgsProcessingParameterRasterLayer(p.CROP_MAP, self.tr("Crop map")),
                self.tr("A raster of class codes, which are whole numbers; names and no data are taken from the file."),
            ),
            p.helped(
                QgsProcessingParameterRasterLayer(p.CONFIDENCE, self.tr("Confidence"), optional=True),
                self.tr("The confidence of the same run, in percent, on the grid of the crop map. May be left empty."),
            ),
            p.parcels(False, self.tr("Polygons to label, in any CRS.")),
            *p.advanced_parcels(),
            p.encoding(),
            destinations.parcel_labels(optional=False),
        )
        self.addOutput(QgsProcessingOutputNumber(self.LABELLED, self.tr("Parcels with a label")))

    def problems(self, parameters: dict, context: QgsProcessingContext) -> list[str]:
        reader = Reader(self, parameters, context)
        return problems(
            lambda: (
                check_rasters(reader.raster(p.CROP_MAP), reader.raster(p.CONFIDENCE))
                if reader.given(p.CROP_MAP)
                else None
            ),
            lambda: ParcelLayer.read(self, parameters, p.PARCELS, context),
        )

    def prepare(self, parameters: dict, context: QgsProcessingContext) -> None:
        reader = Reader(self, parameters, context)
        self._request = LabelRequest(
            crop_map=reader.raster(p.CROP_MAP),
            parcels=ParcelOutput.read(self, parameters, context),
            parcel_labels=reader.destination(p.PARCEL_LABELS),
            confidence=reader.raster(p.CONFIDENCE),
            options=reader.parcel_options(),
        )

    def execute(self, parameters: dict, context: QgsProcessingContext, feedback: QgsProcessingFeedback) -> dict:
        """Label and write."""
        result = label(self._request, ProcessingFeedback(feedback))
        layers.arrange(context, result.place, PARCEL_LABELS, layers.Run("", result.legend))
        return {p.PARCEL_LABELS: result.place, self.LABELLED: result.labelled}
