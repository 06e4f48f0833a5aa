"""How outputs look in QGIS: ramps from resources/styles, classes from the file's own legend."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

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
)
from qgis.PyQt.QtGui import QColor

from ..models.card import CropClass
from ..models.legend import TEMPERATE_EUROPE
from .base import ROOT
from .legend import legend_of
from .parcel_style import style_parcels
from .temporal import make_temporal

CROP_MAP, CONFIDENCE, PROBABILITIES = "crop_map", "confidence", "probabilities"
TEMPORAL, CHANNEL, SPATIAL, SENSOR_SHARE = "temporal", "channel", "spatial", "sensor_share"
PARCELS = "parcels"
KINDS = (PARCELS, CROP_MAP, CONFIDENCE, TEMPORAL, CHANNEL, SENSOR_SHARE, SPATIAL, PROBABILITIES)
"""All kinds, in the order in which layers lie on each other, the uppermost first."""

SHARE_BAND = "Share of Sentinel-1"
SAMPLE = 512
"""Pixels a side, at most, from which the range of a ramp is read."""


def style_layer(layer: QgsMapLayer, kind: str, legend: Sequence[CropClass] = ()) -> None:
    """Style one output.

    Args:
        layer: a loaded output.
        kind: one of `KINDS`.
        legend: names and colours of the classes, for parcels; empty takes those of the bundled checkpoint.

    Raises:
        KeyError: the kind is not known.
    """
    style = styles()[kind]
    if kind == PARCELS:
        style_parcels(layer, legend or TEMPERATE_EUROPE, style)
    elif kind == CROP_MAP:
        _style_classes(layer, style)
    else:
        _style_ramp(layer, kind, style)
        if kind == TEMPORAL:
            make_temporal(layer)
    layer.triggerRepaint()


@lru_cache(maxsize=1)
def styles() -> dict[str, dict[str, Any]]:
    """Return the looks by kind, as resources/styles/styles.json has them."""
    return json.loads((ROOT / "resources" / "styles" / "styles.json").read_text(encoding="utf-8"))


def _style_classes(layer: QgsRasterLayer, style: dict[str, Any]) -> None:
    classes = [
        QgsPalettedRasterRenderer.Class(entry.code, QColor(entry.colour), entry.name)
        for entry in legend_of(layer.source())
    ]
    if classes:
        renderer = QgsPalettedRasterRenderer(layer.dataProvider(), 1, classes)
        renderer.setOpacity(style["opacity"])
        layer.setRenderer(renderer)


def _style_ramp(layer: QgsRasterLayer, kind: str, style: dict[str, Any]) -> None:
    bands = _bands(layer, kind)
    samples = [_sample(layer.source(), band) for band in bands]
    lowest, highest = style["range"] if "range" in style else _range(samples, style["percentiles"])
    means = [values.mean() if values.size else -np.inf for values in samples]
    layer.setRenderer(_ramp_renderer(layer, bands[int(np.argmax(means))], style, lowest, highest))


def _bands(layer: QgsRasterLayer, kind: str) -> list[int]:
    """Return the bands of a kind; the share of Sentinel-1 lies in one file with the channel attention."""
    bands = range(1, layer.bandCount() + 1)
    share = [band for band in bands if SHARE_BAND in layer.bandName(band)]
    if kind == SENSOR_SHARE:
        return share or [layer.bandCount()]
    return [band for band in bands if band not in share] or [1]


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
    layer: QgsRasterLayer, band: int, style: dict[str, Any], lowest: float, highest: float
) -> QgsSingleBandPseudoColorRenderer:
    colours = [QColor(colour) for colour in style["ramp"]]
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
    suffix = style.get("suffix", "")
    digits = 0 if highest - lowest > 10 else 3
    function.setColorRampItemList(
        [
            QgsColorRampShader.ColorRampItem(value, colour, f"{value:.{digits}f}{suffix}")
            for value, colour in zip((lowest + places * (highest - lowest)).tolist(), colours)
        ]
    )
    shader = QgsRasterShader(lowest, highest)
    shader.setRasterShaderFunction(function)
    renderer = QgsSingleBandPseudoColorRenderer(layer.dataProvider(), band, shader)
    renderer.setClassificationMin(lowest)
    renderer.setClassificationMax(highest)
    return renderer
