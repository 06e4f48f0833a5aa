"""Where the pixels of files lie on the grid: many geometries bounded in bytes, and files from south to north."""

import numpy as np

from crop_attention.engine.series.cube.alignment import Copied, Placements
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


def test_files_from_south_to_north_give_the_numbers_of_their_mirrors():
    numbers = np.arange(1.0, 17.0, dtype=np.float32).reshape(1, 4, 4)
    grid = Grid(GRID.crs, 500000.0, 5600000.0, 10.0, 8, 8)
    found = []
    for values, top, step in ((numbers, 5600000.0, -20.0), (numbers[:, ::-1], 5600000.0 - 80, 20.0)):
        placement = Placements(grid).of(Geometry(GRID.crs, (500000.0, 20.0, 0.0, top, 0.0, step), 4, 4))
        assert isinstance(placement, Copied)
        pieces = []
        for window in (Window(0, 0, 3, 8), Window(3, 0, 5, 8)):
            column, row, width, height = placement.box(window)
            part = values[:, row : row + height, column : column + width]
            pieces.append(placement.bands(part, np.ones(part.shape[1:], bool), (column, row, width, height), window)[0])
        found.append(np.concatenate(pieces, axis=1))
    np.testing.assert_array_equal(found[0], found[1])
    np.testing.assert_array_equal(found[0], np.repeat(np.repeat(numbers, 2, 1), 2, 2))


def test_a_file_never_gets_the_positions_of_one_that_is_gone():
    class Positions:
        nbytes = 1

    kept, window = KeptPositions(), Window(0, 0, 64, 64)
    made = [Positions() for _ in range(50)]
    # Each owner is gone when the next is made, which then lies where it lay.
    assert all(kept.get(object(), window, lambda own=own: own) is own for own in made)
