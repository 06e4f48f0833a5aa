"""Sentinel-1 files as analysts have them, to acquisitions; and what is refused."""

from __future__ import annotations

import os
from datetime import date, timedelta

import pytest

from crop_attention.engine.errors import SeriesError
from crop_attention.engine.feedback import Feedback
from crop_attention.engine.options import SeriesOptions
from crop_attention.engine.series.acquisition import S1, BandSource
from crop_attention.engine.series.recognise.series import read_series
from rasters import ORIGIN, TEN_BANDS, write_raster, write_stack

BOTH = ("VV", "VH")
PRODUCT = "S1A_IW_GRDH_1SDV_20180705T173211_20180705T173236_022660_02748A_63E1"


def read(*paths, bands=BOTH, **options):
    return read_series([str(path) for path in paths], S1, bands, {}, SeriesOptions(**options), Feedback())


def refused(*paths, **options):
    with pytest.raises(SeriesError) as caught:
        read(*paths, **options)
    return str(caught.value)


def scene(folder, name, descriptions=BOTH, **options):
    return write_raster(folder / name, [-10.5, -17.5][: len(descriptions)], descriptions, **options)


def tracks(series):
    return [(found.date.isoformat(), found.track) for found in series.acquisitions]


def test_both_polarisations_in_one_file(tmp_path):
    path = scene(tmp_path, "S1_ASC_20180704T173211.tif", ("VH", "VV"), nodata=-9999)
    (found,) = read(tmp_path).acquisitions
    assert found.date == date(2018, 7, 4)
    assert found.track == f"ASC+{date(2018, 7, 4).toordinal() % 6}"
    (part,) = found.parts
    assert part.bands == {"VV": BandSource(path, 2, -9999), "VH": BandSource(path, 1, -9999)}
    assert part.masks == ()


@pytest.mark.parametrize(
    "pattern",
    ["S1_ASC_20180704_{}.tif", "20180704T173211/{}.TIF", f"{PRODUCT}_{{}}.tif", "VV_or_not/S1_20180704-{}.tif"],
)
def test_one_file_a_polarisation(tmp_path, pattern):
    paths = [write_raster(tmp_path / pattern.format(band), -10.5, dtype="float32") for band in BOTH]
    (found,) = read(tmp_path).acquisitions
    assert [source.path for source in found.parts[0].bands.values()] == paths


def test_a_stack_named_by_its_descriptions(tmp_path):
    layers = {f"{day}_{band}": -10.5 for day in ("20180710_ASC", "20180704_ASC", "20180705_DESC") for band in BOTH}
    path = write_stack(tmp_path / "s1.tif", layers)
    series = read(path)
    assert [(day, track[:4]) for day, track in tracks(series)] == [
        ("2018-07-04", "ASC+"),
        ("2018-07-05", "DESC"),
        ("2018-07-10", "ASC+"),
    ]
    assert series.acquisitions[0].parts[0].bands["VV"].band == 3


def test_names_give_the_order_of_undescribed_bands(tmp_path):
    write_raster(tmp_path / "S1_ASC_20180704_VH_VV.tif", [-17.5, -10.5])
    series = read(tmp_path)
    assert series.acquisitions[0].parts[0].bands["VV"].band == 2
    assert series.warnings == ()


def test_the_order_of_two_undescribed_bands_is_left_to_their_numbers(tmp_path):
    write_raster(tmp_path / "S1_ASC_20180704.tif", [-10.5, -17.5])
    series = read(tmp_path)
    (part,) = series.acquisitions[0].parts
    assert part.order_open and part.origins.bands == ""
    assert [each.bands["VH"].band for each in part.arrangements] == [2, 1]
    assert any("VV, VH: only their values can decide" in note for note in series.notes)


def test_three_undescribed_bands_are_refused(tmp_path):
    write_raster(tmp_path / "S1_ASC_20180704.tif", [-10.5, -17.5, 7.5])
    assert "S1_ASC_20180704.tif (3 bands)" in refused(tmp_path)


def test_a_ratio_or_angle_beside_the_polarisations_is_ignored(tmp_path):
    write_raster(tmp_path / "S1_ASC_20180704.tif", [-10.5, -17.5, 7.5, 38.5], ("VV", "VH", "VV-VH", "angle"))
    assert set(read(tmp_path).acquisitions[0].parts[0].bands) == set(BOTH)


