"""What decides the outputs of a county, as one digest: when it changes, the county is made again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from ..provenance import version
from .options import PARCEL_LABELS
from .order import CountiesOrder

FORMAT = 1


def order_values(order: CountiesOrder, checkpoint_sha256: str) -> dict[str, Any]:
    """Return what an order asks for as plain values, without where and how fast it runs.

    Tile size, memory, threads and device are left out: they change no pixel beyond the last digits of a GPU.
    """
    return {
        "version": version(),
        "checkpoint_sha256": checkpoint_sha256,
        "s2": list(order.s2),
        "s1": list(order.s1),
        "counties": order.counties,
        "counties_layer": order.counties_layer,
        "name_field": order.name_field,
        "parcels": order.parcels,
        "parcels_layer": order.parcels_layer,
        "parcels_field": order.parcels_field,
        "season_start": order.season_start.isoformat() if order.season_start else "",
        "series_options": _plain(asdict(order.series_options)),
        "parcel_options": _plain(asdict(order.parcel_options)),
        "outputs": sorted(order.options.outputs),
    }


def fingerprint(
    order: CountiesOrder, checkpoint_sha256: str, name: str, shape: Sequence[str], rasters: Sequence[str], parcels: str
) -> str:
    """Return the digest of one county.

    Args:
        order: its season, options and outputs count.
        checkpoint_sha256: of the file of the network.
        name: of the county, which stands in its report.
        shape: texts that stand for its polygon.
        rasters: name, size and time of change of each raster, by sensor.
        parcels: digest of its parcels, "" without any.
    """
    labelled = bool(parcels) and PARCEL_LABELS in order.options.outputs
    values = {
        "format": FORMAT,
        "version": version(),
        "checkpoint": checkpoint_sha256,
        "name": name,
        "shape": list(shape),
        "rasters": list(rasters),
        "season_start": order.season_start.isoformat() if order.season_start else "",
        "series_options": asdict(order.series_options),
        "parcels": parcels,
        "parcel_options": asdict(order.parcel_options) if labelled else {},
        "outputs": sorted(order.options.outputs),
    }
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    """Return values as they come back from JSON."""
    return json.loads(json.dumps(values))
