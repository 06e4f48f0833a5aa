"""A season of files read as a cube: alignment, composites, and results that no window changes."""

from __future__ import annotations

from dataclasses import replace
from typing import Iterator

import numpy as np
import pytest

from crop_attention.engine.errors import Cancelled, SeriesError
from crop_attention.engine.feedback import Feedback
from crop_attention.engine.options import SeriesOptions
from crop_attention.engine.series.acquisition import S2, Acquisition, BandSource, Part
from crop_attention.engine.series.files import pool
from crop_attention.engine.series.files.grid import Grid, Window
from rasters import ORIGIN, crs_wkt, truncate, write_raster
from season_files import (
    BANDS,
    DARK,
    SEASON,
    START,
    cube_of,
    day,
    geometries_of,
    optical,
    optical_part,
    radar,
    reader_of,
    s1_series,
    s2_series,
)

FIRST = Window(0, 0, 8, 8)


def test_mean_of_clear_looks_of_a_step_is_reflectance(tmp_path):
    looks = [optical(tmp_path, day(0), (200, 400, 3000)), optical(tmp_path, day(9), (400, 600, 5000))]
    cube = cube_of(s2_series(*looks))
    assert cube.s2.shape == (4, 3, 8, 8) and cube.s2.dtype == np.float32
    assert cube.s2[0, :, 3, 3] == pytest.approx([0.03, 0.05, 0.4], abs=1e-7)
    assert cube.s1 is None and cube.s1_valid is None


def test_step_without_a_look_is_zero_and_not_valid(tmp_path):
    cube = cube_of(s2_series(optical(tmp_path, day(10))))
    assert cube.s2_valid.all(axis=(1, 2)).tolist() == [False, True, False, False]
    assert not cube.s2_valid[0].any() and not cube.s2[[0, 2, 3]].any()


def test_acquisitions_outside_the_season_are_not_read(tmp_path):
    early = optical(tmp_path, day(-1))
    late = optical(tmp_path, day(40))
    inside = optical(tmp_path, day(39))
    reader, _ = reader_of(s2_series(early, inside, late))
    truncate(early.parts[0].bands["B02"].path, 0.3)
    truncate(late.parts[0].bands["B02"].path, 0.3)
    assert reader.read(FIRST).s2_valid.all(axis=(1, 2)).tolist() == [False, False, False, True]


def test_cloudy_look_does_not_enter_the_mean(tmp_path):
    scl = np.full((8, 8), 4)
    scl[:, 4:] = 9
    clear, cloudy = optical(tmp_path, day(0), (200, 400, 3000)), optical(tmp_path, day(1), (4000, 4000, 4000), scl)
    cube = cube_of(s2_series(clear, cloudy))
    assert cube.s2[0, 0, 0, 0] == pytest.approx(0.21) and cube.s2[0, 0, 0, 4] == pytest.approx(0.02)


def test_median_of_odd_and_even_numbers_of_looks(tmp_path):
    scl = np.full((8, 8), 4)
    scl[0, 0] = 8
    looks = [optical(tmp_path, day(i), (100 * n, 400, 3000)) for i, n in enumerate((9, 1, 2))]
    looks.append(optical(tmp_path, day(5), (400, 400, 3000), scl))
    cube = cube_of(s2_series(*looks), options=SeriesOptions(composite="median", cloud_margin=0))
    assert cube.s2[0, 0, 0, 0] == pytest.approx(0.02) and cube.s2[0, 0, 1, 1] == pytest.approx(0.03)
    assert not cube.s2[1:].any() and not cube.s2_valid[1:].any()


def test_20_m_bands_repeat_onto_10_m_pixels(tmp_path):
    fine = np.arange(1, 129).reshape(2, 8, 8)
    coarse = 1000 + np.arange(16).reshape(1, 4, 4)
    ten = optical_part(tmp_path / "10.tif", fine, 4, bands=("B02", "B04"))
    twenty = write_raster(tmp_path / "20.tif", coarse, pixel=20.0, dtype="uint16")
    part = replace(ten, bands={**ten.bands, "B08": BandSource(twenty, 1, None, 1e-4)})
    cube = cube_of(s2_series(Acquisition(S2, START, (part,))))
    assert np.allclose(cube.s2[0, 2], np.kron(coarse[0], np.ones((2, 2))) * 1e-4, atol=1e-7)
    odd = cube_of(s2_series(Acquisition(S2, START, (part,))), window=Window(1, 3, 4, 5))
    assert np.array_equal(odd.s2[0], cube.s2[0, :, 1:5, 3:8])


def test_offset_of_a_band_is_added_to_reflectance(tmp_path):
    cube = cube_of(s2_series(optical(tmp_path, START, (1300, 1400, 4000), offset=-0.1)))
    assert cube.s2[0, :, 0, 0] == pytest.approx([0.03, 0.04, 0.3], abs=1e-6)


