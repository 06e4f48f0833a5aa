"""How outputs look in QGIS: ramps of the products, classes of the file's own legend, parcels by the engine's style."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from osgeo import gdal
from qgis.core import (
    QgsColorRampShader,
    QgsGradientColorRamp,
    QgsGradientStop,
    QgsMapLayer,
    QgsPalettedRasterRenderer,
    QgsRasterLayer,
    QgsRasterShader,
    QgsSingleBandPseudoColorRenderer,
    QgsVectorLayer,
)
from qgis.PyQt.QtGui import QColor
from qgis.PyQt.QtXml import QDomDocument

from ..engine.jobs.label import layer_style
from ..engine.product import Product, Style
from ..engine.products import PARCEL_LABELS
from ..models.card import CropClass
from ..models.legend import TEMPERATE_EUROPE
from .legend import legend_of
from .temporal import make_temporal

SAMPLE = 512
"""Pixels a side, at most, from which the range of a ramp is read."""


def style_layer(layer: QgsMapLayer, product: Product, legend: Sequence[CropClass] = ()) -> None:
    """Style one output.

    Args:
        layer: a loaded output.
        product: which one.
        legend: names and colours of the classes, for parcels; empty takes those of the bundled checkpoint.
    """
    if product.name == PARCEL_LABELS.name:
        style_parcels(layer, legend or TEMPERATE_EUROPE)
    elif product.style is None:
        _style_classes(layer)
    else:
        _style_ramp(layer, product.style)
        if product.style.dated:
            make_temporal(layer)
    layer.triggerRepaint()


def style_parcels(layer: QgsVectorLayer, legend: Sequence[CropClass]) -> None:
    """Give labelled parcels of any format the style that a GeoPackage holds."""
    document = QDomDocument()
    document.setContent(layer_style(legend, [field.name() for field in layer.fields()]))
    layer.importNamedStyle(document)


def _style_classes(layer: QgsRasterLayer) -> None:
    classes = [
        QgsPalettedRasterRenderer.Class(entry.code, QColor(entry.colour), entry.name)
        for entry in legend_of(layer.source())
    ]
    if classes:
        layer.setRenderer(QgsPalettedRasterRenderer(layer.dataProvider(), 1, classes))


def _style_ramp(layer: QgsRasterLayer, style: Style) -> None:
    bands = _bands(layer, style)
    samples = [_sample(layer.source(), band) for band in bands]
    lowest, highest = style.limits or _range(samples, style.percentiles)
    means = [values.mean() if values.size else -np.inf for values in samples]
    layer.setRenderer(_ramp_renderer(layer, bands[int(np.argmax(means))], style, lowest, highest))


def _bands(layer: QgsRasterLayer, style: Style) -> list[int]:
    """Return the bands that a style colours."""
    bands = range(1, layer.bandCount() + 1)
    return [band for band in bands if style.bands is None or style.bands(layer.bandName(band))] or [1]


def _sample(path: str, number: int) -> np.ndarray:
    """Return physical values of a band from its overviews, without nodata."""
    dataset = gdal.Open(path)
    band = dataset.GetRasterBand(number)
    values = band.ReadAsArray(buf_xsize=min(SAMPLE, band.XSize), buf_ysize=min(SAMPLE, band.YSize))
    nodata = band.GetNoDataValue()
    values = values[np.isfinite(values) & (True if nodata is None else values != nodata)].astype(np.float64)
    scale, offset = band.GetScale(), band.GetOffset()
    return values * (1.0 if scale is None else scale) + (offset or 0.0)


def _range(samples: list[np.ndarray], percentiles: Sequence[float]) -> tuple[float, float]:
    """Return one range for all bands, so that their colours can be compared."""
    values = np.concatenate(samples)
    if not values.size:
        return 0.0, 1.0
    lowest, highest = (float(value) for value in np.percentile(values, percentiles))
    return (lowest, highest) if highest > lowest else (lowest, lowest + 1e-6)


def _ramp_renderer(
    layer: QgsRasterLayer, band: int, style: Style, lowest: float, highest: float
) -> QgsSingleBandPseudoColorRenderer:
    colours = [QColor(colour) for colour in style.ramp]
    places = np.linspace(0.0, 1.0, len(colours))
    stops = [QgsGradientStop(float(place), colour) for place, colour in zip(places[1:-1], colours[1:-1])]
    ramp = QgsGradientColorRamp(colours[0], colours[-1], False, stops)
    function = QgsColorRampShader(
        lowest,
        highest,
        ramp,
        QgsColorRampShader.Type.Interpolated,
        QgsColorRampShader.ClassificationMode.Continuous,
    )
    digits = 0 if highest - lowest > 10 else 3
    function.setColorRampItemList(
        [
            QgsColorRampShader.ColorRampItem(value, colour, f"{value:.{digits}f}{style.suffix}")
            for value, colour in zip((lowest + places * (highest - lowest)).tolist(), colours)
        ]
    )
    shader = QgsRasterShader(lowest, highest)
    shader.setRasterShaderFunction(function)
    renderer = QgsSingleBandPseudoColorRenderer(layer.dataProvider(), band, shader)
    renderer.setClassificationMin(lowest)
    renderer.setClassificationMax(highest)
    return renderer
