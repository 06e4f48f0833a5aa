"""Files to a prepared season: what is refused, dropped, warned of and settled before computing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from crop_attention.engine.errors import Cancelled, GridError, SeriesError
from crop_attention.engine.feedback import Feedback
from crop_attention.engine.options import SeriesOptions
from crop_attention.engine.series.acquisition import FLAG, MaskSource
from crop_attention.engine.series.files.grid import Window
from crop_attention.engine.series.inputs import Extent, SeriesInputs
from crop_attention.engine.series.preprocessing.prepare import prepare, prepare_series
from crop_attention.models.card import Season
from rasters import ORIGIN, crs_wkt, truncate, write_raster
from season_files import BANDS, OPEN_OFFSET, START, card, optical, radar, s1_series, s2_series

OPTIONS = SeriesOptions(min_clear_steps=1, cloud_margin=0)


def days(count: int, step: int = 5) -> list[date]:
    return [START + timedelta(days=step * index) for index in range(count)]


def test_both_sensors_give_a_reader_with_the_season_chosen(tmp_path):
    s2, s1 = s2_series(*(optical(tmp_path, d) for d in days(9))), s1_series(*(radar(tmp_path, d) for d in days(4)))
    prepared = prepare_series(s2, s1, card(), OPTIONS)
    assert prepared.placed.start == START and prepared.warnings == ()
    assert len(prepared.s2.acquisitions) == 8 and len(prepared.s1.acquisitions) == 4
    assert "Not read, because outside the season: 1 Sentinel-2 acquisition." in prepared.notes
    assert any(note.endswith("holds 8 of 9 Sentinel-2 and 4 of 4 Sentinel-1 dates.") for note in prepared.notes)
    with prepared.reader() as reader:
        cube = reader.read(Window(0, 0, 8, 8))
    assert cube.s2_valid.all() and cube.s1_valid[:2].all() and not cube.s1_valid[2:].any()


def test_one_sensor_runs_and_says_what_that_costs(tmp_path):
    s2, s1 = s2_series(optical(tmp_path, START)), s1_series(radar(tmp_path, START))
    only_s2 = prepare_series(s2, None, card(), OPTIONS)
    assert only_s2.s1 is None and any("Only Sentinel-2 is given" in text for text in only_s2.warnings)
    only_s1 = prepare_series(None, s1, card(), OPTIONS)
    assert only_s1.s2 is None and any("Only Sentinel-1 is given" in text for text in only_s1.warnings)
    assert only_s1.reader().read(Window(0, 0, 8, 8)).s2 is None
    assert prepare_series(None, s1, card(s2=()), OPTIONS).warnings == ()


def test_a_checkpoint_that_no_real_field_has_judged_says_so(tmp_path):
    s2, s1 = s2_series(optical(tmp_path, START)), s1_series(radar(tmp_path, START))
    untested = replace(card(), title="A trial", accuracy={"real fields": "not measured"})
    (warning,) = prepare_series(s2, s1, untested, OPTIONS).warnings
    assert "'A trial' was never tested on real fields" in warning


def test_no_sensor_at_all_is_refused():
    with pytest.raises(SeriesError, match="No raster series is given"):
        prepare(SeriesInputs(), card(), OPTIONS)


def test_sensor_that_the_checkpoint_does_not_take_is_ignored_with_a_note(tmp_path):
    write_raster(tmp_path / "s2" / "S2_20180104.tif", (300, 400, 3000), BANDS)
    inputs = SeriesInputs((str(tmp_path / "s2"),), (str(tmp_path / "nowhere"),))
    prepared = prepare(inputs, card(s1=()), OPTIONS)
    assert (
        prepared.s1 is None and "The checkpoint was made without Sentinel-1; its rasters are ignored." in prepared.notes
    )


def test_a_checkpoint_that_saw_one_sensor_alone_refuses_the_other(tmp_path):
    write_raster(tmp_path / "S2_20180104.tif", (300, 400, 3000), BANDS)
    only_radar = replace(card(), sensors=("S1",))
    with pytest.raises(SeriesError, match="takes Sentinel-1 alone, and only Sentinel-2 rasters are given"):
        prepare(SeriesInputs((str(tmp_path),)), only_radar, OPTIONS)
    prepare(SeriesInputs((str(tmp_path),)), replace(only_radar, sensors=("S1", "S2")), OPTIONS)


def test_dates_outside_a_given_season_are_refused_with_the_range(tmp_path):
    with pytest.raises(GridError, match="2018-01-01 to 2018-01-01"):
        prepare_series(s2_series(optical(tmp_path, START)), None, card(), OPTIONS, date(2020, 1, 1))


def test_few_clear_steps_are_warned_of_under_the_stated_threshold(tmp_path):
    looks = [optical(tmp_path, d, scl=9 if index else 4) for index, d in enumerate(days(4, 10))]
    prepared = prepare_series(s2_series(*looks), None, card(s1=()), SeriesOptions(min_clear_steps=2))
    assert any(text.startswith("Only 1 of 4 steps have a clear") for text in prepared.warnings)
    assert prepare_series(s2_series(*looks), None, card(s1=()), SeriesOptions(min_clear_steps=1)).warnings == ()


@pytest.mark.parametrize(("last", "warned"), [(15, True), (16, False)])
def test_a_season_whose_end_nobody_has_seen_is_warned_of(tmp_path, last, warned):
    season = Season(1, 1, 20, 10)
    looks = [optical(tmp_path, START + timedelta(days=10 * step)) for step in range(last)]
    series = s2_series(*looks, optical(tmp_path, START + timedelta(days=190), scl=9))
    prepared = prepare_series(series, None, replace(card(s1=()), season=season), OPTIONS)
    said = [text for text in prepared.warnings if text.startswith("Nothing is seen after")]
    assert len(said) == warned
    if warned:
        assert said[0].startswith("Nothing is seen after 2018-05-30, and the season lasts until 2018-07-19:")


def test_dates_without_a_mask_are_counted(tmp_path):
    looks = [optical(tmp_path, d, scl=None if index else 4) for index, d in enumerate(days(3))]
    prepared = prepare_series(s2_series(*looks), None, card(s1=()), OPTIONS)
    assert any(text.startswith("2 of 3 Sentinel-2 dates bring no cloud mask") for text in prepared.warnings)


def test_linear_files_are_told_and_give_the_same_cube(tmp_path):
    cubes = []
    for name, values in (("dB", (-10, -17)), ("linear", (0.1, 10**-1.7))):
        series = s1_series(*(radar(tmp_path / name, d, values) for d in days(3)))
        prepared = prepare_series(None, series, card(s2=()), OPTIONS)
        cubes.append(prepared.reader().read(Window(0, 0, 8, 8)).s1)
        assert prepared.s1.decibel is (name == "dB")
    assert np.abs(cubes[0] - cubes[1]).max() < 1e-4


def test_tracks_are_brought_to_one_level_only_when_asked(tmp_path):
    tracks = (("ASC-1", (-9, -17)), ("DESC-2", (-11, -17)))
    looks = [radar(tmp_path, d, *reversed(tracks[index % 2])) for index, d in enumerate(days(8, 4))]
    normalised = prepare_series(None, s1_series(*looks), card(s2=()), OPTIONS)
    assert normalised.s1.track_offsets["ASC-1", "VV"] == pytest.approx(1, abs=1e-3)
    assert any("ASC-1 VV +1.00 dB" in note for note in normalised.notes)
    cube = normalised.reader().read(Window(0, 0, 8, 8))
    assert np.allclose(cube.s1[cube.s1_valid.all(axis=(1, 2)), 0], -10, atol=1e-3)
    plain = prepare_series(None, s1_series(*looks), card(s2=()), SeriesOptions(normalise_tracks=False))
    assert plain.s1.track_offsets == {} and any("are averaged as they are" in note for note in plain.notes)


def test_bright_pixels_without_a_mask_are_hidden_once_the_offset_is_known_to_be_none(tmp_path):
    numbers = np.stack([np.full((8, 8), number) for number in (300, 300, 3000)])
    numbers[:, 2, 2] = 3000
    looks = [optical(tmp_path, d, numbers, None, candidates=OPEN_OFFSET) for d in days(2)]
    prepared = prepare_series(s2_series(*looks), None, card(s1=()), OPTIONS)
    cube = prepared.reader().read(Window(0, 0, 8, 8))
    assert cube.s2_valid[0].sum() == 63 and not cube.s2_valid[0, 2, 2]
    assert any("number x 0.0001, inferred from the values" in note for note in prepared.notes)
    assert [look.share for look in prepared.sample.s2] == [63 / 64] * 2


@pytest.mark.parametrize("scl", [4, None])
def test_offset_of_baseline_4_is_told_from_the_numbers_unless_it_is_known(tmp_path, scl):
    start = date(2022, 4, 1)
    looks = [
        optical(tmp_path, start + timedelta(days=5 * index), (1500, 1200, 4000), scl, candidates=OPEN_OFFSET)
        for index in range(3)
    ]
    season = card(s1=(), season=Season(4, 1, 4, 10))
    prepared = prepare_series(s2_series(*looks), None, season, OPTIONS)
    cube = prepared.reader().read(Window(0, 0, 8, 8))
    assert cube.s2[0, :, 0, 0] == pytest.approx([0.05, 0.02, 0.3], abs=1e-6)
    assert any("number x 0.0001 - 0.1, inferred from the values" in text for text in prepared.warnings)
    assert all(look.share == 1 for look in prepared.sample.s2)
    known = [optical(tmp_path, look.date, (1500, 1200, 4000), 4) for look in looks]
    given = prepare_series(s2_series(*known), None, season, replace(OPTIONS, allow_level1c=True))
    assert {source.offset for source in given.s2.acquisitions[0].parts[0].bands.values()} == {0.0}


def test_unreadable_files_are_named_together_or_left_out_on_request(tmp_path):
    rng = np.random.default_rng(0)
    looks = [optical(tmp_path, d, rng.integers(200, 900, (3, 90, 90))) for d in days(4)]
    for index in (1, 3):
        truncate(tmp_path / f"S2_{days(4)[index]:%Y%m%d}.tif", 0.5)
    with pytest.raises(SeriesError, match=r"S2_20180106.tif.*S2_20180116.tif"):
        prepare_series(s2_series(*looks), None, card(s1=()), OPTIONS)
    left = prepare_series(s2_series(*looks), None, card(s1=()), SeriesOptions(skip_broken=True))
    assert len(left.s2.acquisitions) == len(left.sample.s2) == 2 and len(left.s2.skipped) == 2
    assert any(text.startswith("Left out: 2 Sentinel-2 acquisitions") for text in left.warnings)
    (tmp_path / "S2_20180101.tif").write_text("no raster")
    (tmp_path / "S2_20180111.tif").unlink()
    with pytest.raises(SeriesError, match=r"No Sentinel-2 acquisition can be read"):
        prepare_series(s2_series(*looks), None, card(s1=()), SeriesOptions(skip_broken=True))


def test_acquisitions_beside_the_extent_are_dropped(tmp_path):
    west, east = optical(tmp_path, days(2)[0]), optical(tmp_path, days(2)[1], origin=(ORIGIN[0] + 500, ORIGIN[1]))
    extent = Extent(ORIGIN[0] + 10, ORIGIN[1] - 60, ORIGIN[0] + 70, ORIGIN[1], crs_wkt(32631))
    prepared = prepare_series(s2_series(west, east), None, card(s1=()), OPTIONS, extent=extent)
    assert [found.date for found in prepared.s2.acquisitions] == [START]
    assert "Not read, because outside the extent: 1 Sentinel-2 acquisition." in prepared.notes
    assert (prepared.grid.width, prepared.grid.height) == (6, 6)


def test_warnings_reach_the_feedback_and_cancel_stops_the_sampling(tmp_path):
    class Listener(Feedback):
        heard: list[str] = []
        stop = False

        def warning(self, message: str) -> None:
            self.heard.append(message)

        def cancelled(self) -> bool:
            return self.stop

    listener = Listener()
    series = s2_series(optical(tmp_path, START, scl=None))
    prepared = prepare_series(series, None, card(), OPTIONS, feedback=listener)
    assert tuple(listener.heard) == prepared.warnings and len(listener.heard) == 2
    listener.stop = True
    with pytest.raises(Cancelled):
        prepare_series(series, None, card(), OPTIONS, feedback=listener)


REAL = card(("B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B11", "B12"), season=Season(10, 1, 24, 15))


def test_flanders_folders_as_they_are(real_data):
    folder = real_data("flanders_2018")
    prepared = prepare(SeriesInputs((str(folder / "sentinel2"),), (str(folder / "sentinel1"),)), REAL, SeriesOptions())
    assert prepared.placed.start == date(2017, 10, 1)
    assert "holds 88 of 118 Sentinel-2 and 117 of 159 Sentinel-1 dates" in prepared.placed.chosen
    assert prepared.grid.bounds == (501360.0, 5629040.0, 502000.0, 5629680.0) and prepared.grid.width == 64
    assert prepared.s1.decibel and prepared.warnings == ()
    assert 0.1 < prepared.s1.track_offsets["ASC+0", "VV"] < 0.25
    with prepared.reader() as reader:
        cube = reader.read(Window(0, 0, 64, 64))
        corner = reader.read(Window(37, 21, 27, 43))
    assert corner.s2.tobytes() == np.ascontiguousarray(cube.s2[:, :, 37:, 21:]).tobytes()
    assert (cube.s2_valid.mean(axis=(1, 2)) >= 0.05).sum() == 20 and cube.s1_valid.all()
    june = prepared.placed.step_of(date(2018, 6, 1))
    clear = cube.s2_valid[june]
    ndvi = (cube.s2[june, 6] - cube.s2[june, 2])[clear] / (cube.s2[june, 6] + cube.s2[june, 2])[clear]
    assert 0.4 < np.median(ndvi) < 0.9
    assert -12 < np.median(cube.s1[:, 0]) < -7 and -20 < np.median(cube.s1[:, 1]) < -14


def test_belgian_monthly_stack_gives_one_look_in_two_steps(real_data):
    folder = str(real_data("belgium_2021_stack"))
    real = REAL.to_dict()
    real["substitutes"] = {"B8A": "B08"}
    prepared = prepare(SeriesInputs((folder,), (folder,)), type(REAL).from_dict(real), SeriesOptions())
    assert prepared.placed.start == date(2020, 10, 1)
    with prepared.reader() as reader:
        cube = reader.read(Window(0, 0, 100, 100))
    seen = [step for step, share in enumerate(cube.s1_valid.mean(axis=(1, 2))) if share == 1]
    assert seen == [2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22]
    clear = cube.s2_valid.mean(axis=(1, 2))
    assert clear[[4, 6]].tolist() == [0, 0] and clear[[8, 10, 12, 14, 16, 18, 20, 22]].min() > 0.9
    assert np.array_equal(cube.s2[8, 7], cube.s2[8, 6])


def test_a_season_under_cloud_and_a_checkpoint_of_the_other_sensor_are_refused(tmp_path):
    cloudy = s2_series(*(optical(tmp_path, d, scl=9) for d in days(3)))
    with pytest.raises(SeriesError, match="No time step of the season shows the ground: 3 Sentinel-2 dates"):
        prepare_series(cloudy, None, card(s1=()), OPTIONS)
    with pytest.raises(SeriesError, match="'Test' takes Sentinel-2 alone, and only Sentinel-1 rasters are given"):
        prepare(SeriesInputs((), (str(tmp_path),)), card(s1=()), OPTIONS)


def test_classes_of_an_own_mask_may_be_0_and_1_alone(tmp_path):
    numbers = np.stack([np.full((20, 20), number) for number in (300, 400, 3000)])
    numbers[:, :12] = 6000
    codes = np.zeros((20, 20))
    codes[:12] = 1
    looks = []
    for day in days(4, 10):
        look = optical(tmp_path, day, numbers, codes)
        (mask,) = look.parts[0].masks
        own = replace(mask, hide=(1,), margin=(), known=(0, 1), title="CLOUDS")
        looks.append(replace(look, parts=(replace(look.parts[0], masks=(own,)),)))
    prepared = prepare_series(s2_series(*looks), None, card(s1=()), OPTIONS)
    assert [found.parts[0].masks[0].title for found in prepared.s2.acquisitions] == ["CLOUDS"] * 4
    cube = prepared.reader().read(Window(0, 0, 20, 20))
    assert not cube.s2_valid[0, :12].any() and cube.s2_valid[0, 12:].all()


def test_masks_that_hide_nothing_or_hold_no_classes_give_way_to_brightness(tmp_path):
    numbers = np.stack([np.full((20, 20), number) for number in (300, 400, 3000)])
    cloudy = numbers.copy()
    cloudy[:, :6] = 5000
    for name, scl, said in (("blind", 4, "hides nothing although"), ("ones", 1, "contains no scene classes")):
        looks = [optical(tmp_path / name, d, cloudy if n % 2 else numbers, scl) for n, d in enumerate(days(4, 10))]
        prepared = prepare_series(s2_series(*looks), None, card(s1=()), OPTIONS)
        assert any("mask" in text and said in text for text in prepared.warnings)
        cube = prepared.reader().read(Window(0, 0, 20, 20))
        assert cube.s2_valid[0].all() and not cube.s2_valid[1, :6].any() and cube.s2_valid[1, 8:].all()
    flags = np.ones((20, 20))
    flags[:6] = 0
    looks = []
    for day in days(4, 10):
        look = optical(tmp_path / "inverse", day, cloudy, flags)
        (mask,) = look.parts[0].masks
        looks.append(replace(look, parts=(replace(look.parts[0], masks=(MaskSource(FLAG, mask.path, mask.band),)),)))
    prepared = prepare_series(s2_series(*looks), None, card(s1=()), OPTIONS)
    assert any("shows the bright ones, as if zero meant cloud: the" in text for text in prepared.warnings)
    assert prepared.reader().read(Window(0, 0, 20, 20)).s2_valid[0, 8:].all()
    classes = np.full((20, 20), 4.0)
    classes[:5] = 6.5
    looks = [optical(tmp_path / "mean", d, numbers / 1e4, classes, scale=1.0, dtype="float32") for d in days(2)]
    with pytest.raises(SeriesError, match="holds fractions on 2018-01-01, 2018-01-06"):
        prepare_series(s2_series(*looks), None, card(s1=()), OPTIONS)
    classes[:5] = 40
    looks = [optical(tmp_path / "odd", d, numbers, classes) for d in days(2)]
    prepared = prepare_series(s2_series(*looks), None, card(s1=()), OPTIONS)
    assert not prepared.reader().read(Window(0, 0, 20, 20)).s2_valid[0, :5].any()
    assert any("codes that its distributor does not use" in text for text in prepared.warnings)
