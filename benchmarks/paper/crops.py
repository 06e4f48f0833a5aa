"""When the crops of a legend grow: the central calendars of the simulator's table of species."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from crop_attention.engine.report.charts.svg import day_and_month
from crop_attention.engine.simulation.kinds import FIRST_STANDING, kinds_of
from crop_attention.engine.simulation.species import ANNUALS, EUROPE, SHANDONG, Species, number
from crop_attention.models import legend

YEAR = 2001
"""A common year; the season may begin in the one before."""

STANDS, OUTSIDE = "stands all year", "no calendar"
PHASES = ("emergence to full cover", "full cover", "ripening to harvest")
GROWS = (*PHASES, *(f"{phase} of the second crop" for phase in PHASES))
MIXED = {(EUROPE, 13), (EUROPE, 14), (SHANDONG, 6), (SHANDONG, 7), (SHANDONG, 8)}
"""Classes of many crops with calendars of their own, and what is outside cropland."""

ELSEWHERE = {
    "meadow": 11,
    "soft winter wheat": 1,
    "corn": 4,
    "winter barley": 2,
    "winter rapeseed": 5,
    "spring barley": 3,
    "sunflower": 6,
    "grapevine": 12,
    "beet": 8,
    "winter triticale": 1,
    "winter durum wheat": 1,
    "potatoes": 9,
    "soybeans": 7,
    "orchard": 12,
}
"""Classes of PASTIS -> codes of the European legend."""


def phase(name: str, day: int, classes: Sequence[str]) -> str:
    """Return what a typical field of a class does on a day, in a year that is neither early nor late.

    Args:
        name: of the class.
        day: from 1 January of the harvest year; those before are negative.
        classes: the legend that the class is of, which tells one place from the other.
    """
    place, code = _code(name, classes)
    if code is None or (place, code) in MIXED:
        return OUTSIDE
    rows, weights = kinds_of(code, place)
    standing = rows >= FIRST_STANDING
    if weights[standing].sum() >= weights[~standing].sum():
        return STANDS
    main = ANNUALS[int(rows[~standing][weights[~standing].argmax()])]
    seconds = [ANNUALS[number(main.then)]] if main.then else []
    for second, crop in enumerate([main, *seconds]):
        found = _within(crop, day)
        if found:
            return f"{found} of the second crop" if second else found
    if day < main.days[0]:
        return "before emergence"
    return "between its two crops" if seconds and day < seconds[0].days[0] else "after harvest"


def unwrapped(step_days: Sequence[int]) -> list[int]:
    """Return days of the year as days from 1 January of the year that the season ends in, rising."""
    days, turns = [], 0
    for place, day in enumerate(step_days):
        turns += place > 0 and day < step_days[place - 1]
        days.append(day + 365 * turns)
    return [day - 365 * turns for day in days]


def dated(day: int) -> date:
    """Return a day that is counted from 1 January as a date of the common year, or of the one before."""
    return date(YEAR, 1, 1) + timedelta(days=day - 1)


def said(day: int) -> str:
    """Return "5 Apr"."""
    return day_and_month(dated(day))


def _within(crop: Species, day: int) -> str:
    emergence, _, full, ripening, harvest = crop.days
    ends = (full, ripening, harvest)
    return next((name for name, end in zip(PHASES, ends) if day < end), "") if day >= emergence else ""


def _code(name: str, classes: Sequence[str]) -> tuple[str, int | None]:
    """Return the place and the code of a class; None where no table knows it."""
    legends = {EUROPE: legend.TEMPERATE_EUROPE, SHANDONG: legend.SHANDONG}
    codes = {place: {e.name.lower(): e.code for e in entries} for place, entries in legends.items()}
    place = max(codes, key=lambda one: sum(entry.lower() in codes[one] for entry in classes))
    found = codes[place].get(name.lower())
    return (EUROPE, ELSEWHERE[name.lower()]) if found is None and name.lower() in ELSEWHERE else (place, found)
