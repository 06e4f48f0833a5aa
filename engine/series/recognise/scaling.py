"""From stored numbers to reflectance: scale and offset of a Sentinel-2 band, and where they come from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from ...options import SeriesOptions
from ..acquisition import BandSource
from .bands import MASKS
from .images import BandImage
from .names import baseline_of

QUANTIFICATION = 10_000.0
ADDED = 1_000.0
"""Number that ESA adds to every reflectance from baseline 04.00 on."""

FIRST_ADDED_BASELINE = 400
FIRST_ADDED_DAY = date(2022, 1, 25)
"""First day of baseline 04.00 in operation."""

THEIA_NODATA = -10_000.0
_THEIA = re.compile(r"_[FS]RE_B\d", re.IGNORECASE)

GIVEN, OWN, METADATA, BASELINE, FLOAT, PLAIN = "given", "own", "metadata", "baseline", "float", "plain"


@dataclass(frozen=True)
class Scaling:
    """Reflectance = number * scale + offset; `origin` is one of the constants above."""

    scale: float
    offset: float
    origin: str


def scaling_of(look: BandImage, options: SeriesOptions) -> Scaling:
    """Return how a band's numbers become reflectance: the analyst's word, the file's, the product's, the type's."""
    found = _from_file(look)
    scale, offset = options.optical_scale, options.optical_offset
    if scale is None and offset is None:
        return found
    return Scaling(found.scale if scale is None else scale, found.offset if offset is None else offset, GIVEN)


def offset_unknown(look: BandImage, options: SeriesOptions) -> bool:
    """Return whether only samples can tell if 1,000 was added to the numbers."""
    undecided = options.optical_offset is None and look.day >= FIRST_ADDED_DAY and look.name not in MASKS
    return undecided and _from_file(look).origin == PLAIN and not baseline_of(look.facts.path, look.facts.tags)


def source_of(look: BandImage, scaling: Scaling | None = None) -> BandSource:
    """Return where a look's band lies; `scaling` None leaves backscatter as stored."""
    band = look.band
    nodata = band.nodata
    if nodata is None and look.facts.product:
        nodata = 0.0
    elif nodata is None and _THEIA.search(look.facts.name):
        nodata = THEIA_NODATA
    if scaling is None:
        scaling = Scaling(1.0 if band.scale is None else band.scale, band.offset or 0.0, OWN)
    return BandSource(look.facts.path, band.number, nodata, scaling.scale, scaling.offset)


def _from_file(look: BandImage) -> Scaling:
    band, product = look.band, look.facts.product
    if band.scale is not None:
        return Scaling(band.scale, band.offset or 0.0, OWN)
    if not band.integer:
        return Scaling(1.0, 0.0, FLOAT)
    if product and product.offsets:
        return Scaling(
            1 / product.quantification, product.offsets.get(look.name, 0.0) / product.quantification, METADATA
        )
    baseline = baseline_of(look.facts.path, look.facts.tags)
    quantification = product.quantification if product else QUANTIFICATION
    if baseline and int(baseline) >= FIRST_ADDED_BASELINE:
        return Scaling(1 / quantification, -ADDED / quantification, BASELINE)
    if product:
        return Scaling(1 / quantification, 0.0, METADATA)
    return Scaling(1 / quantification, 0.0, PLAIN)
