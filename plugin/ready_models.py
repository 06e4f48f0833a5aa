"""Ready-made models in the Toolbox: .model3 files with an id of their own, which say why a step failed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from qgis.core import (
    Qgis,
    QgsMessageLog,
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProcessingModelAlgorithm,
    QgsProcessingMultiStepFeedback,
    QgsProcessingOutputBoolean,
    QgsProcessingOutputDefinition,
    QgsProcessingOutputLayerDefinition,
    QgsProcessingOutputNumber,
    QgsProcessingOutputString,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterField,
)
from qgis.PyQt.QtGui import QIcon

from ..algorithms.base import LOG_TAG, ROOT, icon_path, tr
from ..algorithms.help_pages import help_url
from ..algorithms.inputs import problems
from ..algorithms.torch_check import check_gdal, check_installed, check_usable
from ..algorithms.values import bare

FOLDER = ROOT / "resources" / "models"
SUFFIX = ".model3"
GROUP = "Ready-made models"
TRAINING_STEP = "cropattention:traincheckpoint"
SHOWN = ("description", "help", "model_name")
"""Entries of a model file that people read."""

PLAIN = (QgsProcessingOutputNumber, QgsProcessingOutputString, QgsProcessingOutputBoolean)
"""Outputs that are values; QGIS passes only files and layers on from the steps of a model."""


def load_models(folder: Path = FOLDER) -> list[ReadyModel]:
    """Return the models of a folder by name; one that cannot be read is logged and left out."""
    found = []
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        model = ReadyModel()
        if model.fromFile(str(path)):
            model.setSourceFilePath(str(path))
            found.append(model)
        else:
            text = tr("The model {} cannot be read; install the plugin again.").format(path.name)
            QgsMessageLog.logMessage(text, LOG_TAG, Qgis.MessageLevel.Warning)
    return found


def _translated(value: Any, shown: bool = False) -> Any:
    """Return what a model file holds, with the texts that people read in the language in use."""
    if isinstance(value, dict):
        return {name: _translated(each, shown or name in SHOWN) for name, each in value.items()}
    if isinstance(value, list):
        return [_translated(each) for each in value]
    return tr(value) if shown and isinstance(value, str) else value


class ReadyModel(QgsProcessingModelAlgorithm):
    """A model that comes with the plugin; its id is the name of its file."""

    def createInstance(self) -> ReadyModel:
        """Return a fresh copy whose steps are looked up anew."""
        copy = ReadyModel()
        copy.loadVariant(_translated(self.toVariant()))
        copy.setSourceFilePath(self.sourceFilePath())
        return copy

    def name(self) -> str:
        """Return the id, which never changes."""
        return Path(self.sourceFilePath()).stem

    def displayName(self) -> str:
        """Return the name in the Toolbox."""
        return tr(super().displayName())

    def group(self) -> str:
        """Return the branch in the Toolbox."""
        return tr(GROUP)

    def groupId(self) -> str:
        """Return the id of the branch, which never changes."""
        return "models"

    def shortDescription(self) -> str:
        """Return the tooltip: the first sentence of the help."""
        first = self.helpContent().get("ALG_DESC", "").split(". ")[0]
        return tr(first.rstrip(".") + ".")

    def tags(self) -> list[str]:
        """Return the words by which the Toolbox finds the model."""
        return [tag.strip() for tag in tr("model,workflow,chain,batch,crop,parcel,accuracy,training").split(",")]

    def helpUrl(self) -> str:
        """Return the page of the packaged documentation that tells more."""
        return help_url("models_and_batch")

    def icon(self) -> QIcon:
        """Return the icon in the Toolbox."""
        return QIcon(self.svgIconPath())

    def svgIconPath(self) -> str:
        return icon_path("ready_model.svg")

    def initAlgorithm(self, configuration=None) -> None:
        """Declare the numbers and texts of the steps beside the outputs that the file declares."""
        super().initAlgorithm(configuration or {})
        self._order_destinations()
        for child, definition in self._plain_outputs():
            output = type(definition)(_key(child, definition.name()), definition.description())
            self.addOutput(output)

    def checkParameterValues(self, parameters: dict, context: QgsProcessingContext) -> tuple[bool, str]:
        """Return whether a run can start; outputs that have a default may be left out, which old QGIS refuses."""
        sentences = self._problems(parameters, context)
        if sentences:
            return False, "\n".join(sentences)
        return super().checkParameterValues(self._filled(parameters), context)

    def prepareAlgorithm(
        self, parameters: dict, context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> bool:
        """Check again, as batches do not; a refusal waits for `processAlgorithm`, as for every algorithm here."""
        sentences = self._problems(parameters, context) or problems(check_usable if self._trains() else check_gdal)
        self._refusal = "\n".join(sentences)
        return super().prepareAlgorithm(parameters, context, feedback)

    def processAlgorithm(
        self, parameters: dict, context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> dict:
        """Run the steps; a step that fails or is cancelled fails the model with its reason."""
        if self._refusal:
            raise QgsProcessingException(self._refusal)
        ears = _Ears(feedback)
        try:
            results = super().processAlgorithm(self._filled(parameters), context, ears)
        except QgsProcessingException as error:
            said = [text for text in ears.errors if text and text not in str(error)]
            raise QgsProcessingException(" ".join([f"{error}:" if said else str(error), *said])) from error
        done = results.get("CHILD_RESULTS", {})
        # QGIS takes a model that was cancelled between two steps for a whole one.
        if feedback.isCanceled() and set(done) != {name for name, _ in self._steps()}:
            raise QgsProcessingException(tr("The run was cancelled."))
        for child, definition in self._plain_outputs():
            if definition.name() in done.get(child, {}):
                results[_key(child, definition.name())] = done[child][definition.name()]
        return results

    def _order_destinations(self) -> None:
        """Put destinations in the order of the steps, as the diagram has them; QGIS sorts them by name."""
        heights = {
            _key(name, output): place.position().y()
            for name, child in self.childAlgorithms().items()
            for output, place in child.modelOutputs().items()
        }
        definitions = {each.name(): each.clone() for each in self.destinationParameterDefinitions()}
        for name, each in definitions.items():
            each.setDescription(tr(each.description()))
            self.removeParameter(name)
        for name in sorted(definitions, key=lambda name: heights.get(name, 0)):
            self.addParameter(definitions[name])

    def _steps(self) -> Iterator[tuple[str, QgsProcessingAlgorithm]]:
        """Yield the name and the algorithm of each step that is switched on and known to this QGIS."""
        for name, child in self.childAlgorithms().items():
            if child.isActive() and child.algorithm() is not None:
                yield name, child.algorithm()

    def _plain_outputs(self) -> Iterator[tuple[str, QgsProcessingOutputDefinition]]:
        """Yield step and definition of each output that is a value."""
        for name, algorithm in self._steps():
            for definition in algorithm.outputDefinitions():
                if isinstance(definition, PLAIN):
                    yield name, definition

    def _filled(self, parameters: dict) -> dict:
        """Return the values with the defaults of outputs that are left out, which QGIS may not make."""
        found = dict(parameters)
        for definition in self.destinationParameterDefinitions():
            value = bare(parameters.get(definition.name()))
            if isinstance(value, QgsProcessingOutputLayerDefinition):
                value = value.sink.staticValue()
            if not value and definition.defaultValue():
                found[definition.name()] = definition.defaultValue()
        return found

    def _trains(self) -> bool:
        """Return whether a step trains, which takes torch."""
        return any(child.algorithmId() == TRAINING_STEP for child in self.childAlgorithms().values())

    def _problems(self, parameters: dict, context: QgsProcessingContext) -> list[str]:
        """Return a sentence for each layer that cannot be opened and each field that its layer does not have."""
        found = problems(check_installed) if self._trains() else []
        if found:
            return found
        for definition in self.parameterDefinitions():
            if bare(parameters.get(definition.name())) in (None, ""):
                continue
            if isinstance(definition, QgsProcessingParameterFeatureSource):
                found.append(self._layer_problem(definition, parameters, context))
            elif isinstance(definition, QgsProcessingParameterField):
                found.append(self._field_problem(definition, parameters, context))
        return [sentence for sentence in found if sentence]

    def _layer_problem(self, definition, parameters: dict, context: QgsProcessingContext) -> str:
        if self.parameterAsSource(parameters, definition.name(), context) is not None:
            return ""
        text = tr("{}: the layer '{}' cannot be opened; choose another.")
        return text.format(definition.description(), parameters[definition.name()])

    def _field_problem(self, definition, parameters: dict, context: QgsProcessingContext) -> str:
        source = self.parameterAsSource(parameters, definition.parentLayerParameterName(), context)
        known = [] if source is None else [field.name() for field in source.fields()]
        field = self.parameterAsString(parameters, definition.name(), context)
        if source is None or field in known:
            return ""
        text = tr("{}: the layer '{}' has no field '{}'; choose one of {}.")
        return text.format(definition.description(), source.sourceName(), field, ", ".join(known) or tr("none"))


def _key(step: str, output: str) -> str:
    """Return the name of an output as QGIS makes it: step and output with a colon between."""
    return f"{step}:{output}"


class _Ears(QgsProcessingMultiStepFeedback):
    """Passes everything on and keeps the errors."""

    def __init__(self, feedback: QgsProcessingFeedback) -> None:
        super().__init__(1, feedback)
        self.errors: list[str] = []

    def reportError(self, error: str, fatalError: bool = False) -> None:
        self.errors.append(error)
        super().reportError(error, fatalError)
