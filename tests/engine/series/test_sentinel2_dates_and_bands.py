"""Sentinel-2 files: their dates, bands and masks, from names, folders, tags and descriptions."""

from __future__ import annotations

from datetime import date

import pytest

from crop_attention.engine.errors import SeriesError
from crop_attention.engine.series.acquisition import (
    CLASSES,
    CLEARNESS,
    PROBABILITY,
)
from rasters import (
    BANDS_10M,
    TEN_BANDS,
    write_raster,
)
from sentinel2_scenes import DAY, only_part, read, refused, scene


@pytest.mark.parametrize(
    "name, tags",
    [
        ("S2_20180704.tif", {}),
        ("S2-2018-07-04.TIF", {}),
        ("2018_07_04.tif", {}),
        ("HLS.S30.T31UDS.2018185T105031.v2.0.tif", {}),
        ("20180704/scene.tif", {}),
        ("scene.tif", {"ACQUISITION_DATE": "2018-07-04"}),
        ("scene.tif", {"SENSING_TIME": "2018-07-04T10:50:31Z"}),
        ("S2_20180704.tif", {"TIFFTAG_DATETIME": "2019:01:01 00:00:00"}),
        ("20190101/S2_20180704.tif", {}),
    ],
)
def test_dates_come_from_names_folders_and_tags(tmp_path, name, tags):
    scene(tmp_path, name=name, tags=tags)
    assert read(tmp_path).acquisitions[0].date == DAY


def test_the_time_of_writing_is_the_last_resort_and_reported(tmp_path):
    scene(tmp_path, name="scene.tif", tags={"TIFFTAG_DATETIME": "2018:07:04 10:53:28"})
    series = read(tmp_path)
    assert series.acquisitions[0].date == DAY
    assert "TIFFTAG_DATETIME (1 file). That may be the day of processing: scene.tif" in series.warnings[0]


def test_all_files_without_a_date_are_named(tmp_path):
    scene(tmp_path)
    scene(tmp_path, name="first.tif")
    scene(tmp_path, name="second.tif")
    text = refused(tmp_path)
    assert "No date can be found for Sentinel-2 in first.tif, second.tif:" in text
    assert "S2_20180704_B04.tif" in text


@pytest.mark.parametrize(
    "name, tags, descriptions, words",
    [
        ("S2_20180704_20180709.tif", {}, TEN_BANDS, ("two dates", "2018-07-04", "2018-07-09")),
        ("S2_20180704.tif", {"ACQUISITION_DATE": "2018-07-05"}, TEN_BANDS, ("2018-07-04", "2018-07-05")),
        ("S2_20180704.tif", {"TIFFTAG_DATETIME": "2018:07:01 00:00:00"}, TEN_BANDS, ("2018-07-04", "2018-07-01")),
        ("S2_20180704.tif", {}, [f"20180709_{b}" for b in TEN_BANDS], ("2018-07-04", "2018-07-09")),
        ("S2_20181345.tif", {}, TEN_BANDS, ("20181345", "not a calendar date")),
    ],
)
def test_dates_that_disagree_are_refused(tmp_path, name, tags, descriptions, words):
    scene(tmp_path, name=name, tags=tags, descriptions=descriptions)
    text = refused(tmp_path)
    assert all(word in text for word in (name, *words))


def test_many_culprits_are_cut_short(tmp_path):
    for number in range(12):
        scene(tmp_path, name=f"scene_{number:02}.tif")
    assert "scene_07.tif and 4 more" in refused(tmp_path)


def test_the_order_of_nameless_bands_is_left_to_their_numbers(tmp_path):
    scene(tmp_path, descriptions=[""] * 11)
    part = only_part(read(tmp_path))
    assert (part.bands["B8A"].band, part.masks[0].band) == (8, 11)
    assert part.order_open and part.origins.bands == ""
    by_wavelength, ten_metres_first, sorted_names, *without_mask = part.arrangements
    assert [each.bands["B8A"].band for each in (by_wavelength, ten_metres_first, sorted_names)] == [8, 8, 10]
    assert [each.bands["B08"].band for each in (by_wavelength, ten_metres_first, sorted_names)] == [7, 4, 7]
    assert len(without_mask) == 3 and not any(each.masks for each in without_mask)


def test_counting_descriptions_are_taken_by_number(tmp_path):
    scene(tmp_path, descriptions=[f"Band {number}" for number in range(1, 11)])
    assert only_part(read(tmp_path)).bands["B12"].band == 10


def test_bands_in_the_file_name_give_their_order(tmp_path):
    write_raster(tmp_path / "S2_20180704_B08_B04.tif", [1, 2])
    part = only_part(read(tmp_path, bands=("B04", "B08")))
    assert [source.band for source in part.bands.values()] == [2, 1]


def test_an_ambiguous_number_of_bands_is_refused(tmp_path):
    scene(tmp_path, descriptions=[""] * 9)
    assert "S2_20180704.tif (9 bands) cannot be inferred from their number" in refused(tmp_path)