def test_zero_nodata_nan_and_saturated_pixels_are_missing(tmp_path):
    numbers = np.stack([np.full((8, 8), number) for number in DARK])
    numbers[0, 0, 0], numbers[1, 0, 1], numbers[2, 0, 2] = 0, 65535, 7
    cube = cube_of(s2_series(optical(tmp_path, START, numbers)))
    assert cube.s2_valid[0, 0, :4].tolist() == [False, False, True, True]
    declared = cube_of(s2_series(optical(tmp_path, START, numbers, declared=7)))
    assert declared.s2_valid[0, 0, :4].tolist() == [True, False, False, True]
    floats = numbers / 1e4
    floats[0, 0, 3] = np.nan
    floats[:, 0, 4] = 0
    stored = s2_series(optical(tmp_path, START, floats, scale=1.0, dtype="float32"))
    cube = cube_of(stored)
    assert cube.s2_valid[0, 0, 3:6].tolist() == [False, False, True]
    assert np.isfinite(cube.s2).all() and not cube.s2[0, :, 0, 3].any()


def test_partial_coverage_and_windows_beyond_the_grid_are_missing(tmp_path):
    small = optical(tmp_path, day(0), size=(4, 4), origin=(ORIGIN[0] + 40, ORIGIN[1] - 40))
    full = optical(tmp_path, day(12))
    reader, grid = reader_of(s2_series(small, full))
    assert (grid.width, grid.height) == (8, 8)
    cube = reader.read(Window(-3, -3, 14, 14))
    assert cube.s2_valid[0].sum() == 16 and cube.s2_valid[0, 7:11, 7:11].all()
    assert cube.s2_valid[1].sum() == 64 and cube.s2_valid[1, 3:11, 3:11].all()
    assert reader.read(Window(100, 0, 4, 4)).empty()


def test_tiles_of_one_date_are_mosaicked_and_the_first_valid_pixel_wins(tmp_path):
    left = optical_part(tmp_path / "a.tif", (100, 400, 3000), np.where(np.arange(8) < 6, 4, 9), size=(8, 8))
    right = optical_part(tmp_path / "b.tif", (300, 400, 3000), 4, size=(8, 8), origin=(ORIGIN[0] + 40, ORIGIN[1]))
    look = Acquisition(S2, START, (left, right))
    for composite in ("mean", "median"):
        cube = cube_of(s2_series(look), options=SeriesOptions(composite=composite, cloud_margin=0))
        assert cube.s2.shape[-1] == 12 and cube.s2_valid[0].all()
        assert np.allclose(cube.s2[0, 0, 0], [0.01] * 6 + [0.03] * 6)


