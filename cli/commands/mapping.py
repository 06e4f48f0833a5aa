"""What the commands that run the network share: rasters by name, places that are checked, results."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Mapping
from typing import Any

from ...engine.run import Finished, Request
from ...engine.writing.place import check_geotiff
from ..packages import NETWORK, check_packages
from ..request import check_all, check_heatmaps, mapping_options, parcel_file, read_request

RASTERS = {
    "crop_map": "crop_map",
    "confidence": "confidence",
    "probabilities": "probabilities",
    "temporal_attention": "temporal",
    "channel_attention": "channel",
    "spatial_attention": "spatial",
}
"""Argument -> name of the raster in the engine."""

HEATMAPS = {
    "--temporal-attention": "GeoTIFF, a band a step of the season: how much it counted",
    "--channel-attention": "GeoTIFF, a band a band or polarisation, and the share of Sentinel-1",
    "--spatial-attention": "GeoTIFF, how much each pixel counted",
}


def places_of(values: Namespace) -> dict[str, str]:
    """Return argument -> file of the rasters that are asked for."""
    return {name: place for name in RASTERS if (place := getattr(values, name, None))}


def checked_request(values: Namespace, *more: Callable[[], object]) -> Request:
    """Return the run that is asked for, after all that values alone can tell was checked, and `more` with it."""
    check_packages(NETWORK)
    places = places_of(values)
    check_all(
        lambda: read_request(values),
        lambda: parcel_file(values),
        lambda: check_heatmaps(values, [RASTERS[name] for name in places]),
        *(lambda place=place: check_geotiff(place) for place in places.values()),
        *more,
    )
    request = read_request(values)
    request.mapping_options, request.parcels = mapping_options(values), parcel_file(values)
    return request


def results_of(finished: Finished, places: Mapping[str, str | None]) -> dict[str, Any]:
    """Return what a program wants to know of a finished run; `places` are the outputs by argument."""
    return {
        **{name.upper(): place for name, place in places.items() if place},
        "DEVICE_USED": finished.result.device,
        "SECONDS": round(finished.seconds, 2),
        "SEASON_USED": finished.season,
    }
