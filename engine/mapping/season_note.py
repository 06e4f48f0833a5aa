"""A season that is not over: until when it was seen, and which classes can be told apart at that time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...models.card import Card
from ..series.season import PlacedSeason

if TYPE_CHECKING:
    from ..series.settle.prepared import PreparedSeries

READABLE = 0.5
"""F1 on ground never seen from which a class can be told at a date."""


def steps_seen(prepared: PreparedSeries) -> int:
    """Return the number of steps until the last one that holds an acquisition."""
    series = (entry for entry in (prepared.s2, prepared.s1) if entry is not None)
    steps = (prepared.placed.step_of(acquisition.date) for entry in series for acquisition in entry.acquisitions)
    return max((step + 1 for step in steps if step is not None), default=0)


def season_note(card: Card, placed: PlacedSeason, seen: int) -> list[str]:
    """Return sentences on an unfinished season; none for a whole one.

    Args:
        card: what it was measured to tell apart, at which step.
        placed: the season on its year.
        seen: steps until the last one that holds an acquisition.
    """
    if not 0 < seen < card.season.steps:
        return []
    last = placed.step_bounds(seen - 1)[1].isoformat()
    told = f"The season was seen until {last} (step {seen} of {card.season.steps})"
    known = sorted((int(step) for step in card.in_season if int(step) <= seen), reverse=True)
    if not known:
        if card.in_season:
            first = min(int(step) for step in card.in_season)
            day = placed.step_bounds(first - 1)[1].isoformat()
            return [f"{told}; the checkpoint was not measured so early, its first measurement is of {day}."]
        return [f"{told}; how well the checkpoint does before the season is over was not measured."]
    step = known[0]
    scores = card.in_season[str(step)]
    day = placed.step_bounds(step - 1)[1].isoformat()
    good = [name for name, score in scores.items() if score >= READABLE]
    poor = [name for name, score in scores.items() if score < READABLE]
    sentences = [f"{told}."]
    if good:
        sentences.append(f"By {day} the checkpoint can tell, on ground that it never saw: {', '.join(good)}.")
    if poor:
        sentences.append(f"Not yet to be told by then (F1 under {READABLE:g}): {', '.join(poor)}.")
    return [" ".join(sentences)]
