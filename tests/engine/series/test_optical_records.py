"""Sentinel-2 under the names and headers of the distributors that have a record."""

from __future__ import annotations

import os
from datetime import date

import numpy as np
import pytest
from osgeo import gdal

from crop_attention.engine.series.acquisition import BITS, FLAG, METADATA, NAME
from crop_attention.engine.series.recognise.distributors.known import shipped_records
from crop_attention.engine.series.recognise.masking import SCL_TITLE
from distributor_files import BOTH, OPEN, candidates, part_of, put, refused, series_of
from rasters import BANDS_10M, TEN_BANDS, write_raster


def test_every_shipped_record_says_where_its_shape_is_documented():
    records = shipped_records()
    assert len(records) > 35
    assert all(record.source.startswith("https://") and record.title for record in records)
    assert len({record.title for record in records}) == len(records)


def test_yearly_geomedians_beside_the_dates_are_left_aside(tmp_path):
    put(tmp_path, "20180704_{}.tif")
    write_raster(tmp_path / "gm_s2_annual_x190y099_2018--P1Y_B02.tif", 500)
    assert any("gm_s2_annual" in note for note in series_of(tmp_path).notes)


def test_rolling_geomedians_are_a_series(tmp_path):
    put(tmp_path, "gm_s2_rolling_x190y099_2018-06--P1M_{}.tif")
    assert len(series_of(tmp_path).acquisitions) == 1


@pytest.mark.parametrize("time", ["", "T105031"])
def test_landsat_of_sen2like_is_left_aside_and_named(tmp_path, time):
    safe = "S2A_MSIL2F_20180704T105031_N0500_R051_T31UDS_20180704T143000.SAFE/GRANULE/L2F_T31UDS_A1_20180704T105031"
    put(tmp_path, f"{safe}/IMG_DATA/L2F_T31UDS_20180704{time}_S2A_R051_{{}}_10m.TIF")
    other = "LS8_OLIL2F_20180706T103000_N0500_R199_T31UDS_20180706T143000.SAFE/GRANULE/L2F_T31UDS_A1_20180706T103000"
    put(tmp_path, f"{other}/IMG_DATA/L2F_T31UDS_20180706{time}_LS8_R199_{{}}_30m.TIF", ("B02", "B04", "B8A"))
    part = part_of(tmp_path)
    assert (part.distributor, part.bands["B04"].scale, part.scale_open) == ("sen2like", 1e-4, False)
    assert any("Files of sen2like, Landsat are not" in warning for warning in series_of(tmp_path).warnings)


def test_the_tree_of_aws_has_its_date_in_the_folders(tmp_path):
    for band in (*TEN_BANDS, "SCL"):
        fine = band in BANDS_10M
        folder = tmp_path / "tiles/31/U/DS/2018/7/4/0" / ("R10m" if fine else "R20m")
        write_raster(folder / f"{band}.tif", 500, pixel=10 if fine else 20, size=(8, 8) if fine else (4, 4))
    part = part_of(tmp_path)
    assert part.distributor == "AWS tiles of Sentinel-2 L2A" and part.origins.date == NAME
    assert candidates(part) == OPEN and [mask.title for mask in part.masks] == [SCL_TITLE]
    assert part.bands["B04"].nodata == 0


def test_the_tree_of_aws_without_resolutions_is_level_1c(tmp_path):
    put(tmp_path, "tiles/31/U/DS/2018/7/4/0/{}.tif")
    assert "Level-1C products" in refused(tmp_path)


def test_the_plain_dates_of_folders_are_read(tmp_path):
    put(tmp_path, "2018/07/04/{}.tif")
    assert part_of(tmp_path).origins.date == NAME


def test_earth_search_folders(tmp_path):
    words = "blue green red rededge1 rededge2 rededge3 nir nir08 swir16 swir22".split()
    put(tmp_path, "S2A_T31UDS_20180704T105031_L2A/{}.tif", names=words)
    write_raster(tmp_path / "S2A_T31UDS_20180704T105031_L2A/cloud.tif", 9, dtype="uint8")
    part = part_of(tmp_path)
    assert (part.distributor, part.tile, candidates(part)) == ("Earth Search (Element 84) COGs", "31UDS", OPEN)


