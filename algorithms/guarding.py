"""What an algorithm reads and writes, as far as its parameters tell, held against each other before a run."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from qgis.core import (
    QgsMapLayer,
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingFeatureSourceDefinition,
    QgsProcessingOutputLayerDefinition,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterFolderDestination,
    QgsProcessingUtils,
    QgsProperty,
)

from ..engine.jobs.checks import check_overwriting, check_report
from ..engine.products import REPORT

_DATABASE = re.compile(r"(?:ogr:)?dbname='((?:[^'\\]|\\.)+)'", re.IGNORECASE)
_MEMORY = ("memory:", "TEMPORARY_OUTPUT")


def refuse_overwriting_inputs(
    algorithm: QgsProcessingAlgorithm, values: dict[str, object], context: QgsProcessingContext
) -> None:
    """Raise OutputError when an output of an algorithm is one of its inputs or another output, or no web page."""
    reads: list[str] = []
    writes: list[str] = []
    for definition in algorithm.parameterDefinitions():
        value = values.get(definition.name())
        if definition.isDestination():
            if not isinstance(definition, QgsProcessingParameterFolderDestination):
                places = _destination(value, context)
                writes += places
                if definition.name() == REPORT.key:
                    check_report("".join(places))
        else:
            reads += _files(value, definition, context)
    if writes:
        check_overwriting(reads, writes)


def _destination(value: object, context: QgsProcessingContext) -> list[str]:
    if isinstance(value, QgsProcessingOutputLayerDefinition):
        value = value.sink
    if isinstance(value, QgsProperty):
        value = value.valueAsString(context.expressionContext())[0]
    text = str(value) if value not in (None, "") else ""
    database = _DATABASE.match(text)
    if database:
        return [database.group(1).replace("\\'", "'")]
    if not text or text.startswith(_MEMORY):
        return []
    return [text]


def _files(value: object, definition: QgsProcessingParameterDefinition, context: QgsProcessingContext) -> Iterator[str]:
    """Yield the files and folders that the value of an input stands for."""
    if isinstance(value, (list, tuple)):
        for entry in value:
            yield from _files(entry, definition, context)
        return
    if isinstance(value, QgsProcessingFeatureSourceDefinition):
        value = value.source
    if isinstance(value, QgsProperty):
        value = value.valueAsString(context.expressionContext())[0]
    if isinstance(value, QgsMapLayer):
        yield value.source()
    if not isinstance(value, str) or not value:
        return
    yield from (part for part in {value, *value.split(";")} if os.path.exists(part) or part.startswith("/vsi"))
    if definition.type() in ("raster", "vector", "source", "multilayer", "layer"):
        layer = QgsProcessingUtils.mapLayerFromString(value, context, not os.path.isdir(value))
        if layer is not None:
            yield layer.source()
