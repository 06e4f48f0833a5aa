"""Days as people write them in names: spelled, Chinese, unpadded, day first, stated of each band."""

from __future__ import annotations

from datetime import date

import pytest
from osgeo import gdal

from crop_attention.engine.series.recognise import dates
from distributor_files import DAY, part_of, refused, series_of
from rasters import TEN_BANDS, write_raster


@pytest.mark.parametrize(
    "text",
    [
        "S2_2018Jul04",
        "2018-July-04",
        "S2_Jul_04_2018",
        "S2_2018年07月04日",
        "哨兵2号_2018年7月4日",
        "S2_2018-7-4",
        "S2 2018.7.4 B04",
    ],
)
def test_days_that_can_mean_one_day_alone_are_read(text):
    assert dates.stamp_in(text) == dates.Stamp(DAY)


@pytest.mark.parametrize("text", ["S2_Jul2018", "2018_July_B04", "2018_July_10m_B04", "S2_2018年7月"])
def test_spelled_months_are_dated_by_their_middle(text):
    assert dates.stamp_in(text) == dates.Stamp(date(2018, 7, 16), days=31)


@pytest.mark.parametrize("text", ["summary2018", "decadal_2018", "S2_2018_3_4", "S2_2018-13-4", "S2_2018-7-40"])
def test_texts_that_only_resemble_them_are_no_dates(text):
    assert dates.stamp_in(text) is None


def test_the_order_of_day_and_month_in_descriptions_is_known_where_one_of_them_tells(tmp_path):
    texts = [f"{band}_{day}-07-2018" for day in ("04", "24") for band in TEN_BANDS]
    write_raster(tmp_path / "S2.tif", [500] * 20, texts)
    assert [found.date for found in series_of(tmp_path).acquisitions] == [DAY, date(2018, 7, 24)]


def test_the_order_of_day_and_month_is_asked_where_no_name_tells(tmp_path):
    for text in ("04-07-2018", "09-08-2018"):
        write_raster(tmp_path / f"S2_{text}.tif", [500] * 10, TEN_BANDS)
    said = refused(tmp_path)
    assert "S2_04-07-2018.tif holds 04-07-2018, whose day and month may be in either order" in said
    assert "{dmy} or {mdy}" in said


@pytest.mark.parametrize("texts", [("2018_doy185", "2018-doy-200"), ("doy2018185", "DOY_2018200")])
def test_days_of_the_year_may_be_called_so(tmp_path, texts):
    for text in texts:
        write_raster(tmp_path / f"S2_{text}.tif", [500] * 10, TEN_BANDS)
    assert [found.date for found in series_of(tmp_path).acquisitions] == [DAY, date(2018, 7, 19)]


@pytest.mark.parametrize("tag", ["time_coverage_start", "acquired"])
def test_tags_of_the_start_of_what_was_seen_date_a_file(tmp_path, tag):
    write_raster(tmp_path / "s2_a.tif", [500] * 10, TEN_BANDS, tags={tag: "2018-07-04T10:50:31Z"})
    assert [found.date for found in series_of(tmp_path).acquisitions] == [DAY]


@pytest.mark.parametrize("folder", ["2018-07-04/T31UDS", "31UDS/20180704/S2A/L2A", "2018-07-04/S2B/R10m"])
def test_folders_between_the_date_and_the_bands_may_name_tile_and_satellite(tmp_path, folder):
    for band in TEN_BANDS:
        write_raster(tmp_path / folder / f"{band}.tif", 500)
    assert part_of(tmp_path).bands["B04"].nodata is None


def test_the_day_that_terra_states_of_each_layer_is_its_date(tmp_path):
    for band in TEN_BANDS:
        path = write_raster(tmp_path / f"{band}.tif", [500] * 2, (f"{band}_1", f"{band}_2"), dtype="float32")
        target = gdal.Open(path, gdal.GA_Update)
        for number, day in enumerate(("2018-07-04", "2018-07-14T10:50:31"), 1):
            target.GetRasterBand(number).SetMetadataItem("DATE_TIME", day)
        target = None
    found = series_of(tmp_path).acquisitions
    assert [each.date for each in found] == [DAY, date(2018, 7, 14)]
    assert [each.parts[0].bands["B08"].band for each in found] == [1, 2]
