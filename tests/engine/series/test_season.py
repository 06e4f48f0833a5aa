"""The calendar of a checkpoint placed on a year."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from crop_attention.engine.arguments import read_start
from crop_attention.engine.errors import GridError
from crop_attention.engine.series.preprocessing.grid_and_season import place_season
from crop_attention.engine.series.season import start_of_harvest
from crop_attention.models.card import Season

AUTUMN = Season(start_month=10, start_day=1, steps=24, days=15)


def every(days: int, first: date, last: date) -> list[date]:
    return [first + timedelta(days=step) for step in range(0, (last - first).days + 1, days)]


def test_season_falls_on_the_year_that_fills_most_optical_steps():
    s2 = every(10, date(2017, 8, 1), date(2018, 11, 30))
    s1 = every(6, date(2016, 10, 1), date(2018, 11, 30))
    placed = place_season(AUTUMN, s2, s1)
    assert placed.start == date(2017, 10, 1) and placed.end == date(2018, 9, 26)
    inside = [sum(placed.start <= day < placed.end for day in dates) for dates in (s2, s1)]
    assert placed.chosen == (
        f"The season 2017-10-01 to 2018-09-25 was chosen because it holds {inside[0]} of {len(s2)} Sentinel-2 and "
        f"{inside[1]} of {len(s1)} Sentinel-1 dates."
    )


def test_order_and_repetition_of_dates_do_not_matter():
    dates = every(10, date(2017, 8, 1), date(2018, 11, 30))
    assert place_season(AUTUMN, dates[::-1] + dates, []) == place_season(AUTUMN, dates, [])


def test_equal_years_fall_on_the_earliest():
    dates = every(5, date(2015, 10, 1), date(2019, 9, 30))
    assert place_season(AUTUMN, dates, []).start == date(2015, 10, 1)


def test_radar_steps_decide_between_years_of_equal_optical_steps():
    s2 = [date(2017, 12, 1), date(2018, 12, 1)]
    s1 = [date(2017, 12, 1), date(2018, 12, 1), date(2019, 2, 1)]
    assert place_season(AUTUMN, s2, s1).start == date(2018, 10, 1)


def test_given_start_is_used_within_fifteen_days_of_the_calendar():
    for start in (date(2017, 10, 1), date(2017, 9, 16), date(2017, 10, 16)):
        placed = place_season(AUTUMN, [date(2018, 2, 3), date(2017, 3, 1)], [], start)
        assert placed.start == start
        assert placed.chosen.endswith("starts on the given day; it holds 1 of 2 Sentinel-2 dates.")


@pytest.mark.parametrize(
    ("season", "year", "start"),
    [
        (AUTUMN, 2018, date(2017, 10, 1)),
        (Season(1, 1, 24, 15), 2018, date(2018, 1, 1)),
        (Season(4, 15, 12, 15), 2018, date(2018, 4, 15)),
        (Season(2, 29, 24, 15), 2018, date(2017, 2, 28)),
        (Season(10, 1, 48, 15), 2018, date(2016, 10, 1)),
    ],
)
def test_a_year_of_harvest_is_the_season_that_ends_in_it(season, year, start):
    assert start_of_harvest(season, year) == start
    assert place_season(season, [start, date(2013, 1, 1)], [], year).start == start


def test_a_year_of_harvest_is_named_and_not_guessed():
    dates = every(5, date(2015, 10, 1), date(2019, 9, 30))
    placed = place_season(AUTUMN, dates, [], 2018)
    assert placed.chosen.startswith("The season 2017-10-01 to 2018-09-25 is that of the harvest of 2018; it holds 72")
    with pytest.raises(GridError, match="The season 2022-10-01 to 2023-09-25 contains no date of Sentinel-2"):
        place_season(AUTUMN, dates, [], 2023)
    with pytest.raises(GridError, match="The harvest of 2500 lies outside the years 2001 to 2100"):
        place_season(AUTUMN, dates, [], 2500)


@pytest.mark.parametrize(("text", "meant"), [("2018", 2018), (" 2018 ", 2018), ("2017-10-01", date(2017, 10, 1))])
def test_a_start_is_a_day_or_a_year(text, meant):
    assert read_start(text) == meant


@pytest.mark.parametrize("text", ["0000", "18", "20171", "-2018", "2018-13-01", "2018.0"])
def test_what_is_neither_day_nor_year_is_no_start(text):
    with pytest.raises(ValueError):
        read_start(text)


@pytest.mark.parametrize(
    ("start", "said"),
    [
        (date(2017, 3, 2), "is 152 days from .*1 Oct.*give 2016-10-01 for the harvest of 2017"),
        (date(2017, 10, 17), "is 16 days from .*give 2017-10-01 for the harvest of 2018"),
        (date.max, "lies outside the years"),
        (date.min, "lies outside the years"),
    ],
)
def test_given_start_away_from_the_calendar_is_refused_with_the_right_date(start, said):
    with pytest.raises(GridError, match=said):
        place_season(AUTUMN, [date(2018, 2, 3)], [], start)


def test_given_start_that_holds_no_date_of_a_sensor_is_refused_with_the_ranges():
    with pytest.raises(GridError, match=r"2010-10-01 to 2011-09-25 contains no date of .*2018-01-01 to 2018-05-01"):
        place_season(AUTUMN, [date(2018, 5, 1), date(2018, 1, 1)], [], date(2010, 10, 1))
    with pytest.raises(GridError, match=r"Sentinel-1 \(2015-01-01 to 2015-01-01\)"):
        place_season(AUTUMN, [date(2018, 5, 1)], [date(2015, 1, 1)])


def test_dates_before_the_start_day_belong_to_the_year_before():
    assert place_season(AUTUMN, [date(2018, 2, 1)], []).start == date(2017, 10, 1)
    leap = Season(start_month=2, start_day=29, steps=12, days=30)
    assert place_season(leap, [date(2019, 6, 1)], []).start == date(2019, 2, 28)


def test_monthly_composites_give_one_look_in_two_steps():
    months = [date(2020 + (9 + index) // 12, (9 + index) % 12 + 1, 1) for index in range(12)]
    placed = place_season(AUTUMN, months, months)
    assert placed.start == date(2020, 10, 1)
    steps = [placed.step_of(day) for day in months]
    assert len(set(steps)) == 12 and all(1 <= after - before <= 3 for before, after in zip(steps, steps[1:]))
