"""The grid of the output: CRS, pixel, origin and extent from the files."""

from __future__ import annotations

import numpy as np
import pytest

from crop_attention.engine.errors import GridError
from crop_attention.engine.options import SeriesOptions
from crop_attention.engine.series.acquisition import S2, Acquisition
from crop_attention.engine.series.files.geometry import crs_name, transform_bounds
from crop_attention.engine.series.inputs import Extent
from crop_attention.engine.series.preprocessing.grid_and_season import choose_grid
from crop_attention.engine.series.preprocessing.prepare import prepare_series
from rasters import ORIGIN, crs_wkt
from season_files import DARK, START, card, day, geometries_of, optical, optical_part, radar, s1_series, s2_series

X, Y = ORIGIN


def grid_of(s2=None, s1=None, extent=None, **options):
    return choose_grid(s2, s1, geometries_of(s2, s1), SeriesOptions(**options), extent)


def test_finest_sentinel2_lattice_over_all_parts(tmp_path):
    parts = (
        optical_part(tmp_path / "a.tif", DARK, pixel=20.0, size=(4, 4)),
        optical_part(tmp_path / "b.tif", DARK, origin=(X + 60, Y + 30), size=(8, 8)),
    )
    grid = grid_of(s2_series(Acquisition(S2, START, parts)))
    assert (grid.x0, grid.y0, grid.pixel, grid.width, grid.height) == (X, Y + 30, 10.0, 14, 11)
    assert crs_name(grid.crs) == "EPSG:32631"


def test_crs_of_most_parts_leads_and_ties_go_to_the_lower_code(tmp_path):
    near = transform_bounds((X, Y - 80, X + 80, Y), crs_wkt(32631), crs_wkt(32630))
    other = {"epsg": 32630, "origin": (round(near[0], -1), round(near[3], -1))}
    one, two = optical_part(tmp_path / "a.tif", DARK), optical_part(tmp_path / "b.tif", DARK, **other)
    three = optical_part(tmp_path / "c.tif", DARK)
    tied = grid_of(s2_series(Acquisition(S2, START, (one, two))))
    assert crs_name(tied.crs) == "EPSG:32630" and tied.x0 % 10 == 0
    assert crs_name(grid_of(s2_series(Acquisition(S2, START, (one, two, three)))).crs) == "EPSG:32631"


def test_coarse_sentinel2_keeps_its_pixel_and_resolution_overrides_it(tmp_path):
    series = s2_series(optical(tmp_path, START, pixel=20.0))
    assert (grid_of(series).pixel, grid_of(series).width) == (20.0, 8)
    fine = grid_of(series, resolution=30.0)
    assert (fine.pixel, fine.width, fine.height) == (30.0, 6, 6)
    assert fine.bounds[0] <= X and fine.bounds[2] >= X + 160


@pytest.mark.parametrize(
    "pixels, expected",
    [((10, 5, 10), 10.0), ((10, 9.9987, 10), 10.0), ((10, 5, 5), 5.0), ((10, 20, 20), 10.0), ((10, 5), 5.0)],
)
def test_one_odd_date_does_not_set_the_pixel_of_all(tmp_path, pixels, expected):
    looks = [optical(tmp_path / str(at), day(at), pixel=float(pixel)) for at, pixel in enumerate(pixels)]
    assert grid_of(s2_series(*looks)).pixel == expected


@pytest.mark.parametrize(
    "pixels, said",
    [
        ((10, 10, 10), []),
        ((10, 20, 20), ["Pixels of Sentinel-2: 10 m (1 date), 20 m (2 dates); pixels of the output: 10 m."]),
        ((20, 20, 20), ["Pixels of Sentinel-2: 20 m (3 dates); pixels of the output: 20 m."]),
    ],
)
def test_pixels_that_differ_or_are_not_of_ten_metres_are_told_with_those_of_the_output(tmp_path, pixels, said):
    looks = [optical(tmp_path / str(at), day(at), pixel=float(pixel)) for at, pixel in enumerate(pixels)]
    prepared = prepare_series(
        s2_series(*looks), None, card(s1=()), SeriesOptions(optical_scale=1e-4, optical_offset=0.0)
    )
    assert [note for note in prepared.notes if note.startswith("Pixels of")] == said


