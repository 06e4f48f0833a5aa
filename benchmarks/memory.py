"""Peak memory of a mapping run against the area: python benchmarks/memory.py --help.

One simulated county is repeated by virtual rasters, so that a large area costs no disk.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from osgeo import gdal

gdal.UseExceptions()

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
    import numpy as np

    from crop_attention.benchmarks.peak import peak_megabytes
    from crop_attention.engine.feedback import Feedback
    from crop_attention.engine.mapping.classify import classify
    from crop_attention.engine.mapping.stream import wanted_tiles
    from crop_attention.engine.options import BLOCK, MappingOptions, SeriesOptions
    from crop_attention.engine.series.settle.prepare import SeriesInputs, prepare
    from crop_attention.models.checkpoint import read_card

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


def main() -> None:
    """Simulate a county, repeat it, and print one row a size."""
    from crop_attention.engine.feedback import Feedback
    from crop_attention.engine.simulation.county import CountyOptions, simulate_county
    from crop_attention.models.checkpoint import default_checkpoint

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sides", type=int, nargs="+", default=[1024, 4096], help="pixels a side, multiples of --tile")
    parser.add_argument("--tile", type=int, default=512, help="pixels a side of the simulated county")
    parser.add_argument("--dates", type=int, default=30, help="dates a sensor")
    parser.add_argument("--run", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--every", type=int, default=1, help="map only every n-th tile; the rest is written as nodata")
    arguments = parser.parse_args()
    checkpoint = str(default_checkpoint())
    if arguments.run:
        one_run(arguments.run, checkpoint, arguments.every)
        return
    with tempfile.TemporaryDirectory() as scratch:
        county = Path(scratch) / "county"
        options = CountyOptions(size=arguments.tile, s2_dates=arguments.dates, s1_dates=arguments.dates)
        simulate_county(str(county), options, Feedback())
        print(f"{'pixels':>12} {'seconds':>9} {'pixels/s':>9} {'peak MB':>9} {'against first':>14}")
        first = None
        for side in arguments.sides:
            folder = repeated(county, Path(scratch) / str(side), side // arguments.tile)
            # A process of its own: the peak of one size must not hide in that of another.
            command = [sys.executable, os.path.abspath(__file__), "--run", str(folder), "--every", str(arguments.every)]
            printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            row = json.loads(printed.splitlines()[-1])
            first = first or row["megabytes"]
            rate = row["pixels"] / row["seconds"]
            print(
                f"{row['pixels']:>12,} {row['seconds']:>9.1f} {rate:>9,.0f} {row['megabytes']:>9.0f} "
                f"{row['megabytes'] / first - 1:>13.1%}",
                flush=True,
            )


if __name__ == "__main__":
    main()
