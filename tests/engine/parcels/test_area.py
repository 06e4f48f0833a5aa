"""The polygon that bounds a run."""

from __future__ import annotations

import numpy as np

from crop_attention.engine.parcels.area import Area
from crop_attention.engine.series.files.grid import Window


def test_neighbours_share_no_pixel_and_leave_none_out(grid_of, polygon):
    grid = grid_of(12, 9)
    west = Area(polygon("POLYGON((0 0,5 0,7.5 9,0 9,0 0))"), grid)
    east = Area(polygon("POLYGON((5 0,12 0,12 9,7.5 9,5 0))"), grid)
    whole = Window(0, 0, 9, 12)
    assert np.array_equal(west.inside(whole), ~east.inside(whole))
    assert west.inside(whole).sum() == 56


def test_a_window_shows_its_part_of_the_polygon(grid_of, polygon):
    area = Area(polygon("POLYGON((2 2,9 2,9 7,2 7,2 2))"), grid_of(12, 9))
    whole = area.inside(Window(0, 0, 9, 12))
    assert np.array_equal(area.inside(Window(1, 3, 4, 5)), whole[1:5, 3:8])


def test_blocks_without_any_pixel_are_left_out(grid_of, polygon):
    area = Area(polygon("POLYGON((1 1,3 1,3 9,11 9,11 11,1 11,1 1))"), grid_of(12, 12))
    assert area.blocks(4).tolist() == [[True, False, False], [True, False, False], [True, True, True]]
