"""Sentinel-2 files as analysts have them, to acquisitions; and what is refused."""

from __future__ import annotations

import os
from datetime import date

import numpy as np
import pytest

from crop_attention.engine.errors import Cancelled, SeriesError
from crop_attention.engine.feedback import Feedback
from crop_attention.engine.options import SeriesOptions
from crop_attention.engine.series.acquisition import (
    CLASSES,
    CLEARNESS,
    FLAG,
    METADATA,
    PROBABILITY,
    S2,
    TYPE,
    BandSource,
    MaskSource,
)
from crop_attention.engine.series.files.product import parse_product
from crop_attention.engine.series.recognise.bands import LEVEL_1C
from crop_attention.engine.series.recognise.masking import SCL_TITLE, scene_classification
from crop_attention.engine.series.recognise.series import read_series
from rasters import (
    BANDS_10M,
    BANDS_20M,
    ORIGIN,
    TEN_BANDS,
    truncate,
    write_jp2,
    write_raster,
    write_safe,
    write_stack,
    zip_tree,
)

DAY = date(2018, 7, 4)


def read(*paths, bands=TEN_BANDS, substitutes=None, feedback=None, **options):
    return read_series(
        [str(path) for path in paths], S2, bands, substitutes or {}, SeriesOptions(**options), feedback or Feedback()
    )


def refused(*paths, **options):
    with pytest.raises(SeriesError) as caught:
        read(*paths, **options)
    return str(caught.value)


def only_part(series):
    (acquisition,) = series.acquisitions
    (part,) = acquisition.parts
    return part


def scene(folder, day="20180704", name="S2_{}.tif", descriptions=(*TEN_BANDS, "SCL"), **options):
    return write_raster(folder / name.format(day), 500, descriptions, **options)


# Layouts


def test_one_multi_band_file_a_date(tmp_path):
    for day in ("20180714", "20180704"):
        scene(tmp_path, day)
    series = read(tmp_path)
    assert [found.date for found in series.acquisitions] == [DAY, date(2018, 7, 14)]
    part = series.acquisitions[0].parts[0]
    path = str(tmp_path / "S2_20180704.tif")
    assert part.name == "S2_20180704.tif"
    assert part.bands["B8A"] == BandSource(path, 8, None, 0.0001, 0.0)
    assert part.masks == (scene_classification(path, 11),)
    assert series.bands == TEN_BANDS
    assert series.notes[0] == "2 Sentinel-2 acquisitions from 2018-07-04 to 2018-07-14 in 2 files."
    assert series.warnings == ()


def test_the_order_of_bands_in_a_file_does_not_matter(tmp_path):
    path = scene(tmp_path, descriptions=("SCL", *reversed(TEN_BANDS)))
    part = only_part(read(path))
    assert [part.bands[band].band for band in TEN_BANDS] == list(range(11, 1, -1))
    assert part.masks[0].band == 1


def test_files_of_10_m_and_20_m_are_joined(tmp_path):
    fine = scene(tmp_path, name="S2_L2A_T31UDS_{}T105031_10m.tif", descriptions=BANDS_10M)
    coarse = scene(tmp_path, name="S2_L2A_T31UDS_{}T105031_20m.tif", descriptions=BANDS_20M, pixel=20, size=(4, 4))
    part = only_part(read(coarse, fine))
    assert part.tile == "31UDS"
    assert part.bands["B02"].path == fine
    assert part.bands["B12"].path == coarse
    assert part.masks == (scene_classification(coarse, 7),)


def test_the_finest_copy_of_a_band_wins_and_scl_is_taken_at_20_m(tmp_path):
    everything = (*TEN_BANDS, "SCL")
    for metres, size in ((60, (2, 2)), (20, (6, 6)), (10, (12, 12))):
        scene(tmp_path, name=f"S2_{{}}_{metres}m.tif", descriptions=everything, pixel=metres, size=size)
    part = only_part(read(tmp_path))
    assert {os.path.basename(source.path) for source in part.bands.values()} == {"S2_20180704_10m.tif"}
    assert os.path.basename(part.masks[0].path) == "S2_20180704_20m.tif"


@pytest.mark.parametrize("suffix", [".tif", ".JP2"])
def test_one_file_a_band(tmp_path, suffix):
    write = write_jp2 if suffix == ".JP2" else write_raster
    for band in (*TEN_BANDS, "SCL"):
        write(tmp_path / f"T31UDS_20180704T105031_{band}_10m{suffix}", 100, size=(16, 16))
    part = only_part(read(tmp_path))
    assert os.path.basename(part.bands["B05"].path) == f"T31UDS_20180704T105031_B05_10m{suffix}"
    assert part.masks[0].title == SCL_TITLE


