"""Sums over the mapped pixels, for the report."""

from __future__ import annotations

import numpy as np

from ..series.cube.cube import Cube
from ..series.files.grid import Grid, Window
from .forward import BlockResult
from .result import ClassStatistics

SAMPLE_AIM = 2_000_000
"""About how many pixels enter the means of a map; all of them where there are fewer."""


class Tally:
    """Adds up blocks into `ClassStatistics`; the sample is anchored to the grid, so tiles do not matter."""

    def __init__(self, grid: Grid, classes: int, steps: int, s2_bands: tuple[str, ...], s1_bands: tuple[str, ...]):
        self.statistics = ClassStatistics.zeros(classes, steps, len(s2_bands) + len(s1_bands))
        self._stride = max(1, int(np.ceil(np.sqrt(grid.width * grid.height / SAMPLE_AIM))))
        self._red_nir = (s2_bands.index("B04"), s2_bands.index("B08")) if {"B04", "B08"} <= set(s2_bands) else None
        self._vh = s1_bands.index("VH") if "VH" in s1_bands else None

    def add(self, window: Window, cube: Cube, result: BlockResult, valid: np.ndarray) -> None:
        """Add one block: `cube` without margin, `valid` (H, W) where the map has a class."""
        s = self.statistics
        classes = s.pixels.size
        winner = np.take_along_axis(result.probabilities, result.classes[None], axis=0)[0]
        s.pixels += np.bincount(result.classes[valid], minlength=classes)
        s.confidence_sum += np.bincount(result.classes[valid], weights=winner[valid], minlength=classes)
        rows = slice(-window.row % self._stride, None, self._stride)
        cols = slice(-window.col % self._stride, None, self._stride)
        chosen = valid[rows, cols]
        if not chosen.any():
            return
        member = np.zeros((classes, int(chosen.sum())), dtype=np.float32)
        member[result.classes[rows, cols][chosen], np.arange(member.shape[1])] = 1
        s.sampled += member.sum(axis=1)

        def pick(array: np.ndarray) -> np.ndarray:
            return array[..., rows, cols][..., chosen]

        if result.temporal is not None:
            s.temporal_sum += member @ pick(result.temporal).T
        if result.contribution is not None:
            s.contribution_sum += member @ pick(result.contribution).T
        if result.channel is not None:
            s.channel_sum += member @ pick(result.channel).T
        if result.s1_share is not None:
            s.s1_share_sum += member @ pick(result.s1_share)[0]
        if cube.s2 is not None and cube.s2_valid is not None:
            seen = pick(cube.s2_valid)
            s.s2_clear += seen.sum(axis=1)
            s.clear_steps += np.bincount(seen.sum(axis=0), minlength=s.clear_steps.size)
            if self._red_nir is not None:
                red, nir = (pick(cube.s2[:, band]) for band in self._red_nir)
                total = nir + red
                usable = seen & (total > 0)
                ndvi = np.where(usable, (nir - red) / np.where(usable, total, 1), 0)
                s.ndvi_sum += member @ ndvi.T
                s.ndvi_count += member @ usable.T.astype(np.float32)
        if cube.s1 is not None and cube.s1_valid is not None:
            seen = pick(cube.s1_valid)
            s.s1_clear += seen.sum(axis=1)
            if self._vh is not None:
                power = np.where(seen, 10 ** (pick(cube.s1[:, self._vh]) / 10), 0)
                s.vh_sum += member @ power.T
                s.vh_count += member @ seen.T.astype(np.float32)
