"""Styles as QGIS stores them (QML), written without QGIS, so that the terminal writes what the dialogs show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape

from ..models.card import CropClass
from ..models.language import class_title

VERSION = "3.22.0"
"""Of QGIS whose form of QML is written; later ones read it."""


def element(name: str, /, *content: str, **attributes: object) -> str:
    """Return one XML element around content that is XML already; `type_` stands for `type`."""
    given = "".join(f' {key.rstrip("_")}="{quoted(value)}"' for key, value in attributes.items())
    inner = "".join(content)
    return f"<{name}{given}>{inner}</{name}>" if inner else f"<{name}{given}/>"


def quoted(value: object) -> str:
    """Return text as XML holds it; line breaks stay, also in attributes."""
    return escape(str(value)).replace("\n", "&#xa;")


def document(*content: str, **attributes: object) -> str:
    """Return a whole style."""
    root = element("qgis", *content, version=VERSION, styleCategories="AllStyleCategories", **attributes)
    return f"<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n{root}\n"


def options(values: Mapping[str, object], **attributes: object) -> str:
    """Return QGIS's map of texts."""
    entries = (element("Option", name=key, value=value, type_="QString") for key, value in values.items())
    return element("Option", *entries, type_="Map", **attributes)


def rgba(colour: str) -> str:
    """Return "#rrggbb" as QGIS writes colours."""
    return ",".join(str(int(colour[place : place + 2], 16)) for place in (1, 3, 5)) + ",255"


def fill(colour: str, outline: str, width: float) -> dict[str, object]:
    """Return the properties of a polygon's simple fill; "" leaves the inside open.

    Args:
        colour, outline: "#rrggbb".
        width: of the outline, in mm.
    """
    return {
        "color": rgba(colour or outline),
        "style": "solid" if colour else "no",
        "outline_color": rgba(outline),
        "outline_style": "solid",
        "outline_width": width,
        "outline_width_unit": "MM",
        "joinstyle": "bevel",
    }


def categorised(field: str, entries: Sequence[tuple[str, str, Mapping[str, object]]]) -> str:
    """Return a renderer of polygons.

    Args:
        field: by which they are told apart.
        entries: value, label and simple fill; the value "" stands for all others.
    """
    categories = [
        element("category", symbol=number, value=value, label=label, render="true")
        for number, (value, label, _) in enumerate(entries)
    ]
    symbols = [
        element(
            "symbol",
            element("layer", options(values), class_="SimpleFill", enabled=1, locked=0, pass_=0),
            name=number,
            type_="fill",
            alpha=1,
            clip_to_extent=1,
            force_rhr=0,
        )  # fmt: skip
        for number, (_, _, values) in enumerate(entries)
    ]
    return element(
        "renderer-v2", element("categories", *categories), element("symbols", *symbols),
        type_="categorizedSymbol", attr=field, symbollevels=0, enableorderby=0, forceraster=0,
    )  # fmt: skip


def class_map(classes: Iterable[CropClass]) -> str:
    """Return the style of a raster of class codes."""
    entries = (
        element("paletteEntry", value=entry.code, label=class_title(entry.name), color=entry.colour, alpha=255)
        for entry in classes
    )
    renderer = element(
        "rasterrenderer",
        element("colorPalette", *entries),
        type_="paletted", band=1, opacity=1, alphaBand=-1, nodataColor="",
    )  # fmt: skip
    return _raster(renderer)


def ramp_map(band: int, items: Sequence[tuple[float, str, str]], suffix: str = "") -> str:
    """Return the style of a raster of numbers.

    Args:
        items: value, colour and label, from the lowest value on, at equal distances.
        suffix: unit behind the numbers of the legend.
    """
    shown = (element("item", value=value, color=colour, label=label, alpha=255) for value, colour, label in items)
    lowest, highest = items[0][0], items[-1][0]
    stops = (f"{number / (len(items) - 1):.6g};{rgba(items[number][1])}" for number in range(1, len(items) - 1))
    ramp = options(
        {"color1": rgba(items[0][1]), "color2": rgba(items[-1][1]), "discrete": 0, "rampType": "gradient",
         "stops": ":".join(stops)}
    )  # fmt: skip
    legend = element("rampLegendSettings", useContinuousLegend=1, direction=0, orientation=2, suffix=suffix)
    shader = element(
        "colorrampshader", element("colorramp", ramp, type_="gradient", name="[source]"), *shown, legend,
        colorRampType="INTERPOLATED", classificationMode=1, clip=0, minimumValue=lowest, maximumValue=highest,
    )  # fmt: skip
    renderer = element(
        "rasterrenderer", element("rastershader", shader),
        type_="singlebandpseudocolor", band=band, opacity=1, alphaBand=-1, nodataColor="",
        classificationMin=lowest, classificationMax=highest,
    )  # fmt: skip
    return _raster(renderer)


def _raster(renderer: str) -> str:
    return document(element("pipe", renderer, element("rasterresampler", maxOversampling=2)))
