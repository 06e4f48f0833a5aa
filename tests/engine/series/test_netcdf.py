"""netCDF as openEO, odc-stac and xarray write it."""

from __future__ import annotations

import os
from datetime import date

import numpy as np
import pytest
from osgeo import gdal, osr

from crop_attention.engine.series.acquisition import METADATA
from crop_attention.engine.series.files.geometry import read_geometry
from crop_attention.engine.series.files.netcdf import _crs, day_since
from distributor_files import DAY, part_of, refused, series_of
from rasters import TEN_BANDS, crs_wkt, write_raster


def write_netcdf(path, names, days, cf=True, stacked=False, code=0):
    """Write one variable a band over a time dimension, as xarray does; its row and column numbers stand in its values.

    Args:
        days: since 1990; one number is a single time.
        cf: whether the coordinates have the attributes that GDAL knows them by.
        stacked: one variable with a dimension of names instead.
        code: number of a reference system, which stands as such instead of a grid mapping.
    """
    driver = gdal.GetDriverByName("netCDF")
    if driver is None:
        pytest.skip("GDAL has no netCDF driver")
    root = driver.CreateMultiDimensional(str(path)).GetRootGroup()
    double, text = gdal.ExtendedDataType.Create(gdal.GDT_Float64), gdal.ExtendedDataType.CreateString()
    time = [] if isinstance(days, int) else [root.CreateDimension("t", None, None, len(days))]
    y, x = root.CreateDimension("y", None, None, 8), root.CreateDimension("x", None, None, 8)
    places = {
        "t": (time, days),
        "y": ([y], [5_600_000.0 - 5 - 10 * row for row in range(8)]),
        "x": ([x], [500_005.0 + 10 * column for column in range(8)]),
    }
    for name, (dimensions, values) in places.items():
        array = root.CreateMDArray(name, dimensions, double)
        array.Write(np.asarray(values, "float64"))
        if name == "t":
            array.CreateAttribute("units", [], text).Write("days since 1990-01-01")
        elif cf:
            array.CreateAttribute("standard_name", [], text).Write(f"projection_{name}_coordinate")
    if code:
        root.CreateMDArray("epsg", [], double).Write(np.array(float(code)))
    else:
        mapping = root.CreateMDArray("spatial_ref", [], double)
        mapping.CreateAttribute("crs_wkt", [], text).Write(crs_wkt(32631))
    band = root.CreateDimension("band", None, None, len(names)) if stacked else None
    if stacked:
        labels = root.CreateMDArray("band", [band], text)
        labels.Write([str(name) for name in names])
    rows = 10 * np.arange(8)[:, np.newaxis] + np.arange(8)
    kind, sizes = gdal.ExtendedDataType.Create(gdal.GDT_Int16), [len(days)] if time else []
    cubes = [np.broadcast_to(100 * number + rows, (*sizes, 8, 8)) for number in range(1, len(names) + 1)]
    if stacked:
        array = root.CreateMDArray("reflectance", [*time, band, y, x], kind)
        array.Write(np.ascontiguousarray(np.stack(cubes, axis=len(sizes)).astype("int16")))
    for name, cube in zip(names, [] if stacked else cubes):
        array = root.CreateMDArray(name, [*time, y, x], kind)
        array.Write(np.ascontiguousarray(cube.astype("int16")))
        if cf:
            array.CreateAttribute("grid_mapping", [], text).Write("spatial_ref")


def corner(source):
    """Return where the upper left corner of a band lies, and what stands in its first pixel."""
    geometry = read_geometry(source.path)
    west, _, _, north = geometry.bounds
    _, _, _, top, _, step = geometry.geotransform
    dataset = gdal.Open(source.path)
    values = dataset.GetRasterBand(source.band).ReadAsArray()
    return west, north, values[0 if top == north and step < 0 else -1, 0]


def test_netcdf_of_a_variable_a_band_over_time_is_read(tmp_path):
    first = (DAY - date(1990, 1, 1)).days
    write_netcdf(tmp_path / "openEO.nc", TEN_BANDS, [first, first + 5])
    series = series_of(tmp_path)
    assert [found.date for found in series.acquisitions] == [DAY, date(2018, 7, 9)]
    (part,) = series.acquisitions[1].parts
    assert (part.bands["B04"].band, part.origins.date, part.origins.bands) == (2, METADATA, METADATA)
    assert corner(part.bands["B12"]) == (500_000, 5_600_000, 1000)


def test_netcdf_of_xarray_without_cf_attributes_lies_where_its_coordinates_say(tmp_path):
    write_netcdf(tmp_path / "s2.nc", TEN_BANDS, [(DAY - date(1990, 1, 1)).days], cf=False)
    part = part_of(tmp_path)
    assert corner(part.bands["B04"]) == (500_000, 5_600_000, 300)