# Passes and tracks


def test_an_official_name_gives_the_relative_orbit_and_the_hour_the_pass(tmp_path):
    scene(tmp_path, f"{PRODUCT}_gamma0.tif")
    assert tracks(read(tmp_path)) == [("2018-07-05", "ASC-13")]


def test_the_pass_is_told_by_the_local_hour(tmp_path):
    scene(tmp_path, "S1_20180704T055011.tif")
    scene(tmp_path, "S1_20180704T173211.tif")
    assert [track[:4] for _, track in tracks(read(tmp_path))] == ["ASC+", "DESC"]


def test_the_local_hour_depends_on_the_longitude(tmp_path):
    # 22 h UTC is early morning in eastern Australia (zone 56) and afternoon in California (zone 11).
    scene(tmp_path / "a", "S1_20180704T200011.tif", epsg=32756)
    scene(tmp_path / "b", "S1_20180704T015011.tif", epsg=32611)
    assert tracks(read(tmp_path / "a"))[0][1].startswith("DESC")
    assert tracks(read(tmp_path / "b"))[0][1].startswith("ASC")


def test_a_tag_gives_the_pass(tmp_path):
    scene(tmp_path, "S1_20180704.tif", tags={"ORBIT_PASS": "DESCENDING", "RELATIVE_ORBIT": "110"})
    assert tracks(read(tmp_path)) == [("2018-07-04", "DESC-110")]


def test_both_passes_of_a_day_stay_apart(tmp_path):
    for name in ("S1_ASC_20180704.tif", "S1_DESC_20180704.tif"):
        scene(tmp_path, name)
    series = read(tmp_path)
    assert len(series.acquisitions) == 2
    assert len({found.track for found in series.acquisitions}) == 2


def test_a_track_comes_back_every_six_or_twelve_days(tmp_path):
    start = date(2018, 7, 4)
    for days in (0, 5, 6, 12, 17, 24):
        scene(tmp_path, f"S1_ASC_{start + timedelta(days=days):%Y%m%d}.tif")
    found = [track for _, track in tracks(read(tmp_path))]
    assert found[0] == found[2] == found[3] == found[5]
    assert found[1] == found[4] != found[0]


def test_an_orbit_that_names_give_to_dates_it_cannot_have_is_not_believed(tmp_path):
    start, every = date(2018, 7, 4), (0, 5, 6, 11, 12, 17, 18, 23)
    for days in every:
        day = f"{start + timedelta(days=days):%Y%m%d}"
        scene(tmp_path / "one", f"S1A_IW_GRDH_1SDV_{day}T174045_{day}T174110_022651_027441_1AF8.tif")
    series = read(tmp_path / "one")
    assert len({track for _, track in tracks(series)}) == 2
    assert any("dates that one orbit cannot have" in note for note in series.notes)
    for days in every[::2]:
        day = f"{start + timedelta(days=days):%Y%m%d}"
        scene(tmp_path / "other", f"S1A_IW_GRDH_1SDV_{day}T174045_{day}T174110_022651_027441_1AF8.tif")
    assert {track for _, track in tracks(read(tmp_path / "other"))} == {"ASC-4"}


def test_an_unknown_pass_is_warned_of(tmp_path):
    scene(tmp_path, "S1_20180704.tif")
    series = read(tmp_path)
    assert series.acquisitions[0].track == f"?+{date(2018, 7, 4).toordinal() % 6}"
    assert "The pass of 1 Sentinel-1 acquisition is unknown" in series.warnings[0]


def test_monthly_composites_are_one_track(tmp_path):
    for month in range(1, 13):
        scene(tmp_path, f"S1_2018{month:02}01.tif")
    series = read(tmp_path)
    assert {found.track for found in series.acquisitions} == {"?"}
    assert series.warnings == ()
    assert any("composites" in note for note in series.notes)


# Slices and duplicates


def test_slices_of_one_pass_are_parts_of_one_acquisition(tmp_path):
    scene(tmp_path, "S1_ASC_20180704T173236.tif", origin=(ORIGIN[0], ORIGIN[1] + 60))
    scene(tmp_path, "S1_ASC_20180704T173211.tif")
    (found,) = read(tmp_path).acquisitions
    assert [part.name for part in found.parts] == ["S1_ASC_20180704T173211.tif", "S1_ASC_20180704T173236.tif"]


