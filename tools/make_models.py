"""Write resources/models/*.model3 through QGIS's own interface, from the plans beside this file."""

from __future__ import annotations

import sys
from pathlib import Path

from qgis.core import (
    QgsProcessingAlgorithm,
    QgsProcessingModelAlgorithm,
    QgsProcessingModelChildAlgorithm,
    QgsProcessingModelChildDependency,
    QgsProcessingModelChildParameterSource,
    QgsProcessingModelOutput,
    QgsProcessingModelParameter,
    QgsProcessingParameterDefinition,
)
from qgis.PyQt.QtCore import QPointF

from ..plugin.provider import ALGORITHMS
from ..plugin.ready_models import FOLDER, GROUP, SUFFIX
from .model_parts import Ask, Plan, Step
from .model_plans import PLANS

PROVIDER = "cropattention"
Source = QgsProcessingModelChildParameterSource
INPUT_X, STEP_X, OUTPUT_X = 140, 520, 900
ROW = 80
"""Places in the diagram, in its units."""


def build(plan: Plan) -> QgsProcessingModelAlgorithm:
    """Return the model of a plan."""
    algorithms = {kind.NAME: kind().create() for kind in ALGORITHMS}
    steps = {step.name: algorithms[step.algorithm] for step in plan.steps}
    model = QgsProcessingModelAlgorithm(plan.title, GROUP)
    help_texts = {"ALG_DESC": plan.text}
    for number, ask in enumerate(plan.asks):
        definition = _definition(ask, steps[ask.step])
        place = QgsProcessingModelParameter(ask.name)
        place.setPosition(QPointF(INPUT_X, ROW * (number + 1)))
        model.addModelParameter(definition, place)
        help_texts[ask.name] = definition.help()
    row = 1.0
    for step in plan.steps:
        model.addChildAlgorithm(_child(step, steps[step.name], row))
        help_texts.update({f"{step.name}:{entry.key}": _text(steps[step.name], entry.key) for entry in step.gives})
        row += max(len(step.gives), 2) + 0.5
    model.setParameterOrder([ask.name for ask in plan.asks])
    model.setHelpContent(help_texts)
    return model


def write(folder: Path = FOLDER) -> list[Path]:
    """Write all models and return their files.

    Raises:
        OSError: a file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for plan in PLANS:
        path = folder / f"{plan.name}{SUFFIX}"
        if not build(plan).toFile(str(path)):
            raise OSError(f"{path} cannot be written.")
        paths.append(path)
    return paths


def _definition(ask: Ask, algorithm: QgsProcessingAlgorithm) -> QgsProcessingParameterDefinition:
    definition = algorithm.parameterDefinition(ask.key).clone()
    flags = QgsProcessingParameterDefinition.Flag
    definition.setName(ask.name)
    definition.setDescription(ask.title or definition.description())
    definition.setHelp(ask.text or definition.help())
    kept = definition.flags() & ~flags.FlagAdvanced
    if "crop_map" in definition.metadata().get("widget_wrapper", {}):
        definition.setMetadata({})  # the map is no input of a model
    definition.setFlags(kept | flags.FlagAdvanced if ask.advanced else kept)
    return definition


def _child(step: Step, algorithm: QgsProcessingAlgorithm, row: float) -> QgsProcessingModelChildAlgorithm:
    child = QgsProcessingModelChildAlgorithm(f"{PROVIDER}:{step.algorithm}")
    child.setChildId(step.name)
    child.setDescription(algorithm.displayName())
    child.setPosition(QPointF(STEP_X, ROW * row))
    for key, source in step.feeds.items():
        if algorithm.parameterDefinition(key) is None:
            raise KeyError(f"{step.algorithm} takes no {key}.")
        origin, _, output = source.partition(".")
        found = Source.fromChildOutput(origin, output) if output else Source.fromModelParameter(source)
        child.addParameterSources(key, [found])
    for key, value in step.fixed.items():
        child.addParameterSources(key, [Source.fromStaticValue(value)])
    for definition in algorithm.parameterDefinitions():
        optional = definition.flags() & QgsProcessingParameterDefinition.Flag.FlagOptional
        if definition.name() not in {*step.feeds, *step.fixed} and not optional and not definition.isDestination():
            # The designer wants a value for each; a test fails when the files and the defaults part.
            child.addParameterSources(definition.name(), [Source.fromStaticValue(definition.defaultValue())])
    child.setDependencies([QgsProcessingModelChildDependency(name) for name in step.after])
    outputs = {}
    for number, entry in enumerate(step.gives):
        output = QgsProcessingModelOutput(entry.key)
        output.setChildId(step.name)
        output.setChildOutputName(entry.key)
        output.setDescription(entry.title)
        output.setMandatory(entry.required)
        if entry.default:
            output.setDefaultValue(entry.default)
        output.setPosition(QPointF(OUTPUT_X, ROW * (row + number)))
        outputs[entry.key] = output
    child.setModelOutputs(outputs)
    return child


def _text(algorithm: QgsProcessingAlgorithm, key: str) -> str:
    return algorithm.parameterDefinition(key).help()


def main() -> int:
    """Write the models of this checkout."""
    from qgis.core import QgsApplication

    from ..plugin.plugin import CropAttentionPlugin

    application = QgsApplication([], False)
    application.initQgis()
    CropAttentionPlugin(None).initProcessing()
    for path in write():
        print(path.name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
