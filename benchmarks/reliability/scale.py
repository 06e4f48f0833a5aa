"""Thousands of acquisitions, and a raster that no memory holds."""

from __future__ import annotations

import os
import resource
import time
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
from osgeo import gdal, osr

from crop_attention.engine.feedback import Feedback
from crop_attention.engine.options import SeriesOptions
from crop_attention.engine.series.inputs import Extent, SeriesInputs
from crop_attention.engine.series.preprocessing.prepare import prepare
from crop_attention.engine.series.preprocessing.summary import summarise
from crop_attention.models.checkpoint import default_checkpoint, read_card

from .runs import DONE, Child, Job, held, hidden
from .table import Row

ORIGIN = (500_000.0, 5_600_000.0)
START = date(2022, 10, 1)
DAYS = 360
MOST_FILES = 256
"""Files that the process may hold open; the limit of macOS."""


def _write(path: Path, values: np.ndarray, names: tuple[str, ...], kind: int) -> None:
    reference = osr.SpatialReference()
    reference.ImportFromEPSG(32631)
    bands, height, width = values.shape
    path.parent.mkdir(parents=True, exist_ok=True)
    target = gdal.GetDriverByName("GTiff").Create(str(path), width, height, bands, kind)
    target.SetProjection(reference.ExportToWkt())
    target.SetGeoTransform((ORIGIN[0], 10.0, 0.0, ORIGIN[1], 0.0, -10.0))
    target.WriteArray(values)
    for number, name in enumerate(names, 1):
        target.GetRasterBand(number).SetDescription(name)
    target.FlushCache()
    target = None


