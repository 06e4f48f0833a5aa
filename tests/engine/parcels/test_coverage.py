"""Which blocks a run may leave out when only parcels matter."""

from __future__ import annotations

import numpy as np
import pytest

from crop_attention.engine.errors import Cancelled
from crop_attention.engine.feedback import Feedback
from crop_attention.engine.options import ParcelOptions
from crop_attention.engine.parcels import frame as frame_module
from crop_attention.engine.parcels.coverage import touched_blocks
from crop_attention.engine.parcels.label import label_parcels
from rasters import ORIGIN


def test_blocks_of_one_parcel_are_found(grid_of, box):
    found = touched_blocks(grid_of(10, 7), [box(3.2, 1, 5, 2.5)], 4)
    assert found.tolist() == [[True, True, False], [False, False, False]]


def test_a_parcel_of_several_blocks_leaves_out_those_it_misses(grid_of, polygon):
    found = touched_blocks(grid_of(12, 12), [polygon("POLYGON((1 1,3 1,3 9,11 9,11 11,1 11,1 1))")], 4)
    assert found.tolist() == [[True, False, False], [True, False, False], [True, True, True]]


def test_a_parcel_that_reaches_one_pixel_into_a_block_asks_for_it(grid_of, box):
    found = touched_blocks(grid_of(512, 256), [box(10, 10, 129, 20), box(200, 127.999, 300, 140)], 128)
    assert found.tolist() == [[True, True, True, False], [False, True, True, False]]


def test_parcels_off_the_grid_or_without_polygon_ask_for_nothing(grid_of, box):
    found = touched_blocks(grid_of(10, 7), [None, b"", box(20, 0, 30, 5), box(-5, -5, -1, -1)], 4)
    assert found.shape == (2, 3)
    assert not found.any()


def test_slivers_and_lines_are_not_forgotten(grid_of, polygon):
    shapes = [polygon("POLYGON((1.2 1.2,1.2 1.2,1.2 1.2,1.2 1.2))"), polygon("POLYGON((8 5,8 6,8 5))")]
    found = touched_blocks(grid_of(10, 7), shapes, 4)
    assert found.tolist() == [[True, False, False], [False, False, True]]


@pytest.mark.parametrize("strip", [1, 1 << 20])
@pytest.mark.parametrize("seed", range(4))
def test_the_blocks_left_out_change_no_label(grid_of, crop_map, polygon, monkeypatch, seed, strip):
    monkeypatch.setattr(frame_module, "STRIP_PIXELS", strip)
    draw = np.random.default_rng(seed)
    codes = draw.integers(1, 6, (50, 61)).astype(np.uint8)
    shapes = []
    for _ in range(6):
        corners = draw.uniform(0, 60, 2) + draw.uniform(-9, 9, (3, 2)).round(draw.integers(0, 3))
        ring = ",".join(f"{x} {y}" for x, y in [*corners, corners[0]])
        shapes.append(polygon(f"POLYGON(({ring}))"))
    found = touched_blocks(grid_of(61, 50), shapes, 8)
    kept = np.where(found.repeat(8, 0).repeat(8, 1)[:50, :61], codes, 0)
    assert (kept == 0).any()
    for leave_border in (True, False):
        options = ParcelOptions(leave_border=leave_border)
        whole = label_parcels(crop_map(codes), shapes, options=options)
        parts = label_parcels(crop_map(kept), shapes, options=options)
        assert parts.code.tolist() == whole.code.tolist()
        assert parts.pixels.tolist() == whole.pixels.tolist()


def test_grid_fixture_lies_where_the_maps_lie(grid_of):
    assert grid_of(2, 2).bounds == (ORIGIN[0], ORIGIN[1] - 20, ORIGIN[0] + 20, ORIGIN[1])


def test_cancel_stops(grid_of, box):
    class Stop(Feedback):
        def cancelled(self) -> bool:
            return True

    with pytest.raises(Cancelled):
        touched_blocks(grid_of(10, 7), [box(0, 0, 5, 5)], 4, Stop())
