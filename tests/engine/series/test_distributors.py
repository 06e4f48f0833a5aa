"""Files as the usual distributors and processors lay them out."""

from __future__ import annotations

import os
from datetime import date

import numpy as np
import pytest
from osgeo import gdal

from crop_attention.engine.errors import SeriesError
from crop_attention.engine.feedback import Feedback
from crop_attention.engine.options import SeriesOptions
from crop_attention.engine.series.acquisition import FLAG
from crop_attention.engine.series.recognise.series import read_series
from rasters import BANDS_10M, TEN_BANDS, crs_wkt, write_raster

BOTH = ("VV", "VH")
GRD = "S1A_IW_GRDH_1SDV_20180705T173211_20180705T173236_022660_02748A"


def read(folder, bands):
    sensor = "S1" if bands == BOTH else "S2"
    return read_series([str(folder)], sensor, bands, {}, SeriesOptions(), Feedback())


def test_hyp3_backscatter(tmp_path):
    stem = "S1A_IW_20180705T173211_DVP_RTC10_G_gpuned_A1B2"
    for band in (*BOTH, "inc_map"):
        write_raster(tmp_path / f"{stem}_{band}.tif", 0.1)
    write_raster(tmp_path / f"{stem}_rgb.tif", np.zeros((3, 8, 8)), dtype="uint8")
    (found,) = read(tmp_path, BOTH).acquisitions
    assert (found.date, found.track) == (date(2018, 7, 5), f"ASC+{date(2018, 7, 5).toordinal() % 6}")
    assert found.parts[0].bands["VH"].path.endswith("_VH.tif")


def test_planetary_computer_backscatter(tmp_path):
    for band in ("vv", "vh"):
        write_raster(tmp_path / f"{GRD}_rtc" / "measurement" / f"iw-{band}.rtc.tiff", 0.1)
    (found,) = read(tmp_path, BOTH).acquisitions
    assert (found.date, found.track, found.parts[0].name) == (date(2018, 7, 5), "ASC-13", f"{GRD}_rtc")


def test_snap_dimap_backscatter(tmp_path):
    for band in BOTH:
        write_raster(tmp_path / f"{GRD}_63E1_TC.data" / f"Gamma0_{band}_db.img", -10.5, driver="ENVI")
    (found,) = read(tmp_path, BOTH).acquisitions
    assert (found.date, found.track) == (date(2018, 7, 5), "ASC-13")


def test_raw_grd_products_are_refused(tmp_path):
    name = "s1a-iw-grd-vv-20180705t173211-20180705t173236-022660-02748a-001.tiff"
    path = write_raster(tmp_path / f"{GRD}.SAFE" / "measurement" / name, 100, epsg=None)
    target = gdal.Open(path, gdal.GA_Update)
    corners = [gdal.GCP(3 + x, 50 + y, 0, x, y) for x, y in ((0, 0), (1, 0), (0, 1))]
    target.SetGCPs(corners, crs_wkt(4326))
    target = None
    with pytest.raises(SeriesError, match="ground control points only; terrain-correct it first"):
        read(tmp_path, BOTH)


def test_theia_reflectance_and_cloud_mask(tmp_path):
    stem = "SENTINEL2A_20180704-105031-463_L2A_T31UDS_C_V2-2"
    folder = tmp_path / stem
    for band in TEN_BANDS:
        fine = band in BANDS_10M
        for kind in ("FRE", "SRE"):
            write_raster(
                folder / f"{stem}_{kind}_{band.replace('B0', 'B')}.tif",
                500,
                dtype="int16",
                pixel=10 if fine else 20,
                size=(8, 8) if fine else (4, 4),
            )
    for metres, size in ((1, 8), (2, 4)):
        for mask in ("CLM", "EDG", "SAT", "MG2"):
            path = folder / "MASKS" / f"{stem}_{mask}_R{metres}.tif"
            write_raster(path, 0, dtype="uint8", pixel=10 * metres, size=(size, size))
    series = read(tmp_path, TEN_BANDS)
    (part,) = series.acquisitions[0].parts
    assert part.bands["B02"].path.endswith("_FRE_B2.tif")
    assert part.bands["B02"].nodata == -10000
    assert (part.tile, part.masks[0].kind, os.path.basename(part.masks[0].path)) == (
        "31UDS",
        FLAG,
        f"{stem}_CLM_R1.tif",
    )
    assert series.warnings == ()


def test_harmonised_landsat_sentinel(tmp_path):
    for band in (*TEN_BANDS, "Fmask"):
        path = tmp_path / f"HLS.S30.T31UDS.2018185T105031.v2.0.{band}.tif"
        write_raster(path, 500, dtype="int16", pixel=30, nodata=-9999, scale=1e-4)
    write_raster(tmp_path / "HLS.L30.T31UDS.2018186T103000.v2.0.B05.tif", 500, pixel=30)
    (found,) = read(tmp_path, TEN_BANDS).acquisitions
    assert found.date == date(2018, 7, 4)
    assert (found.parts[0].bands["B8A"].scale, found.parts[0].bands["B8A"].nodata) == (1e-4, -9999)


def test_force_reflectance(tmp_path):
    words = "BLUE GREEN RED REDEDGE1 REDEDGE2 REDEDGE3 BROADNIR NIR SWIR1 SWIR2".split()
    write_raster(tmp_path / "X0061_Y0046" / "20180704_LEVEL2_SEN2A_BOA.tif", [500] * 10, words, dtype="int16")
    (found,) = read(tmp_path, TEN_BANDS).acquisitions
    assert [source.band for source in found.parts[0].bands.values()] == list(range(1, 11))


def test_earth_engine_names_give_the_sensing_day(tmp_path):
    descriptions = [band.replace("B0", "B") for band in TEN_BANDS]
    write_raster(tmp_path / "20180704T105031_20180911T010203_T31UDS.tif", [500] * 10, descriptions)
    (found,) = read(tmp_path, TEN_BANDS).acquisitions
    assert (found.date, found.parts[0].tile) == (date(2018, 7, 4), "31UDS")


def test_a_virtual_raster_that_points_nowhere_is_named(tmp_path):
    source = write_raster(tmp_path / "source.dat", [500] * 10, TEN_BANDS)
    gdal.BuildVRT(str(tmp_path / "S2_20180704.vrt"), [source]).FlushCache()
    os.remove(source)
    with pytest.raises(SeriesError, match=r"S2_20180704\.vrt \(a file it points to cannot be read\)"):
        read(tmp_path, TEN_BANDS)


def test_the_same_place_in_two_crs_is_still_the_same_place(tmp_path):
    path = write_raster(tmp_path / "a_20180704.tif", [500] * 10, TEN_BANDS)
    gdal.Warp(str(tmp_path / "b_20180704.tif"), path, dstSRS="EPSG:32632").FlushCache()
    with pytest.raises(SeriesError, match="a_20180704.tif and b_20180704.tif"):
        read(tmp_path, TEN_BANDS)
