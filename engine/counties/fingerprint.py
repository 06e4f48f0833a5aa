"""What decides the outputs of a county, as one digest, and the request that an output folder was made by."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from ..provenance import now, version
from ..writing.outputs import PendingOutput
from .request import PARCEL_LABELS, CountiesRequest

FORMAT = 1


def request_values(request: CountiesRequest, checkpoint_sha256: str) -> dict[str, Any]:
    """Return what a request asks for as plain values, without where and how fast it runs.

    Tile size, memory, threads and device are left out: they change no pixel beyond the last digits of a GPU.
    """
    return {
        "version": version(),
        "checkpoint_sha256": checkpoint_sha256,
        "s2": list(request.s2),
        "s1": list(request.s1),
        "counties": request.counties,
        "counties_layer": request.counties_layer,
        "name_field": request.name_field,
        "parcels": request.parcels,
        "parcels_layer": request.parcels_layer,
        "parcels_field": request.parcels_field,
        "season_start": str(request.season_start) if request.season_start else "",
        "series_options": _plain(asdict(request.series_options)),
        "parcel_options": _plain(asdict(request.parcel_options)),
        "outputs": sorted(request.options.outputs),
        **_more(request),
    }


def fingerprint(
    request: CountiesRequest,
    checkpoint_sha256: str,
    name: str,
    shape: Sequence[str],
    rasters: Sequence[str],
    parcels: str,
) -> str:
    """Return the digest of one county.

    Args:
        request: its season, options and outputs count.
        checkpoint_sha256: of the file of the network.
        name: of the county, which stands in its report.
        shape: texts that stand for its polygon.
        rasters: name, size and time of change of each raster, by sensor.
        parcels: digest of its parcels, "" without any.
    """
    labelled = bool(parcels) and PARCEL_LABELS in request.options.outputs
    values = {
        "format": FORMAT,
        "version": version(),
        "checkpoint": checkpoint_sha256,
        "name": name,
        "shape": list(shape),
        "rasters": list(rasters),
        "season_start": str(request.season_start) if request.season_start else "",
        "series_options": asdict(request.series_options),
        "parcels": parcels,
        "parcel_options": asdict(request.parcel_options) if labelled else {},
        "outputs": sorted(request.options.outputs),
        **_more(request),
    }
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


def _more(request: CountiesRequest) -> dict[str, Any]:
    """Return what is asked for beyond the defaults: folders of earlier versions, which know of none, stay whole."""
    mapping = request.mapping_options
    more = {
        "encoding": request.encoding,
        "expected_shares": [list(entry) for entry in mapping.expected_shares],
        "cog": mapping.cog,
        "style_files": mapping.style_files,
    }
    return {name: value for name, value in more.items() if value}


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    """Return values as they come back from JSON."""
    return json.loads(json.dumps(values))


NAME = "counties.json"
FORMAT = 1


def created_for(folder: str, request: Mapping[str, Any]) -> str:
    """Return the time of a request, ISO 8601: that of the run it goes on with, or now; it is kept in the folder.

    Args:
        request: plain values, as `fingerprint.request_values` gives them.

    Raises:
        OutputError: the folder cannot be written.
    """
    place = Path(folder) / NAME
    known = _known(place, request)
    if known:
        return known
    created = now()
    content = {"format": FORMAT, "created": created, "order": dict(request)}
    with PendingOutput(place) as pending:
        with pending.writing(), open(pending.path, "w", encoding="utf-8", newline="\n") as file:
            file.write(json.dumps(content, ensure_ascii=False, indent=1) + "\n")
        pending.commit()
    return created


def is_manifest(place: Path) -> bool:
    """Return whether a file is the request that a run over counties keeps in its folder."""
    try:
        found = json.loads(place.read_text(encoding="utf-8"))
        return found["format"] == FORMAT and "order" in found and bool(datetime.fromisoformat(found["created"]))
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return False


def _known(place: Path, request: Mapping[str, Any]) -> str:
    try:
        found = json.loads(place.read_text(encoding="utf-8"))
        if found["format"] != FORMAT or found["order"] != request:
            return ""
        datetime.fromisoformat(found["created"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return ""
    return found["created"]