def write_series(folder: Path, number: int, size: int) -> Job:
    """Write so many acquisitions: a Sentinel-2 date each day, Sentinel-1 on several tracks, at most."""
    card, random = read_card(default_checkpoint()), np.random.default_rng(2)
    optical = min(number // 4, DAYS)
    for index in range(optical):
        day = START + timedelta(days=index * DAYS // optical)
        numbers = random.integers(200, 4000, (len(card.s2_bands), size, size)).astype(np.uint16)
        scl = np.full((1, size, size), 4, np.uint16)
        _write(folder / "s2" / f"S2A_MSIL2A_{day:%Y%m%d}T105031_T31UDS.tif", np.concatenate([numbers, scl]),
               (*card.s2_bands, "SCL"), gdal.GDT_UInt16)  # fmt: skip
    for index in range(number - optical):
        track, day = divmod(index, DAYS)
        values = random.normal(-14, 3, (2, size, size)).astype(np.float32)
        values[1] -= 6
        name = f"S1_GRD_ASC_R{track + 1:03}_{START + timedelta(days=day):%Y%m%d}T173236_VV_VH.tif"
        _write(folder / "s1" / name, values, ("VV", "VH"), gdal.GDT_Float32)
    return Job(str(folder / "s2"), str(folder / "s1"), "")


def many_acquisitions(scratch: Path, number: int, size: int = 64) -> Row:
    """Map a series of so many acquisitions with few open files."""
    job = replace(write_series(scratch / "many", number, size), folder=str(scratch / "out"))
    row = Row("scale", f"{number:,} acquisitions, at most {MOST_FILES} open files", job.inputs)
    Path(job.folder).mkdir()

    def limits() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (MOST_FILES, MOST_FILES))

    def prepare_only() -> None:
        limits()
        prepare(SeriesInputs((job.s2,), (job.s1,)), read_card(default_checkpoint()), SeriesOptions())

    def whole() -> None:
        limits()
        job.run()

    first = Child(prepare_only, scratch / "log.txt").wait()
    row.add("" if first.how == DONE else first.said)
    child, most = Child(whole, scratch / "log.txt"), 0
    while not child.ended():
        most = max(most, _open_files(child.pid))
        time.sleep(0.02)
    ending = child.wait()
    row.add("" if ending.how == DONE and not hidden(Path(job.folder)) else f"{ending.how} {ending.said}")
    row.seen = (
        f"prepared in {first.seconds:.0f} s, mapped in {ending.seconds:.0f} s, {most} files open at most, "
        f"peak {ending.megabytes:.0f} MB"
    )
    return row


def _open_files(pid: int) -> int:
    try:
        return len(os.listdir(f"/proc/{pid}/fd"))
    except OSError:
        return 0


def virtual(source: Path, target: Path, side: int, across: int = 16) -> None:
    """Write a virtual raster of `side` x `side` pixels that shows a small file `across` x `across` times, enlarged."""
    dataset = gdal.Open(str(source))
    width, height = dataset.RasterXSize, dataset.RasterYSize
    piece = side // across
    bands = []
    for number in range(1, dataset.RasterCount + 1):
        band = dataset.GetRasterBand(number)
        pieces = "".join(
            f'<SimpleSource><SourceFilename relativeToVRT="0">{source}</SourceFilename>'
            f"<SourceBand>{number}</SourceBand>"
            f'<SrcRect xOff="0" yOff="0" xSize="{width}" ySize="{height}"/>'
            f'<DstRect xOff="{col * piece}" yOff="{row * piece}" xSize="{piece}" ySize="{piece}"/></SimpleSource>'
            for row in range(across)
            for col in range(across)
        )
        bands.append(
            f'<VRTRasterBand dataType="{gdal.GetDataTypeName(band.DataType)}" band="{number}">'
            f"<Description>{band.GetDescription()}</Description>{pieces}</VRTRasterBand>"
        )
    x0, pixel, _, y0, _, _ = dataset.GetGeoTransform()
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(
        f'<VRTDataset rasterXSize="{side}" rasterYSize="{side}"><SRS>{dataset.GetProjection()}</SRS>'
        f"<GeoTransform>{x0}, {pixel}, 0, {y0}, 0, {-pixel}</GeoTransform>{''.join(bands)}</VRTDataset>",
        encoding="utf-8",
    )


def vast_raster(job: Job, scratch: Path, side: int = 40_000, extent: int = 256) -> Row:
    """Check a series of vast virtual rasters, and map a small extent in the middle of it."""
    row = Row("scale", f"virtual rasters of {side:,} x {side:,} pixels")
    folders = {}
    for sensor, place in (("s2", job.s2), ("s1", job.s1)):
        folders[sensor] = scratch / "vast" / sensor
        for source in sorted(Path(place).glob("*.tif")):
            virtual(source, folders[sensor] / f"{source.stem}.vrt", side)
    out = scratch / "vast" / "out"
    out.mkdir()
    inputs = SeriesInputs((str(folders["s2"]),), (str(folders["s1"]),))
    row.seal(*folders.values(), *job.inputs)
    allowed = f"{job.s2};{job.s1}"
    report = scratch / "grid.txt"

    def check() -> None:
        prepared = prepare(inputs, read_card(default_checkpoint()), SeriesOptions(allow_folder=allowed))
        summarise(prepared, Feedback())
        grid = prepared.grid
        report.write_text(f"{grid.width} {grid.height} {grid.x0} {grid.y0} {grid.crs}", encoding="utf-8")

    first = Child(check, scratch / "log.txt").wait()
    row.add("" if first.how == DONE else first.said)
    width, height, x0, y0, crs = report.read_text("utf-8").split(" ", 4)
    row.add("" if (int(width), int(height)) == (side, side) else f"the grid has {width} x {height} pixels")
    west, north = float(x0) + 10 * side // 2, float(y0) - 10 * side // 2
    box = Extent(west, north - 10 * extent, west + 10 * extent, north, crs)
    mine = replace(
        job,
        allow_folder=allowed,
        s2=inputs.s2[0],
        s1=inputs.s1[0],
        folder=str(out),
        extent=box,
        tile_size=256,
        # A few enlarged pixels are too few numbers to tell it.
        optical_scale=1e-4,
        optical_offset=0.0,
    )
    ending = Child(mine.run, scratch / "log.txt").wait()
    fine = ending.how == DONE and len(held(out)) > 1 and not hidden(out)
    row.add("" if fine else f"{ending.how} {ending.said}")
    row.seen = (
        f"checked in {first.seconds:.0f} s with {first.megabytes:.0f} MB at the peak, {extent} x {extent} of it mapped "
        f"in {ending.seconds:.0f} s with {ending.megabytes:.0f} MB"
    )
    return row
