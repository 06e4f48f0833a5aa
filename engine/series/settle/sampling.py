"""A few small windows of every acquisition: enough to tell units, offsets and cloud before anything is computed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Mapping, Sequence

import numpy as np

from ...errors import SeriesError
from ...feedback import Feedback
from ...options import SeriesOptions
from ..acquisition import S2, SENSOR_NAMES, Acquisition, Series
from ..cube.alignment import Placements
from ..cube.part_reader import BLUE, RED, PartReader
from ..files.geometry import Geometry
from ..files.grid import Grid, Window
from ..files.pool import DatasetPool

SIDE = 32
"""Pixels a side of one sample window."""

SPREAD = ((1, 1), (3, 3), (5, 5), (1, 5), (5, 1), (1, 3), (3, 1), (3, 5), (5, 3))
"""Centres of the windows in sixths of the grid; the first three serve files whose blocks are dear to decode."""

DEAR_BLOCK = 512 * 1024
"""Pixels of a block from which on a file (JPEG 2000, whole-image strips) is sampled at three places, not nine."""


@dataclass(frozen=True)
class AcquisitionSample:
    """What the sample windows show of one acquisition.

    Attributes:
        date, track: of the acquisition.
        valid: (P,) bool: valid at the sampled pixel.
        values: (bands, P) float32, reflectance or backscatter as stored; zero where not valid.
    """

    date: date
    track: str
    valid: np.ndarray
    values: np.ndarray

    @property
    def share(self) -> float:
        """Share of the sampled pixels with a valid look."""
        return float(self.valid.mean()) if self.valid.size else 0.0


@dataclass(frozen=True)
class SeasonSample:
    """The samples of both sensors, one an acquisition, in the order of the series."""

    s2: tuple[AcquisitionSample, ...] = ()
    s1: tuple[AcquisitionSample, ...] = ()


def sample_windows(grid: Grid, dear: bool = False) -> tuple[Window, ...]:
    """Return the fixed windows of a grid: nine spread over it (three where blocks are dear), or all of a small one."""
    if grid.width <= 3 * SIDE and grid.height <= 3 * SIDE:
        return (Window(0, 0, grid.height, grid.width),)
    windows = []
    for row, column in SPREAD[:3] if dear else SPREAD:
        height, width = min(SIDE, grid.height), min(SIDE, grid.width)
        top = min(max(grid.height * row // 6 - height // 2, 0), grid.height - height)
        left = min(max(grid.width * column // 6 - width // 2, 0), grid.width - width)
        windows.append(Window(top, left, height, width))
    return tuple(dict.fromkeys(windows))


def sampled_bands(series: Series) -> tuple[str, ...]:
    """Return the bands that samples hold: blue and red (or the first two) of Sentinel-2, all of Sentinel-1."""
    if series.sensor != S2:
        return series.bands
    return tuple(band for band in (BLUE, RED) if band in series.bands) or series.bands[:2]


def sample_series(
    series: Series,
    grid: Grid,
    geometries: Mapping[str, Geometry],
    options: SeriesOptions,
    feedback: Feedback,
) -> tuple[Series, tuple[AcquisitionSample, ...]]:
    """Read the sample windows of every acquisition of one sensor.

    Returns:
        The series without acquisitions that cannot be read (with `options.skip_broken`), and one sample for each
        acquisition left.

    Raises:
        SeriesError: files cannot be read; the text names each.
    """
    bands = sampled_bands(series)
    placements, pool = Placements(grid), DatasetPool()
    windows = sample_windows(grid, _dear(series, geometries))
    kept: list[Acquisition] = []
    samples: list[AcquisitionSample] = []
    broken: list[str] = []
    for acquisition in series.acquisitions:
        feedback.check()
        readers = [
            PartReader(series.sensor, part, bands, geometries, placements, options) for part in acquisition.parts
        ]
        try:
            samples.append(_sample(acquisition, readers, windows, len(bands), pool))
            kept.append(acquisition)
        except SeriesError as error:
            broken.append(f"{acquisition.date.isoformat()}: {error}")
    pool.close()
    if broken and not options.skip_broken:
        raise SeriesError(f"{SENSOR_NAMES[series.sensor]} files cannot be read: {' '.join(broken)}")
    if broken:
        series = leave_out(series, kept, broken)
    return series, tuple(samples)


def leave_out(series: Series, kept: Sequence[Acquisition], reasons: Sequence[str]) -> Series:
    """Return a series without its broken acquisitions, which are listed with their reasons.

    Raises:
        SeriesError: nothing is left.
    """
    name = SENSOR_NAMES[series.sensor]
    if not kept:
        raise SeriesError(f"No {name} acquisition can be read: {' '.join(reasons)}")
    warning = f"{len(reasons)} {name} acquisitions are left out because they cannot be read: {' '.join(reasons)}"
    return replace(
        series,
        acquisitions=tuple(kept),
        skipped=(*series.skipped, *reasons),
        warnings=(*series.warnings, warning),
    )


def _dear(series: Series, geometries: Mapping[str, Geometry]) -> bool:
    first = [acquisition.parts[0] for acquisition in series.acquisitions]
    return any(geometries[source.path].block >= DEAR_BLOCK for part in first for source in part.bands.values())


def _sample(
    acquisition: Acquisition,
    readers: Sequence[PartReader],
    windows: Sequence[Window],
    bands: int,
    pool: DatasetPool,
) -> AcquisitionSample:
    valid_windows, value_windows = [], []
    for window in windows:
        valid = np.zeros((window.height, window.width), bool)
        values = np.zeros((bands, window.height, window.width), np.float32)
        for reader in readers:
            view = reader.view(window, pool)
            if view is None:
                continue
            new = view.valid & ~valid
            for band in range(bands):
                physical = view.physical(band)
                if physical is not None:
                    np.copyto(values[band], physical, where=new)
            valid |= new
        valid_windows.append(valid.ravel())
        value_windows.append(values.reshape(bands, -1))
    valid, values = np.concatenate(valid_windows), np.concatenate(value_windows, axis=1)
    return AcquisitionSample(acquisition.date, acquisition.track, valid, values)