def test_the_same_pass_twice_is_refused(tmp_path):
    scene(tmp_path, "S1_ASC_20180704.tif")
    scene(tmp_path, "S1_ASC_20180704_copy.tif")
    text = refused(tmp_path)
    assert "S1_ASC_20180704.tif and S1_ASC_20180704_copy.tif (2018-07-04, VH, VV)" in text


# What is lacking


def test_a_lost_polarisation_is_named_with_its_date(tmp_path):
    scene(tmp_path, "S1_ASC_20180704.tif")
    scene(tmp_path, "S1_ASC_20180710.tif", ("VV",))
    assert "Sentinel-1 lacks VH on 2018-07-10 (files S1_ASC_20180710.tif)" in refused(tmp_path)


def test_a_polarisation_lacking_everywhere_is_said_so(tmp_path):
    for day in ("20180704", "20180710"):
        scene(tmp_path, f"S1_ASC_{day}.tif", ("VV",))
    assert "Every Sentinel-1 acquisition lacks VH" in refused(tmp_path)
    assert len(read(tmp_path, bands=("VV",)).acquisitions) == 2


def test_uncalibrated_numbers_are_refused(tmp_path):
    write_raster(tmp_path / "S1_ASC_20180704.tif", [100, 50], BOTH, dtype="uint16")
    assert "uncalibrated digital numbers: S1_ASC_20180704.tif" in refused(tmp_path)


def test_scaled_integers_are_read_with_their_scale(tmp_path):
    write_raster(tmp_path / "S1_ASC_20180704.tif", [-1050, -1750], BOTH, dtype="int16", scale=0.01)
    source = read(tmp_path).acquisitions[0].parts[0].bands["VV"]
    assert (source.scale, source.offset) == (0.01, 0.0)


def test_files_without_a_date_are_named_with_an_example(tmp_path):
    scene(tmp_path, "S1_ASC_a.tif")
    scene(tmp_path, "S1_ASC_b.tif")
    text = refused(tmp_path)
    assert "S1_ASC_a.tif, S1_ASC_b.tif" in text and "S1_ASC_20180704T173211_VV_VH.tif" in text


def test_broken_files_are_skipped_on_request(tmp_path):
    scene(tmp_path, "S1_ASC_20180704.tif")
    (tmp_path / "S1_ASC_20180710.tif").write_bytes(b"MM")
    assert "S1_ASC_20180710.tif" in refused(tmp_path)
    series = read(tmp_path, skip_broken=True)
    assert len(series.acquisitions) == 1 and len(series.skipped) == 1


def test_sentinel2_files_are_passed_over(tmp_path):
    scene(tmp_path, "S1_ASC_20180704.tif")
    write_raster(tmp_path / "20180704.tif", 1, TEN_BANDS)
    write_raster(tmp_path / "20180705.tif", [1] * 10)
    series = read(tmp_path)
    assert len(series.acquisitions) == 1 and series.warnings == ()


def test_a_folder_without_the_sensor_is_refused(tmp_path):
    write_raster(tmp_path / "S2_20180704.tif", 1, TEN_BANDS)
    assert "No Sentinel-1 raster lies in" in refused(tmp_path)


# Real files


def test_the_flanders_series(real_data):
    series = read(real_data("flanders_2018") / "sentinel1")
    assert len(series.acquisitions) == 159
    assert (series.acquisitions[0].date, series.acquisitions[-1].date) == (date(2017, 8, 1), date(2018, 11, 29))
    assert {found.track for found in series.acquisitions} == {"ASC+0", "ASC+5"}
    assert sum(found.track == "ASC+0" for found in series.acquisitions) == 80
    hours = {
        track: {os.path.basename(f.parts[0].name)[20:23] for f in series.acquisitions if f.track == track}
        for track in ("ASC+0", "ASC+5")
    }
    assert hours == {"ASC+0": {"173"}, "ASC+5": {"174"}}
    assert series.warnings == ()


def test_the_belgian_stack(real_data):
    series = read(real_data("belgium_2021_stack"))
    assert len(series.acquisitions) == 12
    assert series.acquisitions[1].parts[0].bands["VV"].band == 3
    assert {found.track for found in series.acquisitions} == {"?"}
