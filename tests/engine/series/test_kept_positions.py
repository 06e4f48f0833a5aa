"""Positions of many geometries: bounded in bytes, and the same numbers."""

import numpy as np

from crop_attention.engine.series.cube.resample import KeptPositions, Resampled
from crop_attention.engine.series.files.geometry import Geometry
from crop_attention.engine.series.files.grid import Grid, Window
from rasters import crs_wkt

GRID = Grid(crs_wkt(32631), 500000.0, 5600000.0, 10.0, 400, 400)


def shifted(number: int) -> Geometry:
    """A file off the lattice, with an extent of its own."""
    place = (500000.0 + 3 + number, 10.0, 0.0, 5600000.0 - 4 - number, 0.0, -10.0)
    return Geometry(GRID.crs, place, 380, 380)


def test_memory_does_not_grow_with_the_number_of_extents():
    kept = KeptPositions(limit=3e6)
    values, present = np.arange(380 * 380, dtype=np.float32).reshape(1, 380, 380), np.ones((380, 380), bool)
    window, most = Window(20, 20, 128, 128), 0
    for number in range(30):
        alone, shared = (Resampled(shifted(number), GRID, *more) for more in ((), (kept,)))
        box = shared.box(window)
        part = values[:, box[1] : box[1] + box[3], box[0] : box[0] + box[2]]
        found = shared.bands(part, present[: box[3], : box[2]], box, window)[0]
        np.testing.assert_array_equal(found, alone.bands(part, present[: box[3], : box[2]], box, window)[0])
        most = max(most, kept.nbytes)
    assert most <= 3e6 and 1 <= len(kept) < 5


def test_the_latest_positions_are_kept_whatever_they_take():
    kept = KeptPositions(limit=1)
    resampled = Resampled(shifted(0), GRID, kept)
    assert resampled.box(Window(0, 0, 64, 64)) is not None
    assert len(kept) == 1