def test_one_file_a_band_named_by_colour_in_a_folder_a_date(tmp_path):
    words = "blue green red rededge1 rededge2 rededge3 nir nir08 swir16 swir22".split()
    for word in (*words, "scl"):
        write_raster(tmp_path / "S2A_31UDS_20180704_0_L2A" / f"{word}.tif", 1)
    part = only_part(read(tmp_path))
    assert [os.path.basename(part.bands[band].path) for band in TEN_BANDS] == [f"{word}.tif" for word in words]
    assert part.tile == "31UDS"


def test_a_safe_product_is_read_with_its_metadata(tmp_path):
    root = write_safe(tmp_path, baseline="0500", offset=-1000, quantification=10000)
    series = read(root)
    part = only_part(series)
    assert series.acquisitions[0].date == DAY
    assert part.name == os.path.basename(root)[: -len(".SAFE")]
    assert (part.tile, part.baseline, part.scale_open) == ("31UDS", "0500", False)
    assert part.bands["B04"].path.endswith("R10m/T31UDS_20180704T105031_B04_10m.jp2")
    assert part.bands["B11"].path.endswith("R20m/T31UDS_20180704T105031_B11_20m.jp2")
    assert part.masks[0].path.endswith("R20m/T31UDS_20180704T105031_SCL_20m.jp2")
    assert part.bands["B04"].scale == pytest.approx(1e-4)
    assert part.bands["B04"].offset == pytest.approx(-0.1)
    assert part.bands["B04"].nodata == 0
    assert any("product metadata" in note for note in series.notes)


def test_a_zipped_product_is_the_same_as_its_folder(tmp_path):
    root = write_safe(tmp_path / "a", baseline="0400", offset=-1000, suffix=".tif")
    (tmp_path / "b").mkdir()
    archive = zip_tree(root, tmp_path / "b" / "product.zip")
    folder, zipped = only_part(read(root)), only_part(read(archive))
    assert zipped.bands["B04"].path.startswith("/vsizip/")
    assert zipped.name == folder.name
    assert zipped.baseline == "0400"
    assert {name: (s.band, s.scale, s.offset) for name, s in zipped.bands.items()} == {
        name: (s.band, s.scale, s.offset) for name, s in folder.bands.items()
    }


@pytest.mark.parametrize("pattern", ["{day}_{band}", "{dashed} {band}", "{band}_{day}", "S2_{day}T105031_{band}"])
def test_a_stack_named_by_its_descriptions(tmp_path, pattern):
    layers = {
        pattern.format(day=day, dashed=f"{day[:4]}-{day[4:6]}-{day[6:]}", band=band): 1.0
        for day in ("20180714", "20180704")
        for band in (*TEN_BANDS, "SCL")
    }
    path = write_stack(tmp_path / "stack_2019-01-01.tif", layers, tags={"ACQUISITION_DATE": "2019-01-01"})
    series = read(path)
    assert [found.date for found in series.acquisitions] == [DAY, date(2018, 7, 14)]
    assert series.acquisitions[0].parts[0].bands["B02"].band == 12
    assert series.acquisitions[0].parts[0].masks == (scene_classification(path, 22),)
    assert series.acquisitions[1].parts[0].bands["B02"].band == 1
    assert "Sentinel-2 dates: band descriptions (1 file)." in series.notes


def test_one_stack_of_dates_a_band(tmp_path):
    for band in ("B04", "B08"):
        write_stack(tmp_path / f"{band}.tif", {"20180704": 1, "20180714": 1})
    series = read(tmp_path, bands=("B04", "B08"))
    assert [found.date.day for found in series.acquisitions] == [4, 14]
    assert [source.band for source in series.acquisitions[1].parts[0].bands.values()] == [2, 2]


def test_cloud_mask_files_belong_to_their_date(tmp_path):
    scene(tmp_path, descriptions=TEN_BANDS)
    path = write_raster(tmp_path / "20180704_cloudmask.tif", 1, dtype="uint8")
    assert only_part(read(tmp_path)).masks == (MaskSource(FLAG, path, 1, title="cloud mask"),)