def test_sentinel1_alone_gives_ten_metres_on_its_own_origin(tmp_path):
    grid = grid_of(None, s1_series(radar(tmp_path, START, pixel=20.0, origin=(X + 7, Y - 3))))
    assert (grid.x0, grid.y0, grid.pixel, grid.width) == (X + 7, Y - 3, 10.0, 16)


def test_geographic_files_go_to_the_utm_zone_of_their_centre(tmp_path):
    series = s2_series(optical(tmp_path, START, epsg=4326, origin=(3.0, -33.0), pixel=0.0001))
    grid = grid_of(series)
    assert crs_name(grid.crs) == "EPSG:32731" and grid.pixel == 10.0
    assert grid.x0 % 10 == 0 and grid.y0 % 10 == 0 and 8 <= grid.width <= 10
    feet = grid_of(s2_series(optical(tmp_path / "feet", START, epsg=2263, origin=(1_000_000, 200_000), pixel=33.0)))
    assert crs_name(feet.crs) == "EPSG:32618"


def test_extent_cuts_the_grid_and_stays_on_its_lattice(tmp_path):
    series = s2_series(optical(tmp_path, START, np.full((3, 50, 50), 5)))
    grid = grid_of(series, extent=Extent(X + 101, Y - 205, X + 149, Y - 200, crs_wkt(32631)))
    assert (grid.x0, grid.y0, grid.width, grid.height) == (X + 100, Y - 200, 5, 1)
    west, south, east, north = transform_bounds((X + 100, Y - 300, X + 200, Y - 100), crs_wkt(32631), "EPSG:4326")
    other = grid_of(series, extent=Extent(west, south, east, north, crs_wkt(4326)))
    assert (other.x0 - X) % 10 == 0 and 0 <= X + 100 - other.x0 <= 10 and 10 <= other.width <= 12
    beyond = grid_of(series, extent=Extent(X - 999, Y - 100, X + 9999, Y + 999, crs_wkt(32631)))
    assert (beyond.x0, beyond.width, beyond.y0, beyond.height) == (X, 50, Y, 10)


@pytest.mark.parametrize("box", [(-180, -90, 180, 90), (-30, 20, 60, 75)])
def test_an_extent_of_the_whole_world_holds_the_data(tmp_path, box):
    series = s2_series(optical(tmp_path, START))
    assert grid_of(series, extent=Extent(*box, crs_wkt(4326))) == grid_of(series)


def test_extent_beside_the_data_is_refused_with_both_ranges(tmp_path):
    series = s2_series(optical(tmp_path, START))
    with pytest.raises(GridError, match=r"x 1000 to 2000.*x 500000 to 500080, y 5599920 to 5600000, EPSG:32631"):
        grid_of(series, extent=Extent(1000, 0, 2000, 10, crs_wkt(32631)))


def test_sensors_that_miss_each_other_are_refused_with_both_ranges(tmp_path):
    s2, s1 = s2_series(optical(tmp_path, START)), s1_series(radar(tmp_path, START, origin=(X + 5000, Y)))
    with pytest.raises(GridError, match=r"Sentinel-2 \(x 500000 to 500080.*Sentinel-1 \(x 505000 to 505080"):
        grid_of(s2, s1)
    wide = s1_series(radar(tmp_path / "w", START, origin=(X + 40, Y)))
    with pytest.raises(GridError, match=r"Sentinel-1 \(x 500040 to 500120.*does not overlap the extent"):
        grid_of(s2, wide, Extent(X, Y - 80, X + 30, Y, crs_wkt(32631)))