def _county(folder, size=230):
    """A season of both sensors with cloud, gaps, 20 m bands, another CRS and a shifted lattice."""
    rng = np.random.default_rng(3)
    s2, s1 = [], []
    for index in range(6):
        numbers = rng.integers(100, 5000, (3, size, size))
        numbers[:, :, : 5 * index] = 0
        scl = np.repeat(np.repeat(rng.choice([4, 4, 4, 4, 9], (size // 10, size // 10)), 10, 0), 10, 1)
        if index % 2:
            s2.append(optical(folder, day(6 * index), numbers, scl))
        else:
            ten = optical_part(folder / f"ten{index}.tif", numbers[:2], None, bands=("B02", "B04"))
            coarse = np.stack([numbers[2, ::2, ::2], scl[::2, ::2]])
            twenty = optical_part(folder / f"twenty{index}.tif", coarse[:1], coarse[1], bands=("B08",), pixel=20.0)
            part = Part(f"part{index}", "", {**ten.bands, **twenty.bands}, twenty.masks if index else ())
            s2.append(Acquisition(S2, day(6 * index), (part,)))
    other = optical_part(
        folder / "shift.tif", rng.integers(100, 900, (3, 200, 200)), 4, origin=(ORIGIN[0] + 3, ORIGIN[1] - 27)
    )
    s2.append(Acquisition(S2, day(3), (other,)))
    place = {"origin": (75_200.0, 5_617_000.0), "pixel": 20.0, "epsg": 32632}
    for index in range(5):
        options = place if index % 2 else {"pixel": 20.0}
        shape = (2, 90, 80) if index % 2 else (2, size // 2, size // 2)
        s1.append(radar(folder, day(8 * index), rng.normal(-13, 3, shape), f"ASC-{index % 2}", **options))
    return s2, s1


def _tiles(grid: Grid, size: int) -> Iterator[Window]:
    """Yield windows of `size` pixels, row by row, clipped to the grid."""
    for row in range(0, grid.height, size):
        for col in range(0, grid.width, size):
            yield Window(row, col, min(size, grid.height - row), min(size, grid.width - col))


@pytest.mark.parametrize("composite", ["mean", "median"])
def test_no_window_and_no_order_of_inputs_changes_a_byte(tmp_path, composite):
    s2, s1 = _county(tmp_path)
    options = SeriesOptions(composite=composite)
    reader, grid = reader_of(s2_series(*s2), s1_series(*s1), options)
    whole = reader.read(Window(0, 0, grid.height, grid.width))
    assert 0.3 < whole.s2_valid.mean() < 0.95 and 0.3 < whole.s1_valid.mean()
    for size in (64, 200):
        for window in _tiles(grid, size):
            part = reader.read(window.grown(3))
            inner = (..., slice(3, 3 + window.height), slice(3, 3 + window.width))
            rows, columns = slice(window.row, window.row + window.height), slice(window.col, window.col + window.width)
            for name in ("s2", "s2_valid", "s1", "s1_valid"):
                found, expected = getattr(part, name)[inner], getattr(whole, name)[..., rows, columns]
                assert found.tobytes() == np.ascontiguousarray(expected).tobytes(), (name, window)
    backwards = replace(s2_series(*s2), acquisitions=tuple(reversed(s2_series(*s2).acquisitions)))
    again = reader_of(backwards, s1_series(*reversed(s1)), options, grid)[0].read(Window(0, 0, grid.height, grid.width))
    assert again.s2.tobytes() == whole.s2.tobytes() and again.s1.tobytes() == whole.s1.tobytes()


def test_cancelled_read_stops_between_acquisitions(tmp_path):
    class Impatient(Feedback):
        asked = 0

        def cancelled(self) -> bool:
            self.asked += 1
            return self.asked > 2

    reader, _ = reader_of(s2_series(*(optical(tmp_path, day(index)) for index in range(5))))
    feedback = Impatient()
    with pytest.raises(Cancelled):
        reader.read(FIRST, feedback)
    assert feedback.asked == 3


def test_open_files_stay_bounded_and_most_serve_the_next_window(tmp_path, monkeypatch):
    parts = [optical_part(tmp_path / f"{index}.tif", DARK, 4, size=(4, 4)) for index in range(600)]
    looks = [Acquisition(S2, day(index % 40), (part,)) for index, part in enumerate(parts)]
    reader, _ = reader_of(s2_series(*looks), max_open=150)
    opened: list[str] = []
    opens = pool.gdal.OpenEx
    monkeypatch.setattr(
        pool.gdal, "OpenEx", lambda path, *kind, **more: opened.append(path) or opens(path, *kind, **more)
    )
    first = reader.read(Window(0, 0, 4, 4))
    assert (reader.open_files, len(opened)) == (150, 600)
    second = reader.read(Window(0, 0, 4, 4))
    assert reader.open_files == 150 and 1000 < len(opened) < 1100
    assert np.array_equal(first.s2, second.s2)
    reader.close()
    assert reader.open_files == 0


def test_files_with_large_blocks_are_kept_open_in_smaller_number(tmp_path, monkeypatch):
    looks = [optical(tmp_path, day(index)) for index in range(12)]
    reader, _ = reader_of(s2_series(*looks))
    monkeypatch.setattr(pool, "MAX_BUFFERS", 9 * 2 * 8 * 8 * 2 * 4)
    reader.read(FIRST)
    assert reader.open_files == 9


def test_file_that_breaks_while_reading_is_named(tmp_path):
    look = optical(tmp_path, START, np.random.default_rng(0).integers(1, 9999, (3, 64, 64)))
    reader, grid = reader_of(s2_series(look))
    truncate(look.parts[0].bands["B02"].path, 0.5)
    with pytest.raises(SeriesError, match="S2_20180101.tif cannot be read"):
        reader.read(Window(0, 0, grid.height, grid.width))


def test_window_under_full_cloud_reads_no_band(tmp_path):
    clear = optical_part(tmp_path / "bands.tif", DARK, None)
    mask = optical_part(tmp_path / "mask.tif", DARK, 9).masks
    series = s2_series(Acquisition(S2, START, (replace(clear, masks=mask),)))
    reader, _ = reader_of(series)
    (tmp_path / "bands.tif").unlink()
    assert reader.read(FIRST).empty()


def test_season_and_bands_shape_the_cube(tmp_path):
    series = s2_series(optical(tmp_path, START))
    assert geometries_of(series)[series.acquisitions[0].parts[0].bands["B02"].path].crs == crs_wkt(32631)
    assert cube_of(series).s2.shape[:2] == (SEASON.steps, len(BANDS))
