"""A season of files read as a cube: alignment, composites, masks, and results that no window changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Iterator

import numpy as np
import pytest
from osgeo import gdal

from crop_attention.engine.errors import Cancelled, SeriesError
from crop_attention.engine.feedback import Feedback
from crop_attention.engine.options import SeriesOptions
from crop_attention.engine.series.acquisition import S1, S2, Acquisition, BandSource, Part
from crop_attention.engine.series.cube.margins import grow
from crop_attention.engine.series.files import pool
from crop_attention.engine.series.files.grid import Grid, Window
from rasters import ORIGIN, crs_wkt, truncate, write_raster
from season_files import (
    BANDS,
    DARK,
    SEASON,
    START,
    geometries_of,
    optical,
    optical_part,
    radar,
    reader_of,
    s1_series,
    s2_series,
)

FIRST = Window(0, 0, 8, 8)


def read(s2=None, s1=None, options=None, window=None):
    reader, grid = reader_of(s2, s1, options)
    with reader:
        return reader.read(window or Window(0, 0, grid.height, grid.width))


def day(offset: int) -> date:
    return START + timedelta(days=offset)


def test_mean_of_clear_looks_of_a_step_is_reflectance(tmp_path):
    looks = [optical(tmp_path, day(0), (200, 400, 3000)), optical(tmp_path, day(9), (400, 600, 5000))]
    cube = read(s2_series(*looks))
    assert cube.s2.shape == (4, 3, 8, 8) and cube.s2.dtype == np.float32
    assert cube.s2[0, :, 3, 3] == pytest.approx([0.03, 0.05, 0.4], abs=1e-7)
    assert cube.s1 is None and cube.s1_valid is None


def test_step_without_a_look_is_zero_and_not_valid(tmp_path):
    cube = read(s2_series(optical(tmp_path, day(10))))
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
    cube = read(s2_series(clear, cloudy))
    assert cube.s2[0, 0, 0, 0] == pytest.approx(0.21) and cube.s2[0, 0, 0, 4] == pytest.approx(0.02)


def test_median_of_odd_and_even_numbers_of_looks(tmp_path):
    scl = np.full((8, 8), 4)
    scl[0, 0] = 8
    looks = [optical(tmp_path, day(i), (100 * n, 400, 3000)) for i, n in enumerate((9, 1, 2))]
    looks.append(optical(tmp_path, day(5), (400, 400, 3000), scl))
    cube = read(s2_series(*looks), options=SeriesOptions(composite="median", cloud_margin=0))
    assert cube.s2[0, 0, 0, 0] == pytest.approx(0.02) and cube.s2[0, 0, 1, 1] == pytest.approx(0.03)
    assert not cube.s2[1:].any() and not cube.s2_valid[1:].any()


def test_20_m_bands_repeat_onto_10_m_pixels(tmp_path):
    fine = np.arange(1, 129).reshape(2, 8, 8)
    coarse = 1000 + np.arange(16).reshape(1, 4, 4)
    ten = optical_part(tmp_path / "10.tif", fine, 4, bands=("B02", "B04"))
    twenty = write_raster(tmp_path / "20.tif", coarse, pixel=20.0, dtype="uint16")
    part = replace(ten, bands={**ten.bands, "B08": BandSource(twenty, 1, None, 1e-4)})
    cube = read(s2_series(Acquisition(S2, START, (part,))))
    assert np.allclose(cube.s2[0, 2], np.kron(coarse[0], np.ones((2, 2))) * 1e-4, atol=1e-7)
    odd = read(s2_series(Acquisition(S2, START, (part,))), window=Window(1, 3, 4, 5))
    assert np.array_equal(odd.s2[0], cube.s2[0, :, 1:5, 3:8])


def test_offset_of_a_band_is_added_to_reflectance(tmp_path):
    cube = read(s2_series(optical(tmp_path, START, (1300, 1400, 4000), offset=-0.1)))
    assert cube.s2[0, :, 0, 0] == pytest.approx([0.03, 0.04, 0.3], abs=1e-6)


def test_zero_nodata_nan_and_saturated_pixels_are_missing(tmp_path):
    numbers = np.stack([np.full((8, 8), number) for number in DARK])
    numbers[0, 0, 0], numbers[1, 0, 1], numbers[2, 0, 2] = 0, 65535, 7
    cube = read(s2_series(optical(tmp_path, START, numbers)))
    assert cube.s2_valid[0, 0, :4].tolist() == [False, False, True, True]
    declared = read(s2_series(optical(tmp_path, START, numbers, declared=7)))
    assert declared.s2_valid[0, 0, :4].tolist() == [True, False, False, True]
    floats = numbers / 1e4
    floats[0, 0, 3] = np.nan
    floats[:, 0, 4] = 0
    stored = s2_series(optical(tmp_path, START, floats, scale=1.0, dtype="float32"))
    cube = read(stored)
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
        cube = read(s2_series(look), options=SeriesOptions(composite=composite, cloud_margin=0))
        assert cube.s2.shape[-1] == 12 and cube.s2_valid[0].all()
        assert np.allclose(cube.s2[0, 0, 0], [0.01] * 6 + [0.03] * 6)


def test_scl_margin_hides_metres_around_cloud_in_any_window(tmp_path):
    scl = np.full((16, 16), 4)
    scl[8, 8], scl[2, 2] = 9, 11
    series = s2_series(optical(tmp_path, START, np.full((3, 16, 16), 500), scl))
    options = SeriesOptions(cloud_margin=30.0)
    cube = read(series, options=options)
    hidden = ~cube.s2_valid[0]
    disc = np.hypot(*(np.mgrid[:16, :16] - 8)) <= 3
    assert hidden[disc].all() and hidden[2, 2] and hidden.sum() == disc.sum() + 1
    beside = read(series, options=options, window=Window(5, 0, 7, 6))
    assert np.array_equal(beside.s2_valid[0], cube.s2_valid[0, 5:12, :6]) and not beside.s2_valid[0].all()


def test_margin_of_cloud_does_not_stop_where_a_file_ends(tmp_path):
    scl = np.full((16, 16), 4)
    scl[6, 7] = 9
    options = SeriesOptions(cloud_margin=40.0)
    whole = read(s2_series(optical(tmp_path, START, np.full((3, 16, 16), 500), scl)), options=options)
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
    cut = read(s2_series(Acquisition(S2, START, tuple(pieces))), options=options)
    assert np.array_equal(cut.s2_valid, whole.s2_valid) and (~whole.s2_valid[0]).sum() == 49
    bare = [replace(piece, masks=()) for piece in pieces]
    assert read(s2_series(Acquisition(S2, START, tuple(bare))), options=options).s2_valid[0].all()


def test_masks_inside_files_and_fill_values_are_missing(tmp_path):
    numbers = np.stack([np.full((8, 8), number) for number in DARK])
    numbers[:, 0, :3], numbers[0, 1, 0] = 1, 1
    plain = optical(tmp_path, START, numbers, None)
    cube = read(s2_series(plain))
    assert (~cube.s2_valid[0]).sum() == 3 and not cube.s2_valid[0, 0, :3].any()
    path = plain.parts[0].bands["B02"].path
    dataset = gdal.Open(path, gdal.GA_Update)
    dataset.CreateMaskBand(gdal.GMF_PER_DATASET)
    shown = np.full((8, 8), 255, np.uint8)
    shown[7] = 0
    dataset.GetRasterBand(1).GetMaskBand().WriteArray(shown)
    dataset = None
    assert (~read(s2_series(plain)).s2_valid[0]).sum() == 3 + 8
    wild = numbers.astype(float) / 1e4
    wild[1, 5, 5], wild[2, 5, 6], wild[0, 5, 7] = 1e30, -3.4e38, -0.9999
    decimals = optical(tmp_path / "decimals", START, wild, None, scale=1.0, dtype="float32")
    assert not read(s2_series(decimals)).s2_valid[0, 5, 5:].any()


def test_binary_mask_hides_whatever_is_not_zero(tmp_path):
    mask = np.zeros((8, 8))
    mask[3, 3] = 1
    look = optical(tmp_path, START, scl=mask, mask_kind="binary")
    assert (~read(s2_series(look), options=SeriesOptions(cloud_margin=10.0)).s2_valid[0]).sum() == 5


def test_pixels_beyond_the_mask_are_hidden(tmp_path):
    bands = optical_part(tmp_path / "bands.tif", DARK, None)
    mask = optical_part(tmp_path / "mask.tif", DARK, 4, size=(8, 5)).masks
    cube = read(s2_series(Acquisition(S2, START, (replace(bands, masks=mask),))))
    assert cube.s2_valid[0, 0].tolist() == [True] * 5 + [False] * 3


def test_bright_block_without_a_mask_is_hidden_and_a_single_roof_keeps_its_neighbours(tmp_path):
    numbers = np.stack([np.full((32, 32), number) for number in DARK])
    numbers[:, 4:8, 4:8] = 4000
    numbers[:, 20, 20] = 4000
    series = s2_series(optical(tmp_path, START, numbers, None))
    options = SeriesOptions(cloud_margin=20.0)
    cube = read(series, options=options)
    hidden = ~cube.s2_valid[0]
    core = np.zeros((32, 32), bool)
    core[5:7, 5:7] = True
    expected = grow(core, 3) | (numbers[0] == 4000)
    assert np.array_equal(hidden, expected) and hidden[20, 20] and not hidden[20, 21]
    part = read(series, options=options, window=Window(9, 9, 5, 5))
    assert np.array_equal(part.s2_valid[0], cube.s2_valid[0, 9:14, 9:14])


def test_backscatter_is_averaged_as_power_not_as_decibels(tmp_path):
    looks = [radar(tmp_path, day(0), (-10, -20)), radar(tmp_path, day(1), (-20, -20))]
    cube = read(None, s1_series(*looks))
    assert cube.s1[0, 0, 0, 0] == pytest.approx(10 * np.log10((0.1 + 0.01) / 2), abs=1e-4)
    assert cube.s1[0, 1, 0, 0] == pytest.approx(-20, abs=1e-4)
    assert cube.s2 is None and not cube.s1[1:].any() and not cube.s1_valid[1:].any()


def test_decibel_and_linear_files_give_the_same_cube(tmp_path):
    rng = np.random.default_rng(1)
    cubes = []
    numbers = [rng.uniform(-22, -6, (2, 8, 8)) for _ in range(3)]
    for name, decibel in (("dB", True), ("linear", False)):
        stored = [values if decibel else 10 ** (values / 10) for values in numbers]
        looks = [radar(tmp_path / name, day(index), values) for index, values in enumerate(stored)]
        cubes.append(read(None, s1_series(*looks, decibel=decibel)).s1)
    assert np.abs(cubes[0] - cubes[1]).max() < 1e-4 and cubes[0][0].min() > -22


def test_zero_nan_nodata_and_fill_backscatter_are_missing(tmp_path):
    numbers = np.full((2, 8, 8), -12.0)
    numbers[0, 0, 0], numbers[1, 0, 1], numbers[0, 0, 2], numbers[:, 0, 3] = 0, np.nan, -99, -9999
    cube = read(None, s1_series(radar(tmp_path, START, numbers, nodata=-99)))
    assert cube.s1_valid[0, 0, :5].tolist() == [False, False, False, False, True]
    assert cube.s1_valid[0].sum() == 60 and np.isfinite(cube.s1).all()
    linear = np.full((2, 8, 8), 0.05)
    linear[0, 0, 0], linear[1, 0, 1] = 0, -0.001
    cube = read(None, s1_series(radar(tmp_path, START, linear), decibel=False))
    assert cube.s1_valid[0].sum() == 62 and cube.s1[0, 0, 1, 1] == pytest.approx(-13.0103, abs=1e-3)


def test_track_offsets_are_subtracted_before_averaging(tmp_path):
    looks = [radar(tmp_path, day(0), (-9, -17), "ASC-1"), radar(tmp_path, day(1), (-11, -17), "DESC-2")]
    offsets = {("ASC-1", "VV"): 1.0, ("DESC-2", "VV"): -1.0}
    cube = read(None, s1_series(*looks, track_offsets=offsets))
    assert cube.s1[0, :, 0, 0] == pytest.approx([-10, -17], abs=1e-4)


def test_packed_backscatter_is_unpacked(tmp_path):
    path = write_raster(tmp_path / "packed.tif", np.full((2, 8, 8), -1234), dtype="int16")
    sources = {band: BandSource(path, index, None, 0.01, 0.0) for index, band in ((1, "VV"), (2, "VH"))}
    cube = read(None, s1_series(Acquisition(S1, START, (Part("packed", "", sources),), "ASC-1")))
    assert np.allclose(cube.s1[0], -12.34, atol=1e-4)


def _ramp(epsg: int, origin: tuple[float, float], pixel: float, shape: tuple[int, int]) -> np.ndarray:
    """Return dB that rise by 1 with each kilometre to the east and 0.5 to the north of EPSG:32631."""
    from osgeo import osr

    references = []
    for code in (epsg, 32631):
        reference = osr.SpatialReference()
        reference.ImportFromEPSG(code)
        reference.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
        references.append(reference)
    transformation = osr.CoordinateTransformation(*references)
    rows, columns = np.mgrid[: shape[0], : shape[1]] + 0.5
    points = np.stack([origin[0] + columns * pixel, origin[1] - rows * pixel], -1).reshape(-1, 2)
    xy = np.asarray(transformation.TransformPoints(points.tolist()))[:, :2]
    values = -15 + (xy[:, 0] - 720_000) / 1000 + (xy[:, 1] - 5_600_000) / 2000
    return values.reshape(shape)


def test_other_crs_is_resampled_onto_the_grid(tmp_path):
    origin = (720_000.0, 5_600_000.0)
    base = optical(tmp_path, START, np.full((3, 40, 40), 500), origin=origin)
    utm32 = (294_590.0, 5_599_430.0)
    side = np.stack([_ramp(32632, utm32, 17.0, (30, 30))] * 2)
    looks = s1_series(radar(tmp_path, START, side, origin=utm32, pixel=17.0, epsg=32632))
    cube = read(s2_series(base), looks)
    expected = _ramp(32631, origin, 10.0, (40, 40))
    valid = cube.s1_valid[0]
    assert valid.mean() > 0.9 and not valid.all()
    error = np.where(valid, np.abs(cube.s1[0, 0] - expected), 0)
    assert error[4:-4, 4:-4].max() < 1e-4 and error.max() < 0.01


def test_shifted_lattice_is_interpolated_and_missing_neighbours_are_left_out(tmp_path):
    numbers = np.broadcast_to(-20.0 + np.arange(8), (2, 8, 8)).copy()
    numbers[:, 4, 4] = np.nan
    looks = s1_series(radar(tmp_path, START, numbers, origin=(ORIGIN[0] + 4, ORIGIN[1])))
    cube = read(s2_series(optical(tmp_path, START)), looks)
    assert cube.s1[0, 0, 0, 1:] == pytest.approx(-20.4 + np.arange(1, 8), abs=1e-4)
    assert not cube.s1_valid[0, 4, 4] and cube.s1_valid[0, 4, 5] and cube.s1_valid[0, 4, 3]
    assert cube.s1[0, 0, 4, 5] == pytest.approx(-15, abs=1e-4)


def test_finer_files_are_averaged_over_the_grid_pixel(tmp_path):
    numbers = np.zeros((2, 16, 16))
    numbers[:, 0::2, 0::2], numbers[:, 1::2, 0::2], numbers[:, 0::2, 1::2], numbers[:, 1::2, 1::2] = -8, -10, -12, -14
    looks = s1_series(radar(tmp_path, START, numbers, pixel=5.0))
    cube = read(s2_series(optical(tmp_path, START)), looks)
    assert np.allclose(cube.s1[0], -11, atol=1e-4) and cube.s1_valid[0].all()


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
    assert read(series).s2.shape[:2] == (SEASON.steps, len(BANDS))
