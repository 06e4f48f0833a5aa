"""How outputs look: one style for QGIS's layers, for style files beside rasters, and for GeoPackages."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from osgeo import gdal

from ...models.card import CropClass
from .. import qml, sld
from ..comparison.parcels import compared_style
from ..declarations.style import declarations_style
from ..parcels.class_raster import legend_of
from ..parcels.fields import names_in
from ..parcels.style import parcel_style
from ..product import Product, Style
from ..products import chosen
from ..safety.opening import open_raster
from ..writing.outputs import PendingOutput, PendingOutputs

__all__ = [
    "compared_style",
    "declarations_style",
    "layer_style",
    "legend_of",
    "ramp_of",
    "raster_style",
    "style_places",
    "write_styles",
]

QML, SLD = ".qml", ".sld"
SAMPLE = 512
"""Pixels a side, at most, from which the range of a ramp is read."""


def layer_style(classes: Sequence[CropClass], held: Sequence[str]) -> str:
    """Return the style of a layer of labelled parcels whose fields have these names, as QML."""
    names = names_in(held)
    return parcel_style(classes, names, [name for name in held if name not in names.values()])


def raster_style(path: str, style: Style | None, classes: Iterable[CropClass]) -> str:
    """Return the style of a raster as QML; without a `style` it is a map of `classes`."""
    return qml.class_map(classes) if style is None else qml.ramp_map(*ramp_of(path, style), style.suffix)


def style_places(outputs: Mapping[str, str]) -> dict[str, Product]:
    """Return style file -> the raster that it belongs to, for the rasters among the outputs of a run.

    An SLD names numbers as they are stored, so there is none where a raster stores them scaled.
    """
    found = {}
    for product in chosen(outputs):
        for ending in (QML, SLD) if product.storage.scale is None else (QML,):
            found[str(Path(outputs[product.name]).with_suffix(ending))] = product
    return found


def write_styles(
    pending: PendingOutputs,
    outputs: Mapping[str, str],
    members: Mapping[str, PendingOutput],
    classes: Sequence[CropClass],
) -> None:
    """Write style files among the outputs of a run, from its rasters.

    Raises:
        OutputError: a file cannot be written.
    """
    for place, product in style_places(outputs).items():
        path = members[product.name].path
        if place.endswith(QML):
            text = raster_style(path, product.style, classes)
        elif product.style is None:
            text = sld.class_map(product.title, classes)
        else:
            text = sld.ramp_map(product.title, *ramp_of(path, product.style))
        member = pending.add(place)
        with member.writing(), open(member.path, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)


def ramp_of(path: str, style: Style) -> tuple[int, list[tuple[float, str, str]]]:
    """Return the band that is shown first, the one of the highest mean, and value, colour and label along the ramp.

    All bands have one range, so that their colours can be compared.
    """
    dataset = open_raster(path)
    bands = [dataset.GetRasterBand(number) for number in range(1, dataset.RasterCount + 1)]
    shown = [
        number for number, band in enumerate(bands, 1) if style.bands is None or style.bands(band.GetDescription())
    ] or [1]
    samples = [_sample(bands[number - 1]) for number in shown]
    lowest, highest = style.limits or _range(samples, style.percentiles)
    means = [values.mean() if values.size else -np.inf for values in samples]
    # Three figures of what the colours tell apart: QGIS writes the ends into the legend as they are.
    digits = 0 if highest - lowest > 10 else 2 - math.floor(math.log10(highest - lowest))
    values = np.linspace(round(lowest, digits), round(highest, digits), len(style.ramp)).tolist()
    items = [(value, colour, f"{value:.{digits}f}{style.suffix}") for value, colour in zip(values, style.ramp)]
    return shown[int(np.argmax(means))], items


def _sample(band: gdal.Band) -> np.ndarray:
    """Return physical values of a band from its overviews, without nodata."""
    values = band.ReadAsArray(buf_xsize=min(SAMPLE, band.XSize), buf_ysize=min(SAMPLE, band.YSize))
    nodata = band.GetNoDataValue()
    values = values[np.isfinite(values) & (True if nodata is None else values != nodata)].astype(np.float64)
    scale, offset = band.GetScale(), band.GetOffset()
    return values * (1.0 if scale is None else scale) + (offset or 0.0)


def _range(samples: list[np.ndarray], percentiles: Sequence[float]) -> tuple[float, float]:
    values = np.concatenate(samples)
    if not values.size:
        return 0.0, 1.0
    lowest, highest = (float(value) for value in np.percentile(values, percentiles))
    return (lowest, highest) if highest > lowest else (lowest, lowest + 1e-6)
