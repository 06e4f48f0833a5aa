"""A small picture of a crop map, inside the report."""

from __future__ import annotations

import struct
import zlib
from base64 import b64encode
from collections.abc import Sequence

import numpy as np
from osgeo import gdal

from ....models.card import CropClass
from ....models.language import tr
from ...legend import NODATA
from ..html import Markup, join, paragraph, tag

gdal.UseExceptions()

LONGEST = 480
"""Pixels along the longer side, at most."""

SHOWN = 360
"""Pixels on the page along the longer side, at least, so that a small map is not a stamp."""


def map_picture(path: str, classes: Sequence[CropClass], legend: Sequence[Markup]) -> Markup:
    """Return a crop map as a picture with its legend beside it, a line a class; below it on a narrow screen.

    Args:
        path: of the raster of class codes, which GDAL reads at the size that is shown.
    """
    dataset = gdal.Open(path)
    band = dataset.GetRasterBand(1)
    shrunk = max(1.0, max(band.XSize, band.YSize) / LONGEST)
    width, height = (max(1, round(size / shrunk)) for size in (band.XSize, band.YSize))
    codes = band.ReadAsArray(buf_xsize=width, buf_ysize=height)
    band = dataset = None
    colours = {entry.code: entry.colour for entry in classes}
    grown = max(1.0, SHOWN / max(width, height))
    picture = tag(
        "img", "", src=f"data:image/png;base64,{b64encode(png(codes, colours)).decode('ascii')}",
        alt=tr("Crop map"), width=round(width * grown), height=round(height * grown), class_="map",
    )  # fmt: skip
    caption = paragraph(tr("The crop map; empty where there is no data."), "caption")
    sides = (Markup(f"{picture}\n{caption}"), join(legend, "\n"))
    return tag("table", tag("tr", join(tag("td", side) for side in sides)), class_="beside")


def png(codes: np.ndarray, colours: dict[int, str]) -> bytes:
    """Return (H, W) uint8 codes as a PNG with a palette; codes without a colour are transparent.

    ISO/IEC 15948: a palette, the opacity of its colours, rows without filter.
    """
    palette, opacity = np.zeros((256, 3), np.uint8), np.zeros(256, np.uint8)
    for code, colour in colours.items():
        palette[code] = [int(colour[place : place + 2], 16) for place in (1, 3, 5)]
        opacity[code] = 0 if code == NODATA else 255
    height, width = codes.shape
    rows = np.zeros((height, width + 1), np.uint8)
    rows[:, 1:] = codes
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
        (b"PLTE", palette.tobytes()),
        (b"tRNS", opacity.tobytes()),
        (b"IDAT", zlib.compress(rows.tobytes(), 9)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )
