"""How labelled parcels look: filled by crop, named where the map is large enough."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from qgis.core import (
    QgsCategorizedSymbolRenderer,
    QgsExpression,
    QgsFillSymbol,
    QgsPalLayerSettings,
    QgsRendererCategory,
    QgsTextBufferSettings,
    QgsTextFormat,
    QgsVectorLayer,
    QgsVectorLayerSimpleLabeling,
)
from qgis.PyQt.QtGui import QColor

from ..models.card import CropClass
from .base import tr

NAME, SHARE = "crop_name", "crop_share"
"""Fields of `engine.parcels.fields` that a labelled layer is drawn by."""


def style_parcels(layer: QgsVectorLayer, legend: Sequence[CropClass], style: dict[str, Any]) -> None:
    """Colour parcels by the name of their crop and label them with name and share."""
    name, share = label_field(layer, NAME), label_field(layer, SHARE)
    categories = [QgsRendererCategory(entry.name, _fill(entry.colour, style), entry.name) for entry in legend]
    categories.append(QgsRendererCategory(None, _fill(style["unlabelled"], style), tr("No label")))
    layer.setRenderer(QgsCategorizedSymbolRenderer(name, categories))
    layer.setLabeling(QgsVectorLayerSimpleLabeling(_labels(name, share, style)))
    layer.setLabelsEnabled(True)


def label_field(layer: QgsVectorLayer, name: str) -> str:
    """Return the last field of this name: QGIS numbers the ones that the analyst's layer had already."""
    numbered = [name, *(f"{name}_{number}" for number in range(2, 10))]
    return next((found for found in reversed(numbered) if layer.fields().lookupField(found) >= 0), name)


def _fill(colour: str, style: dict[str, Any]) -> QgsFillSymbol:
    symbol = QgsFillSymbol.createSimple(
        {
            "outline_color": style["outline"],
            "outline_width": str(style["outline_width"]),
            "outline_width_unit": "MM",
            "style": "solid",
        }
    )
    fill = QColor(colour)
    fill.setAlphaF(style["fill_opacity"])
    symbol.symbolLayer(0).setFillColor(fill)
    return symbol


def _labels(name: str, share: str, style: dict[str, Any]) -> QgsPalLayerSettings:
    settings = QgsPalLayerSettings()
    crop, part = QgsExpression.quotedColumnRef(name), QgsExpression.quotedColumnRef(share)
    settings.fieldName = f"{crop} || '\\n' || round(100 * {part}) || ' %'"
    settings.isExpression = True
    settings.scaleVisibility = True
    settings.minimumScale = style["label_scale"]
    settings.maximumScale = 0
    text = QgsTextFormat()
    text.setSize(style["label_size"])
    text.setColor(QColor("#1a1a1a"))
    buffer = QgsTextBufferSettings()
    buffer.setEnabled(True)
    buffer.setSize(0.8)
    buffer.setColor(QColor(255, 255, 255, 220))
    text.setBuffer(buffer)
    settings.setFormat(text)
    return settings
