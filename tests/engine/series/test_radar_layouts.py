"""Sentinel-1 in shapes of public tools that are no single record's: what is read, what is left out, what is refused."""

from __future__ import annotations

import math
from datetime import date

import pytest

from crop_attention.engine.series.acquisition import AMPLITUDE, DECIBEL, POWER
from distributor_files import BOTH, DAY, candidates, part_of, put, refused, series_of
from rasters import write_raster, write_stack


@pytest.mark.parametrize(
    "pattern, scalings, track",
    [
        ("SIG0_20180704T171426__{}_A015_E048N015T3_EU020M_V1M2R3_S1CIWGRDH_TUWIEN.tif", [0.1, 0.01], "ASC-15"),
        ("SIG0-MMEAN_20180619T050937_20180719T170558_{}_MMEAN_E048N012T3_EU020M_V1M0R1_S1AIWGRDH-S1BIWGRDH_TUWIEN.tif",
         [0.1, 0.01], "?"),
    ],
)  # fmt: skip
def test_tenths_or_hundredths_of_decibels_are_left_to_the_numbers(tmp_path, pattern, scalings, track):
    put(tmp_path, pattern, BOTH, value=-105, dtype="int16")
    (found,) = series_of(tmp_path, BOTH).acquisitions
    (part,) = found.parts
    assert (found.date, found.track, part.unit) == (DAY, track, DECIBEL)
    assert [scale for scale, _ in candidates(part)] == scalings
    assert {source.nodata for source in part.bands.values()} == {-9999}


@pytest.mark.parametrize(
    "pattern, unit, track",
    [
        ("s1_rtc/N13E025/2018/07/04/0446B9/s1_rtc_0446B9_N13E025_2018_07_04_{}.tif", POWER, "?+1"),
        ("tiles/31/U/DS/2018/S1A_20180704_31UDS_DSC/Gamma0_{}.tif", POWER, "DESC+1"),
        ("S1A_L2_BCK_20180704T174045_{}_088_31UDS.tif", "", "ASC-88"),
        ("S1A__IW___A_20180704T173017_{}_tnr_bnr_Orb_Cal_TF_TC_dB_regrid.tif", DECIBEL, "ASC+1"),
        ("S1A_IW_GRDH_Cal_TC_Stack.data/Sigma0_{}_slv3_04Jul2018.img", POWER, "?+1"),
        ("SEN4CAP_L2A_PRD_S7_W201827_T31UDS_ASC_{}_AMP.tif", "", "ASC"),
    ],
)
def test_dates_units_and_passes_of_public_names(tmp_path, pattern, unit, track):
    put(tmp_path, pattern, BOTH, value=0.1)
    (found,) = series_of(tmp_path, BOTH).acquisitions
    assert found.date == (date(2018, 7, 5) if "W201827" in pattern else DAY)
    assert (found.track, found.parts[0].unit) == (track, unit)


def test_tags_of_opera_tell_day_pass_and_orbit(tmp_path):
    tags = {
        "ZERO_DOPPLER_START_TIME": "2018-07-04T01:58:58.000000Z",
        "PROCESSING_DATETIME": "2025-03-02T06:23:10Z",
        "ORBIT_PASS_DIRECTION": "descending",
        "TRACK_NUMBER": "137",
    }
    write_raster(tmp_path / "clip.tif", [0.1, 0.02], BOTH, tags=tags)
    (found,) = series_of(tmp_path, BOTH).acquisitions
    assert (found.date, found.track) == (DAY, "DESC-137")


def test_coherence_ratios_and_counts_are_left_out_beside_backscatter_and_named(tmp_path):
    put(tmp_path, "S1_ASC_20180704_{}.tif", BOTH, value=-10.5)
    for ending in ("coh", "coherence12", "ratio", "counts", "std"):
        put(tmp_path, "S1_ASC_20180704_{}_" + ending + ".tif", BOTH, value=0.4)
    put(tmp_path, "coherence/S1_ASC_20180704_{}.tif", BOTH, value=0.4)
    (found,) = (series := series_of(tmp_path, BOTH)).acquisitions
    assert found.parts[0].bands["VV"].path.endswith("S1_ASC_20180704_VV.tif")
    (warning,) = series.warnings
    assert "coherence, ratios and statistics were left out" in warning and "VV_coh.tif" in warning


