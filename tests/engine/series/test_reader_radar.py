"""Backscatter in a cube: averaged as power, track offsets taken off, resampled onto the grid."""

from __future__ import annotations

import numpy as np
import pytest

from crop_attention.engine.options import SeriesOptions
from crop_attention.engine.series.acquisition import S1, Acquisition, BandSource, Part
from crop_attention.engine.series.files.grid import Window
from crop_attention.engine.series.preprocessing.prepare import prepare_series
from rasters import ORIGIN, write_raster
from season_files import (
    START,
    card,
    cube_of,
    day,
    optical,
    radar,
    s1_series,
    s2_series,
)


def test_backscatter_is_averaged_as_power_not_as_decibels(tmp_path):
    looks = [radar(tmp_path, day(0), (-10, -20)), radar(tmp_path, day(1), (-20, -20))]
    cube = cube_of(None, s1_series(*looks))
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
        cubes.append(cube_of(None, s1_series(*looks, decibel=decibel)).s1)
    assert np.abs(cubes[0] - cubes[1]).max() < 1e-4 and cubes[0][0].min() > -22


def test_zero_nan_nodata_and_fill_backscatter_are_missing(tmp_path):
    numbers = np.full((2, 8, 8), -12.0)
    numbers[0, 0, 0], numbers[1, 0, 1], numbers[0, 0, 2], numbers[:, 0, 3] = 0, np.nan, -99, -9999
    cube = cube_of(None, s1_series(radar(tmp_path, START, numbers, nodata=-99)))
    assert cube.s1_valid[0, 0, :5].tolist() == [False, False, False, False, True]
    assert cube.s1_valid[0].sum() == 60 and np.isfinite(cube.s1).all()
    linear = np.full((2, 8, 8), 0.05)
    linear[0, 0, 0], linear[1, 0, 1] = 0, -0.001
    cube = cube_of(None, s1_series(radar(tmp_path, START, linear), decibel=False))
    assert cube.s1_valid[0].sum() == 62 and cube.s1[0, 0, 1, 1] == pytest.approx(-13.0103, abs=1e-3)


@pytest.mark.parametrize("linear", [False, True])
@pytest.mark.parametrize("share, hidden", [(5, True), (0, False)])
def test_a_floor_of_each_polarisation_is_a_fill_value_that_is_told(tmp_path, linear, share, hidden):
    looks = []
    for number in range(3):
        noise = np.random.default_rng(number).normal(0, 1, (2, 20, 20))
        numbers = noise + np.array([-10.0, -17.0]).reshape(2, 1, 1)
        numbers[:, :, :share] = np.array([-25.0, -32.5]).reshape(2, 1, 1)
        looks.append(radar(tmp_path, day(6 * number), 10 ** (numbers / 10) if linear else numbers))
    prepared = prepare_series(None, s1_series(*looks), card(s2=()), SeriesOptions(min_clear_steps=1))
    assert any("taken as no data" in text for text in prepared.warnings) == hidden
    valid = prepared.reader().read(Window(0, 0, 20, 20)).s1_valid[0]
    assert valid[:, 5:].all() and valid[:, :5].all() != hidden


def test_each_date_has_its_own_floor_and_all_are_told(tmp_path):
    looks, floors = [], [(-25.0, -32.5), (-24.0, -31.5), (-24.0, -31.5)]
    for number, floor in enumerate(floors):
        numbers = np.random.default_rng(number).normal(0, 1, (2, 20, 20)) + np.array([-10.0, -17.0]).reshape(2, 1, 1)
        numbers[:, :, :5] = np.array(floor).reshape(2, 1, 1)
        looks.append(radar(tmp_path, day(12 * number), numbers))
    prepared = prepare_series(None, s1_series(*looks), card(s2=()), SeriesOptions(min_clear_steps=1))
    assert any("holds VV -24 / VH -31.5, VV -25 / VH -32.5 in" in text for text in prepared.warnings)
    valid = prepared.reader().read(Window(0, 0, 20, 20)).s1_valid[:3]
    assert valid[:, :, 5:].all() and not valid[:, :, :5].any()


def test_coarse_numbers_that_repeat_are_no_fill_values(tmp_path):
    noise = [np.round(np.random.default_rng(number).normal(0, 1, (2, 20, 20))) for number in range(3)]
    looks = [radar(tmp_path, day(6 * n), each + [[[-10.0]], [[-17.0]]]) for n, each in enumerate(noise)]
    prepared = prepare_series(None, s1_series(*looks), card(s2=()), SeriesOptions(min_clear_steps=1))
    assert prepared.reader().read(Window(0, 0, 20, 20)).s1_valid[0].all()


def test_track_offsets_are_subtracted_before_averaging(tmp_path):
    looks = [radar(tmp_path, day(0), (-9, -17), "ASC-1"), radar(tmp_path, day(1), (-11, -17), "DESC-2")]
    offsets = {("ASC-1", "VV"): 1.0, ("DESC-2", "VV"): -1.0}
    cube = cube_of(None, s1_series(*looks, track_offsets=offsets))
    assert cube.s1[0, :, 0, 0] == pytest.approx([-10, -17], abs=1e-4)


def test_packed_backscatter_is_unpacked(tmp_path):
    path = write_raster(tmp_path / "packed.tif", np.full((2, 8, 8), -1234), dtype="int16")
    sources = {band: BandSource(path, index, None, 0.01, 0.0) for index, band in ((1, "VV"), (2, "VH"))}
    cube = cube_of(None, s1_series(Acquisition(S1, START, (Part("packed", "", sources),), "ASC-1")))
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
    cube = cube_of(s2_series(base), looks)
    expected = _ramp(32631, origin, 10.0, (40, 40))
    valid = cube.s1_valid[0]
    assert valid.mean() > 0.9 and not valid.all()
    error = np.where(valid, np.abs(cube.s1[0, 0] - expected), 0)
    assert error[4:-4, 4:-4].max() < 1e-4 and error.max() < 0.01


def test_shifted_lattice_is_interpolated_and_missing_neighbours_are_left_out(tmp_path):
    numbers = np.broadcast_to(-20.0 + np.arange(8), (2, 8, 8)).copy()
    numbers[:, 4, 4] = np.nan
    looks = s1_series(radar(tmp_path, START, numbers, origin=(ORIGIN[0] + 4, ORIGIN[1])))
    cube = cube_of(s2_series(optical(tmp_path, START)), looks)
    assert cube.s1[0, 0, 0, 1:] == pytest.approx(-20.4 + np.arange(1, 8), abs=1e-4)
    assert not cube.s1_valid[0, 4, 4] and cube.s1_valid[0, 4, 5] and cube.s1_valid[0, 4, 3]
    assert cube.s1[0, 0, 4, 5] == pytest.approx(-15, abs=1e-4)


def test_finer_files_are_averaged_over_the_grid_pixel(tmp_path):
    numbers = np.zeros((2, 16, 16))
    numbers[:, 0::2, 0::2], numbers[:, 1::2, 0::2], numbers[:, 0::2, 1::2], numbers[:, 1::2, 1::2] = -8, -10, -12, -14
    looks = s1_series(radar(tmp_path, START, numbers, pixel=5.0))
    cube = cube_of(s2_series(optical(tmp_path, START)), looks)
    assert np.allclose(cube.s1[0], -11, atol=1e-4) and cube.s1_valid[0].all()
