"""Sentinel-2 files as analysts have them: layouts, tiles and slices to acquisitions."""

from __future__ import annotations

import os
from datetime import date

import pytest

from crop_attention.engine.series.acquisition import (
    FLAG,
    BandSource,
    MaskSource,
)
from crop_attention.engine.series.recognise.masking import SCL_TITLE
from rasters import (
    BANDS_10M,
    BANDS_20M,
    ORIGIN,
    TEN_BANDS,
    write_jp2,
    write_raster,
    write_safe,
    write_stack,
    zip_tree,
)
from season_files import scene_classification
from sentinel2_scenes import DAY, only_part, read, refused, scene


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
    assert series.warnings == ("Masks without an acquisition of their date were left out: 20180714_SCL.tif.",)


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
    assert series.warnings == ("B8A is missing on 12 dates; B08 is used instead.",)
    assert "B8A cannot be found on all 12 dates" in refused(folder)