@pytest.mark.parametrize("clock", ["00_00", "00 00", "00:00"])
def test_raw_bands_of_the_browser_in_32_bits(tmp_path, clock):
    name = f"2018-07-04-{clock}_2018-07-04-{clock.replace('00', '23', 1)}_Sentinel-2_L2A_{{}}_(Raw).tiff"
    put(tmp_path, name, value=0.05, dtype="float32")
    write_raster(tmp_path / name.format("True_color").replace("_(Raw)", ""), np.zeros((3, 8, 8)), dtype="uint8")
    part = part_of(tmp_path)
    assert candidates(part) == [(1.0, 0.0), (1e-4, 0.0)] and part.origins.offset == NAME


def test_raw_bands_of_the_browser_in_16_bits_may_be_of_two_scales(tmp_path):
    put(tmp_path, "2018-07-04-00_00_2018-07-04-23_59_Sentinel-2_L2A_{}_(Raw)(1).tiff")
    assert candidates(part_of(tmp_path)) == [(1 / 65535, 0.0), *OPEN]


def test_a_browser_mosaic_of_a_year_has_no_date(tmp_path):
    put(tmp_path, "2023-07-01-00_00_2024-08-02-23_59_Sentinel-2_L2A_{}_(Raw).tiff", value=0.05, dtype="float32")
    assert "a period of 399 days, 2023-07-01 to 2024-08-02, which is not a date" in refused(tmp_path)


def test_openeo_names_bands_in_their_metadata(tmp_path):
    order = ["B04", "B03", "B02", "B08", "B05", "B06", "B07", "B8A", "B11", "B12"]
    path = write_raster(tmp_path / "openEO_2018-07-04Z.tif", [500] * 10, dtype="int16", nodata=-32768)
    target = gdal.Open(path, gdal.GA_Update)
    for number, band in enumerate(order, 1):
        target.GetRasterBand(number).SetMetadataItem("DESCRIPTION", band)
    target = None
    part = part_of(tmp_path)
    assert (part.bands["B02"].band, part.bands["B04"].band, part.distributor) == (3, 1, "openEO, Sentinel-2")
    assert part.origins.bands == METADATA


def test_openeo_writes_vh_before_vv(tmp_path):
    path = write_raster(tmp_path / "openEO_2018-07-04Z.tif", [0.01, 0.1], dtype="float32")
    target = gdal.Open(path, gdal.GA_Update)
    for number, band in enumerate(("VH", "VV"), 1):
        target.GetRasterBand(number).SetMetadataItem("DESCRIPTION", band)
    target = None
    part = part_of(tmp_path, BOTH)
    assert (part.bands["VV"].band, part.distributor, part.unit) == (2, "openEO, Sentinel-1", "")


def test_medians_of_earth_engine_are_decimal_numbers_of_four_kinds(tmp_path):
    names = [band.replace("B0", "B") for band in TEN_BANDS] + ["QA60"]
    write_raster(tmp_path / "20180704T105031_20180704T105413_T31UDS.tif", [500] * 11, names, dtype="float64")
    part = part_of(tmp_path)
    assert candidates(part) == [(1.0, 0.0), *OPEN, (1.0, -0.1)]
    (mask,) = part.masks
    assert (mask.kind, [test.bits for test in mask.margin_bits]) == (BITS, [1024, 2048])


def test_pieces_of_earth_engine_are_parts_of_one_acquisition(tmp_path):
    for column in (0, 1):
        origin = (500_000.0 + 80 * column, 5_600_000.0)
        path = tmp_path / f"20180704T105031_20180704T105413_T31UDS-0000000000-000000000{8 * column}.tif"
        write_raster(path, [500] * 10, [band.replace("B0", "B") for band in TEN_BANDS], origin=origin)
    (found,) = series_of(tmp_path).acquisitions
    assert len(found.parts) == 2 and {part.distributor for part in found.parts} == {"Earth Engine, Sentinel-2"}


