"""Polygons of fields drawn from a series."""

from __future__ import annotations

from qgis.core import QgsProcessingContext, QgsProcessingFeedback, QgsProcessingOutputNumber

from ..engine.delineation.options import DelineationOptions
from ..engine.jobs.checks import Problems
from ..engine.jobs.delineate_fields import DelineateRequest, check_package, delineate_fields
from . import parameters as p
from . import vector_destination as v
from .base import CropAttentionAlgorithm
from .feedback import ProcessingFeedback
from .inputs import Reader


class DelineateFields(CropAttentionAlgorithm):
    """Draw fields where no parcel layer exists."""

    NAME = "delineatefields"
    TITLE = "Delineate fields"
    GROUP = "Crop mapping"
    GROUP_ID = "cropmapping"
    ICON = "delineate_fields.svg"
    SUMMARY = "Draw the polygons of fields from a series, where no parcel layer exists."
    TAGS = "field boundaries,parcels,segmentation,watershed,delineation,polygons,edges,NDVI"
    HELP = (
        "Draws fields from edges that persist over the dates of a season: gradients of NDVI and reflectance (of "
        "backscatter without Sentinel-2) are averaged over all clear dates, regions grow between them (watershed), and "
        "neighbours with the same course of the season are joined. Regions without a green period, or as rough as "
        "built-up land and forest edges, are left out. Neighbouring polygons share their borders.\n\n"
        "Two adjacent fields with the same crop and dates cannot be told apart. Needs the Python package "
        "scikit-image; no "
        "network runs."
    )
    FIELDS, FIELD_COUNT, HECTARES = "FIELDS", "FIELD_COUNT", "HECTARES"

    def declare(self) -> None:
        options = p.options_of(DelineationOptions).values()
        self.add(
            *p.series_request(),
            *[p.option_parameter(each, each.name != "minimum_area") for each in options],
            *p.advanced_series(),
            v.vector(self.FIELDS, self.tr("Fields"), self.tr("A polygon for each field, with its area and peak NDVI.")),
        )
        self.addOutput(QgsProcessingOutputNumber(self.FIELD_COUNT, self.tr("Number of fields")))
        self.addOutput(QgsProcessingOutputNumber(self.HECTARES, self.tr("Area of all fields (hectares)")))

    def problems(self, parameters: dict, context: QgsProcessingContext) -> list[str]:
        wrong = Problems()
        wrong.read(check_package)
        Reader(self, parameters, context).series_request(wrong)
        return wrong.sentences

    def prepare(self, parameters: dict, context: QgsProcessingContext) -> None:
        wrong = Problems()
        reader = Reader(self, parameters, context)
        self._series, self._options = reader.series_request(wrong), reader.options(DelineationOptions)
        wrong.refuse()

    def execute(self, parameters: dict, context: QgsProcessingContext, feedback: QgsProcessingFeedback) -> dict:
        """Draw, and show the fields."""
        place = self.parameterAsOutputLayer(parameters, self.FIELDS, context)
        voice = ProcessingFeedback(feedback)
        found = delineate_fields(DelineateRequest(self._series, place, self._options), voice)
        voice.info(found.sentence)
        v.show(context, place, self.tr("Fields"), v.style_outline)
        return {self.FIELDS: place, **found.numbers}
