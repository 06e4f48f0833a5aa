"""A crop map held against a reference: matrix, scores and error-adjusted areas."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

from qgis.core import (
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterField,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterRasterLayer,
    QgsProcessingParameterString,
    QgsProcessingUtils,
)

from ..engine.accuracy.options import AccuracyOptions
from ..engine.jobs.assess import AssessRequest, assess_accuracy, check_match, check_rasters, check_reference
from . import destinations
from . import parameters as p
from .base import CropAttentionAlgorithm
from .feedback import ProcessingFeedback
from .inputs import Reader, problems
from .reference import ReferenceLayer
from .vector_files import VectorFile, VectorInput, file_of


class AssessAccuracy(CropAttentionAlgorithm):
    """Say how right a map is."""

    NAME = "assessaccuracy"
    TITLE = "Assess accuracy"
    GROUP = "Training and accuracy"
    GROUP_ID = "training"
    ICON = "assess_accuracy.svg"
    SUMMARY = "Compare a crop map with reference parcels or points: confusion matrix, scores, error-adjusted areas."
    TAGS = "accuracy,validation,confusion matrix,kappa,F1,user's accuracy,producer's accuracy,area,Olofsson,reference"
    HELP = (
        "Compares any class raster with parcels or points whose crop is known. The confusion matrix has the map in its "
        "rows and the reference in its columns; overall accuracy, kappa, user's and producer's accuracy and F1 come "
        "with 95 % intervals. Areas are corrected for the errors of the map after Olofsson et al. (2014, Remote "
        "Sensing of Environment 148:42-57) or, with strata that are not the classes of the map, after Stehman (2014, "
        "International Journal of Remote Sensing 35:4923-4939).\n\n"
        "Classes are matched by name, without case and accents; what differs is said in the class table. Values "
        "without a class stop the run and are named.\n\n"
        "The area estimates assume that the reference was drawn at random. Parcels chosen for another reason describe "
        "themselves; the report says what the numbers do not cover. Do not use parcels that the network was trained "
        "on. No network runs and no Python package is needed."
    )
    REFERENCE, CROP_FIELD = "REFERENCE", "CROP_FIELD"
    CLASS_TABLE, STRATA = "CLASS_TABLE", "STRATA"
    TABLE = "TABLE"
    OA, OA_LOWER, OA_UPPER = "OA", "OA_LOWER", "OA_UPPER"
    KAPPA, MACRO_F1, OA_AREA, UNIT_COUNT = "KAPPA", "MACRO_F1", "OA_AREA", "UNIT_COUNT"

    def declare(self) -> None:
        vectors = [QgsProcessing.SourceType.TypeVectorPolygon, QgsProcessing.SourceType.TypeVectorPoint]
        unit, inset, unmatched = p.option_parameters(AccuracyOptions, shown=("unit",))
        self.add(
            p.helped(
                QgsProcessingParameterRasterLayer(p.CROP_MAP, self.tr("Crop map")),
                self.tr("A raster of class codes, which are whole numbers; names and no data are taken from the file."),
            ),
            p.helped(
                QgsProcessingParameterFeatureSource(self.REFERENCE, self.tr("Reference"), vectors),
                self.tr("Polygons or points whose crop is known, in any CRS."),
            ),
            p.helped(
                QgsProcessingParameterField(
                    self.CROP_FIELD, self.tr("Crop field"), parentLayerParameterName=self.REFERENCE
                ),
                self.tr("The field of the reference that holds the crop."),
            ),
            unit,
            p.helped(
                p.class_table(
                    QgsProcessingParameterString(
                        self.CLASS_TABLE, self.tr("Class table"), multiLine=True, optional=True
                    ),
                    p.CROP_MAP,
                    self.REFERENCE,
                    self.CROP_FIELD,
                ),
                self.tr(
                    "Where names differ: lines such as 'maize = Grain maize', also separated by "
                    "semicolons; several values may go to one class, and 'fallow =' leaves a value out. "
                    "Or the path of a CSV file with two columns, reference value and class of the map. "
                    "Empty: all are matched by name."
                ),
            ),
            unmatched,
            inset,
            p.helped(
                QgsProcessingParameterRasterLayer(self.STRATA, self.tr("Strata"), optional=True),
                self.tr(
                    "A class raster in whose classes the reference was drawn, if these are not the classes of the "
                    "crop map. Empty: the classes of the crop map."
                ),
                advanced=True,
            ),
            p.encoding(),
            destinations.report(self.tr("One HTML file: matrix, scores, areas, and what the numbers assume.")),
            p.helped(
                QgsProcessingParameterFileDestination(
                    self.TABLE, self.tr("Table"), self.tr("CSV files (*.csv)"), optional=True, createByDefault=True
                ),
                self.tr("All numbers: a row for each class with its line of the matrix, then rows of the whole."),
            ),
        )
        for key, text in (
            (self.OA, self.tr("Overall accuracy (0 to 1)")),
            (self.OA_LOWER, self.tr("Lower end of its 95 % interval")),
            (self.OA_UPPER, self.tr("Upper end of its 95 % interval")),
            (self.KAPPA, self.tr("Kappa")),
            (self.MACRO_F1, self.tr("Macro F1 (0 to 1)")),
            (self.OA_AREA, self.tr("Overall accuracy weighted by area (0 to 1)")),
            (self.UNIT_COUNT, self.tr("Number of units compared")),
        ):
            self.addOutput(QgsProcessingOutputNumber(key, text))

    def problems(self, parameters: dict, context: QgsProcessingContext) -> list[str]:
        reader = Reader(self, parameters, context)
        if not all(reader.given(key) for key in (p.CROP_MAP, self.REFERENCE, self.CROP_FIELD)):
            return []
        crop_map, strata, inset = reader.raster(p.CROP_MAP), reader.raster(self.STRATA), reader.number("INSET")
        found = problems(
            lambda: check_rasters(crop_map, strata, inset), lambda: self._layer(reader, parameters, context)
        )
        if found:
            return found
        file = file_of(self, parameters, self.REFERENCE, context)
        request = self._read(reader, parameters, context, file or VectorFile())
        if file is not None:
            return problems(lambda: check_reference(request))
        layer = self._layer(reader, parameters, context)
        return problems(lambda: check_match(request, layer.kind, layer.values()))

    def prepare(self, parameters: dict, context: QgsProcessingContext) -> None:
        reader = Reader(self, parameters, context)
        file = file_of(self, parameters, self.REFERENCE, context)
        layer = self._layer(reader, parameters, context)
        self._reference = VectorInput(layer.name, file, layer.source)
        self._request = self._read(reader, parameters, context, file or VectorFile())

    def execute(self, parameters: dict, context: QgsProcessingContext, feedback: QgsProcessingFeedback) -> dict:
        """Compare and write."""
        voice = ProcessingFeedback(feedback)
        results = {
            p.REPORT: self.parameterAsFileOutput(parameters, p.REPORT, context),
            self.TABLE: self.parameterAsFileOutput(parameters, self.TABLE, context),
        }
        with tempfile.TemporaryDirectory(prefix="crop_attention_", dir=QgsProcessingUtils.tempFolder()) as scratch:
            file = self._reference.as_file(scratch, "reference", context, voice)
            request = replace(
                self._request,
                reference=file.path,
                layer=file.layer,
                name=self._reference.name,
                report=results[p.REPORT],
                table=results[self.TABLE],
                title=self.tr("Accuracy of {}").format(Path(self._request.crop_map).name),
            )
            result = assess_accuracy(request, voice)
        return {**{key: place for key, place in results.items() if place}, **result.numbers}

    def _layer(self, reader: Reader, parameters: dict, context: QgsProcessingContext) -> ReferenceLayer:
        return ReferenceLayer.read(self, parameters, self.REFERENCE, reader.text(self.CROP_FIELD), context)

    def _read(self, reader: Reader, parameters: dict, context: QgsProcessingContext, file: VectorFile) -> AssessRequest:
        return AssessRequest(
            crop_map=reader.raster(p.CROP_MAP),
            reference=file.path,
            layer=file.layer,
            crop_field=reader.text(self.CROP_FIELD),
            class_table=reader.text(self.CLASS_TABLE),
            strata=reader.raster(self.STRATA),
            encoding=file.encoding,
            options=reader.options(AccuracyOptions),
        )
