"""A crop map made ready for use."""

from __future__ import annotations

from dataclasses import replace

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingParameterRasterDestination,
    QgsProcessingParameterRasterLayer,
    QgsProcessingParameterString,
)

from ..engine.arguments import read_class_areas, read_table
from ..engine.cleaning.options import CleaningOptions
from ..engine.jobs.checks import Problems
from ..engine.jobs.clean_map import CleanMapRequest, check, clean_map
from ..engine.jobs.style import legend_of
from ..engine.products import CROP_MAP
from . import layers
from . import parameters as p
from .base import CropAttentionAlgorithm
from .feedback import ProcessingFeedback
from .inputs import Reader
from .parcel_output import ParcelOutput


class CleanMap(CropAttentionAlgorithm):
    """Join classes, smooth, leave open, remove small areas."""

    NAME = "cleanmap"
    TITLE = "Clean map"
    GROUP = "Crop mapping"
    GROUP_ID = "cropmapping"
    ICON = "clean_map.svg"
    SUMMARY = (
        "Make a crop map ready for use: join classes, smooth, leave uncertain pixels unclassified, remove small areas."
    )
    TAGS = "sieve,minimum mapping unit,smooth,majority,filter,legend,reclassify,generalise,mask"
    HELP = (
        "Makes a crop map ready for use. In this order: classes are joined and renamed (their probabilities are "
        "added up); class probabilities are averaged over neighbours, or over neighbours in the same parcel, before "
        "the most probable class is taken; pixels that are too uncertain, or lie outside the cropland mask, are left "
        "without a class; areas of one class that are smaller than the minimum area are given to their largest "
        "neighbour.\n\n"
        "Smoothing and the minimum margin need the class probabilities of the same run. Legend, colours and "
        "attribute table follow the new classes. No network runs and no Python package is needed."
    )
    CLEAN_MAP, CROPLAND_MASK = "CLEAN_MAP", "CROPLAND_MASK"
    CLASS_TABLE, CLASS_AREAS = "CLASS_TABLE", "CLASS_AREAS"
    CHANGED_SHARE, OPEN_SHARE = "CHANGED_SHARE", "OPEN_SHARE"

    def declare(self) -> None:
        raster, text = QgsProcessingParameterRasterLayer, QgsProcessingParameterString
        options = p.options_of(CleaningOptions).values()
        self.add(
            p.helped(raster(p.CROP_MAP, self.tr("Crop map")), self.tr("A raster of class codes with class names.")),
            p.helped(
                raster(p.PROBABILITIES, self.tr("Class probabilities"), optional=True),
                self.tr("Of the same run, one band per class: for smoothing, joining and the minimum margin."),
            ),
            p.helped(
                raster(p.CONFIDENCE, self.tr("Confidence"), optional=True),
                self.tr("Of the same run, in percent: for the minimum confidence where no probabilities are given."),
            ),
            p.parcels(True, self.tr("Polygons to smooth within, in any CRS.")),
            p.helped(
                raster(self.CROPLAND_MASK, self.tr("Cropland mask"), optional=True),
                self.tr("On any grid: pixels that are not cropland in this mask are left without a class."),
            ),
            p.helped(
                text(self.CLASS_TABLE, self.tr("Classes to join or rename"), multiLine=True, optional=True),
                self.tr(
                    "Lines such as 'Winter wheat = Winter cereals #d9b310' (the colour is optional); 'Water =' takes a "
                    "class out. Or the path of a CSV file with two columns. Classes that are not named stay."
                ),
            ),
            *[p.option_parameter(each, each.name == "radius") for each in options],
            p.helped(
                text(self.CLASS_AREAS, self.tr("Minimum areas of single classes"), multiLine=True, optional=True),
                self.tr("Lines such as 'Vineyard = 0.1', in hectares, where a class has its own minimum area."),
                advanced=True,
            ),
            p.helped(
                QgsProcessingParameterRasterDestination(self.CLEAN_MAP, self.tr("Cleaned map")),
                self.tr("The new class raster (GeoTIFF) with its legend."),
            ),
        )
        self.addOutput(QgsProcessingOutputNumber(self.CHANGED_SHARE, self.tr("Share of pixels with another class")))
        self.addOutput(QgsProcessingOutputNumber(self.OPEN_SHARE, self.tr("Share of pixels left unclassified")))

    def problems(self, parameters: dict, context: QgsProcessingContext) -> list[str]:
        reader = Reader(self, parameters, context)
        if not reader.given(p.CROP_MAP):
            return []
        wrong = Problems()
        request = self._request(reader, parameters, context, wrong)
        if not wrong.sentences:
            wrong.read(lambda: check(replace(request, clean_map="")))
        return wrong.sentences

    def prepare(self, parameters: dict, context: QgsProcessingContext) -> None:
        wrong = Problems()
        self._job = self._request(Reader(self, parameters, context), parameters, context, wrong)
        wrong.refuse()

    def execute(self, parameters: dict, context: QgsProcessingContext, feedback: QgsProcessingFeedback) -> dict:
        """Clean, and show the map."""
        place = self.parameterAsOutputLayer(parameters, self.CLEAN_MAP, context)
        voice = ProcessingFeedback(feedback)
        found = clean_map(replace(self._job, clean_map=place), voice)
        voice.info(found.sentence)
        product = replace(CROP_MAP, title=self.tr("Cleaned map"))
        layers.arrange(context, place, product, layers.Run("", legend_of(place)))
        return {self.CLEAN_MAP: place, **found.numbers}

    def _request(
        self, reader: Reader, parameters: dict, context: QgsProcessingContext, wrong: Problems
    ) -> CleanMapRequest:
        areas = wrong.read(lambda: read_class_areas(reader.text(self.CLASS_AREAS)), {})
        return CleanMapRequest(
            crop_map=wrong.read(lambda: reader.raster(p.CROP_MAP), ""),
            clean_map="",
            probabilities=wrong.read(lambda: reader.raster(p.PROBABILITIES), ""),
            confidence=wrong.read(lambda: reader.raster(p.CONFIDENCE), ""),
            mask=wrong.read(lambda: reader.raster(self.CROPLAND_MASK), ""),
            parcels=wrong.read(lambda: ParcelOutput.read(self, parameters, context)),
            table=wrong.read(lambda: read_table(reader.text(self.CLASS_TABLE)), {}),
            options=replace(reader.options(CleaningOptions), class_areas=areas),
        )
