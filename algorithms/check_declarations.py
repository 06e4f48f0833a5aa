"""Declared crops held against a crop map."""

from __future__ import annotations

from dataclasses import replace

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingParameterField,
    QgsProcessingParameterRasterLayer,
    QgsProcessingParameterString,
    QgsProcessingUtils,
)

from ..engine.arguments import read_table
from ..engine.declarations.options import LIGHTS, DeclarationOptions
from ..engine.errors import ParcelError
from ..engine.jobs.check_declarations import DeclarationRequest, check_declarations, check_inputs
from ..engine.jobs.checks import Problems
from ..models.language import tr
from ..models.spelling import meant
from . import destinations
from . import parameters as p
from . import vector_destination as v
from .base import CropAttentionAlgorithm
from .feedback import ProcessingFeedback
from .inputs import Reader
from .vector_files import VectorInput


class CheckDeclarations(CropAttentionAlgorithm):
    """Say of each parcel whether its declaration agrees with what is observed."""

    NAME = "checkdeclarations"
    TITLE = "Check declarations"
    GROUP = "Crop mapping"
    GROUP_ID = "cropmapping"
    ICON = "check_declarations.svg"
    SUMMARY = "Compare declared crops with a crop map: a light, a reason and a place in the worklist for each parcel."
    TAGS = "declaration,subsidy,IACS,LPIS,traffic light,marker,monitoring,conformity,control,Sen4CAP"
    HELP = (
        "Says of each parcel whether the declared crop agrees with the observed one. Green: it agrees, or the two "
        "cannot be told apart (groups). Red: the declared crop is very improbable, another one is observed on enough "
        "pixels, and it fills the parcel. Yellow: the crops disagree but one of these does not hold. Grey: not "
        "judged. Each verdict has its reason in words and the probabilities behind it; the rank orders the "
        "worklist.\n\n"
        "Give the class probabilities of the mapping run: without them parcels are judged by the shares of their "
        "pixels, which say less. Do not judge parcels by a checkpoint that was trained on them. No network runs and no "
        "Python package is needed."
    )
    DECLARED_FIELD, CLASS_TABLE, GROUPS, CHECKED = "DECLARED_FIELD", "CLASS_TABLE", "GROUPS", "CHECKED"
    EXPECTED_WRONG_REDS, CHANGED = "EXPECTED_WRONG_REDS", "CHANGED"
    PREVIOUS_MAP, PREVIOUS_PROBABILITIES = "PREVIOUS_CROP_MAP", "PREVIOUS_PROBABILITIES"

    def declare(self) -> None:
        raster, text = QgsProcessingParameterRasterLayer, QgsProcessingParameterString
        self.add(
            p.parcels(False, self.tr("Polygons with the declared crop, in any CRS.")),
            p.helped(
                QgsProcessingParameterField(
                    self.DECLARED_FIELD, self.tr("Field of the declared crop"), parentLayerParameterName=p.PARCELS
                ),
                self.tr("The field of the parcels that holds the declared crop, as a name or a code."),
            ),
            p.helped(raster(p.CROP_MAP, self.tr("Crop map")), self.tr("A raster of class codes with class names.")),
            p.helped(
                raster(p.PROBABILITIES, self.tr("Class probabilities"), optional=True),
                self.tr("Of the same run, one band per class. Recommended: verdicts are based on them."),
            ),
            p.helped(
                raster(p.CONFIDENCE, self.tr("Confidence"), optional=True),
                self.tr("Of the same run, in percent: used where no probabilities are given."),
            ),
            p.helped(
                raster(self.PREVIOUS_MAP, self.tr("Previous crop map"), optional=True),
                self.tr(
                    "Of an earlier run with the same checkpoint: parcels whose light or crop changed are reported."
                ),
            ),
            p.helped(
                raster(self.PREVIOUS_PROBABILITIES, self.tr("Previous class probabilities"), optional=True),
                self.tr("Of that earlier run."),
            ),
            p.helped(
                p.class_table(
                    text(
                        self.CLASS_TABLE, self.tr("Declared crop and class of the map"), multiLine=True, optional=True
                    ),
                    p.CROP_MAP,
                    p.PARCELS,
                    self.DECLARED_FIELD,
                    self.tr("Declared crop"),
                ),
                self.tr(
                    "Where names differ: lines such as '311 = Grassland'; '95 =' is not judged. Or the path of a CSV "
                    "file with two columns. Empty: all are matched by name; what has no class is not judged."
                ),
            ),
            p.helped(
                text(self.GROUPS, self.tr("Groups of classes"), multiLine=True, optional=True),
                self.tr("Classes that the map cannot tell apart agree: lines such as 'Winter wheat + Triticale'."),
            ),
            *p.option_parameters(DeclarationOptions, shown=("wrong_reds",)),
            p.encoding(),
            v.vector(
                self.CHECKED,
                self.tr("Checked parcels"),
                self.tr("Every parcel with all its attributes, its light, the reason, the evidence and its rank."),
            ),
            destinations.report(self.tr("One HTML file: lights by crop, disagreements, areas, and the rules.")),
        )
        for light in LIGHTS:
            self.addOutput(
                QgsProcessingOutputNumber(light.upper(), self.tr("Number of {} parcels").format(self.tr(light)))
            )
        self.addOutput(
            QgsProcessingOutputNumber(self.EXPECTED_WRONG_REDS, self.tr("Expected red parcels declared correctly"))
        )
        self.addOutput(QgsProcessingOutputNumber(self.CHANGED, self.tr("Parcels that changed since the previous map")))

    def problems(self, parameters: dict, context: QgsProcessingContext) -> list[str]:
        reader = Reader(self, parameters, context)
        if not all(reader.given(key) for key in (p.CROP_MAP, p.PARCELS, self.DECLARED_FIELD)):
            return []
        wrong = Problems()
        request = self._request(reader, wrong)
        if not wrong.sentences:
            wrong.read(lambda: check_inputs(request))
        parcels = wrong.read(lambda: VectorInput.read(self, parameters, p.PARCELS, context))
        if parcels is not None:
            wrong.read(lambda: _check_field(parcels, reader.text(self.DECLARED_FIELD)))
        return wrong.sentences

    def prepare(self, parameters: dict, context: QgsProcessingContext) -> None:
        wrong = Problems()
        self._job = self._request(Reader(self, parameters, context), wrong)
        self._parcels = wrong.read(lambda: VectorInput.read(self, parameters, p.PARCELS, context))
        wrong.refuse()

    def execute(self, parameters: dict, context: QgsProcessingContext, feedback: QgsProcessingFeedback) -> dict:
        """Check, and show the parcels."""
        voice = ProcessingFeedback(feedback)
        file = self._parcels.as_file(QgsProcessingUtils.tempFolder(), "declarations", context, voice)
        request = replace(
            self._job,
            parcels=file.path,
            layer=file.layer,
            encoding=file.encoding,
            checked=self.parameterAsOutputLayer(parameters, self.CHECKED, context),
            report=self.parameterAsFileOutput(parameters, p.REPORT, context),
        )
        found = check_declarations(request, voice)
        voice.info(found.sentence)
        v.show(context, request.checked, self.tr("Checked parcels"), v.style_lights)
        results = {self.CHECKED: request.checked, **found.numbers}
        return {**results, **({p.REPORT: request.report} if request.report else {})}

    def _request(self, reader: Reader, wrong: Problems) -> DeclarationRequest:
        return DeclarationRequest(
            crop_map=wrong.read(lambda: reader.raster(p.CROP_MAP), ""),
            parcels="",
            declared_field=reader.text(self.DECLARED_FIELD),
            checked="",
            probabilities=wrong.read(lambda: reader.raster(p.PROBABILITIES), ""),
            confidence=wrong.read(lambda: reader.raster(p.CONFIDENCE), ""),
            previous_map=wrong.read(lambda: reader.raster(self.PREVIOUS_MAP), ""),
            previous_probabilities=wrong.read(lambda: reader.raster(self.PREVIOUS_PROBABILITIES), ""),
            table=wrong.read(lambda: read_table(reader.text(self.CLASS_TABLE)), {}),
            groups=reader.text(self.GROUPS),
            options=reader.options(DeclarationOptions),
        )


def _check_field(parcels: VectorInput, field: str) -> None:
    if field not in parcels.field_names:
        raise ParcelError(
            tr("The layer {title} has no field '{field}'{field_2}: choose one of {names}.").format(
                title=parcels.name,
                field=field,
                field_2=meant(field, parcels.field_names),
                names=", ".join(parcels.field_names),
            )
        )
