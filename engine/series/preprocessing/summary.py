"""What a season holds, step by step, from the sample windows: the numbers of the reports."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Sequence

import numpy as np

from ...feedback import Feedback
from ..acquisition import Series
from ..season import PlacedSeason
from .sampling import AcquisitionSample

if TYPE_CHECKING:
    from .prepared import PreparedSeries

USABLE = 0.05
"""Share of sampled pixels with an observation from which on a step or an acquisition counts as usable."""


@dataclass(frozen=True)
class StepSummary:
    """One step of the season.

    Attributes:
        first, last: its first and last day.
        s2_dates, s1_dates: acquisition dates in it, each once.
        s2_clear, s1_clear: share of the sampled pixels with a valid observation, 0..1.
    """

    first: date
    last: date
    s2_dates: tuple[date, ...]
    s1_dates: tuple[date, ...]
    s2_clear: float
    s1_clear: float


@dataclass(frozen=True)
class SeasonSummary:
    """The season at a glance.

    Attributes:
        usable_s2, usable_s1: steps with an observation on at least 5 % of the sampled pixels.
        longest_gap_days: days without any usable optical date (radar where there is no Sentinel-2), counted from the
            first day of the season to its last.
        s2_acquisitions, s1_acquisitions: number of acquisitions read.
        s2_clear_shares: date and clear share of each Sentinel-2 acquisition.
    """

    steps: tuple[StepSummary, ...]
    usable_s2: int
    usable_s1: int
    longest_gap_days: int
    s2_acquisitions: int
    s1_acquisitions: int
    s2_clear_shares: tuple[tuple[date, float], ...]


def summarise(prepared: PreparedSeries, feedback: Feedback | None = None) -> SeasonSummary:
    """Summarise a prepared season; reads no file."""
    (feedback or Feedback()).check()
    placed, sample = prepared.placed, prepared.sample
    s2_clear, s1_clear = steps_seen(sample.s2, placed), steps_seen(sample.s1, placed)
    s2_dates, s1_dates = _dates(prepared.s2, placed), _dates(prepared.s1, placed)
    steps = tuple(
        StepSummary(*placed.step_bounds(step), s2_dates[step], s1_dates[step], s2_clear[step], s1_clear[step])
        for step in range(placed.season.steps)
    )
    leading = sample.s2 if prepared.s2 is not None else sample.s1
    return SeasonSummary(
        steps=steps,
        usable_s2=sum(share >= USABLE for share in s2_clear),
        usable_s1=sum(share >= USABLE for share in s1_clear),
        longest_gap_days=_longest_gap([each.date for each in leading if each.share >= USABLE], placed),
        s2_acquisitions=len(prepared.s2.acquisitions) if prepared.s2 else 0,
        s1_acquisitions=len(prepared.s1.acquisitions) if prepared.s1 else 0,
        s2_clear_shares=tuple((each.date, each.share) for each in sample.s2),
    )


def steps_seen(samples: Sequence[AcquisitionSample], placed: PlacedSeason) -> tuple[float, ...]:
    """Return for each step the share of sampled pixels that any of its acquisitions shows."""
    seen: list[np.ndarray | None] = [None] * placed.season.steps
    for each in samples:
        step = placed.step_of(each.date)
        if step is not None:
            before = seen[step]
            seen[step] = each.valid if before is None else before | each.valid
    return tuple(0.0 if valid is None or not valid.size else float(valid.mean()) for valid in seen)


def _dates(series: Series | None, placed: PlacedSeason) -> list[tuple[date, ...]]:
    steps: list[set[date]] = [set() for _ in range(placed.season.steps)]
    for acquisition in series.acquisitions if series else ():
        step = placed.step_of(acquisition.date)
        if step is not None:
            steps[step].add(acquisition.date)
    return [tuple(sorted(days)) for days in steps]


def _longest_gap(days: Sequence[date], placed: PlacedSeason) -> int:
    """Return the longest run of days without any of `days`."""
    inside = sorted({(day - placed.start).days for day in days if placed.step_of(day) is not None})
    edges = [-1, *inside, (placed.end - placed.start).days]
    return max(after - before - 1 for before, after in zip(edges, edges[1:]))
