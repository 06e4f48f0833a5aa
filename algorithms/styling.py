"""How outputs look in QGIS: the styles of the engine, as layers take them."""

from __future__ import annotations

from collections.abc import Sequence

from qgis.core import QgsMapLayer
from qgis.PyQt.QtXml import QDomDocument

from ..engine.jobs.style import layer_style, legend_of, raster_style
from ..engine.product import Product
from ..engine.products import PARCEL_LABELS
from ..models.card import CropClass
from ..models.legend import TEMPERATE_EUROPE
from .temporal import make_temporal


def style_layer(layer: QgsMapLayer, product: Product, legend: Sequence[CropClass] = ()) -> None:
    """Style one output.

    Args:
        legend: names and colours of the classes, for parcels; empty takes those of the bundled checkpoint.
    """
    if product.name == PARCEL_LABELS.name:
        give(layer, layer_style(legend or TEMPERATE_EUROPE, [field.name() for field in layer.fields()]))
    else:
        classes = () if product.style is not None else legend_of(layer.source())
        if product.style is not None or classes:
            give(layer, raster_style(layer.source(), product.style, classes))
        if product.style is not None and product.style.dated:
            make_temporal(layer)
    layer.triggerRepaint()


def give(layer: QgsMapLayer, style: str) -> None:
    """Give a layer a style that is QML."""
    document = QDomDocument()
    document.setContent(style)
    layer.importNamedStyle(document)
