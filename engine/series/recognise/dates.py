"""Acquisition dates in file names, folder names, band descriptions and tags."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Iterable, Mapping

from ....models.language import tr
from .date_stamps import FIRST_YEAR, LAST_YEAR, LONGEST_PERIOD, DateProblem, DayFirst, Stamp, calendar_day, middle
from .periods import MONTH, YEAR_MONTH, month_in, month_number, period_in, spelled_month

DATE_TAGS = (
    "ACQUISITION_DATE",
    "ACQUISITIONDATE",
    "ACQUISITION_DATETIME",
    "ACQUISITION_TIME",
    "SENSING_TIME",
    "SENSING_DATE",
    "DATATAKE_1_DATATAKE_SENSING_START",
    "PRODUCT_START_TIME",
    "START_TIME",
    "FIRST_LINE_TIME",
    "ZERO_DOPPLER_START_TIME",
    "SYSTEM:TIME_START",
    "TIME_COVERAGE_START",
    "ACQUIRED",
    "DATETIME",
    "DATE",
)
"""Tags that name the time of acquisition, best first; never a time of processing."""

WRITTEN_TAG = "TIFFTAG_DATETIME"
"""Time of acquisition in some files, of processing in most: the last resort."""

PERIODS, PERIOD_SLACK = 3, 3
"""Names from which on two dates may be a period, and the days by which periods may differ."""

_FLAGS = re.IGNORECASE
_OFFICIAL = tuple(
    re.compile(pattern, _FLAGS)
    for pattern in (
        r"S2[A-D]_MSIL(?:1C|2A)_(\d{8})T(\d{6})",
        r"S2[A-D]_(?:OPER|USER)_PRD_.{0,80}?_V(\d{8})T(\d{6})",
        r"S1[A-D]_(?:IW|EW|WV|S[1-6])_[A-Z]{3}[A-Z_]_[012][A-Z]{3}_(\d{8})T(\d{6})_\d{8}T\d{6}",
        r"S1[A-D]-(?:IW|EW|WV|S[1-6])\d?-[A-Z]{3}-[HV]{2}-(\d{8})T(\d{6})-\d{8}T\d{6}",
        r"(?<!\d)(\d{8})T(\d{6})_\d{8}T\d{6}_T\d{2}[A-Z]{3}(?![A-Z0-9])",
    )
)
_CREATION_ONLY = re.compile(r"S2[A-D]_(?:OPER|USER)_MSI_L\d[AC]_", _FLAGS)
_COMPACT = re.compile(r"(?<!\d)((?:19|20|21)\d{2})(\d{2})(\d{2})(?:[T\-](\d{6})(?!\d)|(\d{6})(?!\d)|(?!\d))", _FLAGS)
_DASHED = re.compile(
    r"(?<!\d)((?:19|20|21)\d{2})([-_.])(\d{2})\2(\d{2})(?!\d|m(?![a-z]))(?:T(\d{2}):?(\d{2}):?(\d{2}))?", _FLAGS
)
_SPELLED = tuple(
    re.compile(pattern, _FLAGS)
    for pattern in (
        rf"(?<![0-9A-Z])(?P<day>\d{{1,2}})[-_ ]?(?P<month>{MONTH})[-_ ]?(?P<year>20\d{{2}})(?!\d)",
        rf"(?<!\d)(?P<year>20\d{{2}})[-_ ]?(?P<month>{MONTH})[-_ ]?(?P<day>\d{{1,2}})(?!\d|m(?![a-z]))",
        rf"(?<![A-Z])(?P<month>{MONTH})[-_ ]?(?P<day>\d{{1,2}})[-_, ]+(?P<year>20\d{{2}})(?!\d)",
        r"(?P<year>20\d{2})\u5e74(?P<month>\d{1,2})\u6708(?P<day>\d{1,2})",
    )
)
_UNPADDED = re.compile(r"(?<!\d)(20\d{2})([-.])(\d{1,2})\2(\d{1,2})(?!\d|m(?![a-z]))", _FLAGS)
_YEAR_LAST = re.compile(r"(?<!\d)(\d{2})([-_.]?)(\d{2})\2(20\d{2})(?!\d)(?!\2\d)")
_ORDINAL = re.compile(
    r"(?:(?<![\dA-Z])|(?<=DOY)|(?<=DOY[-_]))((?:19|20|21)\d{2})(?:[-_.]?DOY[-_.]?)?([0-3]\d{2})(?:T(\d{6}))?(?!\d)",
    _FLAGS,
)


@dataclass(frozen=True)
class Style:
    """What only all names of a series together can tell.

    Attributes:
        day_first: whether 04-07-2018 is 4 July (True) or 7 April (False); None where no name tells.
        periods: whether two dates in a name are the first and the last day of a period.
        months: whether names without a day may hold a year and a month: none counts beyond twelve.
    """

    day_first: bool | None = None
    periods: bool = False
    months: bool = False


UNKNOWN_STYLE = Style()


def official_stamp(text: str) -> Stamp | None:
    """Return the sensing start that an official product or granule name gives, never the generation date.

    Raises:
        DateProblem: the name has the pattern but no calendar date.
    """
    for pattern in _OFFICIAL:
        match = pattern.search(text)
        if match:
            day, time = match.group(1), match.group(2)
            return Stamp(calendar_day(day[:4], day[4:6], day[6:]), _clock(time))
    return None


def stamp_in(text: str, style: Style = UNKNOWN_STYLE) -> Stamp | None:
    """Return the one acquisition date in a name or description, None where there is none.

    Raises:
        DateProblem: two dates, a date whose day and month cannot be distinguished, or a number that looks like a date
            and is none.
    """
    official = official_stamp(text)
    if official or _CREATION_ONLY.search(text):
        return official
    period = period_in(text)
    if period:
        return period
    found, problem = _generic(text, style)
    days = sorted({stamp.day for stamp in found})
    if len(days) == 2 and style.periods:
        return middle(days[0], days[1])
    if len(days) > 1:
        raise DateProblem(tr("names two dates, {days} and {days_2}").format(days=days[0], days_2=days[1]))
    if found:
        return max(found, key=lambda stamp: stamp.time != "")
    if problem:
        raise problem
    return spelled_month(text) or (month_in(text) if style.months else None)


def style_of(names: Iterable[str]) -> Style:
    """Return what the names of a series tell together: the order of day and month, and whether they hold periods."""
    first, second, periods, counts = set(), set(), set(), set()
    for name in names:
        counts |= {int(match.group(3)) for match in YEAR_MONTH.finditer(name)}
        for one, two, _ in _day_month(name):
            first.add(one)
            second.add(two)
        if not official_stamp(name):
            days = list(dict.fromkeys(stamp.day for stamp in _generic(name, Style(True))[0]))
            if len(days) == 2:
                periods.add((days[0], days[1]))
    starts = sorted(start for start, _ in periods)
    lengths = [(end - start).days for start, end in periods]
    apart = all(start <= end for start, end in periods)
    apart &= all((later - earlier).days >= min(lengths) - PERIOD_SLACK for earlier, later in zip(starts, starts[1:]))
    regular = len(lengths) >= PERIODS and max(lengths) - min(lengths) <= PERIOD_SLACK and max(lengths) <= LONGEST_PERIOD
    months_first, days_first = max(second, default=0) > 12, max(first, default=0) > 12
    months = bool(counts) and 1 <= min(counts) and max(counts) <= 12
    return Style(None if months_first == days_first else days_first, regular and apart, months)


def stamp_in_tags(tags: Mapping[str, str]) -> tuple[Stamp, str] | None:
    """Return the acquisition date that tags give and the name of the tag, None where there is none.

    Raises:
        DateProblem: two tags name different days.
    """
    upper = {key.upper(): value for key, value in tags.items()}
    found = [(stamp, key) for key in DATE_TAGS for stamp in [_tag(upper.get(key, ""))] if stamp]
    if not found:
        return None
    first, key = found[0]
    for other, other_key in found[1:]:
        if other.day != first.day:
            raise DateProblem(
                tr("has tags of two dates, {key} {day} and {other_key} {day_2}").format(
                    key=key, day=first.day, other_key=other_key, day_2=other.day
                )
            )
    return first, key


def written_stamp(tags: Mapping[str, str]) -> Stamp | None:
    """Return the day of TIFFTAG_DATETIME ("2018:07:04 10:50:31")."""
    return _tag(tags.get(WRITTEN_TAG, "").replace(":", "-", 2))


def _tag(value: str) -> Stamp | None:
    value = value.strip()
    if re.fullmatch(r"1[45]\d{11}|[12]\d{12}", value):
        moment = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(milliseconds=int(value))
        return Stamp(moment.date(), f"{moment:%H%M%S}")
    found, _ = _generic(value.replace("/", "-"))
    return found[0] if found else None


def _generic(text: str, style: Style = UNKNOWN_STYLE) -> tuple[list[Stamp], DateProblem | None]:
    """Return every calendar date in a text, and what is wrong with the last number that only looks like one."""
    found: list[Stamp] = []
    problem: DateProblem | None = None
    for match in (match for pattern in _SPELLED for match in pattern.finditer(text)):
        try:
            month, first = month_number(match.group("month")), match.start("day") < match.start("month")
            spelled = calendar_day(match.group("year"), f"{month:02}", match.group("day").zfill(2))
            found.append(Stamp(spelled, day_first=first))
        except DateProblem as error:
            problem = error
    candidates = [(m.group(1), m.group(2), m.group(3), m.group(4) or m.group(5)) for m in _COMPACT.finditer(text)]
    candidates += [(m.group(1), m.group(3), m.group(4), _joined(m.groups()[4:])) for m in _DASHED.finditer(text)]
    for year, of_year, day, time in candidates:
        try:
            found.append(Stamp(calendar_day(year, of_year, day), _clock(time or "")))
        except DateProblem as error:
            problem = error
    if found:
        return found, problem
    for one, two, year in _day_month(text):
        if max(one, two) <= 12 and one != two and style.day_first is None:
            problem = DayFirst(
                tr("holds {one:02}-{two:02}-{year}, whose day and month may be in either order").format(
                    one=one, two=two, year=year
                )
            )
            continue
        as_day = one > 12 or (two <= 12 and style.day_first is not False)
        in_month, month = (one, two) if as_day else (two, one)
        try:
            found.append(Stamp(calendar_day(str(year), f"{month:02}", f"{in_month:02}"), day_first=True))
        except DateProblem as error:
            problem = error
    if found or candidates or problem:
        return found, problem
    for match in _UNPADDED.finditer(text):
        year, number, last = int(match.group(1)), int(match.group(3)), int(match.group(4))
        if FIRST_YEAR <= year and 1 <= number <= 12 and 1 <= last <= monthrange(year, number)[1]:
            found.append(Stamp(date(year, number, last)))
    if found:
        return found, None
    for match in _ORDINAL.finditer(text):
        year, number = int(match.group(1)), int(match.group(2))
        if 1 <= number <= 366 and FIRST_YEAR <= year <= LAST_YEAR:
            day = date(year, 1, 1) + timedelta(days=number - 1)
            if day.year == year:
                found.append(Stamp(day, _clock(match.group(3) or "")))
    return found, problem


def _day_month(text: str) -> list[tuple[int, int, int]]:
    """Return the two numbers before the year in dates such as 04-07-2018 and 04072018."""
    numbers = [(int(m.group(1)), int(m.group(3)), int(m.group(4))) for m in _YEAR_LAST.finditer(text)]
    return [
        (one, two, year)
        for one, two, year in numbers
        if 1 <= min(one, two) <= 12 and max(one, two) <= 31 and FIRST_YEAR <= year <= LAST_YEAR
    ]


def _joined(groups: tuple[str | None, ...]) -> str:
    return "".join(group or "" for group in groups)


def _clock(digits: str) -> str:
    valid = len(digits) == 6 and int(digits[:2]) < 24 and int(digits[2:4]) < 60 and int(digits[4:]) < 61
    return digits if valid else ""