@pytest.mark.parametrize(
    "pattern",
    ["S1_coherence_20180704_{}.tif", "x_Stack_coh_TC.data/coh_{}_04Jul2018_10Jul2018.img", "coh/S1_20180704_{}.tif"],
)
def test_coherence_alone_is_no_backscatter(tmp_path, pattern):
    put(tmp_path, pattern, BOTH, value=0.4)
    assert "are not backscatter" in refused(tmp_path, BOTH)


def test_bands_of_coherence_in_a_file_of_backscatter_are_ignored(tmp_path):
    names = ["Sigma0_VV", "Sigma0_VH", "coh_VV", "coh_VH", "VH_VV_ratio"]
    write_raster(tmp_path / "S1_ASC_20180704.tif", [0.1, 0.02, 0.4, 0.3, 0.2], names)
    part = part_of(tmp_path, BOTH)
    assert {band: source.band for band, source in part.bands.items()} == {"VV": 1, "VH": 2}


def test_a_stack_of_one_polarisation_is_told_by_its_name(tmp_path):
    for band in BOTH:
        write_stack(tmp_path / f"ASC_{band}_stack.tif", {f"2018-07-{day:02}": -10.5 for day in (4, 10, 16, 22, 28)})
    assert len(series_of(tmp_path, BOTH).acquisitions) == 5


def test_beta_nought_is_refused(tmp_path):
    put(tmp_path, "S1A_20180704_Cal_TC.data/Beta0_{}.img", BOTH, value=0.2)
    assert "beta nought" in refused(tmp_path, BOTH)


def test_bands_and_files_without_calibration_beside_calibrated_ones_are_left_out(tmp_path):
    names = ["Amplitude_VV", "Intensity_VV", "Sigma0_VV", "Beta0_VV", "Sigma0_VH"]
    write_raster(tmp_path / "S1_ASC_20180704.tif", [90.0, 8100.0, 0.1, 0.2, 0.02], names)
    assert {band: source.band for band, source in part_of(tmp_path, BOTH).bands.items()} == {"VV": 3, "VH": 5}
    folder = tmp_path / "S1A_20180705_TC.data"
    for quantity in ("Sigma0", "Amplitude", "Beta0"):
        put(folder, quantity + "_{}.img", BOTH, value=0.1)
    series = series_of(tmp_path, BOTH)
    assert len(series.acquisitions) == 2
    assert any("beta nought were left out: " in text and "Amplitude_VV.img" in text for text in series.warnings)


def test_one_polarisation_of_both_passes_is_no_repetition(tmp_path):
    for month in ("06", "07", "08"):
        names = [f"{band}_{way}" for way in ("asc", "desc") for band in BOTH]
        write_raster(tmp_path / f"S1_2018_{month}.tif", [-10.5, -17.5, -9.5, -16.5], names)
    found = series_of(tmp_path, BOTH).acquisitions
    assert [each.track for each in found] == ["ASC", "DESC"] * 3
    assert [each.parts[0].bands["VH"].band for each in found[:2]] == [2, 4]
    write_raster(tmp_path / "S1_2018_09.tif", [-10.5, -17.5, -9.5], ["VV_asc", "VH_asc", "VV_asc"])
    assert "describe two of their bands alike" in refused(tmp_path, BOTH)


def test_amplitude_as_gfmap_packs_it(tmp_path):
    names = ["S1-SIGMA0-VV", "S1-SIGMA0-VH"]
    write_raster(tmp_path / "S1_ASC_20180704.tif", [4467, 1995], names, dtype="uint16")
    part = part_of(tmp_path, BOTH)
    assert (part.unit, part.bands["VV"].nodata, part.scale_open) == (AMPLITUDE, 65535, False)
    assert 20 * math.log10(4467 * part.bands["VV"].scale) == pytest.approx(-10, abs=0.01)
    write_raster(tmp_path / "S1_ASC_20180704.tif", [0.1, 0.02], names)
    assert part_of(tmp_path, BOTH).unit == ""


def test_a_french_folder_names_no_pass(tmp_path):
    put(tmp_path, "images_des_champs/S1_20180704_{}.tif", BOTH, value=-10.5)
    assert series_of(tmp_path, BOTH).acquisitions[0].track == "?+1"
