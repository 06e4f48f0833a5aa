"""A season that is not over: until when it was seen, and which classes can be told apart at that time."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from ...models.card import Card
from ...models.language import listed, tr
from ..series.season import PlacedSeason

if TYPE_CHECKING:
    from ..series.preprocessing.prepared import PreparedSeries

READABLE = 0.5
"""F1 on ground never seen from which a class can be told at a date."""


def last_seen(prepared: PreparedSeries) -> date | None:
    """Return the day of the last acquisition within the season, None without any."""
    series = (entry for entry in (prepared.s2, prepared.s1) if entry is not None)
    days = (acquisition.date for entry in series for acquisition in entry.acquisitions)
    return max((day for day in days if prepared.placed.step_of(day) is not None), default=None)


def steps_seen(prepared: PreparedSeries) -> int:
    """Return the number of steps until the last one that holds an acquisition."""
    last = last_seen(prepared)
    return _steps_until(prepared.placed, last)


def _steps_until(placed: PlacedSeason, last: date | None) -> int:
    step = None if last is None else placed.step_of(last)
    return 0 if step is None else step + 1


def season_note(card: Card, placed: PlacedSeason, last: date | None) -> list[str]:
    """Return sentences on an unfinished season; none for a whole one.

    Args:
        card: what it was measured to tell apart, at which step.
        placed: the season on its year.
        last: day of the last acquisition within the season.
    """
    seen = _steps_until(placed, last)
    if last is None or not 0 < seen < card.season.steps:
        return []
    told = tr("The season was seen until {last} (step {seen} of {steps})").format(
        last=last.isoformat(), seen=seen, steps=card.season.steps
    )
    known = sorted((int(step) for step in card.in_season if int(step) <= seen), reverse=True)
    if not known:
        if card.in_season:
            first = min(int(step) for step in card.in_season)
            day = placed.step_bounds(first - 1)[1].isoformat()
            return [
                tr("{told}; the checkpoint was not measured so early, its first measurement is of {day}.").format(
                    told=told, day=day
                )
            ]
        return [
            tr("{told}; the accuracy of the checkpoint before the end of the season was not measured.").format(
                told=told
            )
        ]
    step = known[0]
    scores = card.in_season[str(step)]
    day = placed.step_bounds(step - 1)[1].isoformat()
    good = [tr(name) for name, score in scores.items() if score >= READABLE]
    poor = [tr(name) for name, score in scores.items() if score < READABLE]
    sentences = [tr("{sentence}.").format(sentence=told)]
    if good:
        sentences.append(
            tr("By {day} the checkpoint can distinguish, on ground that it never saw: {good}.").format(
                day=day, good=listed(good)
            )
        )
    if poor:
        sentences.append(
            tr("Not yet distinguishable by then (F1 under {readable:g}): {poor}.").format(
                readable=READABLE, poor=listed(poor)
            )
        )
    return [" ".join(sentences)]
