"""The season of one window, composed acquisition by acquisition."""

from __future__ import annotations

from typing import Mapping

import numpy as np

from ...feedback import Feedback
from ...options import SeriesOptions
from ..acquisition import Acquisition, Series
from ..files.geometry import Geometry
from ..files.grid import Grid, Window
from ..files.pool import MAX_OPEN, DatasetPool
from ..season import PlacedSeason
from .acquisition_reader import AcquisitionReader
from .alignment import Placements
from .composite import BackscatterMean, Composite, optical_composite
from .cube import Cube


class _SensorReader:
    """The acquisitions of one sensor by step, ready to read."""

    def __init__(
        self,
        series: Series,
        placed: PlacedSeason,
        geometries: Mapping[str, Geometry],
        placements: Placements,
        options: SeriesOptions,
    ) -> None:
        self._series = series
        self.steps: list[list[tuple[Acquisition, AcquisitionReader]]] = [[] for _ in range(placed.season.steps)]
        for acquisition in sorted(series.acquisitions, key=lambda found: (found.date, found.track)):
            step = placed.step_of(acquisition.date)
            if step is None:
                continue
            margin = options.cloud_margin
            reader = AcquisitionReader(acquisition, series.bands, geometries, placements, margin, series.decibel)
            self.steps[step].append((acquisition, reader))

    def read_step(self, step: int, window: Window, composite: Composite, pool: DatasetPool, feedback: Feedback) -> None:
        """Feed the observations of a step to a composite."""
        for acquisition, reader in self.steps[step]:
            feedback.check()
            first_part = True
            for _, view in reader.views(window, pool):
                composite.add(view, acquisition.track, first_part)
                first_part = False
        composite.finish()


class CubeReader:
    """Reads windows of a prepared season; one reader belongs to one thread.

    The value of a pixel never depends on the window it was read in. Memory holds one window of the cube and the
    observations of one step.
    """

    def __init__(
        self,
        grid: Grid,
        placed: PlacedSeason,
        s2: Series | None,
        s1: Series | None,
        options: SeriesOptions,
        geometries: Mapping[str, Geometry],
        max_open: int = MAX_OPEN,
    ) -> None:
        self._grid, self._placed, self._options = grid, placed, options
        self._s2_series, self._s1_series = s2, s1
        placements = Placements(grid)
        self._s2 = _SensorReader(s2, placed, geometries, placements, options) if s2 else None
        self._s1 = _SensorReader(s1, placed, geometries, placements, options) if s1 else None
        self._pool = DatasetPool(max_open)

    def __enter__(self) -> CubeReader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all files."""
        self._pool.close()

    @property
    def open_files(self) -> int:
        """Number of files open now."""
        return len(self._pool)

    def read(self, window: Window, feedback: Feedback | None = None) -> Cube:
        """Read the composites of a window.

        Args:
            window: may reach beyond the grid; pixels there are missing.

        Returns:
            Cube of (T, bands, H, W) per sensor; None for a sensor that is absent.

        Raises:
            SeriesError: a file cannot be read; the text names it.
        """
        feedback = feedback or Feedback()
        s2 = s2_valid = s1 = s1_valid = None
        if self._s2 is not None and self._s2_series is not None:
            s2, s2_valid = self._read(self._s2, self._s2_series, window, feedback)
        if self._s1 is not None and self._s1_series is not None:
            s1, s1_valid = self._read(self._s1, self._s1_series, window, feedback)
        return Cube(s2, s2_valid, s1, s1_valid)

    def _read(
        self, sensor: _SensorReader, series: Series, window: Window, feedback: Feedback
    ) -> tuple[np.ndarray, np.ndarray]:
        steps = self._placed.season.steps
        whole = np.zeros((steps, len(series.bands), window.height, window.width), np.float32)
        whole_valid = np.zeros((steps, window.height, window.width), bool)
        inner = clip(window, self._grid)
        top, left = inner.row - window.row, inner.col - window.col
        inside = (slice(top, top + inner.height), slice(left, left + inner.width))
        # Views: what lies beyond the grid stays zero and costs no copy.
        values, valid = whole[(..., *inside)], whole_valid[(..., *inside)]
        for step in range(steps):
            if valid.size == 0 or not sensor.steps[step]:
                continue
            out, mask = values[step], valid[step]
            if sensor is self._s2:
                composite: Composite = optical_composite(self._options.composite, out, mask)
            else:
                composite = BackscatterMean(out, mask, series.bands, series.decibel, series.track_offsets)
            sensor.read_step(step, inner, composite, self._pool, feedback)
        return whole, whole_valid


def clip(window: Window, grid: Grid) -> Window:
    """Return the part of a window that lies on a grid; its size may be zero."""
    top, left = max(window.row, 0), max(window.col, 0)
    bottom, right = min(window.row + window.height, grid.height), min(window.col + window.width, grid.width)
    return Window(top, left, max(bottom - top, 0), max(right - left, 0))