def test_netcdf_of_stackstac_lies_in_the_system_of_its_number(tmp_path):
    write_netcdf(tmp_path / "s2.nc", TEN_BANDS, [(DAY - date(1990, 1, 1)).days], cf=False, stacked=True, code=32631)
    geometry = read_geometry(part_of(tmp_path).bands["B02"].path)
    assert geometry.bounds[0] == 500_000 and "UTM zone 31N" in geometry.crs


def test_netcdf_of_one_date_has_a_single_time(tmp_path):
    write_netcdf(tmp_path / "scene_017.nc", TEN_BANDS, (DAY - date(1990, 1, 1)).days, cf=False)
    assert part_of(tmp_path).origins.date == METADATA


def test_netcdf_with_a_dimension_of_bands_is_read_by_its_names(tmp_path):
    first = (DAY - date(1990, 1, 1)).days
    write_netcdf(tmp_path / "cube.nc", TEN_BANDS, [first, first + 5], stacked=True)
    later = series_of(tmp_path).acquisitions[1]
    assert later.date == date(2018, 7, 9)
    assert later.parts[0].bands["B03"].band == 12 and corner(later.parts[0].bands["B03"])[2] == 200


def test_netcdf_of_australia_counts_short_wave_infrared_otherwise(tmp_path):
    words = "blue green red red_edge_1 red_edge_2 red_edge_3 nir_1 nir_2 swir_2 swir_3".split()
    write_netcdf(tmp_path / "dea.nc", [f"nbart_{word}" for word in words], [(DAY - date(1990, 1, 1)).days])
    part = part_of(tmp_path)
    assert [corner(part.bands[band])[2] for band in ("B08", "B8A", "B11", "B12")] == [700, 800, 900, 1000]


@pytest.mark.parametrize(
    "value, units, day",
    [
        ("17716", "days since 1970-01-01", date(2018, 7, 4)),
        ("1530701431000000000", "nanoseconds since 1970-01-01", date(2018, 7, 4)),
        ("6", "months since 2018-01-01T00:00:00", date(2018, 7, 15)),
        ("1", "fortnights since 2018-01-01", None),
        ("736879", "days since 0001-01-01", None),
    ],
)
def test_days_of_time_dimensions(value, units, day):
    assert day_since(value, units) == day


@pytest.mark.parametrize(
    "calendar, epoch, day",
    [
        ("standard", 1970, date(2018, 7, 4)),
        ("360_day", 1970, None),
        ("noleap", 1970, None),
        ("proleptic_gregorian", 1, date(2018, 7, 4)),
        ("gregorian", 1, None),
    ],
)
def test_only_days_of_our_calendar_are_counted(calendar, epoch, day):
    count = date(2018, 7, 4).toordinal() - date(epoch, 1, 1).toordinal()
    assert day_since(str(count), f"days since {epoch:04}-01-01", calendar) == day


@pytest.mark.parametrize("text", ["+init=epsg:32631", "EPSG:32631", "+proj=utm +zone=31 +datum=WGS84 +units=m", "WKT"])
def test_netcdf_lies_in_the_system_that_an_attribute_writes_out(text):
    found = osr.SpatialReference()
    found.ImportFromWkt(_crs({"B02#crs": crs_wkt(32631) if text == "WKT" else text}, ("y", "x")))
    assert found.GetUTMZone() == 31


def test_netcdf_whose_last_dimension_is_of_names_has_no_place(tmp_path):
    driver = gdal.GetDriverByName("netCDF")
    if driver is None:
        pytest.skip("GDAL has no netCDF driver")
    root = driver.CreateMultiDimensional(str(tmp_path / "s2.nc")).GetRootGroup()
    sizes = [root.CreateDimension("x", None, None, 8), root.CreateDimension("band", None, None, 10)]
    root.CreateMDArray("band", sizes[1:], gdal.ExtendedDataType.CreateString()).Write(list(TEN_BANDS))
    root.CreateMDArray("reflectance", sizes, gdal.ExtendedDataType.Create(gdal.GDT_Int16))
    del root, sizes
    assert "has no map position" in refused(tmp_path)


def test_netcdf_without_names_of_bands_is_refused(tmp_path):
    path = write_raster(tmp_path / "source.dat", [500] * 10)
    driver = gdal.GetDriverByName("netCDF")
    if driver is None:
        pytest.skip("GDAL has no netCDF driver")
    driver.CreateCopy(str(tmp_path / "openEO_2018-07-04Z.nc"), gdal.Open(path))
    os.remove(path)
    assert "Band1 of openEO_2018-07-04Z.nc" in refused(tmp_path)
