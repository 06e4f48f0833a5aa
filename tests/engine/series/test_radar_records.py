"""Sentinel-1 under the names and headers of the distributors that have a record."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from crop_attention.engine.errors import SeriesError
from crop_attention.engine.feedback import Feedback
from crop_attention.engine.options import SeriesOptions
from crop_attention.engine.series.acquisition import AMPLITUDE, DECIBEL, METADATA, NAME, POWER
from crop_attention.engine.series.inputs import SeriesInputs
from crop_attention.engine.series.preprocessing.prepare import prepare
from distributor_files import BOTH, DAY, candidates, part_of, put, refused, series_of
from rasters import TEN_BANDS, write_raster
from season_files import START, card, cube_of


@pytest.mark.parametrize(
    "pattern, unit, track",
    [
        ("S1A_IW_20180704T173211_DVP_RTC30_G_gpuned_5685_{}.tif", POWER, "ASC+1"),
        ("S1A_IW_20180704T173211_DVP_RTC30_G_gaunem_5685_{}.tif", AMPLITUDE, "ASC+1"),
        ("S1A_IW_20180704T173211_DVR_RTC20_G_sdufed_1AE1_{}.tif", DECIBEL, "ASC+1"),
        ("S1A_IW_20180704T173211_DVR_RTC20_G_gaufed_1AE1_{}_clip.tif", AMPLITUDE, "ASC+1"),
        ("OPERA_L2_RTC-S1_T137-292318-IW1_20180704T015858Z_20250302T062310Z_S1A_30_v1.0_{}.tif", POWER, "DESC-137"),
        ("OPERA_L2_RTC-S1_T137-292318-IW1_20180704T015858Z_20250302T062310Z_S1A_30_v1.0_{}_tv.tif", POWER, "DESC-137"),
        ("33NWB/s1a_33NWB_{}_DES_007_20180704txxxxxx.tif", POWER, "DESC-7"),
        ("33NWB/s1a_33NWB_{}_ASC_088_20180704t173211_NormLim.tif", POWER, "ASC-88"),
        ("S1A_IW_GRDH_SIGMA0_DV_20180704T172435_ASCENDING_88_B705_V110_{}.tif", POWER, "ASC-88"),
        ("S1A__IW___A_20180704T173017_{}_grd_mli_geo_norm_db.tif", DECIBEL, "ASC+1"),
        ("S1A__IW___D_20180704T053017_147_{}_grd_mli_norm_geo_db.tif", DECIBEL, "DESC+1"),
        ("S1A__IW___A_20180704T173017_{}_gamma0-rtc.tif", POWER, "ASC+1"),
        ("s1a-iw-nrb-20180704t170705-030639-0382d5-32tps-{}-g-lin.tif", POWER, "ASC+1"),
        ("2018-07-04-00_00_2018-07-04-23_59_Sentinel-1_IW_VV+VH_{}_-_linear_gamma0.tiff", POWER, "?+1"),
    ],
)
def test_units_of_backscatter_are_told_by_names(tmp_path, pattern, unit, track):
    put(tmp_path, pattern, BOTH, [band.lower() if pattern[:2] in ("s1", "33") else band for band in BOTH], value=0.1)
    series = series_of(tmp_path, BOTH)
    (found,) = series.acquisitions
    (part,) = found.parts
    assert (found.date, found.track) == (DAY, track)
    assert (part.unit, part.origins.unit, part.scale_open) == (unit, NAME, False)


def test_worldcereal_packs_amplitude_in_16_bits(tmp_path):
    name = "31/U/DS/S1A_20180704T173211_ASC_088_0226510273F3FD0A_31UDS_SIGMA0_{}.tif"
    for band, decibels in (("VV", -10.5), ("VH", -17.0)):
        write_raster(tmp_path / name.format(band), round(10 ** ((decibels + 83) / 20)), dtype="uint16")
    series = series_of(tmp_path, BOTH)
    (look,) = series.acquisitions
    assert (look.parts[0].unit, look.track) == (AMPLITUDE, "ASC+1")
    cube = cube_of(None, replace(series, acquisitions=(replace(look, date=START),)))
    assert cube.s1[0, :, 0, 0] == pytest.approx([-10.5, -17.0], abs=0.01)


def test_subsets_of_hyp3_bring_their_mask(tmp_path):
    stem = "S1A_IW_20180704T173211_DVP_RTC20_G_gpunem_1AF8"
    put(tmp_path, f"{stem}_{{}}_subset_utm.tif", BOTH, value=0.1)
    write_raster(tmp_path / f"{stem}_ls_map_subset_utm.tif", 1, dtype="uint8")
    write_raster(tmp_path / f"{stem}_dem_subset_utm.tif", 1, dtype="int16")
    part = part_of(tmp_path, BOTH)
    assert part.distributor == "ASF HyP3 RTC" and [mask.title for mask in part.masks] == ["layover and shadow"]


@pytest.mark.parametrize(
    "ending, values, unit",
    [("_dB", (-10, -17), DECIBEL), ("_int16", (-10, -17), DECIBEL), ("_amp", (0.32, 0.14), AMPLITUDE),
     ("_clip", (0.1, 0.02), POWER), ("", (0.1, 0.02), POWER)],
)  # fmt: skip
def test_the_unit_of_hyp3_is_not_believed_where_more_than_a_cut_was_added_to_the_name(tmp_path, ending, values, unit):
    for band, value in zip(BOTH, values):
        name = f"S1A_IW_{START:%Y%m%d}T173211_DVP_RTC20_G_gpunem_1AF8_{band}{ending}.tif"
        write_raster(tmp_path / name, np.full((1, 8, 8), value))
    asked = (SeriesInputs((), (str(tmp_path),)), card((), BOTH), SeriesOptions(), START, None, Feedback())
    (part,) = prepare(*asked).s1.acquisitions[0].parts
    assert (part.distributor, part.unit) == ("ASF HyP3 RTC", unit)


def test_what_lies_beside_backscatter_is_left_aside_and_named(tmp_path):
    stem = "S1A_IW_20180704T173211_DVP_RTC20_G_gpunem_1AF8"
    put(tmp_path, f"{stem}/{stem}_{{}}.tif", (*BOTH, "dem", "inc_map", "area"), value=0.1)
    write_raster(tmp_path / "other_ls_map.tif", 1, dtype="uint8")
    write_raster(tmp_path / "33NWB/s1a_33NWB_vv_DES_007_20180704txxxxxx_BorderMask.tif", 1, dtype="uint8")
    series = series_of(tmp_path, BOTH)
    assert any("files next to the data were ignored" in note and f"{stem}_area.tif" in note for note in series.notes)
    assert len(series.acquisitions) == 1


@pytest.mark.parametrize(
    "pattern, mask, shown, hidden",
    [
        ("{0}/{0}_{{}}.tif".format("S1A_IW_20180704T173211_DVP_RTC20_G_gpunem_1AF8"), "ls_map", (1,), (5, 17, 23, 31)),
        (
            "OPERA_L2_RTC-S1_T088-292318-IW1_20180704T173211Z_20250302T062310Z_S1A_30_v1.0_{}.tif",
            "mask",
            (0,),
            (1, 2, 3, 255),
        ),
        ("ga_s1_nrb_v0.1.0_T088-149815-IW3_20180704T173211Z_S1A_{}.tif", "mask", (0,), (1, 2, 3, 255)),
        ("ga_s1a_nrb_0-1-0_T088-314936-IW2_20180704T173211Z_{}_gamma0.tif", "mask", (0,), (1, 2, 3)),
        ("s1_rtc_0446B9_N13E025_2018_07_04_{}.tif", "MASK", (1,), (0, 2)),
    ],
)
def test_layover_and_shadow_are_hidden_as_their_distributors_mark_them(tmp_path, pattern, mask, shown, hidden):
    put(tmp_path, pattern, BOTH, value=0.1)
    codes = np.resize(np.array((*shown, *hidden)), (8, 8))
    write_raster(tmp_path / pattern.replace("_gamma0", "").format(mask), codes[None], dtype="uint8")
    series = series_of(tmp_path, BOTH)
    (look,) = series.acquisitions
    (part,) = look.parts
    assert [found.title for found in part.masks] == ["layover and shadow"] and part.origins.mask == NAME
    assert any("Sentinel-1 masks: layover and shadow in 1 scene" in note for note in series.notes)
    cube = cube_of(None, replace(series, acquisitions=(replace(look, date=START),), decibel=False))
    assert np.array_equal(cube.s1_valid.any(axis=0), np.isin(codes, shown))


def test_a_season_that_its_layover_masks_hide_is_refused_before_a_pixel_is_mapped(tmp_path):
    name = f"OPERA_L2_RTC-S1_T088-292318-IW1_{START:%Y%m%d}T173211Z_20250302T062310Z_S1A_30_v1.0_{{}}.tif"
    for band, value in (("VV", 0.1), ("VH", 0.02)):
        write_raster(tmp_path / name.format(band), value)
    codes = np.zeros((1, 8, 8))
    write_raster(tmp_path / name.format("mask"), codes, dtype="uint8")
    asked = (SeriesInputs((), (str(tmp_path),)), card((), BOTH), SeriesOptions(), START, None, Feedback())
    assert len(prepare(*asked).s1.acquisitions) == 1
    write_raster(tmp_path / name.format("mask"), codes + 255, dtype="uint8")
    with pytest.raises(SeriesError, match="contain nothing but cloud, shadow or missing pixels"):
        prepare(*asked)


@pytest.mark.parametrize("hidden, said", [(8, "100 %"), (6, "75 %"), (3, "")])
def test_masks_that_hide_most_of_the_ground_from_radar_are_doubted(tmp_path, hidden, said):
    write_raster(tmp_path / f"s2/S2_{START:%Y%m%d}.tif", np.full((10, 8, 8), 800), TEN_BANDS, pixel=10)
    name = f"s1/OPERA_L2_RTC-S1_T088-292318-IW1_{START:%Y%m%d}T173211Z_20250302T062310Z_S1A_30_v1.0_{{}}.tif"
    for band, value in (("VV", 0.1), ("VH", 0.02)):
        write_raster(tmp_path / name.format(band), value)
    codes = np.zeros((1, 8, 8))
    codes[:, :, :hidden] = 2
    write_raster(tmp_path / name.format("mask"), codes, dtype="uint8")
    inputs = SeriesInputs((str(tmp_path / "s2"),), (str(tmp_path / "s1"),))
    options = SeriesOptions(optical_scale=1e-4, optical_offset=0.0)
    prepared = prepare(inputs, card(TEN_BANDS, BOTH), options, START, None, Feedback())
    doubted = [warning for warning in prepared.warnings if "on no date" in warning]
    assert [said in warning for warning in doubted] == [True] * bool(said)
    assert not any("assumed" in warning for warning in prepared.warnings)
    assert any("linear power, as names or metadata say" in note for note in prepared.s1.notes)


def test_a_mask_without_its_backscatter_is_left_out_and_named(tmp_path):
    stem = "S1A_IW_201807{0}T173211_DVP_RTC20_G_gpunem_1AF8/S1A_IW_201807{0}T173211_DVP_RTC20_G_gpunem_1AF8_{{}}.tif"
    put(tmp_path, stem.format("04"), BOTH, value=0.1)
    write_raster(tmp_path / stem.format("16").format("ls_map"), 1, dtype="uint8")
    series = series_of(tmp_path, BOTH)
    assert [found.date for found in series.acquisitions] == [DAY]
    assert any("Masks without an acquisition" in warning and "20180716" in warning for warning in series.warnings)


@pytest.mark.parametrize("stem", ["S1A_20180704T173211_ASC_{}", "S1A_IW_20180704T173211_DVP_RTC20_G_gpunem_1AF8_{}"])
def test_a_mask_of_bytes_beside_each_polarisation_is_left_out_and_named(tmp_path, stem):
    put(tmp_path, f"{stem}.tif", BOTH, value=0.1)
    put(tmp_path, f"{stem}_mask.tif", BOTH, value=1, dtype="uint8")
    series = series_of(tmp_path, BOTH)
    assert len(series.acquisitions) == 1
    assert any("left out" in warning and "_VH_mask.tif" in warning for warning in series.warnings)


def test_open_sar_toolkit_writes_two_digits_of_the_year(tmp_path):
    put(tmp_path, "88/Timeseries/07.180704.bs.{}.tif", BOTH, value=-9.5)
    write_raster(tmp_path / "88/Timeseries/07.180704.180710.coh.VV.tif", 0.5)
    series = series_of(tmp_path, BOTH)
    assert [found.date for found in series.acquisitions] == [DAY]
    assert any("coh.VV.tif" in note for note in series.notes)


def test_decibels_of_the_browser_may_be_stretched_to_one(tmp_path):
    put(tmp_path, "2018-07-04-00_00_2018-07-04-23_59_Sentinel-1_IW_VV+VH_{}_-_decibel_gamma0(2).tiff", BOTH, value=-9.5)
    part = part_of(tmp_path, BOTH)
    assert (part.unit, candidates(part)) == (DECIBEL, [(1.0, 0.0), (20.0, -20.0)])


def test_force_packs_decibels_in_hundredths(tmp_path):
    write_raster(tmp_path / "X0068_Y0043/20180704_LEVEL2_S1AIA_SIG.tif", [-1000, -1700], dtype="int16", nodata=-9999)
    part = part_of(tmp_path, BOTH)
    assert (part.unit, part.bands["VH"].scale, part.bands["VH"].band) == (DECIBEL, 0.01, 2)


def test_snap_names_bands_by_quantity_and_unit(tmp_path):
    write_raster(tmp_path / "S1_20180704.tif", [-17.5, -10.5], ["Sigma0_VH_db", "Sigma0_VV_db"])
    part = part_of(tmp_path, BOTH)
    assert (part.bands["VV"].band, part.unit, part.origins.bands) == (2, DECIBEL, METADATA)


def test_snap_stacks_carry_spelled_dates(tmp_path):
    names = [f"Sigma0_{band}_{which}" for which in ("mst_22Jun2018", "slv1_04Jul2018") for band in ("VH", "VV")]
    write_raster(tmp_path / "stack.tif", [0.01, 0.1] * 2, names)
    series = series_of(tmp_path, BOTH)
    assert [found.date for found in series.acquisitions] == [date(2018, 6, 22), DAY]
    assert {part.unit for found in series.acquisitions for part in found.parts} == {POWER}


def test_sigma_nought_in_a_file_name_tells_no_unit(tmp_path):
    put(tmp_path, "S1_ASC_sigma0_20180704_{}.tif", BOTH, value=-10.5)
    assert part_of(tmp_path, BOTH).unit == ""


def test_uncalibrated_bands_of_snap_are_refused(tmp_path):
    write_raster(tmp_path / "S1_20180704.tif", [17.5, 10.5], ["Amplitude_VH", "Amplitude_VV"])
    assert "uncalibrated amplitude or intensity" in refused(tmp_path, BOTH)


def test_whole_numbers_of_backscatter_may_be_hundredths(tmp_path):
    write_raster(tmp_path / "S1_ASC_20180704.tif", [-1050, -1750], ["VV", "VH"], dtype="int16")
    part = part_of(tmp_path, BOTH)
    assert candidates(part) == [(1.0, 0.0), (0.01, 0.0), (0.1, 0.0)] and part.origins.scale == ""
