"""Rows that two windows share are read once, and the numbers are those of the file."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from osgeo import gdal

from crop_attention.engine.errors import SeriesError
from crop_attention.engine.series.files import kept_boxes
from crop_attention.engine.series.files import pool as pools
from crop_attention.engine.series.files.kept_boxes import KeptBoxes
from crop_attention.engine.series.files.pool import DatasetPool

WIDTH, HEIGHT, BLOCK = 160, 400, 64
HALO = 11
STAY: list = []


@pytest.fixture(scope="module")
def numbers():
    return np.random.default_rng(4).integers(1, 60000, (3, HEIGHT, WIDTH)).astype(np.uint16)


@pytest.fixture(scope="module")
def path(tmp_path_factory, numbers):
    place = str(tmp_path_factory.mktemp("pool") / "three.tif")
    options = ["TILED=YES", f"BLOCKXSIZE={BLOCK}", f"BLOCKYSIZE={BLOCK}", "INTERLEAVE=PIXEL", "COMPRESS=DEFLATE"]
    dataset = gdal.GetDriverByName("GTiff").Create(place, WIDTH, HEIGHT, 3, gdal.GDT_UInt16, options)
    dataset.WriteArray(numbers)
    dataset = None
    return place


@pytest.fixture
def rows_read(monkeypatch):
    """Row -> how often it was asked of GDAL."""
    counts = np.zeros(HEIGHT, int)
    real = gdal.Dataset.ReadAsArray

    def counted(dataset, column, row, width, height, **settings):
        counts[row : row + height] += 1
        return real(dataset, column, row, width, height, **settings)

    monkeypatch.setattr(gdal.Dataset, "ReadAsArray", counted)
    # Python 3.10 calls a method of a class by the address that it has kept: what was there must not die.
    STAY.append(counted)
    return counts


def downwards(pool, path, numbers, edges, bands=(1, 3)):
    """Read windows with their surroundings one below the other and compare them with the file."""
    wanted = numbers[[band - 1 for band in bands]]
    for top, bottom in zip(edges, edges[1:]):
        first, last = max(top - HALO, 0), min(bottom + HALO, HEIGHT)
        found = pool.read(path, bands, (5, first, 150, last - first))
        assert np.array_equal(found, wanted[:, first:last, 5:155])
        # Callers may write into what they get; the next window must not see it.
        found[...] = 0


@pytest.mark.parametrize("edges", [(0, 48, 112, 176, 240, 304, 368, 400), (0, 200, 400), (0, 64, 128, 300, 400)])
def test_windows_one_below_the_other_read_every_row_once(path, numbers, rows_read, edges):
    downwards(DatasetPool(), path, numbers, edges)
    assert (rows_read == 1).all()


def test_other_columns_and_other_bands_are_read_anew(path, numbers, rows_read):
    pool = DatasetPool()
    for box, band in (((0, 0, 80, 60), 1), ((70, 50, 80, 60), 1), ((70, 100, 80, 60), 2)):
        column, row, width, height = box
        found = pool.read(path, (band,), box)
        assert np.array_equal(found[0], numbers[band - 1, row : row + height, column : column + width])
    assert (rows_read[50:64] == 2).all() and (rows_read[100:128] == 2).all()


def test_a_window_further_up_is_right_too(path, numbers):
    pool = DatasetPool()
    for row in (200, 60, 190, 100, 0):
        assert np.array_equal(pool.read(path, (2,), (0, row, 160, 100))[0], numbers[1, row : row + 100])


def test_without_room_nothing_is_kept_and_the_numbers_are_the_same(path, numbers, rows_read, monkeypatch):
    monkeypatch.setattr(pools, "MAX_KEPT", 1000)
    pool = DatasetPool()
    downwards(pool, path, numbers, (0, 100, 200, 300, 400))
    assert pool.kept_bytes == 0
    assert rows_read.max() == 2


def test_what_is_kept_is_counted_and_let_go(path):
    pool = DatasetPool()
    pool.read(path, (1, 3), (5, 0, 150, 59))
    assert pool.kept_bytes == 2 * (64 - 59 + pools.SHARED_ROWS) * 150 * 2
    pool.read(path, (1, 3), (5, 37, 150, 86))
    assert pool.kept_bytes == 2 * (128 - 123 + pools.SHARED_ROWS) * 150 * 2
    pool.close()
    assert pool.kept_bytes == 0


def test_what_a_later_look_wants_within_a_box_is_not_decoded_again(path, numbers, rows_read):
    pool = KeptBoxes(4)
    first = pool.read(path, (2,), (40, 100, 32, 32))
    assert np.array_equal(first, numbers[[1], 100:132, 40:72])
    # Callers may write into what they get.
    first[...] = 0
    for bands, box in (((3, 1), (36, 96, 40, 40)), ((2,), (40, 100, 32, 32)), ((1, 2, 3), (50, 110, 5, 6))):
        column, row, width, height = box
        wanted = numbers[[band - 1 for band in bands], row : row + height, column : column + width]
        assert np.array_equal(pool.read(path, bands, box), wanted)
    assert rows_read[96:136].tolist() == [1] * 40 and rows_read.sum() == 40
    wider = pool.read(path, (1,), (35, 100, 32, 32))
    assert np.array_equal(wider, numbers[[0], 100:132, 35:67]) and rows_read[110] == 2
    pool.close()
    assert np.array_equal(pool.read(path, (1,), (36, 96, 8, 8)), numbers[[0], 96:104, 36:44]) and rows_read[96] == 3


def test_boxes_are_kept_as_far_as_there_is_room_and_to_the_border_of_the_file(path, numbers, monkeypatch):
    monkeypatch.setattr(kept_boxes, "MAX_BYTES", 3 * 2 * 24 * 24)
    pool = KeptBoxes(8)
    for column, row in ((0, 0), (WIDTH - 16, HEIGHT - 16), (64, 64)):
        found = pool.read(path, (3, 2), (column, row, 16, 16))
        assert np.array_equal(found, numbers[[2, 1], row : row + 16, column : column + 16])
    assert pool._bytes == 3 * 2 * 24 * 24


def test_a_box_whose_surroundings_are_damaged_is_read_by_itself(path, numbers, monkeypatch):
    real = gdal.Dataset.ReadAsArray

    def damaged(dataset, column, row, width, height, **settings):
        if row < 100:
            raise RuntimeError("block cannot be read")
        return real(dataset, column, row, width, height, **settings)

    monkeypatch.setattr(gdal.Dataset, "ReadAsArray", damaged)
    STAY.append(damaged)
    assert np.array_equal(KeptBoxes(4).read(path, (1,), (40, 102, 8, 8)), numbers[[0], 102:110, 40:48])


def _copies(path, tmp_path, count):
    places = [str(tmp_path / f"{number}.tif") for number in range(count)]
    for place in places:
        Path(place).write_bytes(Path(path).read_bytes())
    return places


def test_a_low_limit_of_open_files_keeps_fewer_open_and_reads_the_same(path, numbers, tmp_path, monkeypatch):
    monkeypatch.setattr(pools, "most_files", lambda: pools.LEFT_OPEN + 9)
    pool = DatasetPool()
    for place in _copies(path, tmp_path, 20):
        assert (pool.read(place, (1,), (0, 0, 8, 8))[0] == numbers[0, :8, :8]).all()
    assert len(pool) == 9


def test_no_room_for_another_open_file_is_told_with_its_remedy(path, tmp_path):
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    places = _copies(path, tmp_path, 2)
    highest = os.open(path, os.O_RDONLY)  # the lowest number that is free
    os.close(highest)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (highest, before[1]))
        with pytest.raises(SeriesError, match=rf"allow {highest} open files at once; allow more, .* 'ulimit -n"):
            DatasetPool().read(places[0], (1,), (0, 0, 8, 8))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
