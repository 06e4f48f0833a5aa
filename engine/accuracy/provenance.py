"""Where an assessment comes from: map, reference, matching and options."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from pathlib import Path

from osgeo import gdal

from ..provenance import OWN_TAG, version
from .options import AccuracyOptions

gdal.UseExceptions()

_MAP_TAGS = ("CHECKPOINT", "CHECKPOINT_SHA256", "SEASON", "CREATED")


def describe_assessment(
    crop_map: str,
    reference: str,
    field: str,
    options: AccuracyOptions,
    table: Mapping[str, str] | None = None,
    strata: str | None = None,
) -> dict[str, str]:
    """Return what a report says of its origin, as tag -> text.

    Args:
        crop_map: file of the map; the tags that a run of the network left in it are told too.
        reference: name of the layer.
        table: explicit matches, if any.
        strata: file of the strata, if any.
    """
    tags = gdal.Open(crop_map).GetMetadata()
    told = {
        OWN_TAG: version(),
        "CROP_MAP": Path(crop_map).name,
        **{f"MAP_{name}": tags[name] for name in _MAP_TAGS if tags.get(name)},
        "REFERENCE": reference,
        "CROP_FIELD": field,
        "STRATA": Path(strata).name if strata else "classes of the map",
        "OPTIONS": ", ".join(f"{name}={value}" for name, value in sorted(vars(options).items())),
    }
    if table:
        told["CLASS_TABLE"] = "; ".join(f"{value} = {name or '(ignored)'}" for value, name in table.items())
    told["CREATED"] = datetime.now(timezone.utc).isoformat(timespec="seconds")
    return told