def test_a_mask_without_a_tile_in_its_name_covers_the_tile_it_lies_on(tmp_path):
    scene(tmp_path, name="S2_T31UDS_{}T105031.tif", descriptions=TEN_BANDS)
    path = write_raster(tmp_path / "20180704_SCL.tif", 4, dtype="uint8", pixel=20, size=(4, 4))
    assert only_part(read(tmp_path)).masks == (scene_classification(path, 1),)


def test_a_mask_without_an_image_is_left_out(tmp_path):
    scene(tmp_path)
    write_raster(tmp_path / "20180714_SCL.tif", 4, dtype="uint8")
    series = read(tmp_path)
    assert len(series.acquisitions) == 1
    assert series.warnings == ("Masks without an image of their date were left out: 20180714_SCL.tif.",)


# Tiles and slices


def test_two_tiles_of_a_date_are_parts_of_one_acquisition(tmp_path):
    scene(tmp_path, name="S2_T31UES_{}T105031.tif", origin=(ORIGIN[0] + 80, ORIGIN[1]))
    scene(tmp_path, name="S2_T31UDS_{}T105031.tif")
    (found,) = read(tmp_path).acquisitions
    assert [part.tile for part in found.parts] == ["31UDS", "31UES"]


def test_two_places_without_tile_names_are_parts(tmp_path):
    scene(tmp_path, name="S2_{}_west.tif")
    scene(tmp_path, name="S2_{}_east.tif", origin=(ORIGIN[0] + 50, ORIGIN[1]))
    (found,) = read(tmp_path).acquisitions
    assert [part.name for part in found.parts] == ["S2_20180704_east.tif", "S2_20180704_west.tif"]


def test_two_passes_of_one_day_are_parts(tmp_path):
    scene(tmp_path, name="S2_T31UDS_{}T105031.tif")
    scene(tmp_path, name="S2_T31UDS_{}T110031.tif")
    (found,) = read(tmp_path).acquisitions
    assert len(found.parts) == 2


def test_the_same_place_and_date_twice_is_refused(tmp_path):
    scene(tmp_path, name="S2_T31UDS_{}.tif")
    scene(tmp_path, name="copy_of_S2_{}.tif", origin=(ORIGIN[0] + 30, ORIGIN[1]))
    text = refused(tmp_path)
    assert "S2_T31UDS_20180704.tif" in text and "copy_of_S2_20180704.tif" in text
    assert "2018-07-04" in text


def test_two_versions_of_a_product_are_refused_by_their_names(tmp_path):
    first = write_safe(tmp_path, baseline="0206", suffix=".tif")
    second = write_safe(tmp_path, baseline="0500", suffix=".tif")
    text = refused(tmp_path)
    for root in (first, second):
        assert os.path.basename(root)[: -len(".SAFE")] in text


# Dates


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


# Bands


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
    assert part.bands["B8A"] == part.bands["B08"]
    assert series.warnings == ("B8A is missing on 2 dates; B08 stands in for it.",)


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
    assert read(tmp_path).warnings == ("Files that name no band were left out: crop_codes.tif.",)


# Scale, offset and level


@pytest.mark.parametrize(
    "name, options, scale, offset, baseline, unknown",
    [
        ("S2_{}.tif", {}, 1e-4, 0.0, "", True),
        ("S2_20220301.tif", {}, 1e-4, 0.0, "", True),
        ("S2A_MSIL2A_{}T105031_N0208_R051_T31UDS_20180704T120000.tif", {}, 1e-4, 0.0, "0208", False),
        ("S2A_MSIL2A_{}T105031_N9999_R051_T31UDS_20180704T120000.tif", {}, 1e-4, 0.0, "9999", True),
        ("S2A_MSIL2A_{}T105031_N0500_R051_T31UDS_20230704T120000.tif", {}, 1e-4, -0.1, "0500", False),
        ("S2A_MSIL2A_20220301T105031_N0400_R051_T31UDS_20220704T120000.tif", {}, 1e-4, -0.1, "0400", False),
        ("S2_20220301.tif", {"dtype": "float32"}, 1.0, 0.0, "", True),
        ("S2_20220301.tif", {"scale": 2e-4, "offset": -0.2}, 2e-4, -0.2, "", False),
        ("S2_20220301.tif", {"tags": {"PROCESSING_BASELINE": "04.00"}}, 1e-4, -0.1, "0400", False),
    ],
)
def test_scale_and_offset_come_from_file_metadata_name_or_type(
    tmp_path, name, options, scale, offset, baseline, unknown
):
    scene(tmp_path, name=name, **options)
    part = only_part(read(tmp_path))
    source = part.bands["B04"]
    assert (source.scale, source.offset) == (pytest.approx(scale), pytest.approx(offset))
    assert (part.baseline, part.scale_open) == (baseline, unknown)


