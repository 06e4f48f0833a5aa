"""Vector outputs that the engine writes itself, as files."""

from __future__ import annotations

from collections.abc import Callable

from qgis.core import (
    QgsFillSymbol,
    QgsMapLayer,
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingLayerPostProcessorInterface,
    QgsProcessingParameterVectorDestination,
)

from ..engine.jobs.style import compared_style, declarations_style
from .parameters import Definition, helped
from .styling import give

_waiting: set[_Styler] = set()
"""QGIS does not keep post-processors alive; they leave when their layer is styled."""


def vector(key: str, title: str, text: str, points: bool = False, optional: bool = False) -> Definition:
    """Return the parameter of a vector output; a GeoPackage where the analyst names no file."""
    source = QgsProcessing.SourceType
    kind = source.TypeVectorPoint if points else source.TypeVectorPolygon
    made = QgsProcessingParameterVectorDestination(key, title, kind, None, optional, not optional)
    return helped(made, text)


def show(context: QgsProcessingContext, place: str, title: str, style: Callable[[QgsMapLayer], None]) -> None:
    """Say how an output is to be named and styled, if QGIS loads it."""
    if not place or not context.willLoadLayerOnCompletion(place):
        return
    details = context.layerToLoadOnCompletionDetails(place)
    if not details.forceName:
        details.name = title
    styler = _Styler(style)
    _waiting.add(styler)
    details.setPostProcessor(styler)


class _Styler(QgsProcessingLayerPostProcessorInterface):
    def __init__(self, style: Callable[[QgsMapLayer], None]) -> None:
        super().__init__()
        self._style = style

    def postProcessLayer(
        self, layer: QgsMapLayer, context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> None:
        """Style the layer; called by QGIS in the thread of the window."""
        _waiting.discard(self)
        self._style(layer)


def style_lights(layer: QgsMapLayer) -> None:
    """Show checked parcels as their GeoPackage does, whatever their format."""
    give(layer, declarations_style([field.name() for field in layer.fields()]))


def style_compared(layer: QgsMapLayer) -> None:
    """Show compared parcels as their GeoPackage does, whatever their format."""
    give(layer, compared_style([field.name() for field in layer.fields()]))


def style_outline(layer: QgsMapLayer) -> None:
    """Draw polygons as outlines, so that what lies below is seen."""
    layer.renderer().setSymbol(
        QgsFillSymbol.createSimple({"style": "no", "outline_color": "#ffd24d", "outline_width": "0.4"})
    )


def style_nothing(layer: QgsMapLayer) -> None:
    """Leave the layer as QGIS draws it."""