def test_theia_brings_two_masks_and_known_numbers(tmp_path):
    stem = "SENTINEL2A_20180704-105031-463_L2A_T31UDS_C_V2-2"
    put(tmp_path, f"{stem}/{stem}_FRE_{{}}.tif", names=[band.replace("B0", "B") for band in TEN_BANDS], dtype="int16")
    for mask in ("CLM", "MG2", "EDG"):
        write_raster(tmp_path / stem / "MASKS" / f"{stem}_{mask}_R1.tif", 0, dtype="uint8")
    part = part_of(tmp_path)
    assert [mask.title for mask in part.masks] == ["MAJA cloud mask (CLM)", "MAJA geophysical mask (MG2)"]
    assert {(source.scale, source.offset, source.nodata) for source in part.bands.values()} == {(1e-4, 0.0, -10000)}
    assert part.origins.offset == NAME and not part.scale_open


def test_monthly_syntheses_of_theia_have_the_same_numbers(tmp_path):
    stem = "SENTINEL2X_20180704-000000-000_L3A_T31TCH_C_V1-0"
    put(tmp_path, f"{stem}/{stem}_FRC_{{}}.tif", names=[band.replace("B0", "B") for band in TEN_BANDS], dtype="int16")
    part = part_of(tmp_path)
    assert (part.bands["B02"].nodata, part.origins.offset, part.tile) == (-10000, NAME, "31TCH")


def test_maja_native_files_hold_bands_in_a_fixed_order(tmp_path):
    stem = "S2A_OPER_SSC_PDTIMG_L2VALD_31UDS____20180704"
    folder = tmp_path / "S2A_OPER_SSC_L2VALD_31UDS____20180704.DBL.DIR"
    write_raster(folder / f"{stem}_FRE_R1.DBL.TIF", [500] * 4, dtype="int16")
    write_raster(folder / f"{stem}_FRE_R2.DBL.TIF", [500] * 6, dtype="int16", pixel=20, size=(4, 4))
    write_raster(folder / f"{stem}_SRE_R1.DBL.TIF", [500] * 4, dtype="int16")
    write_raster(folder / f"{stem}_CLD_R1.DBL.TIF", 0, dtype="uint8")
    part = part_of(tmp_path)
    assert (part.bands["B08"].band, part.bands["B8A"].band, part.tile) == (4, 4, "31UDS")
    assert [mask.kind for mask in part.masks] == [FLAG]
    assert part.bands["B08"].path.endswith("_FRE_R1.DBL.TIF") and not part.order_open


@pytest.mark.parametrize("metres, narrow", [(10, "B08"), (20, "B8A")])
def test_sen2r_holds_one_near_infrared_by_resolution(tmp_path, metres, narrow):
    write_raster(tmp_path / f"S2A2A_20180704_051_Barbellino_BOA_{metres}.tif", list(range(1, 12)), nodata=65535)
    write_raster(tmp_path / f"S2A2A_20180704_051_Barbellino_SCL_{metres}.tif", 4, dtype="uint8")
    bands = tuple(band for band in TEN_BANDS if band not in ("B08", "B8A")) + (narrow,)
    part = part_of(tmp_path, bands)
    assert [part.bands[band].band for band in ("B02", narrow, "B11", "B12")] == [2, 8, 10, 11]
    assert [mask.title for mask in part.masks] == [SCL_TITLE]


def test_force_without_band_names(tmp_path):
    stem = tmp_path / "X0068_Y0043" / "20180704_LEVEL2_SEN2A"
    write_raster(f"{stem}_BOA.tif", [500] * 10, dtype="int16", nodata=-9999)
    write_raster(f"{stem}_QAI.tif", 0, ["Quality assurance information"], dtype="int16", nodata=1)
    write_raster(f"{stem}_DST.tif", 0, dtype="int16")
    part = part_of(tmp_path)
    (mask,) = part.masks
    assert mask.kind == BITS and (6, (2, 4, 6)) in [(test.bits, test.equals) for test in mask.margin_bits]
    assert part.bands["B8A"].band == 8 and part.origins.offset == NAME


