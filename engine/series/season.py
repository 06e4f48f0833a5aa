"""The calendar of a checkpoint placed on a year."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from ...models.card import Season


@dataclass(frozen=True)
class PlacedSeason:
    """A season that starts on one day of one year.

    Attributes:
        season: the checkpoint's calendar.
        start: first day of the first step.
        chosen: how `start` was found, a sentence for the report.
    """

    season: Season
    start: date
    chosen: str = ""

    @property
    def end(self) -> date:
        """First day after the last step."""
        return self.start + timedelta(days=self.season.steps * self.season.days)

    def step_of(self, day: date) -> int | None:
        """Return the step (from 0) that holds `day`, None outside the season."""
        offset = (day - self.start).days
        return offset // self.season.days if 0 <= offset < self.season.steps * self.season.days else None

    def step_bounds(self, step: int) -> tuple[date, date]:
        """Return the first and the last day of a step."""
        first = self.start + timedelta(days=step * self.season.days)
        return first, first + timedelta(days=self.season.days - 1)

    def step_label(self, step: int) -> str:
        """Return "2018-04-16 to 2018-04-30", the name of a step in layers and reports."""
        first, last = self.step_bounds(step)
        return f"{first.isoformat()} to {last.isoformat()}"


def start_in(season: Season, year: int) -> date:
    """Return the day of a year on which a calendar begins."""
    leap_day = (season.start_month, season.start_day) == (2, 29)
    return date(year, season.start_month, 28 if leap_day else season.start_day)


def start_of_harvest(season: Season, year: int) -> date:
    """Return the first day of the last season of a calendar that is over by the end of a year.

    Raises:
        ValueError: there is no such day.
    """
    length = timedelta(days=season.steps * season.days - 1)
    starts = [start_in(season, year - length.days // 365 - more) for more in (-1, 0, 1)]
    return max(start for start in starts if (start + length).year <= year)
