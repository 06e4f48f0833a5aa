"""Sentinel-2 as processors other than ESA's write it, and the cloud masks that they and others lay beside it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from crop_attention.engine.series.recognise.masking import SCL_TITLE
from distributor_files import OPEN, candidates, part_of, put, refused, series_of
from rasters import TEN_BANDS, write_raster, write_safe

KNOWN = (pytest.approx(1e-4), 0.0)
WAVES = {
    "S2A": "492 560 665 704 740 783 833 865 1614 2202".split(),
    "S2B": "492 559 665 704 739 780 833 864 1610 2186".split(),
}


def reading(part, band="B04"):
    """Return scale and offset of a band that is settled."""
    assert not part.scale_open
    return part.bands[band].scale, part.bands[band].offset


@pytest.mark.parametrize("satellite", WAVES)
def test_acolite_names_bands_by_wavelengths_and_lays_the_top_of_the_atmosphere_beside_them(tmp_path, satellite):
    for kind in ("rhos", "rhot"):
        name = f"{satellite}_MSI_2018_07_04_10_50_31_T31UDS_L2R_{kind}_{{}}.tif"
        put(tmp_path, name, names=WAVES[satellite], value=0.05, dtype="float32")
    part = part_of(tmp_path)
    assert [part.bands[band].path.split("rhos_")[1] for band in TEN_BANDS] == [f"{w}.tif" for w in WAVES[satellite]]


@pytest.mark.parametrize("texts", [[f"{wave}.0 Nanometers" for wave in WAVES["S2A"]], ["0.49 um", "0.665 um"]])
def test_headers_name_bands_by_wavelengths(tmp_path, texts):
    bands = TEN_BANDS if len(texts) == 10 else ("B02", "B04")
    write_raster(tmp_path / "S2_20180704.tif", [500] * len(texts), texts)
    part = part_of(tmp_path, bands)
    assert [part.bands[band].band for band in bands] == list(range(1, len(texts) + 1))


def test_siac_lays_surface_reflectance_into_a_product_of_level_1c(tmp_path):
    root = write_safe(tmp_path, level="1C", baseline="0400", offset=-1000, quantification=10000, suffix=".tif")
    (folder,) = Path(root).glob("GRANULE/*/IMG_DATA")
    put(folder, "T31UDS_20180704T105031_{}_sur.tif", dtype="int16", nodata=-9999)
    put(folder, "T31UDS_20180704T105031_{}_sur_unc.tif", dtype="int16")
    part = part_of(tmp_path)
    assert part.distributor == "SIAC" and reading(part) == KNOWN


def test_sen2nbar_has_taken_the_offset_of_the_product_off(tmp_path):
    root = write_safe(tmp_path, baseline="0400", offset=-1000, quantification=10000, suffix=".tif", bands=())
    put(Path(root) / "NBAR", "T31UDS_20180704T105031_{}_10m_NBAR.tif")
    part = part_of(tmp_path)
    assert part.distributor == "sen2nbar" and reading(part) == KNOWN


def test_lasrc_names_the_level_that_it_was_made_from(tmp_path):
    names = [f"band{band[1:].lstrip('0').lower()}" for band in TEN_BANDS]
    put(tmp_path, "S2A_MSI_L1C_T31UDS_20180704_20190101_sr_{}.tif", names=names, dtype="int16", nodata=-9999)
    assert reading(part_of(tmp_path)) == KNOWN


def test_folders_of_snap_hold_angles_beside_bands(tmp_path):
    folder = tmp_path / "S2A_MSIL2A_20180704T105031_N0208_R051_T31UDS_20180704T140102_resampled.data"
    bands = [band.replace("B0", "B") for band in TEN_BANDS]
    put(folder, "{}.img", names=bands, driver="ENVI", dtype="uint16")
    for kind in ("view_zenith_", "view_azimuth_"):
        put(folder, f"{kind}{{}}.img", names=bands, driver="ENVI", value=5.5, dtype="float32")
    write_raster(folder / "quality_scene_classification.img", 4, driver="ENVI", dtype="uint8")
    part = part_of(tmp_path)
    assert os.path.basename(part.bands["B11"].path) == "B11.img" and [each.title for each in part.masks] == [SCL_TITLE]


def test_angles_and_deviations_are_no_bands_though_they_name_one(tmp_path):
    texts = [*TEN_BANDS, "view_zenith_B11", "B04_stdDev", "B8_count", "sur_unc_B02"]
    write_raster(tmp_path / "S2_20180704.tif", [500] * len(texts), texts)
    assert part_of(tmp_path).bands["B04"].band == 3


def test_letters_of_spectral_indices_name_bands_where_all_of_them_do(tmp_path):
    letters = "A B G R RE1 RE2 RE3 N N2 WV S1 S2".split()
    write_raster(tmp_path / "aoi_2018-07-04T105031.026Z.tif", [500] * 12, letters)
    part = part_of(tmp_path)
    assert [part.bands[band].band for band in TEN_BANDS] == [2, 3, 4, 5, 6, 7, 8, 9, 11, 12]
    assert candidates(part) == OPEN


def test_pictures_beside_whole_dates_are_left_out_and_others_refused(tmp_path):
    write_raster(tmp_path / "S2_20180704.tif", [500] * 10, TEN_BANDS)
    write_raster(tmp_path / "S2_20180704_true_color.tif", [90] * 3, ("red", "green", "blue"), dtype="uint8")
    assert "8-bit pictures beside the bands were left out: S2_20180704_true_color.tif." in series_of(tmp_path).warnings
    write_raster(tmp_path / "S2_20180714_true_color.tif", [90] * 3, ("red", "green", "blue"), dtype="uint8")
    assert "8-bit pictures, not reflectance: S2_20180714_true_color.tif;" in refused(tmp_path)


def test_gdalcubes_writes_the_date_behind_letters_and_digits(tmp_path):
    write_raster(tmp_path / "cube_16f5b72018-07-04.tif", [500] * 10, TEN_BANDS, dtype="float64")
    assert part_of(tmp_path).distributor == "gdalcubes"


@pytest.mark.parametrize(
    "name, title, hide, margin",
    [
        ("S2A_20180704_T31UDS_OCM_v1_7_0.tif", "OmniCloudMask", (3,), (1, 2)),
        ("L1C_T31UDS_20180704T105031_KZ_10m.tif", "KappaMask", (0, 2, 5), (3, 4)),
        ("L1C_T31UDS_A015800_20180704T105031_Fmask4.tif", "Fmask 4", (2, 3, 255), (4,)),
    ],
)
def test_masks_of_other_makers_beside_plain_files(tmp_path, name, title, hide, margin):
    write_raster(tmp_path / "S2A_20180704_T31UDS.tif", [500] * 10, TEN_BANDS)
    write_raster(tmp_path / name, 1, dtype="uint8")
    (mask,) = part_of(tmp_path).masks
    assert (mask.title, mask.hide, mask.margin) == (title, hide, margin)


def test_files_whose_bands_are_all_something_else_are_left_out_with_a_warning(tmp_path):
    write_raster(tmp_path / "S2_20180704.tif", [500] * 10, TEN_BANDS)
    write_raster(tmp_path / "S2_20180704_udm2.tif", [1] * 3, ("clear", "snow", "shadow"), dtype="uint8")
    assert "Files without a band name were left out: S2_20180704_udm2.tif." in series_of(tmp_path).warnings
    write_raster(tmp_path / "S2_20180724.tif", [500] * 10, [f"Kanal {letter}" for letter in "abcdefghij"])
    assert series_of(tmp_path).acquisitions[1].parts[0].order_open
    write_raster(tmp_path / "S2_20180714.tif", [1] * 9, [f"Band_{number}" for number in range(1, 10)])
    assert "S2_20180714.tif (9 bands) cannot be inferred from their number" in refused(tmp_path)


def test_reflectance_that_was_made_of_the_numbers_of_sen2like_is_not_scaled_again(tmp_path):
    put(tmp_path, "L2F_T31UDS_20180704_S2A_R051_{}_10m_reflectance.tif", value=0.05, dtype="float32")
    part = part_of(tmp_path)
    assert part.distributor == "sen2like" and part.scale_open and (1.0, 0.0) in candidates(part)
