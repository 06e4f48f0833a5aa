"""Acquisitions written by hand for tests: a raster, its bands and the series made of them."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Sequence

import numpy as np

from crop_attention.engine.feedback import Feedback
from crop_attention.engine.options import SeriesOptions
from crop_attention.engine.series.acquisition import (
    FLAG,
    S1,
    S2,
    TYPE,
    Acquisition,
    BandSource,
    MaskSource,
    Part,
    Scaling,
    Series,
)
from crop_attention.engine.series.cube.cube import Cube
from crop_attention.engine.series.cube.reader import CubeReader
from crop_attention.engine.series.files.geometry import read_geometries
from crop_attention.engine.series.files.grid import Grid, Window
from crop_attention.engine.series.preprocessing.grid_and_season import choose_grid
from crop_attention.engine.series.recognise.masking import SCL_MASK, placed
from crop_attention.engine.series.season import PlacedSeason
from crop_attention.models.card import Card, CropClass, Season
from rasters import write_raster

BANDS = ("B02", "B04", "B08")
SEASON = Season(start_month=1, start_day=1, steps=4, days=10)
START = date(2018, 1, 1)
DARK = (300.0, 400.0, 3000.0)
"""Vegetation: numbers of B02, B04 and B08."""

OPEN_OFFSET = (Scaling(1e-4, 0.0, TYPE), Scaling(1e-4, -0.1, TYPE))
"""What whole numbers without metadata leave open."""


def card(s2: Sequence[str] = BANDS, s1: Sequence[str] = ("VV", "VH"), season: Season = SEASON) -> Card:
    """Return a card that asks for few bands and a short season."""
    classes = (CropClass(1, "Maize", "#e8601c"),)
    normalisation = {band: (0.0, 1.0) for band in (*s2, *s1)}
    return Card("test", "Test", "1", "none", {}, classes, tuple(s2), tuple(s1), season, normalisation)


def optical_part(
    path: str | Path,
    values: np.ndarray | Sequence[float] = DARK,
    scl: np.ndarray | int | None = None,
    *,
    bands: Sequence[str] = BANDS,
    scale: float = 1e-4,
    offset: float = 0.0,
    declared: float | None = None,
    candidates: Sequence[Scaling] = (),
    mask_kind: str = "scl",
    **raster,
) -> Part:
    """Write a multi-band file, its mask the last band if there is one; `raster` goes to `write_raster`."""
    layers = np.asarray(values, float)
    if layers.ndim == 1:
        layers = np.stack([np.full(raster.get("size", (8, 8)), number) for number in layers])
    if scl is not None:
        layers = np.concatenate([layers, np.broadcast_to(np.asarray(scl, float), layers.shape[1:])[np.newaxis]])
    raster.setdefault("dtype", "uint16")
    write_raster(path, layers, **raster)
    sources = {band: BandSource(str(path), index, declared, scale, offset) for index, band in enumerate(bands, 1)}
    masks = () if scl is None else (mask_source(str(path), len(layers), mask_kind),)
    return Part(Path(path).name, "", sources, masks, candidates=tuple(candidates))


def scene_classification(path: str, band: int) -> MaskSource:
    """Return ESA's scene classification with the classes that hide as its record names them."""
    return placed(SCL_MASK, path, band)


def mask_source(path: str, band: int, kind: str = "scl") -> MaskSource:
    """Return the scene classification or a cloud mask that is not zero under cloud."""
    return scene_classification(path, band) if kind == "scl" else MaskSource(FLAG, path, band, title="cloud mask")


def optical(folder: Path, day: date, values: np.ndarray | Sequence[float] = DARK, scl=4, **options) -> Acquisition:
    """Write one Sentinel-2 acquisition of one part."""
    return Acquisition(S2, day, (optical_part(folder / f"S2_{day:%Y%m%d}.tif", values, scl, **options),))


def radar(
    folder: Path, day: date, values: np.ndarray | Sequence[float] = (-10.0, -17.0), track: str = "ASC-1", **raster
) -> Acquisition:
    """Write one Sentinel-1 acquisition of VV and VH."""
    path = folder / f"S1_{track}_{day:%Y%m%d}.tif"
    raster.setdefault("dtype", "float32")
    nodata = raster.get("nodata")
    layers = np.asarray(values, float)
    if layers.ndim == 1:
        layers = np.stack([np.full(raster.get("size", (8, 8)), number) for number in layers])
    write_raster(path, layers, **raster)
    sources = {band: BandSource(str(path), index, nodata) for index, band in enumerate(("VV", "VH"), 1)}
    return Acquisition(S1, day, (Part(path.name, "", sources),), track)


def s2_series(*acquisitions: Acquisition, bands: Sequence[str] = BANDS) -> Series:
    """Return a Sentinel-2 series in the order of dates."""
    return Series(S2, tuple(sorted(acquisitions, key=lambda each: each.date)), tuple(bands))


def s1_series(*acquisitions: Acquisition, **options) -> Series:
    """Return a Sentinel-1 series in the order of dates and tracks."""
    ordered = sorted(acquisitions, key=lambda each: (each.date, each.track))
    return Series(S1, tuple(ordered), ("VV", "VH"), **options)


def geometries_of(*series: Series | None) -> dict:
    """Read the headers of all files of series."""
    parts = [part for one in series if one for acquisition in one.acquisitions for part in acquisition.parts]
    masks = [mask.path for part in parts for mask in part.masks]
    found, failed = read_geometries(
        [source.path for part in parts for source in part.bands.values()] + masks, Feedback()
    )
    assert not failed
    return found


def reader_of(
    s2: Series | None,
    s1: Series | None = None,
    options: SeriesOptions | None = None,
    grid: Grid | None = None,
    max_open: int = 200,
) -> tuple[CubeReader, Grid]:
    """Return a reader on the default grid and a season from 1 January 2018, four steps of ten days."""
    options = options or SeriesOptions(cloud_margin=0.0)
    geometries = geometries_of(s2, s1)
    grid = grid or choose_grid(s2, s1, geometries, options)
    return CubeReader(grid, PlacedSeason(SEASON, START), s2, s1, options, geometries, max_open), grid


def cube_of(
    s2: Series | None = None,
    s1: Series | None = None,
    options: SeriesOptions | None = None,
    window: Window | None = None,
) -> Cube:
    """Return one window, or all, of series on the default grid and season."""
    reader, grid = reader_of(s2, s1, options)
    with reader:
        return reader.read(window or Window(0, 0, grid.height, grid.width))


def day(offset: int) -> date:
    """Return a day of the season, counted from its first."""
    return START + timedelta(days=offset)
