"""What masks, margins, fill values and bright blocks hide in a cube."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from osgeo import gdal

from crop_attention.engine.options import SeriesOptions
from crop_attention.engine.series.acquisition import S2, Acquisition
from crop_attention.engine.series.cube.margins import grow
from crop_attention.engine.series.files.grid import Window
from rasters import ORIGIN
from season_files import (
    DARK,
    START,
    cube_of,
    optical,
    optical_part,
    s2_series,
)


def test_scl_margin_hides_metres_around_cloud_in_any_window(tmp_path):
    scl = np.full((16, 16), 4)
    scl[8, 8], scl[2, 2] = 9, 11
    series = s2_series(optical(tmp_path, START, np.full((3, 16, 16), 500), scl))
    options = SeriesOptions(cloud_margin=30.0)
    cube = cube_of(series, options=options)
    hidden = ~cube.s2_valid[0]
    disc = np.hypot(*(np.mgrid[:16, :16] - 8)) <= 3
    assert hidden[disc].all() and hidden[2, 2] and hidden.sum() == disc.sum() + 1
    beside = cube_of(series, options=options, window=Window(5, 0, 7, 6))
    assert np.array_equal(beside.s2_valid[0], cube.s2_valid[0, 5:12, :6]) and not beside.s2_valid[0].all()


def test_margin_of_cloud_does_not_stop_where_a_file_ends(tmp_path):
    scl = np.full((16, 16), 4)
    scl[6, 7] = 9
    options = SeriesOptions(cloud_margin=40.0)
    whole = cube_of(s2_series(optical(tmp_path, START, np.full((3, 16, 16), 500), scl)), options=options)
    pieces = [
        optical_part(
            tmp_path / f"{row}-{column}.tif",
            np.full((3, 8, 8), 500),
            scl[row : row + 8, column : column + 8],
            origin=(ORIGIN[0] + 10 * column, ORIGIN[1] - 10 * row),
        )
        for row in (0, 8)
        for column in (0, 8)
    ]
    cut = cube_of(s2_series(Acquisition(S2, START, tuple(pieces))), options=options)
    assert np.array_equal(cut.s2_valid, whole.s2_valid) and (~whole.s2_valid[0]).sum() == 49
    bare = [replace(piece, masks=()) for piece in pieces]
    assert cube_of(s2_series(Acquisition(S2, START, tuple(bare))), options=options).s2_valid[0].all()


def test_masks_inside_files_and_fill_values_are_missing(tmp_path):
    numbers = np.stack([np.full((8, 8), number) for number in DARK])
    numbers[:, 0, :3], numbers[0, 1, 0] = 1, 1
    plain = optical(tmp_path, START, numbers, None)
    cube = cube_of(s2_series(plain))
    assert (~cube.s2_valid[0]).sum() == 3 and not cube.s2_valid[0, 0, :3].any()
    path = plain.parts[0].bands["B02"].path
    dataset = gdal.Open(path, gdal.GA_Update)
    dataset.CreateMaskBand(gdal.GMF_PER_DATASET)
    shown = np.full((8, 8), 255, np.uint8)
    shown[7] = 0
    dataset.GetRasterBand(1).GetMaskBand().WriteArray(shown)
    dataset = None
    assert (~cube_of(s2_series(plain)).s2_valid[0]).sum() == 3 + 8
    wild = numbers.astype(float) / 1e4
    wild[1, 5, 5], wild[2, 5, 6], wild[0, 5, 7] = 1e30, -3.4e38, -0.9999
    decimals = optical(tmp_path / "decimals", START, wild, None, scale=1.0, dtype="float32")
    assert not cube_of(s2_series(decimals)).s2_valid[0, 5, 5:].any()


def test_binary_mask_hides_whatever_is_not_zero(tmp_path):
    mask = np.zeros((8, 8))
    mask[3, 3] = 1
    look = optical(tmp_path, START, scl=mask, mask_kind="binary")
    assert (~cube_of(s2_series(look), options=SeriesOptions(cloud_margin=10.0)).s2_valid[0]).sum() == 5


def test_pixels_beyond_the_mask_are_hidden(tmp_path):
    bands = optical_part(tmp_path / "bands.tif", DARK, None)
    mask = optical_part(tmp_path / "mask.tif", DARK, 4, size=(8, 5)).masks
    cube = cube_of(s2_series(Acquisition(S2, START, (replace(bands, masks=mask),))))
    assert cube.s2_valid[0, 0].tolist() == [True] * 5 + [False] * 3


def test_bright_block_without_a_mask_is_hidden_and_a_single_roof_keeps_its_neighbours(tmp_path):
    numbers = np.stack([np.full((32, 32), number) for number in DARK])
    numbers[:, 4:8, 4:8] = 4000
    numbers[:, 20, 20] = 4000
    series = s2_series(optical(tmp_path, START, numbers, None))
    options = SeriesOptions(cloud_margin=20.0)
    cube = cube_of(series, options=options)
    hidden = ~cube.s2_valid[0]
    core = np.zeros((32, 32), bool)
    core[5:7, 5:7] = True
    expected = grow(core, 3) | (numbers[0] == 4000)
    assert np.array_equal(hidden, expected) and hidden[20, 20] and not hidden[20, 21]
    part = cube_of(series, options=options, window=Window(9, 9, 5, 5))
    assert np.array_equal(part.s2_valid[0], cube.s2_valid[0, 9:14, 9:14])