def test_scale_and_offset_can_be_given(tmp_path):
    scene(tmp_path, name="S2_20220301.tif", scale=2e-4)
    part = only_part(read(tmp_path, optical_scale=1e-3, optical_offset=-0.5))
    assert (part.bands["B04"].scale, part.bands["B04"].offset, part.scale_open) == (1e-3, -0.5, False)


@pytest.mark.parametrize("dtype", ["uint16", "float32"])
def test_a_scale_alone_leaves_the_offset_open(tmp_path, dtype):
    scene(tmp_path, name="S2_{}.tif", scale=1e-4, dtype=dtype)
    part = only_part(read(tmp_path))
    assert [(each.scale, each.offset) for each in part.candidates] == [(1e-4, 0.0), (1e-4, -0.1)]
    assert (part.origins.scale, part.origins.offset) == (METADATA, "")
    part = only_part(read(tmp_path, optical_offset=-0.1))
    assert (part.bands["B04"].scale, part.bands["B04"].offset, part.scale_open) == (1e-4, -0.1, False)


@pytest.mark.parametrize("name", ["clouds", "cloud_prob", "clear", "Fmask"])
def test_a_band_that_may_be_a_mask_and_is_not_used_is_named(tmp_path, name):
    write_raster(tmp_path / "S2_20180704.tif", 500, (*TEN_BANDS, name))
    notes = " ".join(read(tmp_path).notes)
    assert f"The band '{name}' of 1 Sentinel-2 date may be a cloud mask and is not used" in notes and "RECORDS" in notes


@pytest.mark.parametrize(
    "name, kind, threshold",
    [
        ("cs_cdf", CLEARNESS, 0.6),
        ("probability", PROBABILITY, 40),
        ("MSK_CLDPRB", PROBABILITY, 40),
        ("CLP", PROBABILITY, 102),
        ("oa_fmask", CLASSES, 0),
    ],
)
def test_masks_of_many_makers_are_known_by_their_names(tmp_path, name, kind, threshold):
    write_raster(tmp_path / "S2_20180704.tif", 500, (*TEN_BANDS, name, "QA60"))
    (mask,) = only_part(read(tmp_path)).masks
    assert (mask.kind, mask.threshold, mask.band) == (kind, threshold, 11)


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


def test_bands_packed_one_by_one_bring_their_offsets(tmp_path):
    write_raster(tmp_path / "S2_20180704_10m.tif", 1, BANDS_10M, scale=1e-4)
    write_raster(tmp_path / "S2_20180704_20m.tif", 1, BANDS_20M, scale=2e-4, pixel=20.0)
    part = only_part(read(tmp_path))
    assert (part.bands["B04"].scale, part.bands["B05"].scale, part.scale_open) == (1e-4, 2e-4, False)


def test_a_product_before_baseline_4_has_no_offset(tmp_path):
    part = only_part(read(write_safe(tmp_path, baseline="0208", quantification=5000, suffix=".tif")))
    assert (part.bands["B04"].scale, part.bands["B04"].offset) == (1 / 5000, 0.0)


def test_whole_numbers_without_metadata_leave_the_offset_open_in_any_year(tmp_path):
    scene(tmp_path, name="S2_{}.tif")
    part = only_part(read(tmp_path))
    assert [(each.scale, each.offset) for each in part.candidates] == [(1e-4, 0.0), (1e-4, -0.1)]
    assert (part.origins.scale, part.origins.offset) == (TYPE, "")


def test_decimal_numbers_may_be_reflectance_or_the_numbers_of_a_product(tmp_path):
    scene(tmp_path, name="S2_{}.tif", dtype="float32")
    part = only_part(read(tmp_path))
    found = [(each.scale, each.offset) for each in part.candidates]
    assert found == [(1.0, 0.0), (1e-4, 0.0), (1e-4, -0.1), (1.0, -0.1)]
    (settled,) = {
        (s.scale, s.offset) for s in only_part(read(tmp_path, optical_scale=1.0, optical_offset=0.0)).bands.values()
    }
    assert settled == (1.0, 0.0)


def test_a_file_whose_scaling_is_known_settles_the_others_of_its_scene(tmp_path):
    write_raster(tmp_path / "S2_20180704_10m.tif", 1, BANDS_10M, scale=1e-4, offset=-0.1)
    write_raster(tmp_path / "S2_20180704_20m.tif", 1, BANDS_20M, pixel=20.0)
    part = only_part(read(tmp_path))
    assert {source.offset for source in part.bands.values()} == {-0.1} and not part.scale_open
    assert part.origins.offset == METADATA


