"""Where labels of parcels come from: the map and its checkpoint, the parcels, the options."""

from __future__ import annotations

import os
from pathlib import Path

from ..options import ParcelOptions
from ..provenance import derived_tags, digest_of


def describe_labels(crop_map: str, parcels: str, options: ParcelOptions, confidence: str = "") -> dict[str, str]:
    """Return what labelled parcels carry, as tag -> text.

    Args:
        crop_map: file of the map; the tags that a run of the network left in it are told too.
        parcels: file or name of the parcels.
        confidence: file of the confidence, "" for none.
    """
    found = derived_tags(crop_map)
    if "OPTIONS" in found:
        found["MAP_OPTIONS"] = found.pop("OPTIONS")
    found |= {
        "CROP_MAP_DIGEST": digest_of((crop_map,)),
        "PARCELS": Path(parcels).name,
        "OPTIONS": ", ".join(f"{name}={value}" for name, value in sorted(vars(options).items())),
    }
    if confidence:
        found["CONFIDENCE_DIGEST"] = digest_of((confidence,))
    if os.path.exists(parcels):
        found["PARCELS_DIGEST"] = digest_of((parcels,))
    return found
