"""A few small windows of every acquisition: enough to tell units, offsets and cloud before anything is computed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Mapping, Sequence

import numpy as np

from ....models.language import tr
from ...errors import SeriesError
from ...feedback import Feedback
from ...options import SeriesOptions
from ..acquisition import S2, SENSOR_NAMES, Acquisition, Series
from ..cube.acquisition_reader import AcquisitionReader
from ..cube.alignment import Placements
from ..cube.part_reader import BLUE, RED
from ..files.geometry import Geometry, transform_bounds
from ..files.grid import Grid, Window
from ..files.pool import DatasetPool
from ..messages import count

SIDE = 32
"""Pixels a side of one sample window."""

SPREAD = ((1, 1), (3, 3), (5, 5), (1, 5), (5, 1), (1, 3), (3, 1), (3, 5), (5, 3))
"""Centres of the windows in sixths of a footprint; the first three serve files whose blocks are dear to decode."""

MOST_WINDOWS = 18
"""Windows at most, where files lie apart."""

FOOTPRINTS = 200
"""Different footprints at most that windows are looked for in."""

DEAR_BLOCK = 512 * 1024
"""Pixels of a block from which on a file (JPEG 2000, whole-image strips) is sampled at three places, not nine."""


@dataclass(frozen=True)
class PartSample:
    """What the sample windows show of one part: as `AcquisitionSample`, without what other parts show."""

    valid: np.ndarray
    values: np.ndarray


@dataclass(frozen=True)
class AcquisitionSample:
    """What the sample windows show of one acquisition.

    Attributes:
        valid: (P,) bool: valid at the sampled pixel.
        values: (bands, P) float32, reflectance or backscatter as stored; zero where not valid.
        parts: the same of each part, in their order.
    """

    date: date
    track: str
    valid: np.ndarray
    values: np.ndarray
    parts: tuple[PartSample, ...] = ()

    @property
    def share(self) -> float:
        """Share of the sampled pixels with a valid observation."""
        return float(self.valid.mean()) if self.valid.size else 0.0


@dataclass(frozen=True)
class SeasonSample:
    """The samples of both sensors, one an acquisition, in the order of the series."""

    s2: tuple[AcquisitionSample, ...] = ()
    s1: tuple[AcquisitionSample, ...] = ()


@dataclass(frozen=True)
class Sampler:
    """What samples of a season are read with.

    Attributes:
        grid: of the output.
        geometries: path -> geometry of the file.
        pool: open files, and what was read of them.
    """

    grid: Grid
    geometries: Mapping[str, Geometry]
    options: SeriesOptions
    feedback: Feedback
    pool: DatasetPool

    @cached_property
    def placements(self) -> Placements:
        """How files lie on the grid."""
        return Placements(self.grid)

    def windows(self, series: Series) -> tuple[Window, ...]:
        """Return the sample windows of a series."""
        footprints = _footprints(series, self.grid, self.geometries)
        return sample_windows(self.grid, _dear(series, self.geometries), footprints)

    def reader(
        self, acquisition: Acquisition, bands: Sequence[str], masked: bool = True, cloud_margin: float | None = None
    ) -> AcquisitionReader:
        """Return the reader of an acquisition; `cloud_margin` None takes that of the options."""
        margin = self.options.cloud_margin if cloud_margin is None else cloud_margin
        return AcquisitionReader(acquisition, bands, self.geometries, self.placements, margin, masked=masked)


def sample_windows(grid: Grid, dear: bool = False, footprints: Sequence[Window] = ()) -> tuple[Window, ...]:
    """Return windows that lie where files lie: nine (three where blocks are dear), or all of a small grid.

    Args:
        dear: blocks of the files are dear to decode.
        footprints: where each acquisition lies on the grid; empty for all of it.
    """
    if grid.width <= 3 * SIDE and grid.height <= 3 * SIDE:
        return (Window(0, 0, grid.height, grid.width),)
    whole = Window(0, 0, grid.height, grid.width)
    wanted = 3 if dear else len(SPREAD)
    places = list(dict.fromkeys(footprints))[:FOOTPRINTS] or [whole]
    offered = [window for place in (whole, *places) for window in _spread(place, grid, wanted)]
    chosen: list[Window] = []
    missing = {place: wanted for place in places}
    while any(missing.values()) and len(chosen) < MOST_WINDOWS:
        offered = [window for window in dict.fromkeys(offered) if window not in chosen]
        gains = [sum(left > 0 and _inside(window, place) for place, left in missing.items()) for window in offered]
        if not gains or max(gains) == 0:
            break
        best = offered[gains.index(max(gains))]
        chosen.append(best)
        missing = {place: left - (left > 0 and _inside(best, place)) for place, left in missing.items()}
        if len(chosen) >= wanted:
            # Enough of them: from here on one window in each place not yet seen.
            missing = {place: left if left == wanted else 0 for place, left in missing.items()}
    return tuple(chosen)


def _spread(place: Window, grid: Grid, wanted: int) -> list[Window]:
    """Return windows spread over a footprint, inside the grid."""
    top, left = max(place.row, 0), max(place.col, 0)
    bottom, right = min(place.row + place.height, grid.height), min(place.col + place.width, grid.width)
    tall, broad = bottom - top, right - left
    if tall <= 0 or broad <= 0:
        return []
    height, width = min(SIDE, tall), min(SIDE, broad)
    return [
        Window(
            top + min(max(tall * row // 6 - height // 2, 0), tall - height),
            left + min(max(broad * column // 6 - width // 2, 0), broad - width),
            height,
            width,
        )
        for row, column in SPREAD[:wanted]
    ]


def _inside(window: Window, place: Window) -> bool:
    rows = place.row <= window.row and window.row + window.height <= place.row + place.height
    return rows and place.col <= window.col and window.col + window.width <= place.col + place.width


def _footprints(series: Series, grid: Grid, geometries: Mapping[str, Geometry]) -> list[Window]:
    """Return where each part lies on the grid, the commonest first."""
    found: Counter[Window] = Counter()
    for acquisition in series.acquisitions:
        for part in acquisition.parts:
            geometry = geometries[next(iter(part.bands.values())).path]
            west, south, east, north = transform_bounds(geometry.bounds, geometry.crs, grid.crs)
            top, left = round((grid.y0 - north) / grid.pixel), round((west - grid.x0) / grid.pixel)
            bottom, right = round((grid.y0 - south) / grid.pixel), round((east - grid.x0) / grid.pixel)
            top, left = max(top, 0), max(left, 0)
            bottom, right = min(bottom, grid.height), min(right, grid.width)
            if bottom > top and right > left:
                found[Window(top, left, bottom - top, right - left)] += 1
    return [place for place, _ in found.most_common()]


def sampled_bands(series: Series) -> tuple[str, ...]:
    """Return the bands that samples hold: blue, red, near and short-wave infrared of Sentinel-2, all of Sentinel-1."""
    if series.sensor != S2:
        return series.bands
    near = "B08" if "B08" in series.bands else "B8A"
    return tuple(band for band in (BLUE, RED, near, "B12") if band in series.bands) or series.bands[:2]


def sample_series(series: Series, sampler: Sampler) -> tuple[Series, tuple[AcquisitionSample, ...]]:
    """Read the sample windows of every acquisition of one sensor.

    Returns:
        The series without acquisitions that cannot be read (with `skip_broken`), and one sample for each
        acquisition left.

    Raises:
        SeriesError: files cannot be read; the text names each.
    """
    bands, windows = sampled_bands(series), sampler.windows(series)
    kept: list[Acquisition] = []
    samples: list[AcquisitionSample] = []
    broken: list[str] = []
    for acquisition in series.acquisitions:
        sampler.feedback.check()
        # The unit of backscatter is told from the samples.
        reader = sampler.reader(acquisition, bands, masked=series.sensor == S2)
        try:
            samples.append(_sample(acquisition, reader, windows, len(bands), sampler.pool))
            kept.append(acquisition)
        except SeriesError as error:
            broken.append(f"{acquisition.date.isoformat()}: {error}")
    if broken and not sampler.options.skip_broken:
        raise SeriesError(
            tr("{sensor_names} files cannot be read: {broken}").format(
                sensor_names=SENSOR_NAMES[series.sensor], broken=" ".join(broken)
            )
        )
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
        raise SeriesError(
            tr("No {name} acquisition can be read: {reasons}").format(name=name, reasons=" ".join(reasons))
        )
    warning = tr("Left out: {acquisitions}. {reasons}").format(
        acquisitions=count(len(reasons), f"{name} acquisition"), reasons=" ".join(reasons)
    )
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
    acquisition: Acquisition, reader: AcquisitionReader, windows: Sequence[Window], bands: int, pool: DatasetPool
) -> AcquisitionSample:
    size = sum(window.height * window.width for window in windows)
    parts = [PartSample(np.zeros(size, bool), np.zeros((bands, size), np.float32)) for _ in acquisition.parts]
    valid, values = np.zeros(size, bool), np.zeros((bands, size), np.float32)
    start = 0
    for window in windows:
        place = slice(start, start + window.height * window.width)
        start = place.stop
        for index, view in reader.views(window, pool):
            seen = view.valid.ravel()
            parts[index].valid[place] = seen
            new = seen & ~valid[place]
            for band in range(bands):
                physical = view.physical(band)
                if physical is not None:
                    np.copyto(parts[index].values[band, place], physical.ravel(), where=seen)
                    np.copyto(values[band, place], physical.ravel(), where=new)
            valid[place] |= seen
    return AcquisitionSample(acquisition.date, acquisition.track, valid, values, tuple(parts))