def test_bands_of_one_scene_with_scales_that_do_not_fit_together_are_refused(tmp_path):
    write_raster(tmp_path / "S2_20180704_10m.tif", 1, BANDS_10M, dtype="float32")
    write_raster(tmp_path / "S2_20180704_20m.tif", 1, BANDS_20M, scale=2e-4, pixel=20.0)
    assert "OPTICAL_SCALE, OPTICAL_OFFSET" in refused(tmp_path)


@pytest.mark.parametrize(
    "name, baseline, offset",
    [
        ("0212_R070", "0212", 0.0),
        ("0212_R013", "0212", 0.0),
        ("0214", "0214", 0.0),
        ("0400", "0400", -1000.0),
        ("0509", "0509", -1000.0),
    ],
)
def test_genuine_metadata_of_esa_is_read(real_data, name, baseline, offset):
    (path,) = real_data("zoo/esa_metadata").glob(f"*N{name}*/MTD_MSIL2A.xml")
    product = parse_product(str(path.parent), path.read_text(encoding="utf-8"))
    assert product.quantification == 10000
    assert product.offsets == ({} if not offset else dict.fromkeys(LEVEL_1C, offset))
    assert product.tags["PROCESSING_BASELINE"].replace(".", "") == baseline


def test_metadata_of_pilot_products_names_both_levels(tmp_path):
    document = (
        "<L1C_L2A_Quantification_Values_List>"
        '<L1C_TOA_QUANTIFICATION_VALUE unit="none">5000</L1C_TOA_QUANTIFICATION_VALUE>'
        '<L2A_BOA_QUANTIFICATION_VALUE unit="none">10000</L2A_BOA_QUANTIFICATION_VALUE>'
        '<L2A_AOT_QUANTIFICATION_VALUE unit="none">1000.0</L2A_AOT_QUANTIFICATION_VALUE>'
        "</L1C_L2A_Quantification_Values_List>"
    )
    assert parse_product("folder", document).quantification == 10000


def test_one_s_own_sen2cor_without_offsets_has_none(tmp_path):
    part = only_part(read(write_safe(tmp_path, "20230704T105031", baseline="9999", suffix=".tif")))
    assert {source.offset for source in part.bands.values()} == {0.0} and not part.scale_open
    assert part.origins.offset == METADATA


def test_8_bit_pictures_are_refused(tmp_path):
    scene(tmp_path, dtype="uint8")
    assert "8-bit pictures, not reflectance: S2_20180704.tif" in refused(tmp_path)


@pytest.mark.parametrize("name", ["S2A_MSIL1C_20180704T105031_N0206_R051_T31UDS_20180704T120000.tif", "S2_L1C_{}.tif"])
def test_level_1c_is_refused_or_warned_of(tmp_path, name):
    scene(tmp_path, name=name)
    assert "Level-1C products" in refused(tmp_path) and '"Accept Level-1C"' in refused(tmp_path)
    series = read(tmp_path, allow_level1c=True)
    assert len(series.acquisitions) == 1
    assert series.warnings[0].startswith("Level-1C (top of the atmosphere) is used")


def test_a_level_1c_safe_is_named_once(tmp_path):
    root = write_safe(tmp_path, level="1C", suffix=".tif")
    text = refused(root)
    assert text.count(os.path.basename(root)[: -len(".SAFE")]) == 1


# Broken files


def test_broken_files_are_all_named_with_the_way_out(tmp_path):
    noise = np.random.default_rng(1).integers(0, 9999, (10, 200, 200)).astype("uint16")
    for day in ("20180704", "20180714"):
        write_raster(tmp_path / f"S2_{day}.tif", noise, TEN_BANDS)
    truncate(tmp_path / "S2_20180714.tif", 0.7)
    (tmp_path / "S2_20180724.tif").write_bytes(b"II*\0")
    text = refused(tmp_path)
    assert "2 files cannot be read: S2_20180714.tif (cut short), S2_20180724.tif (cannot be opened:" in text
    assert '"Leave out files that cannot be read" (SKIP_BROKEN)' in text
    series = read(tmp_path, skip_broken=True)
    assert [found.date for found in series.acquisitions] == [DAY]
    assert series.skipped[0] == "S2_20180714.tif (cut short)"
    assert series.skipped[1].startswith("S2_20180724.tif (cannot be opened:")
    assert "2 broken files left out" in series.warnings[0]


