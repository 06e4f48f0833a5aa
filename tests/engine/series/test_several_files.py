"""What several files of a series tell together, and what lies beside a file."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from crop_attention.engine.errors import SeriesError
from crop_attention.engine.feedback import Feedback
from crop_attention.engine.options import SeriesOptions
from crop_attention.engine.series.acquisition import NAME
from crop_attention.engine.series.inputs import SeriesInputs
from crop_attention.engine.series.preprocessing.prepare import prepare
from distributor_files import BOTH, DAY, OPEN, candidates, part_of, put, refused, series_of
from rasters import ORIGIN, TEN_BANDS, write_raster
from season_files import START, card, cube_of


def test_periods_are_dated_by_their_middle(tmp_path):
    for first, last in (("2018-06-21", "2018-06-27"), ("2018-06-28", "2018-07-04"), ("2018-07-05", "2018-07-11")):
        write_raster(tmp_path / f"s2-weekly_{first}_{last}_mean.tif", [500] * 10, TEN_BANDS)
    series = series_of(tmp_path)
    assert [found.date.day for found in series.acquisitions] == [24, 1, 8]
    assert any("of a period: dated by its middle" in note for note in series.notes)


@pytest.mark.parametrize("text", ["04Jul2018", "04-07-2018", "04072018", "17-07-2018"])
def test_files_dated_day_first_are_refused_with_both_ways_out(tmp_path, text):
    write_raster(tmp_path / f"S2_{text}.tif", [500] * 10, TEN_BANDS)
    assert text in refused(tmp_path)


def test_a_spelled_month_leaves_nothing_open_in_band_descriptions(tmp_path):
    write_raster(tmp_path / "S2.tif", [500] * 10, [f"{band}_04Jul2018" for band in TEN_BANDS])
    assert [found.date for found in series_of(tmp_path).acquisitions] == [DAY]


def test_products_of_one_pass_that_fill_each_other_are_joined(tmp_path):
    left = np.zeros((10, 8, 8))
    left[:, :, :4] = 500
    for number, values in enumerate((left, np.where(left > 0, 0, 700))):
        name = f"S2A_MSIL2A_20180704T105031_N0214_R051_T31UDS_2018070{4 + number}T155417.tif"
        write_raster(tmp_path / name, values, TEN_BANDS)
    series = series_of(tmp_path)
    (found,) = series.acquisitions
    assert len(found.parts) == 2 and any("fill each other are joined" in note for note in series.notes)


@pytest.mark.parametrize("factor, joined", [(1.0, True), (1.03, True), (1.5, False)])
def test_products_that_overlap_are_joined_where_they_show_the_same_and_each_more(tmp_path, factor, joined):
    ground = np.tile(np.arange(500, 580).reshape(1, 8, 10), (10, 1, 1))
    for number, (shown, brighter) in enumerate(((slice(0, 7), 1.0), (slice(3, 10), factor))):
        values = np.zeros(ground.shape)
        values[:, :, shown] = brighter * ground[:, :, shown]
        write_raster(tmp_path / f"S2A_31UDS_20180704_{number}_L2A.tif", values, TEN_BANDS)
    if joined:
        (found,) = series_of(tmp_path).acquisitions
        assert len(found.parts) == 2
    else:
        assert "Two files show the same bands" in refused(tmp_path)


def test_a_copy_is_refused_though_it_shows_the_same(tmp_path):
    for name in ("S2_20180704.tif", "S2_20180704_copy.tif"):
        write_raster(tmp_path / name, [500] * 10, TEN_BANDS)
    assert "Two files show the same bands" in refused(tmp_path)


def test_two_tiles_of_a_day_that_one_file_holds_as_two_times_are_joined(tmp_path):
    values = np.full((20, 8, 8), np.nan)
    values[:10, :, :5], values[10:, :, 3:] = 0.2, 0.2
    write_raster(tmp_path / "S2.tif", values, [f"{band}_20180704" for band in TEN_BANDS] * 2, dtype="float32")
    (found,) = series_of(tmp_path).acquisitions
    assert [part.bands["B02"].band for part in found.parts] == [1, 11]


def test_files_of_one_date_at_two_places_are_named_as_such(tmp_path):
    for day in ("20180704", "20180709"):
        write_raster(tmp_path / f"S2_L2A_{day}_10m.tif", [500] * 4, TEN_BANDS[:4])
        place = (ORIGIN[0] + 300_000 * (day == "20180709"), ORIGIN[1])
        write_raster(tmp_path / f"S2_L2A_{day}_20m.tif", [500] * 6, TEN_BANDS[4:], origin=place)
    said = refused(tmp_path)
    assert "files of 2018-07-09 that together hold the bands do not lie at one place" in said
    assert "S2_L2A_20180709_10m.tif, S2_L2A_20180709_20m.tif" in said and "cannot be found" not in said


def test_files_of_one_name_are_told_apart_by_their_folders(tmp_path):
    for folder in ("a1b2", "c3d4"):
        write_raster(tmp_path / folder / "response.tiff", [500] * 10, TEN_BANDS)
    said = refused(tmp_path)
    assert "a1b2/response.tiff" in said and "c3d4/response.tiff" in said


def test_an_answer_of_sentinel_hub_is_read_with_its_request(tmp_path):
    script = "function evaluatePixel(sample) {{ return [{}]; }}".format(
        ", ".join(f"10000 * sample.{b}" for b in TEN_BANDS)
    )
    for folder, day in (("a1b2", "2018-07-04"), ("c3d4", "2018-07-09")):
        write_raster(tmp_path / folder / "response.tiff", [500] * 10)
        span = f'{{"from": "{day}T00:00:00Z", "to": "{day}T23:59:59Z"}}'
        data = f'[{{"dataFilter": {{"timeRange": {span}}}, "type": "sentinel-2-l2a"}}]'
        request = f'{{"request": {{"payload": {{"input": {{"data": {data}}}, "evalscript": "{script}"}}}}}}'
        (tmp_path / folder / "request.json").write_text(request, encoding="utf-8")
    series = series_of(tmp_path)
    assert [found.date for found in series.acquisitions] == [DAY, date(2018, 7, 9)]
    (part,) = series.acquisitions[0].parts
    assert part.bands["B12"].band == 10 and not part.order_open and candidates(part) == OPEN


@pytest.mark.parametrize("ending", ["_mask", "_valid", "_10m_mask"])
def test_a_mask_beside_each_band_is_left_out_and_named(tmp_path, ending):
    put(tmp_path, "20180704_{}.tif")
    put(tmp_path, f"20180704_{{}}{ending}.tif", value=1)
    series = series_of(tmp_path)
    assert len(series.acquisitions) == 1
    assert any(f"20180704_B02{ending}.tif" in warning for warning in series.warnings)


@pytest.mark.parametrize("ending", ["_mask", "_valid"])
def test_bands_that_were_cut_by_a_mask_and_say_so_are_bands(tmp_path, ending):
    put(tmp_path, f"20180704_{{}}{ending}.tif")
    assert len(series_of(tmp_path).acquisitions) == 1


def test_a_mask_beside_its_band_in_one_file_is_no_second_band(tmp_path):
    write_raster(tmp_path / "S2_20180704.tif", [500] * 11, [*TEN_BANDS, "B04_mask"])
    assert part_of(tmp_path).bands["B04"].band == 1 + TEN_BANDS.index("B04")


def test_one_mask_of_data_without_a_date_is_left_out_and_named(tmp_path):
    write_raster(tmp_path / "S2_20180704.tif", [500] * 10, TEN_BANDS)
    write_raster(tmp_path / "dataMask.tif", 1, dtype="uint8")
    series = series_of(tmp_path)
    assert len(series.acquisitions) == 1 and any("dataMask.tif" in warning for warning in series.warnings)


def test_a_map_of_our_own_is_no_series(tmp_path):
    write_raster(tmp_path / "S2_20180704.tif", [500] * 10, TEN_BANDS)
    write_raster(tmp_path / "S2_20180704_B04_map.tif", 3, dtype="uint8", tags={"CROP_ATTENTION_VERSION": "0.1.0"})
    series = series_of(tmp_path)
    assert len(series.acquisitions) == 1 and any("S2_20180704_B04_map.tif" in warning for warning in series.warnings)


def test_two_tiles_of_a_date_keep_their_own_open_questions(tmp_path):
    name = "S2A_MSIL2A_20180704T105031_N0500_R051_T31UDS_20230712T140102.tif"
    write_raster(tmp_path / name, [1500] * 10, TEN_BANDS)
    write_raster(tmp_path / "T31UES_20180704T105031.tif", [1500] * 10, TEN_BANDS, origin=(600_000.0, 5_600_000.0))
    (found,) = series_of(tmp_path).acquisitions
    assert {(part.tile, part.origins.offset, part.scale_open) for part in found.parts} == {
        ("31UDS", NAME, False),
        ("31UES", "", True),
    }


def test_one_of_several_outputs_of_sentinel_hub_is_dated_by_its_request(tmp_path):
    span = '{"from": "2018-07-04T00:00:00Z", "to": "2018-07-04T23:59:59Z"}'
    request = f'{{"request": {{"payload": {{"input": {{"data": [{{"dataFilter": {{"timeRange": {span}}}}}]}}}}}}}}'
    write_raster(tmp_path / "a1b2/default.tif", [500] * 10, TEN_BANDS)
    write_raster(tmp_path / "a1b2/dataMask.tif", 1, dtype="uint8")
    (tmp_path / "a1b2/request.json").write_text(request, encoding="utf-8")
    (found,) = series_of(tmp_path).acquisitions
    assert found.date == DAY and [mask.title for mask in found.parts[0].masks] == ["dataMask"]


def test_files_named_by_date_are_no_answers_of_the_request_of_a_season_beside_them(tmp_path):
    span = '{"from": "2018-01-01T00:00:00Z", "to": "2018-12-31T23:59:59Z"}'
    request = f'{{"payload": {{"input": {{"data": [{{"dataFilter": {{"timeRange": {span}}}}}]}}}}}}'
    write_raster(tmp_path / "S2_20180704.tif", [500] * 10, TEN_BANDS)
    (tmp_path / "request.json").write_text(request, encoding="utf-8")
    assert [found.date for found in series_of(tmp_path).acquisitions] == [DAY]


@pytest.mark.parametrize("beside", [True, False])
def test_where_sentinel_hub_has_no_data_nothing_is_read_and_clouds_are_found_by_brightness(tmp_path, beside):
    numbers = np.full((10, 8, 8), 400.0) + 10 * np.arange(10).reshape(10, 1, 1)
    numbers[:, 4:6, 4:6] = 4000 + 10 * np.arange(10).reshape(10, 1, 1)
    known = np.ones((1, 8, 8))
    known[:, :, :2] = 0
    if beside:
        write_raster(tmp_path / "2018-07-04/S2.tif", numbers, TEN_BANDS)
        write_raster(tmp_path / "2018-07-04/dataMask.tif", known, dtype="uint8")
    else:
        write_raster(tmp_path / "S2_20180704.tif", np.concatenate([numbers, known]), (*TEN_BANDS, "dataMask"))
    series = series_of(tmp_path, optical_scale=1e-4, optical_offset=0)
    (look,) = series.acquisitions
    assert any("dataMask in 1 scene" in note and "no cloud mask in 1 scene" in note for note in series.notes)
    series = replace(series, acquisitions=(replace(look, date=START),))
    valid = cube_of(series, options=SeriesOptions(cloud_margin=0)).s2_valid.any(axis=0)
    assert not valid[:, :2].any() and not valid[4:6, 4:6].any() and valid.sum() == 48 - 4


def test_masks_that_leave_nothing_are_blamed_and_not_the_scale(tmp_path):
    name = f"S2_{START:%Y%m%d}.tif"
    write_raster(tmp_path / name, [500] * 10 + [0], (*TEN_BANDS, "dataMask"))
    asked = (SeriesInputs((str(tmp_path),), ()), card(), SeriesOptions(), START, None, Feedback())
    with pytest.raises(SeriesError, match="nothing but cloud, shadow or missing pixels.*check masks"):
        prepare(*asked)


def test_a_data_mask_among_polarisations_makes_no_optical_file(tmp_path):
    write_raster(tmp_path / "S2_20180704.tif", [500] * 10, TEN_BANDS)
    write_raster(tmp_path / "S1_20180704.tif", [-10.5, -17, 1], ["VV", "VH", "dataMask"])
    assert not any("S1_20180704" in warning for warning in series_of(tmp_path).warnings)
    assert len(series_of(tmp_path, BOTH).acquisitions) == 1
