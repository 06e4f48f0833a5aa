"""Peak memory of a run against the area; a county is repeated by virtual rasters, so that a large one costs no disk."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Iterator

import numpy as np
from osgeo import gdal

from crop_attention.engine.feedback import Feedback
from crop_attention.engine.mapping.classify import classify
from crop_attention.engine.mapping.stream import wanted_tiles
from crop_attention.engine.options import BLOCK, MappingOptions, SeriesOptions
from crop_attention.engine.series.inputs import SeriesInputs
from crop_attention.engine.series.preprocessing.prepare import prepare
from crop_attention.models.checkpoint import default_checkpoint, read_card

from .peak import peak_megabytes
from .table import Row

gdal.UseExceptions()

WHOLE = 2048
"""Pixels a side up to which every tile is mapped; of larger maps every n-th, so that the hours do not grow too."""

PASS = re.compile(r"(?:ASC|DESC)_(\d{8})T\d{6}")
"""Pass, date and time of day in the names of a simulated county."""

METRES = 150
"""By which their corners differ at most."""


RUN = (sys.executable, "-m", "crop_attention.benchmarks.speed.memory")
"""A process of its own: the peak of one size must not hide in that of another."""

SOURCES = "sources"
"""Where a repeated county keeps the files that it repeats."""


def repeat(source: Path, target: Path, times: int) -> None:
    """Write a VRT that shows `source` `times` x `times` times, side by side."""
    dataset = gdal.Open(str(source))
    x0, pixel, _, y0, _, _ = dataset.GetGeoTransform()
    side = dataset.RasterXSize
    pieces = []
    with tempfile.TemporaryDirectory() as scratch:
        for row in range(times):
            for col in range(times):
                west, north = x0 + col * side * pixel, y0 - row * side * pixel
                bounds = [west, north, west + side * pixel, north - side * pixel]
                piece = str(Path(scratch) / f"{row}_{col}.vrt")
                gdal.Translate(piece, dataset, format="VRT", outputBounds=bounds)
                pieces.append(gdal.Open(piece))
        gdal.BuildVRT(str(target), pieces)
        text = target.read_text()
        del pieces
    # The pieces only shift the origin: point the mosaic at the file itself.
    for row in range(times):
        for col in range(times):
            text = text.replace(str(Path(scratch) / f"{row}_{col}.vrt"), str(source))
    target.write_text(text.replace('relativeToVRT="1"', 'relativeToVRT="0"'))
    copy = gdal.Open(str(target), gdal.GA_Update)
    for band in range(1, dataset.RasterCount + 1):
        copy.GetRasterBand(band).SetDescription(dataset.GetRasterBand(band).GetDescription())
    copy = None


def repeated(county: Path, folder: Path, times: int) -> Path:
    """Show both sensors of a county `times` x `times` times side by side in a new folder; return the folder."""
    for sensor in ("sentinel2", "sentinel1"):
        (folder / sensor).mkdir(parents=True)
        # Virtual rasters may lead into a folder that the run names, which knows only its own.
        shutil.copytree(county / sensor, folder / SOURCES / sensor)
        for source in sorted((folder / SOURCES / sensor).glob("*.tif")):
            repeat(source, folder / sensor / f"{source.stem}.vrt", times)
    return folder


def one_run(folder: Path, checkpoint: str, every: int = 1) -> None:
    """Map every n-th tile of the series of `folder` and print seconds, pixels and peak megabytes as JSON."""
    began = time.monotonic()
    inputs = SeriesInputs((str(folder / "sentinel2"),), (str(folder / "sentinel1"),))
    prepared = prepare(inputs, read_card(checkpoint), SeriesOptions(allow_folder=str(folder / SOURCES)))
    names = ("crop_map", "confidence", "temporal", "channel", "spatial")
    outputs = {name: str(folder / f"out_{name}.tif") for name in names}
    grid = prepared.grid
    wanted = np.zeros((-(-grid.height // BLOCK), -(-grid.width // BLOCK)), bool)
    for _, corners in wanted_tiles(grid, MappingOptions().tile_size, None)[::every]:
        for row, column in corners:
            wanted[row // BLOCK, column // BLOCK] = True
    classify(prepared, checkpoint, outputs, MappingOptions(), Feedback(), wanted)
    peak = peak_megabytes()
    print(json.dumps({"pixels": grid.width * grid.height, "seconds": time.monotonic() - began, "megabytes": peak}))


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
    folder = repeated(county, scratch / "extents", WHOLE // side)
    apart(folder)
    command = [*RUN, str(folder)]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    scenes = len(list((folder / "sentinel1").iterdir()))
    what = f"{WHOLE**2 / 1e6:.0f} million pixels, {scenes} Sentinel-1 scenes of {scenes} extents"
    yield Row("memory", what, json.loads(printed.splitlines()[-1])["megabytes"], "MB")


def peaks(county: Path, side: int, sides: tuple[int, ...], scratch: Path) -> Iterator[Row]:
    """Yield the peak for each size of a map."""
    first = None
    for number in sides:
        folder = repeated(county, scratch / f"memory{number}", number // side)
        every = max(1, (number // WHOLE) ** 2)
        command = [*RUN, str(folder), str(every)]
        printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        peak = json.loads(printed.splitlines()[-1])["megabytes"]
        what = f"{number**2 / 1e6:.0f} million pixels" + (f", every {every}th tile mapped" if every > 1 else "")
        yield Row("memory", what, peak, "MB", None if first is None else peak / first, "first" if first else "")
        first = first or peak


if __name__ == "__main__":
    one_run(Path(sys.argv[1]), str(default_checkpoint()), *map(int, sys.argv[2:]))
