"""Periods in names: ISO 8601 durations, weeks, quarters, ten-day steps, and months where a series counts them."""

from __future__ import annotations

import re
from datetime import date, timedelta

from .date_stamps import DateProblem, Stamp, calendar_day, middle

_YEAR = r"(?<!\d)(20\d{2})"
_DURATION = re.compile(rf"{_YEAR}(?:-?(\d{{2}}))?(?:-?(\d{{2}}))?--P(\d{{1,3}})([DWMY])(?![A-Z0-9])", re.IGNORECASE)
_WEEK = re.compile(rf"(?:{_YEAR}[-_]?W|(?<![0-9A-Z])W(20\d{{2}}))(\d{{2}})(?![0-9A-Z])", re.IGNORECASE)
_QUARTER = re.compile(rf"{_YEAR}[-_]?Q([1-4])(?![0-9A-Z])", re.IGNORECASE)
_TEN_DAYS = re.compile(rf"{_YEAR}[-_.]?(\d{{2}})[-_.]?D(?:EK)?0?([1-3])(?![0-9A-Z])", re.IGNORECASE)
MONTH = (
    "JAN(?:UARY)?|FEB(?:RUARY)?|MAR(?:CH)?|APR(?:IL)?|MAY|JUNE?|JULY?|AUG(?:UST)?|SEP(?:T|TEMBER)?|OCT(?:OBER)?|"
    "NOV(?:EMBER)?|DEC(?:EMBER)?"
)
"""English names of months, in short and in full."""

_SPELLED_MONTHS = (
    re.compile(rf"(?<![A-Z])({MONTH})[-_ ]?(20\d{{2}})(?!\d)", re.IGNORECASE),
    re.compile(rf"(?<!\d)(20\d{{2}})[-_ ]?({MONTH})(?![A-Z])", re.IGNORECASE),
    re.compile(r"(20\d{2})\u5e74(\d{1,2})\u6708"),
)
YEAR_MONTH = re.compile(rf"{_YEAR}([-_.]M?|M)?(\d{{2}})(?![0-9A-Z])(?![-_.]\d{{1,2}}(?![0-9A-Z]))", re.IGNORECASE)
"""A year and a number of two digits, which is a month where no name of the series counts beyond twelve."""


def period_in(text: str) -> Stamp | None:
    """Return the middle of the period that a text writes in so many letters, None where there is none.

    Raises:
        DateProblem: it is no period of the calendar, or too long to be dated.
    """
    duration, week, quarter, ten = (each.search(text) for each in (_DURATION, _WEEK, _QUARTER, _TEN_DAYS))
    if duration:
        year, month, day, number, unit = duration.groups()
        first = calendar_day(year, month or "01", day or "01")
        days, months = {"D": (1, 0), "W": (7, 0), "M": (0, 1), "Y": (0, 12)}[unit.upper()]
        return _lasting(first, int(number) * days, int(number) * months)
    if week:
        try:
            year = int(week.group(1) or week.group(2))
            return _lasting(date.fromisocalendar(year, int(week.group(3)), 1), 7, 0)
        except ValueError as error:
            raise DateProblem(str(error)) from error
    if quarter:
        return _lasting(date(int(quarter.group(1)), 3 * int(quarter.group(2)) - 2, 1), 0, 3)
    if ten:
        month = calendar_day(ten.group(1), ten.group(2), "01")
        first = month + timedelta(days=10 * int(ten.group(3)) - 10)
        last = first + timedelta(days=9) if first.day < 21 else _later(month, 1) - timedelta(days=1)
        return middle(first, last)
    return None


def month_number(text: str) -> int:
    """Return the number of a month that is spelled or a number."""
    return int(text) if text.isdigit() else "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC".index(text.upper()[:3]) // 3 + 1


def spelled_month(text: str) -> Stamp | None:
    """Return the middle of the one month that a text spells, in English (Jul2018, 2018_July) or Chinese."""
    pairs = [match.groups() for each in _SPELLED_MONTHS for match in each.finditer(text)]
    found = {(one, two) if one.isdigit() and len(one) == 4 else (two, one) for one, two in pairs}
    if len(found) != 1:
        return None
    year, month = found.pop()
    return _lasting(calendar_day(year, f"{month_number(month):02}", "01"), 0, 1)


def month_in(text: str) -> Stamp | None:
    """Return the middle of the one month that a text names, such as 2018-07, 2018_M07 or 201807."""
    found = {(match.group(1), match.group(3)) for match in YEAR_MONTH.finditer(text)}
    if len(found) != 1:
        return None
    year, month = found.pop()
    return _lasting(calendar_day(year, month, "01"), 0, 1)


def _lasting(first: date, days: int, months: int) -> Stamp:
    return middle(first, _later(first, months) + timedelta(days=days - 1))


def _later(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    return day.replace(year=day.year + years, month=month + 1)
