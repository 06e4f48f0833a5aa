"""The parameters of outputs, made from their records."""

from __future__ import annotations

from collections.abc import Iterable

from qgis.core import (
    QgsProcessing,
    QgsProcessingParameterFeatureSink,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterRasterDestination,
)

from ..engine.products import CROP_MAP, PARCEL_LABELS, REPORT, Product
from .base import tr
from .parameters import Definition, helped


def destinations(products: Iterable[Product], default: Iterable[Product] = ()) -> list[Definition]:
    """Return the parameters of outputs.

    Args:
        products: the outputs, in the order of the dialog.
        default: those that are made unless the analyst leaves them out, beside those of which the records say so.
    """
    default = tuple(default)
    return [destination(product, product.by_default or product in default) for product in products]


def destination(product: Product, by_default: bool = True, optional: bool = True) -> Definition:
    """Return the parameter of one output; the crop map is the one that every run has."""
    key, title = product.key, tr(product.title)
    if product.name == CROP_MAP.name:
        made = QgsProcessingParameterRasterDestination(key, title, QgsProcessing.TEMPORARY_OUTPUT)
    elif product.is_raster:
        made = QgsProcessingParameterRasterDestination(key, title, optional=optional, createByDefault=by_default)
    elif product.name == PARCEL_LABELS.name:
        polygons = QgsProcessing.SourceType.TypeVectorPolygon
        made = QgsProcessingParameterFeatureSink(key, title, polygons, optional=optional, createByDefault=by_default)
    else:
        files = tr("{} files (*{})").format(product.suffix[1:].upper(), product.suffix)
        made = QgsProcessingParameterFileDestination(key, title, files, optional=optional, createByDefault=by_default)
    return helped(made, tr(product.help))


def parcel_labels(optional: bool) -> Definition:
    """The analyst's parcels with their labels."""
    return destination(PARCEL_LABELS, optional=optional)


def report(text: str) -> Definition:
    """One HTML file, with a help of its own."""
    return helped(destination(REPORT), text)
