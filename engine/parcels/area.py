"""One polygon that bounds a run: which blocks it touches, which pixels lie inside."""

from __future__ import annotations

import numpy as np

from ..feedback import Feedback
from ..series.grid import Grid, Window
from .coverage import touched_blocks
from .frame import Frame
from .geometry import ParcelShapes
from .rasterise import burn_alone


class Area:
    """A polygon on a grid. A pixel belongs to it when its centre lies inside, so that neighbours share no pixel."""

    def __init__(self, shape: bytes, grid: Grid) -> None:
        """Place the polygon.

        Args:
            shape: WKB of a polygon or multipolygon in the CRS of the grid.
            grid: of the run.
        """
        self._shape, self._grid = shape, grid
        self._frame = Frame.of_grid(grid)
        self._polygon = ParcelShapes([shape], Feedback())

    def blocks(self, block: int) -> np.ndarray:
        """Return (ceil(height / block), ceil(width / block)) bool: blocks of which any pixel may lie inside."""
        return touched_blocks(self._grid, [self._shape], block)

    def inside(self, window: Window) -> np.ndarray:
        """Return (H, W) bool of a window."""
        return burn_alone(self._polygon, 0, window, self._frame)
