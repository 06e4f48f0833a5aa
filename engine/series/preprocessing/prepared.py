"""A season whose files, calendar, grid and units are known."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Iterable, Mapping

from ....models.card import Card
from ...options import SeriesOptions
from ...paths import file_of
from ..acquisition import Series
from ..cube.reader import CubeReader
from ..files.geometry import Geometry
from ..files.grid import Grid
from ..files.pool import MAX_OPEN
from ..season import PlacedSeason
from .sampling import SeasonSample


def stamps_of(paths: Iterable[str]) -> dict[str, tuple[int, int]]:
    """Return size and time of change of the files that are there."""
    found = {}
    for path in paths:
        with suppress(OSError):
            status = os.stat(file_of(path))
            found[path] = (status.st_size, status.st_mtime_ns)
    return found


@dataclass(frozen=True)
class PreparedSeries:
    """A season that is ready to be read.

    Attributes:
        s2, s1: acquisitions of the season on the grid, None for a sensor that is absent.
        placed: the calendar and how its year was found.
        options, card: what it was prepared with.
        notes: how files were read, for the report.
        warnings: what lowers the quality of the result.
        geometries: of every file.
        sample: what the sample windows showed.
        stamps: size and time of change of every file before its pixels were read.
    """

    s2: Series | None
    s1: Series | None
    grid: Grid
    placed: PlacedSeason
    options: SeriesOptions
    card: Card
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    geometries: Mapping[str, Geometry] = field(default_factory=dict, repr=False)
    sample: SeasonSample = field(default_factory=SeasonSample, repr=False, compare=False)
    stamps: Mapping[str, tuple[int, int]] = field(default_factory=dict, repr=False, compare=False)

    def files(self) -> tuple[str, ...]:
        """Return every file of both sensors, which no output may replace."""
        read = [path for series in (self.s2, self.s1) if series is not None for path in series.files()]
        return (*read, *self.options.files())

    def changed(self) -> list[str]:
        """Return the files that are no longer as they were when the series was prepared; absent ones are read."""
        now = stamps_of(self.stamps)
        return [path for path in now if now[path] != self.stamps[path]]

    def reader(self, max_open: int = MAX_OPEN) -> CubeReader:
        """Return a new reader, for one thread, that keeps at most `max_open` files open."""
        return CubeReader(self.grid, self.placed, self.s2, self.s1, self.options, self.geometries, max_open)