def test_a_broken_20_m_file_takes_its_date_and_tile_along(tmp_path):
    for tile, shift in (("31UDS", 0), ("31UES", 80)):
        where = {"origin": (ORIGIN[0] + shift, ORIGIN[1])}
        scene(tmp_path, name=f"S2_T{tile}_{{}}_10m.tif", descriptions=BANDS_10M, **where)
        scene(tmp_path, name=f"S2_T{tile}_{{}}_20m.tif", descriptions=BANDS_20M, pixel=20, size=(4, 4), **where)
    (tmp_path / "S2_T31UES_20180704_20m.tif").write_bytes(b"")
    assert only_part(read(tmp_path, skip_broken=True)).tile == "31UDS"


def test_nothing_left_after_skipping_is_refused(tmp_path):
    (tmp_path / "S2_20180704.tif").write_bytes(b"")
    assert "Every Sentinel-2 acquisition" in refused(tmp_path, skip_broken=True)


# Which files


def test_files_of_other_sensors_are_passed_over(tmp_path):
    scene(tmp_path)
    write_raster(tmp_path / "S1_ASC_20180704.tif", [-10.5, -17.5], ("VV", "VH"))
    write_raster(tmp_path / "LC08_20180704.tif", 1, ("B4",))
    (tmp_path / "S1_ASC_20180710.tif").write_bytes(b"")
    series = read(tmp_path)
    assert len(series.acquisitions) == 1
    assert series.warnings == ()


def test_a_folder_without_the_sensor_is_refused(tmp_path):
    write_raster(tmp_path / "S1_ASC_20180704.tif", [-10.5, -17.5], ("VV", "VH"))
    text = refused(tmp_path)
    assert f"No Sentinel-2 raster lies in {tmp_path}" in text
    assert "S1_ASC_20180704.tif" in text


def test_files_without_a_place_are_refused(tmp_path):
    scene(tmp_path, epsg=None)
    assert "no place on the map: S2_20180704.tif" in refused(tmp_path, skip_broken=True)


def test_the_order_of_files_changes_nothing(tmp_path):
    for day in ("20180704", "20180714", "20180724"):
        scene(tmp_path, day, name="S2_{}_10m.tif", descriptions=BANDS_10M)
        scene(tmp_path, day, name="S2_{}_20m.tif", descriptions=BANDS_20M, pixel=20, size=(4, 4))
    paths = sorted(tmp_path.iterdir())
    shuffled = [paths[index] for index in (3, 0, 5, 1, 4, 2)]
    assert read(*paths) == read(*shuffled) == read(tmp_path)


def test_reading_leaves_the_folder_as_it_was(tmp_path):
    root = write_safe(tmp_path)
    before = sorted(str(path) for path in tmp_path.rglob("*"))
    read(root)
    assert sorted(str(path) for path in tmp_path.rglob("*")) == before


def test_cancelling_stops_between_files(tmp_path):
    class Impatient(Feedback):
        def cancelled(self):
            return True

    scene(tmp_path)
    with pytest.raises(Cancelled):
        read(tmp_path, feedback=Impatient())


# Real files


def test_the_flanders_series(real_data):
    series = read(real_data("flanders_2018") / "sentinel2")
    assert len(series.acquisitions) == 118
    assert (series.acquisitions[0].date, series.acquisitions[-1].date) == (date(2017, 8, 4), date(2018, 11, 27))
    assert {len(found.parts) for found in series.acquisitions} == {1}
    part = series.acquisitions[0].parts[0]
    assert part.tile == "31UDS"
    assert part.bands["B8A"].band == 4 and part.bands["B8A"].path.endswith("_20m.tif")
    assert part.masks[0].title == SCL_TITLE and part.masks[0].band == 7
    assert series.warnings == ()


def test_the_belgian_stack(real_data):
    folder = real_data("belgium_2021_stack")
    series = read(folder, substitutes={"B8A": "B08"})
    assert [found.date for found in series.acquisitions][:2] == [date(2020, 11, 1), date(2020, 12, 1)]
    assert len(series.acquisitions) == 12
    part = series.acquisitions[1].parts[0]
    assert part.bands["B8A"] == part.bands["B08"]
    assert part.bands["B02"].band == 10 and part.bands["B02"].nodata == 65535
    assert series.warnings == ("B8A is missing on 12 dates; B08 stands in for it.",)
    assert "B8A cannot be found on all 12 dates" in refused(folder)
