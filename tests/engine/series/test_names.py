"""Dates, sensors, tiles, baselines, orbits and bands as file names and descriptions spell them."""

from __future__ import annotations

from datetime import date

import pytest

from crop_attention.engine.series.acquisition import METADATA, NAME
from crop_attention.engine.series.recognise import dates, names

DAY = date(2018, 7, 4)


S2_PRODUCT = "S2A_MSIL2A_20180704T105031_N0500_R051_T31UDS_20230812T140102"


S1_PRODUCT = "S1A_IW_GRDH_1SDV_20180705T173211_20180705T173236_022660_02748A_63E1"


@pytest.mark.parametrize(
    "text, time",
    [
        ("S2_20180704", ""),
        ("2018-07-04", ""),
        ("S2 2018_07_04 10m", ""),
        ("field.2018.07.04.B04", ""),
        ("S2_L2A_T31UDS_20180704T105031_10m", "105031"),
        ("20180704105031", "105031"),
        ("SENTINEL2A_20180704-105031-463_L2A_T31UDS_C_V2-2_FRE_B4", "105031"),
        ("HLS.S30.T31UDS.2018185T105031.v2.0.B04", "105031"),
        ("2018185", ""),
        ("20180704_B04", ""),
        ("B04_20180704", ""),
        ("2018-07-04 B04", ""),
        (S2_PRODUCT, "105031"),
        ("T31UDS_20180704T105031_B04_10m", "105031"),
        ("S2A_OPER_PRD_MSIL1C_PDMC_20160104T010101_R051_V20180704T105031_20180704T105031", "105031"),
        ("20180704T105031_20180911T010203_T31UDS_B4", "105031"),
        ("Größe_Äcker_20180704_rot", ""),
        ("20189999_20180704", ""),
    ],
)
def test_usual_names_give_the_sensing_day(text, time):
    assert dates.stamp_in(text) == dates.Stamp(DAY, time)


@pytest.mark.parametrize(
    "text, day, days",
    [
        ("gm_s2_rolling_x174y095_2018-01--P3M_B02", date(2018, 2, 14), 90),
        ("s2_2018-07-01--P1M_nbart_red", date(2018, 7, 16), 31),
        ("ndvi_2018-07-02--P10D", date(2018, 7, 6), 10),
        ("S2_2018-W27_B04", date(2018, 7, 5), 7),
        ("Sentinel-2_mosaic_2018_Q3_31UDS_0_0", date(2018, 8, 15), 92),
        ("S2_201807D3_B04", date(2018, 7, 26), 11),
    ],
)
def test_periods_that_are_written_out_are_dated_by_their_middle(text, day, days):
    assert dates.stamp_in(text) == dates.Stamp(day, days=days)


@pytest.mark.parametrize("text", ["gm_s2_annual_x1y1_2018--P1Y_B02", "gm_s2_semiannual_x1y1_2018-01--P6M_B02"])
def test_periods_of_half_a_year_are_no_date(text):
    with pytest.raises(dates.DateProblem, match="which is not a date"):
        dates.stamp_in(text)


@pytest.mark.parametrize("text", [S1_PRODUCT, "s1a-iw-grd-vv-20180705t173211-20180705t173236-022660-02748a-001"])
def test_official_sentinel1_names_give_the_start(text):
    assert dates.stamp_in(text) == dates.Stamp(date(2018, 7, 5), "173211")


@pytest.mark.parametrize("text", ["B04", "scene_7", "022660", "T31UDS", "S2_2020_10_20m", "id_12345678", ""])
def test_names_without_a_date_give_none(text):
    assert dates.stamp_in(text) is None


def test_the_creation_time_of_an_old_band_file_is_no_date():
    assert dates.stamp_in("S2A_OPER_MSI_L1C_TL_EPA__20160929T103545_20160104T105151_A002782_T31UDS_B04") is None


@pytest.mark.parametrize(
    "text, words",
    [
        ("S2_20181345", "20181345, which is not a calendar date"),
        ("S2_2018-02-30", "20180230, which is not a calendar date"),
        ("S2_19990704", "1999-07-04, outside the years 2014 to 2100"),
        ("S2_20130704", "2013-07-04, outside"),
        ("S2_21010101", "2101-01-01, outside"),
        ("S2_20180704_20180709", "two dates, 2018-07-04 and 2018-07-09"),
        ("20180704_2018-07-05", "two dates, 2018-07-04 and 2018-07-05"),
    ],
)
def test_impossible_and_contradictory_dates_are_refused(text, words):
    with pytest.raises(dates.DateProblem, match=words):
        dates.stamp_in(text)


@pytest.mark.parametrize(
    "tags",
    [
        {"ACQUISITION_DATE": "2018-07-04"},
        {"SENSING_TIME": "2018-07-04T10:50:31.024Z"},
        {"DATATAKE_1_DATATAKE_SENSING_START": "2018-07-04T10:50:31.024Z"},
        {"system:time_start": "1530701431000"},
        {"FIRST_LINE_TIME": "04-JUL-2018 17:32:11.123"},
        {"date": "20180704"},
    ],
)
def test_acquisition_tags_give_the_day(tags):
    assert dates.stamp_in_tags(tags)[0].day == DAY


