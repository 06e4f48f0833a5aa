"""From stored numbers to reflectance: which scales and offsets metadata, name and type allow, and who says so."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Iterable

from ...options import SeriesOptions
from ..acquisition import ANALYST, METADATA, NAME, TYPE, BandSource, Scaling
from ..files.describe import BandFacts
from .images import BandImage
from .names import baseline_of

QUANTIFICATION = 10_000.0
ADDED = 1_000.0
"""Number that ESA adds to every reflectance from baseline 04.00 on."""

FIRST_ADDED_BASELINE = 400
OWN_BASELINES = 9900
"""From here on numbers are those of one's own Sen2Cor (99.99), which tell nothing of offsets."""

DECIMALS = (1.0, 1 / QUANTIFICATION)
"""Scales of decimal numbers: reflectance, or the whole numbers of a product after some averaging."""


GFMAP_SCALE, GFMAP_NODATA = 10 ** (-83 / 20), 65535.0
"""openEO GFMAP and WorldCereal store backscatter as amplitude of 16 bits: decibels are 20 log10(number) - 83."""

_GFMAP = re.compile(r"S1-SIGMA0-[VH]{2}")


def is_gfmap(band: BandFacts) -> bool:
    """Return whether a band is amplitude as GFMAP packs it."""
    return band.dtype == "UInt16" and band.scale is None and _GFMAP.fullmatch(band.description) is not None


def scalings_of(image: BandImage, options: SeriesOptions) -> tuple[Scaling, ...]:
    """Return every way a band's numbers may become reflectance, the likeliest first; one where it is known.

    The analyst's word comes before the file's, the product's and the name's. Whole numbers of any year may carry ESA's
    1,000: products of 2018 were processed again with it.
    """
    found = _from_file(image)
    scale, offset = options.optical_scale, options.optical_offset
    if scale is not None:
        # An added 0.1 is one of reflectance under any scale; an offset that is known was added to the numbers.
        kept = len(found) > 1
        found = [Scaling(scale, each.offset if kept else each.offset * scale / each.scale, ANALYST) for each in found]
    if offset is not None:
        found = [Scaling(each.scale, offset, ANALYST) for each in found]
    return tuple(dict.fromkeys(found))


def shared_scalings(every: Iterable[tuple[Scaling, ...]]) -> tuple[Scaling, ...] | None:
    """Return the candidates that all bands of a part share; () where each band's scaling is known, None for none.

    Bands that each bring a scale of their own were packed one by one, which tells the offset too. A band whose scaling
    is known settles those of the same part for which it is one of several.
    """
    kinds = list(dict.fromkeys(every))
    opened = [kind for kind in kinds if len(kind) > 1]
    own_scales = {kind[0].scale for kind in kinds if kind[0].origin == METADATA}
    if not opened or (len(own_scales) > 1 and all(kind[0].origin == METADATA for kind in kinds)):
        return ()
    known = {_numbers(kind[0]): kind[0] for kind in kinds if len(kind) == 1}
    shared = [
        known.get(_numbers(each), each)
        for each in opened[0]
        if all(_numbers(each) in map(_numbers, kind) for kind in opened) and (not known or _numbers(each) in known)
    ]
    return tuple(shared) or None


def _numbers(scaling: Scaling) -> tuple[float, float]:
    return scaling.scale, scaling.offset


def backscatter_scalings(image: BandImage) -> tuple[Scaling, ...]:
    """Return every way packed backscatter may become its unit; what neither file nor record says is as stored."""
    band = image.band
    if band.scale is not None:
        origin = ANALYST if image.facts.listed and image.facts.listed.scale is not None else METADATA
        return (Scaling(band.scale, band.offset or 0.0, origin),)
    recorded = _recorded(image)
    if recorded:
        return tuple(recorded)
    if is_gfmap(band):
        return (Scaling(GFMAP_SCALE, 0.0, NAME),)
    if band.integer:
        # Decibels times 100, or times 10, are usual in 16 bits.
        return tuple(Scaling(scale, 0.0, TYPE) for scale in (1.0, 0.01, 0.1))
    return (Scaling(1.0, 0.0, TYPE),)


def source_of(image: BandImage, scaling: Scaling) -> BandSource:
    """Return where an image's band lies and how its numbers are scaled."""
    band, record = image.band, image.recognised.record if image.recognised else None
    nodata = band.nodata
    if nodata is None and record is not None:
        nodata = record.nodata
    if nodata is None and image.facts.product:
        nodata = 0.0
    if nodata is None and is_gfmap(band):
        nodata = GFMAP_NODATA
    return BandSource(image.facts.path, band.number, nodata, scaling.scale, scaling.offset)


def baseline_offset(baseline: str) -> float | None:
    """Return the number that a processing baseline of ESA adds to reflectance; None where it tells nothing."""
    if not baseline or int(baseline) >= OWN_BASELINES:
        return None
    return ADDED if int(baseline) >= FIRST_ADDED_BASELINE else 0.0


def _recorded(image: BandImage) -> list[Scaling]:
    """Return the scalings of the record that knows the file; several are candidates for the numbers."""
    if image.recognised is None:
        return []
    record = image.recognised.record
    found = record.scalings_for(image.band.dtype)
    origin = ANALYST if record.analyst else NAME
    return [Scaling(each.scale, each.offset, origin) for each in found]


def _offset_known(image: BandImage) -> bool:
    """Return whether the record, the product's metadata or an old baseline says that nothing was added."""
    if len(_recorded(image)) == 1 or (image.facts.product and image.facts.product.quantification is not None):
        return True
    return baseline_offset(baseline_of(image.facts.path, image.facts.tags)[0]) == 0.0


def _from_file(image: BandImage) -> list[Scaling]:
    band, product = image.band, image.facts.product
    if band.scale is not None:
        origin = ANALYST if image.facts.listed and image.facts.listed.scale is not None else METADATA
        tagged = Scaling(band.scale, band.offset or 0.0, origin)
        if tagged.offset == -ADDED:
            # Meant of the stored numbers: as an offset of reflectance it leaves nothing.
            return [Scaling(1 / QUANTIFICATION, -ADDED / QUANTIFICATION, origin)]
        if origin == METADATA and not tagged.offset and not _offset_known(image):
            # Writers set a scale and leave the offset at its default.
            return [tagged, replace(tagged, offset=-ADDED / QUANTIFICATION)]
        return [tagged]
    recorded = _recorded(image)
    if recorded:
        # Whoever made other files of a product's says what they hold; the product's metadata tell of its own.
        return recorded
    if band.integer and product and product.quantification is not None:
        number = product.offsets.get(image.name, 0.0)
        return [Scaling(1 / product.quantification, number / product.quantification, METADATA)]
    if not band.integer:
        found = [Scaling(scale, 0.0, TYPE) for scale in DECIMALS]
        # Products with ESA's 1,000 become reflectance that is 0.1 too high where only the scale is applied.
        return [*found, *(replace(each, offset=-ADDED / QUANTIFICATION) for each in found[::-1])]
    baseline, origin = baseline_of(image.facts.path, image.facts.tags)
    added = baseline_offset(baseline)
    if added is not None:
        return [Scaling(1 / QUANTIFICATION, -added / QUANTIFICATION if added else 0.0, origin)]
    return [Scaling(1 / QUANTIFICATION, -number / QUANTIFICATION if number else 0.0, TYPE) for number in (0.0, ADDED)]
