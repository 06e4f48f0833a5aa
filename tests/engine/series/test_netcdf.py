"""netCDF as openEO, odc-stac and xarray write it."""

from __future__ import annotations

import os
from datetime import date

import numpy as np
import pytest
from osgeo import gdal, osr

from crop_attention.engine.series.acquisition import METADATA
from distributor_files import DAY, refused, series_of
from rasters import TEN_BANDS, crs_wkt, write_raster


def write_netcdf(path, names, days, dtype=gdal.GDT_Int16):
    """Write one variable a band over a time dimension, as xarray does."""
    driver = gdal.GetDriverByName("netCDF")
    if driver is None:
        pytest.skip("GDAL has no netCDF driver")
    root = driver.CreateMultiDimensional(str(path)).GetRootGroup()
    double = gdal.ExtendedDataType.Create(gdal.GDT_Float64)
    time = root.CreateDimension("t", "TEMPORAL", None, len(days))
    y, x = root.CreateDimension("y", None, None, 8), root.CreateDimension("x", None, None, 8)
    places = {
        time: days,
        y: [5_600_000.0 - 5 - 10 * row for row in range(8)],
        x: [500_005.0 + 10 * column for column in range(8)],
    }
    for dimension, values in places.items():
        array = root.CreateMDArray(dimension.GetName(), [dimension], double)
        array.Write(np.asarray(values, "float64"))
        if dimension is time:
            units = array.CreateAttribute("units", [], gdal.ExtendedDataType.CreateString())
            units.Write("days since 1990-01-01")
    reference = osr.SpatialReference()
    reference.ImportFromWkt(crs_wkt(32631))
    for number, name in enumerate(names, 1):
        array = root.CreateMDArray(name, [time, y, x], gdal.ExtendedDataType.Create(dtype))
        array.SetSpatialRef(reference)
        array.Write(np.full((len(days), 8, 8), 100 * number, "int16"))


def test_netcdf_of_a_variable_a_band_over_time_is_read(tmp_path):
    first = (DAY - date(1990, 1, 1)).days
    write_netcdf(tmp_path / "openEO.nc", TEN_BANDS, [first, first + 5])
    series = series_of(tmp_path)
    assert [found.date for found in series.acquisitions] == [DAY, date(2018, 7, 9)]
    (part,) = series.acquisitions[1].parts
    assert (part.bands["B04"].band, part.origins.date, part.origins.bands) == (2, METADATA, METADATA)
    dataset = gdal.Open(part.bands["B12"].path)
    assert dataset.GetRasterBand(2).ReadAsArray()[0, 0] == 1000


def test_netcdf_without_names_of_bands_is_refused(tmp_path):
    path = write_raster(tmp_path / "source.dat", [500] * 10)
    driver = gdal.GetDriverByName("netCDF")
    if driver is None:
        pytest.skip("GDAL has no netCDF driver")
    driver.CreateCopy(str(tmp_path / "openEO_2018-07-04Z.nc"), gdal.Open(path))
    os.remove(path)
    assert "Band1 of openEO_2018-07-04Z.nc" in refused(tmp_path)
