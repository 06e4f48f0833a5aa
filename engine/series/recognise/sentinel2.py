"""Sentinel-2 headers to images: bands, dates, levels and masks of one file."""

from __future__ import annotations

from ...options import SeriesOptions
from ..files.describe import RasterFacts
from .bands import s2_bands_in, s2_orders
from .dates import UNKNOWN_STYLE, Style
from .distributors.known import Recognised
from .images import BandImage, Findings
from .layers import Guess, dated_bands, named_layers
from .names import level_of, product_name, tile_of


def images_of(
    facts: RasterFacts,
    options: SeriesOptions,
    findings: Findings,
    recognised: Recognised | None = None,
    style: Style = UNKNOWN_STYLE,
) -> list[BandImage]:
    """Return the images of one Sentinel-2 file; what cannot be used is sorted out by kind.

    Raises:
        DateProblem: the file's names, bands and tags do not give one date.
    """
    level = (recognised.record.level if recognised else "") or level_of(facts.path, facts.tags)
    guess = Guess(s2_bands_in, lambda number: s2_orders(number, facts.bands[0].integer, facts.pixel, level))
    layers = named_layers(facts, guess, findings, recognised, style)
    if not layers.orders:
        return []
    tile = recognised.fields.get("tile", "").upper() if recognised else ""
    images = [
        BandImage(
            facts,
            band,
            layers.orders[0][place],
            stamp.day,
            stamp.time,
            tile or tile_of(facts.path, band.description) or (facts.told.tile if facts.told else ""),
            recognised=recognised,
            others=tuple(order[place] for order in layers.orders[1:]),
            order=layers.titles,
            date_origin=origin,
            band_origin=layers.origin,
        )
        for band, place, stamp, origin in dated_bands(facts, layers, findings, recognised, style)
    ]
    if level == "1C":
        for day in dict.fromkeys(image.day for image in images):
            findings.level1c.setdefault(day, []).append(product_name(facts.path) or facts.name)
        if not options.allow_level1c:
            return []
    if options.optical_scale is None:
        scaled = recognised is not None and bool(recognised.record.scalings_for("Byte"))
        pictures = [image for image in images if image.band.dtype == "Byte" and image.band.scale is None]
        if not scaled and any(image.meaning is None and image.name for image in pictures):
            findings.sort_out(f"picture {images[0].day}", facts.name)
            return []
    return images
