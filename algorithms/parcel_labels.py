"""A crop map and parcels in, one label a parcel out."""

from __future__ import annotations

from pathlib import Path

from osgeo import gdal
from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingParameterRasterLayer,
)

from ..engine.errors import ParcelError
from ..engine.products import PARCEL_LABELS
from . import destinations, layers
from . import parameters as p
from .base import CropAttentionAlgorithm
from .feedback import ProcessingFeedback
from .inputs import Reader, problems
from .legend import legend_of
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
        "Every feature and attribute is kept: multipolygons, holes, slivers, invalid polygons and parcels off the map "
        "are all answered. Pixels on the border of a parcel do not vote unless it has no others. No network runs and "
        "no Python package is needed."
    )
    LABELLED = "LABELLED"

    def declare(self) -> None:
        """Add parameters and outputs."""
        self.add(
            p.helped(
                QgsProcessingParameterRasterLayer(p.CROP_MAP, self.tr("Crop map")),
                self.tr("A raster of class codes from 1 to 255 with 0 for no data; names are taken from the file."),
            ),
            p.helped(
                QgsProcessingParameterRasterLayer(p.CONFIDENCE, self.tr("Confidence"), optional=True),
                self.tr("The confidence of the same run, in percent, on the grid of the crop map. May be left empty."),
            ),
            p.parcels(False, self.tr("Polygons to label, in any CRS.")),
            *p.advanced_parcels(),
            destinations.parcel_labels(optional=False),
        )
        self.addOutput(QgsProcessingOutputNumber(self.LABELLED, self.tr("Parcels with a label")))

    def problems(self, parameters: dict, context: QgsProcessingContext) -> list[str]:
        """Return what is in the way of a run."""
        reader = Reader(self, parameters, context)
        return problems(
            lambda: legend_of(reader.raster(p.CROP_MAP)) if reader.given(p.CROP_MAP) else None,
            lambda: reader.raster(p.CONFIDENCE),
            lambda: ParcelLayer.read(self, parameters, p.PARCELS, context),
        )

    def prepare(self, parameters: dict, context: QgsProcessingContext) -> None:
        """Read layers and values."""
        reader = Reader(self, parameters, context)
        self._crop_map, self._confidence = reader.raster(p.CROP_MAP), reader.raster(p.CONFIDENCE)
        self._options = reader.parcel_options()
        self._parcels = ParcelLayer.read(self, parameters, p.PARCELS, context)

    def execute(self, parameters: dict, context: QgsProcessingContext, feedback: QgsProcessingFeedback) -> dict:
        """Label and write."""
        from ..engine.parcels.label import label_parcels

        voice = ProcessingFeedback(feedback)
        legend = legend_of(self._crop_map)
        with voice.part(0.0, 0.2, self.tr("Reading parcels")) as stage:
            self._parcels.load(_crs_of(self._crop_map), stage)
        with voice.part(0.2, 0.7, self.tr("Labelling parcels")) as stage:
            labels = label_parcels(self._crop_map, self._parcels.shapes, self._confidence or None, self._options, stage)
        names = {entry.code: entry.name for entry in legend}
        with voice.part(0.7, 1.0, self.tr("Writing parcels")) as stage:
            place = self._parcels.write(self, parameters, p.PARCEL_LABELS, context, labels, names, stage)
        labelled = int((labels.code > 0).sum())
        voice.info(self.tr("{} of {} parcels got a label.").format(labelled, len(labels)))
        layers.arrange(context, place, PARCEL_LABELS, layers.Run("", legend))
        return {p.PARCEL_LABELS: place, self.LABELLED: labelled}


def _crs_of(path: str) -> str:
    """Return the CRS of a raster as WKT.

    Raises:
        ParcelError: it has none.
    """
    crs = gdal.Open(path).GetProjection()
    if not crs:
        raise ParcelError(f"The crop map '{Path(path).name}' has no CRS; assign one and run again.")
    return crs
