"""Peak memory of a run against the area, through benchmarks/memory.py."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Iterator

from crop_attention.benchmarks import memory as runs

from .table import Row

WHOLE = 2048
"""Pixels a side up to which every tile is mapped; of larger maps every n-th, so that the hours do not grow too."""


def peaks(county: Path, side: int, sides: tuple[int, ...], scratch: Path) -> Iterator[Row]:
    """Yield the peak for each size of a map."""
    first = None
    for number in sides:
        folder = runs.repeated(county, scratch / f"memory{number}", number // side)
        every = max(1, (number // WHOLE) ** 2)
        command = [sys.executable, runs.__file__, "--run", str(folder), "--every", str(every)]
        printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        peak = json.loads(printed.splitlines()[-1])["megabytes"]
        what = f"{number**2 / 1e6:.0f} million pixels" + (f", every {every}th tile mapped" if every > 1 else "")
        yield Row("memory", what, peak, "MB", None if first is None else peak / first, "first" if first else "")
        first = first or peak
