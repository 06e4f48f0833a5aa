"""A date far away from all others: named and refused, or left out; places that belong together are kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from crop_attention.engine.errors import GridError, SeriesError
from crop_attention.engine.options import SeriesOptions
from crop_attention.engine.series.inputs import Extent
from crop_attention.engine.series.preprocessing.prepare import prepare_series
from rasters import ORIGIN, crs_wkt
from season_files import START, card, optical, radar, s1_series, s2_series

OPTIONS = SeriesOptions(min_clear_steps=1, cloud_margin=0)
SKIPPING = SeriesOptions(min_clear_steps=1, cloud_margin=0, skip_broken=True)
X, Y = ORIGIN


def four(tmp_path, make=optical, **last):
    """Four dates, the last one as `last` says."""
    days = [START + timedelta(days=9 * number) for number in range(4)]
    return [make(tmp_path, day) for day in days[:3]] + [make(tmp_path / "last", days[3], **last)]


@pytest.mark.parametrize(
    ("last", "away"),
    [({"origin": (X + 250_000, Y)}, "250"), ({"origin": (X, Y - 400_000)}, "400"), ({"epsg": 32632}, "4[0-9]0")],
    ids=["east", "south", "wrong zone"],
)
def test_a_date_far_away_is_refused_by_date_file_and_distance(tmp_path, last, away):
    said = rf"^The Sentinel-2 date 2018-01-28 \(S2_20180128.tif\) lies about {away} km away .*--skip-broken"
    with pytest.raises(SeriesError, match=said):
        prepare_series(s2_series(*four(tmp_path, **last)), None, card(), OPTIONS)


def test_a_radar_date_far_away_is_refused_also_beside_optical_dates(tmp_path):
    s1 = s1_series(*four(tmp_path / "s1", radar, origin=(X, Y - 150_000)))
    with pytest.raises(SeriesError, match="The Sentinel-1 date 2018-01-28 .* lies about 150 km away"):
        prepare_series(s2_series(*four(tmp_path / "s2")), s1, card(), OPTIONS)


def test_where_broken_dates_are_skipped_it_is_left_out_and_the_grid_is_that_of_the_others(tmp_path):
    found = prepare_series(s2_series(*four(tmp_path, origin=(X + 250_000, Y))), None, card(), SKIPPING)
    assert (found.grid.width, found.grid.height) == (8, 8) and len(found.s2.acquisitions) == 3
    assert "2018-01-28" in found.s2.skipped[0] and any("lies about 250 km away" in text for text in found.warnings)


def test_where_an_extent_says_what_is_wanted_it_is_left_out_and_named(tmp_path):
    extent = Extent(X, Y - 80, X + 80, Y, crs_wkt(32631))
    found = prepare_series(s2_series(*four(tmp_path, origin=(X + 250_000, Y))), None, card(), OPTIONS, extent=extent)
    assert len(found.s2.acquisitions) == 3 and any("2018-01-28" in text for text in found.warnings)


def test_a_date_with_one_of_its_files_far_away_is_refused_unless_an_extent_leaves_that_file_out(tmp_path):
    *good, last = four(tmp_path)
    away = optical(tmp_path / "away", last.date, origin=(X + 250_000, Y))
    series = s2_series(*good, replace(last, parts=(*last.parts, *away.parts)))
    with pytest.raises(SeriesError, match="date 2018-01-28 .* lies about 250 km away"):
        prepare_series(series, None, card(), OPTIONS)
    extent = Extent(X, Y - 80, X + 80, Y, crs_wkt(32631))
    assert len(prepare_series(series, None, card(), OPTIONS, extent=extent).s2.acquisitions) == 4


def test_a_date_less_than_100_km_away_is_kept(tmp_path):
    found = prepare_series(s2_series(*four(tmp_path, origin=(X + 90_000, Y))), None, card(), OPTIONS)
    assert len(found.s2.acquisitions) == 4 and found.grid.width == 9_008


def test_two_places_with_two_dates_each_are_kept(tmp_path):
    away = [optical(tmp_path / "east", START + timedelta(days=n), origin=(X + 150_000, Y)) for n in (4, 14)]
    found = prepare_series(s2_series(*four(tmp_path), *away), None, card(), OPTIONS)
    assert len(found.s2.acquisitions) == 6 and found.grid.width == 15_008


def test_a_sensor_that_is_elsewhere_as_a_whole_is_told_as_before(tmp_path):
    s1 = s1_series(radar(tmp_path, START, origin=(X + 300_000, Y)))
    with pytest.raises(GridError, match="Sentinel-2 .* and Sentinel-1 .* do not overlap"):
        prepare_series(s2_series(*four(tmp_path)), s1, card(), SKIPPING)


def test_dates_across_the_date_line_lie_at_one_place(tmp_path):
    west = optical(tmp_path, START, epsg=32701, origin=(181_000.0, 8e6))
    east = optical(tmp_path, START + timedelta(days=9), epsg=32701, origin=(184_000.0, 8e6))
    wide = optical(tmp_path, START + timedelta(days=19), epsg=32701, origin=(180_500.0, 8e6), size=(400, 400))
    found = prepare_series(s2_series(west, east, wide), None, card(), OPTIONS)
    assert len(found.s2.acquisitions) == 3 and found.grid.width == 400
