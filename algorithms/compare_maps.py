"""Two crop maps of one place."""

from __future__ import annotations

from dataclasses import replace

from qgis.core import (
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterField,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterRasterDestination,
    QgsProcessingParameterRasterLayer,
    QgsProcessingParameterString,
    QgsProcessingUtils,
)

from ..engine.arguments import read_table
from ..engine.errors import AccuracyError, ParcelError
from ..engine.jobs.checks import Problems
from ..engine.jobs.compare_maps import CompareRequest, check_inputs, compare_maps
from ..engine.jobs.label import ParcelFile
from ..engine.jobs.style import legend_of
from ..engine.products import CROP_MAP
from . import destinations, layers
from . import parameters as p
from . import vector_destination as v
from .base import CropAttentionAlgorithm, tr
from .feedback import ProcessingFeedback
from .inputs import Reader
from .reference import ReferenceLayer
from .vector_files import VectorFile, VectorInput, file_of


class CompareMaps(CropAttentionAlgorithm):
    """Say what changed, and which map is better."""

    NAME = "comparemaps"
    TITLE = "Compare maps"
    GROUP = "Training and accuracy"
    GROUP_ID = "training"
    ICON = "compare_maps.svg"
    SUMMARY = "Compare two crop maps: what changed from class to class, and which is more accurate on a reference."
    TAGS = "change,rotation,transition,difference,McNemar,paired,comparison,crop rotation"
    HELP = (
        "Compares two class rasters of one place; the second is read on the grid of the first. Classes are matched by "
        "name. Gives a raster of the changes, the table from class to class in hectares and parcels, and a report.\n\n"
        "With a reference (parcels or points whose crop is known) each unit is judged in both maps: the difference in "
        "accuracy with its 95 % interval, and McNemar's test. No network runs and no Python package is needed."
    )
    FIRST, SECOND, REFERENCE, CROP_FIELD = "FIRST", "SECOND", "REFERENCE", "CROP_FIELD"
    CLASS_TABLE, REFERENCE_TABLE = "CLASS_TABLE", "REFERENCE_TABLE"
    CHANGES, TABLE, COMPARED, CHANGED_PARCELS = "CHANGES", "TABLE", "COMPARED", "CHANGED_PARCELS"
    CHANGED_SHARE, DIFFERENCE, P_VALUE, UNITS = "CHANGED_SHARE", "DIFFERENCE", "P_VALUE", "UNITS"

    def declare(self) -> None:
        raster, text = QgsProcessingParameterRasterLayer, QgsProcessingParameterString
        vectors = [QgsProcessing.SourceType.TypeVectorPolygon, QgsProcessing.SourceType.TypeVectorPoint]
        self.add(
            p.helped(raster(self.FIRST, self.tr("First map")), self.tr("The earlier class raster.")),
            p.helped(raster(self.SECOND, self.tr("Second map")), self.tr("The later class raster, on any grid.")),
            p.parcels(True, self.tr("Polygons by which changes are counted, in any CRS.")),
            p.helped(
                QgsProcessingParameterFeatureSource(self.REFERENCE, self.tr("Reference"), vectors, optional=True),
                self.tr("Polygons or points whose crop is known, to say which map is more accurate."),
            ),
            p.helped(
                QgsProcessingParameterField(
                    self.CROP_FIELD,
                    self.tr("Crop field of the reference"),
                    parentLayerParameterName=self.REFERENCE,
                    optional=True,
                ),
                self.tr("The field of the reference that holds the crop."),
            ),
            p.helped(
                text(self.CLASS_TABLE, self.tr("Classes under two names"), multiLine=True, optional=True),
                self.tr("Lines such as 'Wheat = Winter wheat': class of the second map, class of the first."),
                advanced=True,
            ),
            p.helped(
                p.class_table(
                    text(self.REFERENCE_TABLE, self.tr("Reference value and class"), multiLine=True, optional=True),
                    self.FIRST,
                    self.REFERENCE,
                    self.CROP_FIELD,
                ),
                self.tr("Lines such as '311 = Grassland': value of the reference, class of the first map."),
                advanced=True,
            ),
            p.encoding(),
            p.helped(
                QgsProcessingParameterRasterDestination(self.CHANGES, self.tr("Changes"), optional=True),
                self.tr("A class raster: unchanged, or from which class to which."),
            ),
            p.helped(
                QgsProcessingParameterFileDestination(
                    self.TABLE, self.tr("Table"), self.tr("CSV files (*.csv)"), optional=True, createByDefault=True
                ),
                self.tr("From class to class: pixels, hectares, share, parcels."),
            ),
            v.vector(
                self.COMPARED,
                self.tr("Compared parcels"),
                self.tr("Every parcel with all its attributes, its class in both maps, and how clear each is."),
                optional=True,
            ),
            destinations.report(self.tr("One HTML file: the matrix, the largest changes, the paired test.")),
        )
        self.addOutput(QgsProcessingOutputNumber(self.CHANGED_SHARE, self.tr("Share of the area that changed")))
        self.addOutput(QgsProcessingOutputNumber(self.CHANGED_PARCELS, self.tr("Parcels with another class")))
        self.addOutput(QgsProcessingOutputNumber(self.DIFFERENCE, self.tr("Accuracy of the second less the first")))
        self.addOutput(QgsProcessingOutputNumber(self.P_VALUE, self.tr("p value of McNemar's test")))
        self.addOutput(QgsProcessingOutputNumber(self.UNITS, self.tr("Units of the reference that were judged")))

    def problems(self, parameters: dict, context: QgsProcessingContext) -> list[str]:
        wrong = Problems()
        reader = Reader(self, parameters, context)
        request = self._request(reader, wrong)
        if not wrong.sentences and reader.given(self.FIRST) and reader.given(self.SECOND):
            wrong.read(lambda: check_inputs(request))
        if reader.given(self.REFERENCE):
            wrong.read(lambda: self._read_reference(reader, parameters, context))
        wrong.read(lambda: self._read_parcels(reader, parameters, context))
        return wrong.sentences

    def prepare(self, parameters: dict, context: QgsProcessingContext) -> None:
        wrong = Problems()
        reader = Reader(self, parameters, context)
        self._job = self._request(reader, wrong)
        self._parcels = wrong.read(lambda: self._read_parcels(reader, parameters, context))
        given = reader.given(self.REFERENCE)
        self._reference = wrong.read(lambda: self._read_reference(reader, parameters, context)) if given else None
        wrong.refuse()

    def execute(self, parameters: dict, context: QgsProcessingContext, feedback: QgsProcessingFeedback) -> dict:
        """Compare, and show the changes."""
        voice, file = ProcessingFeedback(feedback), VectorFile()
        if self._reference is not None:
            file = self._reference.as_file(QgsProcessingUtils.tempFolder(), "reference", context, voice)
        parcels = None
        if self._parcels is not None:
            held = self._parcels.as_file(QgsProcessingUtils.tempFolder(), "parcels", context, voice)
            parcels = ParcelFile(held.path, held.layer or None, encoding=held.encoding)
        request = replace(
            self._job,
            parcels=parcels,
            compared=self.parameterAsOutputLayer(parameters, self.COMPARED, context) or "",
            reference=file.path,
            layer=file.layer,
            encoding=file.encoding,
            changes=self.parameterAsOutputLayer(parameters, self.CHANGES, context) or "",
            table=self.parameterAsFileOutput(parameters, self.TABLE, context),
            report=self.parameterAsFileOutput(parameters, p.REPORT, context),
        )
        found = compare_maps(request, voice)
        voice.info(found.sentence)
        if request.changes:
            product = replace(CROP_MAP, title=self.tr("Changes"))
            layers.arrange(context, request.changes, product, layers.Run("", legend_of(request.changes)))
        v.show(context, request.compared, self.tr("Compared parcels"), v.style_compared)
        places = {self.CHANGES: request.changes, self.TABLE: request.table, p.REPORT: request.report}
        places[self.COMPARED] = request.compared
        return {**{key: place for key, place in places.items() if place}, **found.numbers}

    def _read_reference(self, reader: Reader, parameters: dict, context: QgsProcessingContext) -> VectorInput:
        field = reader.text(self.CROP_FIELD)
        if not field:
            raise AccuracyError(
                tr("A reference is given without its crop field; choose the field that names the crop.")
            )
        layer = ReferenceLayer.read(self, parameters, self.REFERENCE, field, context)
        return VectorInput(layer.name, file_of(self, parameters, self.REFERENCE, context), layer.source)

    def _read_parcels(self, reader: Reader, parameters: dict, context: QgsProcessingContext) -> VectorInput | None:
        if reader.given(p.PARCELS):
            return VectorInput.read(self, parameters, p.PARCELS, context)
        if reader.given(self.COMPARED):
            raise ParcelError(tr("Compared parcels need a parcel layer; give one or leave the output out."))
        return None

    def _request(self, reader: Reader, wrong: Problems) -> CompareRequest:
        return CompareRequest(
            first=wrong.read(lambda: reader.raster(self.FIRST), ""),
            second=wrong.read(lambda: reader.raster(self.SECOND), ""),
            crop_field=reader.text(self.CROP_FIELD),
            classes=wrong.read(lambda: read_table(reader.text(self.CLASS_TABLE)), {}),
            reference_classes=wrong.read(lambda: read_table(reader.text(self.REFERENCE_TABLE)), {}),
        )