@pytest.mark.parametrize(
    "suffix, names", [("TSS", ["20180704_SEN2A", "20180709_SEN2B"]), ("TSI", ["20180704", "20180709"])]
)
def test_time_series_of_force_call_b8a_nir(tmp_path, suffix, names):
    codes = "BLU GRN RED RE1 RE2 RE3 BNR NIR SW1 SW2".split()
    for band, code in enumerate(codes):
        path = tmp_path / "X0058_Y0044" / f"2018-2018_001-365_HL_TSA_SEN2L_{code}_{suffix}.tif"
        write_raster(path, [100 * band, 100 * band + 1], names, dtype="int16", nodata=-9999)
    write_raster(path.with_name("2018-2018_001-365_HL_TSA_SEN2L_NDV_STM.tif"), [1, 2], ["AVG", "STD"])
    later = series_of(tmp_path).acquisitions[1]
    part = later.parts[0]
    assert later.date == date(2018, 7, 9) and part.origins.scale == NAME and not part.candidates
    assert [os.path.basename(part.bands[band].path)[31:34] for band in ("B08", "B8A")] == ["BNR", "NIR"]
    assert part.bands["B8A"].band == 2


def test_harmonised_sentinel_of_appeears_has_the_day_of_the_year(tmp_path):
    for number, band in enumerate((*TEN_BANDS, "Fmask")):
        write_raster(tmp_path / f"HLSS30.020_{band}_doy2018185_aid0001_31N.tif", number, dtype="int16", pixel=30)
        write_raster(tmp_path / f"HLSL30.020_{band}_doy2018186_aid0001_31N.tif", number, dtype="int16", pixel=30)
    part = part_of(tmp_path)
    assert [mask.kind for mask in part.masks] == [BITS] and part.bands["B04"].scale == 1e-4


@pytest.mark.parametrize(
    "stem",
    [
        "S2A_20180704_latn509lone0006_T31UDS_ORB094_20180705115015_utm31n_osgb_{}",
        "SEN2_20180704_lat51lon001_T31UDS_ORB094_utm31n_osgb_{}",
    ],
)
def test_british_scenes_bring_their_cloud_mask(tmp_path, stem):
    write_raster(tmp_path / f"{stem.format('vmsk_sharp_rad_srefdem_stdsref')}.tif", range(100, 1100, 100), nodata=0)
    for name in ("clouds", "sat", "toposhad", "valid"):
        write_raster(tmp_path / f"{stem.format(name)}.tif", 0, dtype="uint8")
    part = part_of(tmp_path)
    assert part.bands["B8A"].band == 8 and candidates(part) == [(1e-4, 0.0), (1e-3, 0.0)]
    assert [mask.margin for mask in part.masks] == [(1, 2)]


def test_harmonised_sentinel_with_its_bits_and_landsat_left_aside(tmp_path):
    put(tmp_path, "HLS.S30.T31UDS.2018185T105031.v2.0.{}.tif", dtype="int16", pixel=30, nodata=-9999, scale=1e-4)
    write_raster(tmp_path / "HLS.S30.T31UDS.2018185T105031.v2.0.Fmask.tif", 64, dtype="uint8", pixel=30)
    write_raster(tmp_path / "HLS.L30.T31UDS.2018186T103000.v2.0.B05.tif", 500, dtype="int16", pixel=30)
    series = series_of(tmp_path)
    (part,) = series.acquisitions[0].parts
    assert [test.bits for test in part.masks[0].margin_bits] == [2, 4, 8] and part.masks[0].title == "Fmask"
    assert (part.tile, part.origins.scale) == ("31UDS", METADATA)
    assert any("HLS L30 (Landsat)" in warning and "L30.T31UDS.2018186" in warning for warning in series.warnings)


