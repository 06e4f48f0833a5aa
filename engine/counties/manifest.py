"""The order that an output folder was made by, and the time that its outputs carry."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from ..provenance import now
from ..writing.outputs import PendingOutput

NAME = "counties.json"
FORMAT = 1


def created_for(folder: str, order: Mapping[str, Any]) -> str:
    """Return the time of an order, ISO 8601: that of the run it goes on with, or now; it is kept in the folder.

    Args:
        folder: of the outputs.
        order: plain values, as `fingerprint.order_values` gives them.

    Raises:
        OutputError: the folder cannot be written.
    """
    place = Path(folder) / NAME
    known = _known(place, order)
    if known:
        return known
    created = now()
    content = {"format": FORMAT, "created": created, "order": dict(order)}
    with PendingOutput(place) as pending:
        with pending.writing(), open(pending.path, "w", encoding="utf-8", newline="\n") as file:
            file.write(json.dumps(content, ensure_ascii=False, indent=1) + "\n")
        pending.commit()
    return created


def _known(place: Path, order: Mapping[str, Any]) -> str:
    try:
        found = json.loads(place.read_text(encoding="utf-8"))
        if found["format"] != FORMAT or found["order"] != order:
            return ""
        datetime.fromisoformat(found["created"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return ""
    return found["created"]
