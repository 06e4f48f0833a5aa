"""What a run over counties writes and how hard it tries: the defaults, once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

PARCEL_LABELS, REPORT = "parcel_labels", "report"
FILES: Mapping[str, str] = MappingProxyType(
    {
        "crop_map": "crop_map.tif",
        "confidence": "confidence.tif",
        "probabilities": "probabilities.tif",
        PARCEL_LABELS: "parcel_labels.gpkg",
        "temporal": "temporal_attention.tif",
        "channel": "channel_attention.tif",
        "spatial": "spatial_attention.tif",
        REPORT: "report.html",
    }
)
"""Output -> its file in the folder of a county; the names are those of a mapping run."""

RASTERS = tuple(name for name in FILES if name not in (PARCEL_LABELS, REPORT))
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
