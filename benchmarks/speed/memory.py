"""Peak memory of a run against the area, through benchmarks/memory.py."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Iterator

import numpy as np
from osgeo import gdal

from crop_attention.benchmarks import memory as runs

from .table import Row

WHOLE = 2048
"""Pixels a side up to which every tile is mapped; of larger maps every n-th, so that the hours do not grow too."""

PASS = re.compile(r"(?:ASC|DESC)_(\d{8})T\d{6}")
"""Pass, date and time of day in the names of a simulated county."""

METRES = 150
"""By which their corners differ at most."""


def apart(folder: Path) -> None:
    """Replace the Sentinel-1 files of a repeated county by twice as many scenes, each of an extent of its own."""
    draw = np.random.default_rng(60)
    for virtual in sorted((folder / "sentinel1").glob("*.vrt")):
        for passed in ("ASC_{}T173236", "DESC_{}T055012"):
            dataset = gdal.Open(str(virtual))
            x0, pixel, _, y0, _, _ = dataset.GetGeoTransform()
            width, height = (side - int(draw.integers(0, 60)) for side in (dataset.RasterXSize, dataset.RasterYSize))
            west, north = x0 + draw.uniform(-METRES, METRES), y0 + draw.uniform(-METRES, METRES)
            name = PASS.sub(lambda found, passed=passed: passed.format(found[1]), virtual.stem)
            scene = gdal.Translate(
                str(virtual.with_name(f"{name}.tif")),
                dataset,
                srcWin=[0, 0, width, height],
                outputBounds=[west, north, west + width * pixel, north - height * pixel],
                creationOptions=["TILED=YES", "COMPRESS=LZW"],
            )
            del scene, dataset
        virtual.unlink()


def own_extents(county: Path, side: int, scratch: Path) -> Iterator[Row]:
    """Yield the peak for scenes of which no two have one extent."""
    folder = runs.repeated(county, scratch / "extents", WHOLE // side)
    apart(folder)
    command = [sys.executable, runs.__file__, "--run", str(folder)]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    scenes = len(list((folder / "sentinel1").iterdir()))
    what = f"{WHOLE**2 / 1e6:.0f} million pixels, {scenes} Sentinel-1 scenes of {scenes} extents"
    yield Row("memory", what, json.loads(printed.splitlines()[-1])["megabytes"], "MB")


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
