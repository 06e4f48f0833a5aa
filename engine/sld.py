"""Styles of rasters as GeoServer and other programs read them: Styled Layer Descriptor 1.0.0 (OGC 02-070)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..models.card import CropClass
from .qml import element, quoted

_SPACES = {
    "xmlns": "http://www.opengis.net/sld",
    "xmlns:ogc": "http://www.opengis.net/ogc",
    "xmlns:xlink": "http://www.w3.org/1999/xlink",
    "version": "1.0.0",
}


def class_map(title: str, classes: Iterable[CropClass]) -> str:
    """Return the style of a raster of class codes."""
    return _document(title, 1, "values", [(entry.code, entry.colour, entry.name) for entry in classes])


def ramp_map(title: str, band: int, items: Sequence[tuple[float, str, str]]) -> str:
    """Return the style of a raster of numbers; `items` are value, colour and label, from the lowest value on."""
    return _document(title, band, "ramp", items)


def _document(title: str, band: int, kind: str, items: Iterable[tuple[float, str, str]]) -> str:
    entries = [
        element("ColorMapEntry", color=colour, quantity=f"{value:g}", label=label, opacity=1)
        for value, colour, label in items
    ]
    channel = element("ChannelSelection", element("GrayChannel", element("SourceChannelName", str(band))))
    drawn = element("RasterSymbolizer", channel, element("ColorMap", *entries, type_=kind))
    named = element("Name", quoted(title))
    style = element("UserStyle", named, element("FeatureTypeStyle", element("Rule", drawn)))
    root = element("StyledLayerDescriptor", element("NamedLayer", named, style), **_SPACES)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{root}\n'
