"""What each system costs, read from a table that another run may or may not have written."""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import NamedTuple

from crop_attention.models.architectures import ARCHITECTURES

NAMES = {entry.title: name for name, entry in ARCHITECTURES.items()}


class Cost(NamedTuple):
    """Of one system; None where it was not measured."""

    weights: int | None = None
    mflop_a_pixel: float | None = None
    pixels_a_second: float | None = None
    threads: int | None = None


def read(path: Path) -> dict[str, Cost]:
    """Return costs by system; empty without the file. Columns and cells that are absent are None."""
    if not path.exists():
        return {}
    with path.open(newline="", encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    return {
        NAMES.get(line["system"], line["system"]): Cost(
            _number(line, "weights", int),
            _number(line, "mflop_a_pixel"),
            _number(line, "pixels_a_second"),
            _number(line, "threads", int),
        )
        for line in lines
        if line.get("system")
    }


def _number(line: dict[str, str], column: str, kind: type = float) -> float | int | None:
    try:
        value = float(line.get(column) or "nan")
    except ValueError:
        return None
    return kind(value) if math.isfinite(value) else None