def test_clips_of_harmonised_sentinel_keep_their_mask_and_indices_are_left_aside(tmp_path):
    put(tmp_path, "HLS.S30.T31UDS.2018185T105031.v2.0.{}.subset.tif", dtype="int16", pixel=30, nodata=-9999)
    write_raster(tmp_path / "HLS.S30.T31UDS.2018185T105031.v2.0.Fmask_clip.tif", 64, dtype="uint8", pixel=30)
    for kind in ("S30", "L30"):
        name = f"HLS-VI.{kind}.T31UDS.2018185T105031.v2.0.NDVI.tif"
        write_raster(tmp_path / name, 5000, dtype="int16", pixel=30)
    assert [mask.title for mask in part_of(tmp_path).masks] == ["Fmask"]


def test_sits_calls_the_scene_classification_cloud(tmp_path):
    put(tmp_path, "SENTINEL-2_MSI_20LKP_{}_2018-07-04.tif", dtype="int16", nodata=-9999)
    write_raster(tmp_path / "SENTINEL-2_MSI_20LKP_CLOUD_2018-07-04.tif", 4, dtype="uint8")
    part = part_of(tmp_path)
    assert ([mask.title for mask in part.masks], candidates(part)) == ([SCL_TITLE], OPEN)


def test_composites_of_the_brazil_data_cube_are_dated_by_their_middle(tmp_path):
    put(tmp_path, "S2-16D_V2_012014_20180628_{}.tif", dtype="int16", nodata=-9999)
    write_raster(tmp_path / "S2-16D_V2_012014_20180628_PROVENANCE.tif", 185, dtype="int16")
    part = part_of(tmp_path, day=date(2018, 7, 5))
    assert part.origins.offset == NAME and not part.scale_open


def test_terrascope(tmp_path):
    put(tmp_path, "S2B_20180704T105029_31UFS_TOC_V200/S2B_20180704T105029_31UFS_TOC-{}_10M_V200.tif", dtype="int16")
    name = "S2B_20180704T105029_31UFS_TOC_V200/S2B_20180704T105029_31UFS_SCENECLASSIFICATION_20M_V200.tif"
    write_raster(tmp_path / name, 4, dtype="uint8")
    part = part_of(tmp_path)
    assert (part.tile, part.bands["B02"].nodata, part.origins.offset) == ("31UFS", 32767, NAME)
    assert [mask.title for mask in part.masks] == [SCL_TITLE]


def test_digital_earth_australia(tmp_path):
    numbers = [band[1:].lower() for band in TEN_BANDS]
    for kind in ("nbar", "nbart"):
        put(
            tmp_path,
            f"ga_s2am_{kind}_3-2-1_55HGA_2018-07-04_nrt_band{{}}.tif",
            names=numbers,
            dtype="int16",
            nodata=-999,
        )
    write_raster(tmp_path / "ga_s2am_oa_3-2-1_55HGA_2018-07-04_nrt_fmask.tif", 1, dtype="uint8")
    part = part_of(tmp_path)
    assert "_nbart_" in part.bands["B04"].path
    assert part.masks[0].margin == (2, 3) and part.masks[0].known == (0, 1, 2, 3, 4, 5)


@pytest.mark.parametrize("prefix", ["", "clip_"])
def test_files_of_esa_taken_out_of_their_product(tmp_path, prefix):
    put(tmp_path, f"{prefix}T31UDS_20180704T105031_{{}}_10m.tif")
    assert candidates(part_of(tmp_path)) == OPEN


def test_reflectance_of_the_classification_plugin(tmp_path):
    put(tmp_path, "RT_T31UDS_20180704T105031_{}.tif", value=0.05, dtype="float32")
    part = part_of(tmp_path)
    assert part.bands["B04"].scale == 1 and part.origins.scale == NAME and not part.scale_open