def test_processing_tags_give_no_day():
    assert dates.stamp_in_tags({"GENERATION_TIME": "2019-01-01", "TIFFTAG_DATETIME": "2019:01:01 00:00:00"}) is None


def test_tags_of_two_days_are_refused():
    with pytest.raises(dates.DateProblem, match="ACQUISITION_DATE 2018-07-04 and SENSING_TIME 2018-07-05"):
        dates.stamp_in_tags({"ACQUISITION_DATE": "2018-07-04", "SENSING_TIME": "2018-07-05"})


def test_the_time_a_tiff_was_written_is_read_apart():
    assert dates.written_stamp({"TIFFTAG_DATETIME": "2018:07:04 10:53:28"}).day == DAY


@pytest.mark.parametrize(
    "path, sensor",
    [
        ("/data/S2_L2A_T31UDS_20180704.tif", "S2"),
        ("/data/S1A_20180704_VV.tif", "S1"),
        ("/data/sentinel2/20180704.tif", "S2"),
        ("/data/sentinel-1/20180704.tif", "S1"),
        ("/sentinel2/sentinel1/20180704.tif", "S1"),
        ("/data/20180704_LEVEL2_SEN2A_BOA.tif", "S2"),
        ("/data/HLS.S30.T31UDS.2018185T105031.v2.0.B04.tif", "S2"),
        ("/data/HLS.L30.T31UDS.2018185T105031.v2.0.B04.tif", "other"),
        ("/data/LC08_20180704.tif", "other"),
        ("/data/S1_S2_stack.tif", ""),
        ("/data/20180704.tif", ""),
    ],
)
def test_the_nearest_name_tells_the_sensor(path, sensor):
    assert names.sensor_of(path) == sensor


@pytest.mark.parametrize(
    "path, tile",
    [
        (f"/data/{S2_PRODUCT}.SAFE/GRANULE/x/IMG_DATA/R10m/T31UDS_20180704T105031_B04_10m.jp2", "31UDS"),
        ("/data/S2A_31UDS_20180704_0_L2A/B04.tif", "31UDS"),
        ("/data/s2_t31uds_20180704.tif", "31UDS"),
        ("/data/S2_20180704_20m.tif", ""),
    ],
)
def test_tiles_are_found_in_names(path, tile):
    assert names.tile_of(path) == tile


def test_baseline_and_level_come_from_metadata_before_names():
    path = f"/data/{S2_PRODUCT}.SAFE/GRANULE/x/IMG_DATA/R10m/T31UDS_20180704T105031_B04_10m.jp2"
    assert names.baseline_of(path, {}) == ("0500", NAME)
    assert names.baseline_of(path, {"PROCESSING_BASELINE": "02.08"}) == ("0208", METADATA)
    assert names.baseline_of("/data/S2_20180704.tif", {}) == ("", "")
    assert names.level_of(path, {}) == "2A"
    assert names.level_of(path, {"PROCESSING_LEVEL": "Level-1C"}) == "1C"
    assert names.level_of(path, {"PROCESSING_LEVEL": "Level-2Ap"}) == "2A"
    assert names.level_of("/data/S2_L1C_20180704.tif", {}) == "1C"
    assert names.level_of("/data/S2_20180704.tif", {}) == ""


@pytest.mark.parametrize(
    "name, direction",
    [("S1_ASC_20180704", "ASC"), ("S1_descending_20180704", "DESC"), ("S1_desc", "DESC"), ("champs_des_2018", "")],
)
def test_pass_in_names(name, direction):
    assert names.pass_of(f"/data/{name}.tif", {}) == direction


def test_pass_in_tags_and_descriptions():
    assert names.pass_of("/data/x.tif", {"ORBIT_PASS": "DESCENDING"}) == "DESC"
    assert names.pass_of("/data/S1_ASC.tif", {}, "20180704_DESC_VV") == "DESC"


@pytest.mark.parametrize(
    "name, orbit",
    [
        (S1_PRODUCT, 13),
        (S1_PRODUCT.replace("S1A", "S1B"), 59),
        (S1_PRODUCT.replace("S1A", "S1C"), None),
        ("S1_R088_20180704", 88),
        ("S1_orbit_88_20180704", 88),
        ("S1_R999_20180704", None),
        ("S1_20180704", None),
    ],
)
def test_relative_orbit(name, orbit):
    assert names.relative_orbit_of(f"/data/{name}.tif", {}) == orbit


def test_pairs_of_dates_whose_later_one_comes_first_are_no_periods():
    names = [f"S1_V201807{day + 12:02}_201807{day:02}_VV" for day in (1, 13)] + ["S1_V20180806_20180725_VV"]
    assert not dates.style_of(names).periods
    assert dates.style_of([f"S1_201807{day:02}_201807{day + 4:02}" for day in (1, 6, 11)]).periods
