"""Region and years of a checkpoint: a series elsewhere or of another year is said."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from crop_attention.engine.feedback import Feedback
from crop_attention.engine.jobs.check import CheckRequest, check_series
from crop_attention.engine.jobs.region import with_region
from crop_attention.engine.jobs.series import SeriesRequest
from crop_attention.engine.options import SeriesOptions
from crop_attention.engine.series.inputs import SeriesInputs
from crop_attention.engine.series.preprocessing.prepare import prepare_series
from crop_attention.models.checkpoint import bundled, read_card, save
from crop_attention.models.region import Region
from crop_attention.models.registry import build
from rasters import write_raster
from season_files import BANDS, SEASON, START, card, optical, radar, s1_series, s2_series
from small_networks import small_card

OPTIONS = SeriesOptions(min_clear_steps=1, cloud_margin=0)
AROUND_LILLE = Region("Flanders", ((2.5, 50.6, 6.0, 51.6),))
SHANDONG = {"origin": (600_000.0, 4_000_000.0), "epsg": 32650}
"""118.1 degrees east, 36.1 north."""


def prepared(tmp_path, of, **raster):
    s2, s1 = s2_series(optical(tmp_path, START, **raster)), s1_series(radar(tmp_path, START, **raster))
    return with_region(prepare_series(s2, s1, of, OPTIONS))


def test_a_series_outside_the_region_is_warned_of_with_the_bundled_checkpoint_that_fits_better(tmp_path):
    (warning,) = prepared(tmp_path, replace(card(), region=AROUND_LILLE), **SHANDONG).warnings
    assert "at 36.1° N, 118.1° E, outside the region" in warning and "'Test' was made from (Flanders)" in warning
    assert "(shandong) fits this place better" in warning and warning.count(". ") == 0


def test_where_no_bundled_checkpoint_fits_parcels_are_the_remedy(tmp_path):
    (warning,) = prepared(tmp_path, replace(card(), region=AROUND_LILLE), epsg=32633, origin=(5e5, 1e6)).warnings
    assert warning.endswith("(Flanders); check its map against parcels you know.")


def test_two_degrees_around_the_region_count_as_inside(tmp_path):
    near, far = (Region("Near", ((0.0, 45.0 + shift, 10.0, 60.0),)) for shift in (0.0, 2.0))
    south = {"origin": (500_000.0, 4_880_000.0)}
    assert prepared(tmp_path, replace(card(), region=near), **south).warnings == ()
    assert len(prepared(tmp_path, replace(card(), region=far), **south).warnings) == 1


def test_the_check_and_its_report_name_the_better_checkpoint(tmp_path):
    folder = tmp_path / "s2"
    for day in ("20180104", "20180114"):
        write_raster(folder / f"S2_{day}.tif", (300, 400, 3000), BANDS, **SHANDONG)
    of = replace(small_card("attention_3dcnn", s2=BANDS, s1=()), region=AROUND_LILLE, season=SEASON)
    checkpoint, report = str(tmp_path / "own.safetensors"), tmp_path / "check.html"
    save(checkpoint, build(of), of)
    series = SeriesRequest(SeriesInputs((str(folder),)), checkpoint, options=OPTIONS)
    found = check_series(CheckRequest(series, str(report)), Feedback())
    assert found.ready and "(shandong) fits this place better" in found.message
    assert "(shandong) fits this place better" in report.read_text(encoding="utf-8")


def test_a_card_without_region_and_years_says_nothing(tmp_path):
    found = prepared(tmp_path, card(), **SHANDONG)
    assert found.warnings == () and not any("harvest" in note for note in found.notes)


@pytest.mark.parametrize(("years", "said"), [((2016, 2018), 0), ((2018, 2021), 0), ((2019, 2021), 1)])
def test_a_harvest_in_other_years_is_a_note_and_no_warning(tmp_path, years, said):
    found = prepared(tmp_path, replace(card(), years=years))
    notes = [note for note in found.notes if note.startswith("The harvest of 2018 lies outside the years")]
    assert len(notes) == said and found.warnings == ()


def test_the_bundled_checkpoints_know_their_regions():
    cards = {path.stem: read_card(path) for path in bundled()}
    europe, shandong = cards["temperate_europe"], cards["shandong"]
    for longitude, latitude in ((2.3, 48.8), (9.2, 42.1), (3.7, 51.05), (-4.0, 48.4)):
        assert europe.region.away(longitude, latitude) == 0 and shandong.region.away(longitude, latitude) > 50
    assert shandong.region.away(118.1, 36.1) == 0 and shandong.years == () and europe.years == (2021, 2023)


def test_years_follow_from_the_starts_of_the_seasons():
    from crop_attention.tools.checkpoints.adapt import harvests

    europe = read_card(bundled()[0])
    assert harvests(europe, [date(2022, 10, 1), date(2020, 10, 1)]) == (2021, 2023)
