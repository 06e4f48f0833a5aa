"""A day of acquisition, or the middle of a period."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from ....models.language import tr

FIRST_YEAR, LAST_YEAR = 2014, 2100
"""Sentinel-1A flew first in 2014; numbers outside are no acquisition dates."""

LONGEST_PERIOD = 93
"""Days of the longest period that a middle can stand for."""


class DateProblem(ValueError):
    """A text names no single acquisition date; the message says why, without the name of the file."""


class DayFirst(DateProblem):
    """A file is named with the day before the month; the message says which."""


@dataclass(frozen=True)
class Stamp:
    """A day (UTC) and, where the name gives it, the time as "hhmmss"; of a period of `days` days, its middle.

    `day_first` tells of dates such as 04Jul2018 and 04-07-2018.
    """

    day: date
    time: str = ""
    days: int = 1
    day_first: bool = False


def middle(first: date, last: date) -> Stamp:
    """Return the middle of a period, both days included."""
    if last < first:
        raise DateProblem(
            tr("holds a period that ends on {last}, before it begins on {first}").format(last=last, first=first)
        )
    length = (last - first).days
    if length > LONGEST_PERIOD:
        raise DateProblem(
            tr("holds a period of {length} days, {first} to {last}, which is not a date").format(
                length=length + 1, first=first, last=last
            )
        )
    return Stamp(first + timedelta(days=length // 2), days=length + 1)


def calendar_day(year: str, month: str, day: str) -> date:
    """Return a day.

    Raises:
        DateProblem: it is none, or lies outside the years of Sentinel-1 and 2.
    """
    try:
        value = date(int(year), int(month), int(day))
    except ValueError as error:
        raise DateProblem(
            tr("holds {year}{month}{day}, which is not a calendar date").format(year=year, month=month, day=day)
        ) from error
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise DateProblem(
            tr("holds {value}, outside the years {first_year} to {last_year}").format(
                value=value, first_year=FIRST_YEAR, last_year=LAST_YEAR
            )
        )
    return value
