"""Names of bands that stand elsewhere than in descriptions: SNAP's own tag, items of a band, groups, units."""

from __future__ import annotations

import struct
from datetime import date

import numpy as np
import pytest
from osgeo import gdal

from crop_attention.engine.series.acquisition import METADATA
from crop_attention.engine.series.files.snap import snap_names
from crop_attention.engine.series.recognise.masking import SCL_TITLE
from distributor_files import DAY, part_of, series_of
from rasters import TEN_BANDS, write_raster

SNAP = [
    *(band.replace("B0", "B") for band in TEN_BANDS[::-1]),
    "quality_aot",
    "quality_scene_classification",
    "sun_zenith",
]


def write_snap(path, names, big=False, text=None):
    """Write a GeoTIFF without descriptions whose bands are named in the tag that SNAP adds."""
    write_raster(path, [0.05] * len(names), dtype="float32", options=("BIGTIFF=YES",) if big else ())
    data = bytearray(path.read_bytes())
    place, counted, size, wide = (8, "Q", 20, "Q") if big else (4, "H", 12, "I")
    at = struct.unpack_from(f"<{wide}", data, place)[0]
    head = struct.calcsize(f"<{counted}")
    number = struct.unpack_from(f"<{counted}", data, at)[0]
    entries = bytes(data[at + head : at + head + number * size])
    bands = "".join(
        f"<Spectral_Band_Info>\n<BAND_INDEX>{index}</BAND_INDEX>\n<BAND_NAME>{name}</BAND_NAME></Spectral_Band_Info>"
        for index, name in enumerate(names)
    )
    text = (text or f'<Dimap_Document name="x.dim">{bands}</Dimap_Document>\0').encode("latin-1")
    where = len(data)
    data += text
    struct.pack_into(f"<{wide}", data, place, len(data))
    own = struct.pack(f"<HH{wide}{wide}", 65000, 2, len(text), where)
    data += struct.pack(f"<{counted}", number + 1) + entries + own + struct.pack(f"<{wide}", 0)
    path.write_bytes(bytes(data))


@pytest.mark.parametrize("big", [False, True])
def test_snap_names_the_bands_of_a_geotiff_in_a_tag_of_its_own(tmp_path, big):
    write_snap(tmp_path / "subset_0_of_S2A_MSIL2A_20180704T105031_N0208_R051_T31UDS_resampled.tif", SNAP, big)
    part = part_of(tmp_path)
    assert [part.bands[band].band for band in TEN_BANDS] == list(range(10, 0, -1)) and not part.order_open
    assert [(mask.title, mask.band) for mask in part.masks] == [(SCL_TITLE, 12)]


def test_files_without_that_tag_or_cut_short_have_no_such_names(tmp_path):
    write_raster(tmp_path / "plain.tif", [1, 2])
    write_snap(tmp_path / "other.tif", ["B2"], text="a text of somebody else about <BAND_NAME>B4<")
    (tmp_path / "short.tif").write_bytes(b"II*\0\x08\0")
    (tmp_path / "none.tif").write_bytes(b"no tiff at all")
    names = ("plain.tif", "other.tif", "short.tif", "none.tif", "absent.tif")
    assert [snap_names(str(tmp_path / name)) for name in names] == [()] * 5


def test_items_of_bands_name_them(tmp_path):
    path = write_raster(tmp_path / "S2_20180704.tif", [500] * 10)
    target = gdal.Open(path, gdal.GA_Update)
    for number, band in enumerate(reversed(TEN_BANDS), 1):
        target.GetRasterBand(number).SetMetadataItem("BANDNAME", band)
    target = None
    assert [part_of(tmp_path).bands[band].band for band in TEN_BANDS] == list(range(10, 0, -1))


def test_a_unit_of_percent_is_a_scale(tmp_path):
    path = write_raster(tmp_path / "S2_20180704.tif", [5] * 10, TEN_BANDS, dtype="float32")
    target = gdal.Open(path, gdal.GA_Update)
    for number in range(1, 11):
        target.GetRasterBand(number).SetUnitType("%")
    target = None
    part = part_of(tmp_path)
    assert part.bands["B04"].scale == 0.01 and part.origins.scale == METADATA


def test_variables_in_groups_of_a_netcdf_file_lie_where_their_own_coordinates_say(tmp_path):
    driver = gdal.GetDriverByName("netCDF")
    if driver is None:
        pytest.skip("GDAL has no netCDF driver")
    root = driver.CreateMultiDimensional(str(tmp_path / "2018_31UDS_patch.nc")).GetRootGroup()
    double, text = gdal.ExtendedDataType.Create(gdal.GDT_Float64), gdal.ExtendedDataType.CreateString()
    for band, pixel in (("B04", 10), ("B11", 20)):
        group, size = root.CreateGroup(band), 80 // pixel
        places = {
            "time": [17716.0, 17726.0],
            "y": [5_600_000 - pixel * (row + 0.5) for row in range(size)],
            "x": [500_000 + pixel * (column + 0.5) for column in range(size)],
        }
        dimensions = [group.CreateDimension(name, None, None, len(values)) for name, values in places.items()]
        for dimension, (name, values) in zip(dimensions, places.items()):
            array = group.CreateMDArray(name, [dimension], double)
            array.Write(np.asarray(values, "float64"))
            if name == "time":
                array.CreateAttribute("units", [], text).Write("days since 1970-01-01")
        array = group.CreateMDArray(band, dimensions, gdal.ExtendedDataType.Create(gdal.GDT_Int16))
        array.CreateAttribute("crs", [], text).Write("EPSG:32631")
        array.Write(np.full((2, size, size), 500, "int16"))
    del array, group, root, dimensions
    found = series_of(tmp_path, ("B04", "B11")).acquisitions
    assert [each.date for each in found] == [DAY, date(2018, 7, 14)]
    assert [each.parts[0].bands["B11"].band for each in found] == [1, 2]