def test_two_bands_of_one_name_are_refused(tmp_path):
    write_raster(tmp_path / "S2_20180704.tif", 1, ("B04", "B04"))
    assert "describe two of their bands alike: S2_20180704.tif" in refused(tmp_path, bands=("B04",))


def test_a_missing_band_is_substituted_with_one_warning(tmp_path):
    for day in ("20180704", "20180714"):
        scene(tmp_path, day, descriptions=[band for band in TEN_BANDS if band != "B8A"])
    series = read(tmp_path, substitutes={"B8A": "B08"})
    part = series.acquisitions[0].parts[0]
    assert part.bands["B8A"] == part.bands["B08"] and part.stand_ins == {"B8A": "B08"}
    assert series.warnings == ("B8A is missing on 2 dates; B08 is used instead.",)


def test_a_missing_band_without_stand_in_is_refused_with_its_dates(tmp_path):
    scene(tmp_path)
    scene(tmp_path, "20180714", descriptions=[band for band in TEN_BANDS if band not in ("B05", "B11")])
    text = refused(tmp_path, substitutes={"B8A": "B08"})
    assert "Of Sentinel-2 B05, B11 cannot be found on 2018-07-14;" in text


def test_bands_that_lack_on_other_dates_are_named_with_their_own(tmp_path):
    for day in range(1, 10):
        without = ("B11", "B05") if day == 1 else ("B11",)
        scene(tmp_path, f"2018070{day}", descriptions=[band for band in TEN_BANDS if band not in without])
    text = refused(tmp_path)
    assert "B11 cannot be found on all 9 dates;" in text
    assert "B05 cannot be found on 2018-07-01;" in text


def test_a_lost_20_m_file_is_refused_with_its_date(tmp_path):
    scene(tmp_path, name="S2_{}_10m.tif", descriptions=BANDS_10M)
    assert "B05, B06, B07, B11, B12, B8A cannot be found on 2018-07-04" in refused(tmp_path)


def test_single_bands_of_something_else_are_left_out_with_a_warning(tmp_path):
    scene(tmp_path)
    write_raster(tmp_path / "crop_codes.tif", 1, dtype="uint8")
    assert read(tmp_path).warnings == ("Files without a band name were left out: crop_codes.tif.",)


@pytest.mark.parametrize("name", ["clouds", "cloud_prob", "clear", "mask"])
def test_a_band_that_may_be_a_mask_and_is_not_used_is_named(tmp_path, name):
    write_raster(tmp_path / "S2_20180704.tif", 500, (*TEN_BANDS, name))
    notes = " ".join(read(tmp_path).notes)
    assert (
        f"The band '{name}' of 1 Sentinel-2 date may be a cloud mask and is not used" in notes and "--records" in notes
    )


@pytest.mark.parametrize(
    "name, kind, threshold",
    [
        ("cs_cdf", CLEARNESS, 0.6),
        ("probability", PROBABILITY, 40),
        ("MSK_CLDPRB", PROBABILITY, 40),
        ("CLP", PROBABILITY, 102),
        ("oa_fmask", CLASSES, 0),
        ("Fmask", CLASSES, 0),
        ("CLOUDLESS_MASK", CLEARNESS, 1.0),
    ],
)
def test_masks_of_many_makers_are_known_by_their_names(tmp_path, name, kind, threshold):
    write_raster(tmp_path / "S2_20180704.tif", 500, (*TEN_BANDS, name, "QA60"))
    (mask,) = only_part(read(tmp_path)).masks
    assert (mask.kind, mask.threshold, mask.band) == (kind, threshold, 11)


def test_masks_that_each_tell_of_one_kind_of_cloud_hide_together(tmp_path):
    names = ("MSK_CLASSI_OPAQUE", "MSK_CLASSI_CIRRUS", "QA60")
    write_raster(tmp_path / "S2_20180704.tif", 500, (*TEN_BANDS, *names))
    assert sorted(mask.band for mask in only_part(read(tmp_path)).masks) == [11, 12, 13]


def test_months_are_dated_by_their_middle_unless_their_numbers_count_on(tmp_path):
    for month in (6, 7):
        write_raster(tmp_path / f"S2_median_2018-{month:02}.tif", 500, TEN_BANDS)
    write_raster(tmp_path / "Sentinel-2_mosaic_2018_M08_31UDS_0_0" / "all.tif", 500, TEN_BANDS)
    write_raster(tmp_path / "late.tif", 500, [f"2018_09_{band}" for band in TEN_BANDS])
    days = [found.date for found in read(tmp_path).acquisitions]
    assert days == [date(2018, 6, 15), date(2018, 7, 16), date(2018, 8, 16), date(2018, 9, 15)]
    write_raster(tmp_path / "S2_median_2018-13.tif", 500, TEN_BANDS)
    with pytest.raises(SeriesError, match="No date can be found"):
        read(tmp_path)
