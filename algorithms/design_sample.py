"""Reference units drawn from a crop map."""

from __future__ import annotations

from dataclasses import replace

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingParameterRasterLayer,
)

from ..engine.jobs.checks import Problems
from ..engine.jobs.design_sample import DesignOptions, DesignRequest, check_inputs, design
from . import parameters as p
from . import vector_destination as v
from .base import CropAttentionAlgorithm
from .feedback import ProcessingFeedback
from .inputs import Reader
from .parcel_output import ParcelOutput


class DesignSample(CropAttentionAlgorithm):
    """Draw a sample that an accuracy can be estimated from."""

    NAME = "designsample"
    TITLE = "Design sample"
    GROUP = "Training and accuracy"
    GROUP_ID = "training"
    ICON = "design_sample.svg"
    SUMMARY = "Draw a stratified random sample from a crop map, ready to be labelled for an accuracy assessment."
    TAGS = "sample,stratified,random,reference,validation,accuracy,Olofsson,allocation,ground truth"
    HELP = (
        "Derives the number of reference units from the standard error that the overall accuracy, or the area of one "
        "class, is to have (Olofsson et al. 2014, Remote Sensing of Environment 148:42-57), allocates them to the "
        "classes of the map and draws them at random.\n\n"
        "Fill the field 'reference' of each unit with the crop seen on the ground (QGIS offers the classes), then run "
        "'Assess accuracy' with this layer as it is. No network runs and no Python package is needed."
    )
    SAMPLE, UNITS, EXPECTED_ERROR = "SAMPLE", "UNITS", "EXPECTED_ERROR"

    def declare(self) -> None:
        basic = ("target_error", "allocation", "size", "unit")
        options = p.options_of(DesignOptions).values()
        self.add(
            p.helped(
                QgsProcessingParameterRasterLayer(p.CROP_MAP, self.tr("Crop map")),
                self.tr("A raster of class codes; its classes are the strata."),
            ),
            p.parcels(True, self.tr("Polygons to draw from, with the sampling unit 'parcels'.")),
            *[p.option_parameter(each, each.name not in basic) for each in options],
            v.vector(
                self.SAMPLE,
                self.tr("Sample"),
                self.tr("The units with the class of the map, the area that they represent, and an empty reference."),
                points=True,
            ),
        )
        self.addOutput(QgsProcessingOutputNumber(self.UNITS, self.tr("Number of units")))
        self.addOutput(QgsProcessingOutputNumber(self.EXPECTED_ERROR, self.tr("Expected standard error")))

    def problems(self, parameters: dict, context: QgsProcessingContext) -> list[str]:
        wrong, reader = Problems(), Reader(self, parameters, context)
        if not reader.given(p.CROP_MAP):
            return []
        request = self._request(reader, parameters, context, wrong)
        if not wrong.sentences:
            wrong.read(lambda: check_inputs(request))
        return wrong.sentences

    def prepare(self, parameters: dict, context: QgsProcessingContext) -> None:
        wrong = Problems()
        self._job = self._request(Reader(self, parameters, context), parameters, context, wrong)
        wrong.refuse()

    def execute(self, parameters: dict, context: QgsProcessingContext, feedback: QgsProcessingFeedback) -> dict:
        """Draw, and show the sample."""
        place = self.parameterAsOutputLayer(parameters, self.SAMPLE, context)
        voice = ProcessingFeedback(feedback)
        found = design(replace(self._job, sample=place), voice)
        voice.info(found.sentence)
        v.show(context, place, self.tr("Sample"), v.style_nothing)
        return {self.SAMPLE: place, **found.numbers}

    def _request(
        self, reader: Reader, parameters: dict, context: QgsProcessingContext, wrong: Problems
    ) -> DesignRequest:
        return DesignRequest(
            crop_map=wrong.read(lambda: reader.raster(p.CROP_MAP), ""),
            sample="",
            parcels=wrong.read(lambda: ParcelOutput.read(self, parameters, context)),
            options=reader.options(DesignOptions),
        )
