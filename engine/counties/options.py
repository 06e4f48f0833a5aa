"""What a run over counties writes and how hard it tries: the defaults, once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from .. import products

PARCEL_LABELS, REPORT = products.PARCEL_LABELS.name, products.REPORT.name
FILES: Mapping[str, str] = MappingProxyType({product.name: product.file for product in products.PRODUCTS})
"""Output -> its file in the folder of a county."""

RASTERS = tuple(product.name for product in products.rasters())
COUNTY = "{county}"
"""Stands in a path of rasters for the name of the county."""


@dataclass(frozen=True)
class CountiesOptions:
    """How counties are run.

    Attributes:
        outputs: what to write for each county, names of `FILES`; labels are written where parcels are given.
        attempts: how often a county is tried whose worker died.
    """

    outputs: tuple[str, ...] = ("crop_map", "confidence", PARCEL_LABELS, REPORT)
    attempts: int = 3
