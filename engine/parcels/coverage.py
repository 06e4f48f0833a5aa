"""Which blocks of a grid any parcel touches."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..feedback import Feedback
from ..series.files.grid import Grid
from .frame import Frame
from .geometry import ParcelShapes, vertices
from .rasterise import burn_touched


def touched_blocks(
    grid: Grid, shapes: Sequence[bytes | None], block: int, feedback: Feedback | None = None
) -> np.ndarray:
    """Return the blocks that hold any pixel that `label_parcels` may ask for.

    Args:
        shapes: WKB of polygons or multipolygons in the CRS of the grid.
        block: pixels a side.

    Returns:
        (ceil(height / block), ceil(width / block)) bool.
    """
    feedback = feedback or Feedback()
    frame = Frame.of_grid(grid)
    polygons = ParcelShapes(shapes, feedback)
    ranges = frame.ranges(polygons.envelopes)
    on_grid = ranges[:, 0] <= ranges[:, 1]
    first_row, last_row, first_col, last_col = (ranges // block).T
    touched = np.zeros((-(-grid.height // block), -(-grid.width // block)), bool)
    # Most parcels lie in one block, and their envelope tells; only the others are drawn.
    single = on_grid & (first_row == last_row) & (first_col == last_col)
    touched[first_row[single], first_col[single]] = True
    wide = on_grid & ~single
    for number in np.flatnonzero(wide).tolist():
        rows, cols = frame.pixels_of(vertices(polygons.geometry(number)))
        touched[rows // block, cols // block] = True
    for strip in frame.strips(block, always=True):
        feedback.check()
        here = wide & (ranges[:, 0] < strip.row + strip.height) & (ranges[:, 1] >= strip.row)
        if here.any():
            mask = burn_touched(polygons, np.flatnonzero(here), strip, frame, feedback)
            touched[strip.row // block : -(-(strip.row + strip.height) // block)] |= _any_by_block(mask, block)
    return touched


def _any_by_block(mask: np.ndarray, block: int) -> np.ndarray:
    by_row = np.logical_or.reduceat(mask, np.arange(0, mask.shape[0], block), axis=0)
    return np.logical_or.reduceat(by_row, np.arange(0, mask.shape[1], block), axis=1)
