"""JPEG 2000 blocks are decoded once, kept within bounds, and the numbers are those of the file."""

from __future__ import annotations

import errno

import numpy as np
import pytest
from osgeo import gdal

from crop_attention.engine.mapping.stream import wanted_tiles
from crop_attention.engine.series.files import decoded
from crop_attention.engine.series.files.decoded import DecodedBlocks, dear
from crop_attention.engine.series.files.grid import Grid
from crop_attention.engine.series.files.pool import DatasetPool

SIDE, BLOCK, HALO = 500, 128, 7
BLOCKS = 16
"""Blocks of the file: the last of a row and of a column are cut by its border."""


@pytest.fixture(scope="module")
def numbers():
    return np.random.default_rng(7).integers(1, 9000, (SIDE, SIDE)).astype(np.uint16)


@pytest.fixture(scope="module")
def path(tmp_path_factory, numbers):
    place = str(tmp_path_factory.mktemp("decoded") / "band.jp2")
    memory = gdal.GetDriverByName("MEM").Create("", SIDE, SIDE, 1, gdal.GDT_UInt16)
    memory.WriteArray(numbers)
    options = ["QUALITY=100", "REVERSIBLE=YES", f"BLOCKXSIZE={BLOCK}", f"BLOCKYSIZE={BLOCK}"]
    driver = gdal.GetDriverByName("JP2OpenJPEG")
    if driver is None:
        pytest.skip("GDAL without JP2OpenJPEG")
    driver.CreateCopy(place, memory, options=options)
    return place


def sweep(pool, path, numbers, size=64):
    """Read the tiles of a map with their surroundings and compare them with the file."""
    for tile, _ in wanted_tiles(Grid("", 0, 0, 10, SIDE, SIDE), size, None):
        left, top = max(tile.col - HALO, 0), max(tile.row - HALO, 0)
        right, bottom = min(tile.col + tile.width + HALO, SIDE), min(tile.row + tile.height + HALO, SIDE)
        found = pool.read(path, (1,), (left, top, right - left, bottom - top))
        np.testing.assert_array_equal(found[0], numbers[top:bottom, left:right])


@pytest.mark.parametrize("size", [64, 128, 256])
def test_each_block_is_decoded_once_whatever_the_tile(path, numbers, size):
    pool = DatasetPool()
    sweep(pool, path, numbers, size)
    assert pool.blocks.decoded == BLOCKS
    pool.close()


def test_a_bounded_cache_decodes_again_and_gives_the_same_numbers(path, numbers):
    pool = DatasetPool()
    pool.blocks = DecodedBlocks(limit=3 * BLOCK * BLOCK * 2)
    sweep(pool, path, numbers)
    assert pool.blocks.decoded > BLOCKS
    assert pool.blocks.bytes_on_disk <= 3 * BLOCK * BLOCK * 2
    pool.close()


def test_a_nearly_full_disk_is_left_alone(path, numbers):
    pool = DatasetPool()
    pool.blocks = DecodedBlocks(least_free=1e18)
    sweep(pool, path, numbers)
    assert pool.blocks.bytes_on_disk == 0
    pool.close()


def test_without_a_place_to_write_blocks_are_decoded_again(path, numbers, monkeypatch):
    def refused(**_):
        raise OSError(errno.EROFS, "read-only")

    monkeypatch.setattr(decoded.tempfile, "TemporaryFile", refused)
    pool = DatasetPool()
    sweep(pool, path, numbers)
    assert pool.blocks.decoded > BLOCKS
    pool.close()


def test_a_disk_that_fills_up_on_the_way_is_no_error(path, numbers, monkeypatch):
    class Full:
        def seek(self, place):
            return place

        def write(self, values):
            raise OSError(errno.ENOSPC, "full")

        def close(self):
            pass

    monkeypatch.setattr(decoded.tempfile, "TemporaryFile", lambda **_: Full())
    pool = DatasetPool()
    sweep(pool, path, numbers)
    assert pool.blocks.decoded > BLOCKS
    pool.close()


def test_only_files_whose_decoding_is_dear_are_kept(path, tmp_path):
    tiff = str(tmp_path / "band.tif")
    gdal.Translate(tiff, path)
    assert dear(gdal.Open(path))
    assert not dear(gdal.Open(tiff))


def test_closing_leaves_nothing_behind(path, numbers, monkeypatch, tmp_path):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(decoded.tempfile, "tempdir", None)
    pool = DatasetPool()
    sweep(pool, path, numbers)
    assert pool.blocks.bytes_on_disk > 0
    pool.close()
    assert list(tmp_path.iterdir()) == []
