"""When the network looks at each crop, beside the calendar of its canopy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import numpy as np

from crop_attention.engine.report.charts.svg import day_and_month
from crop_attention.engine.simulation.kinds import FIRST_STANDING, kinds_of
from crop_attention.engine.simulation.landscape import Landscape
from crop_attention.engine.simulation.options import CountyOptions
from crop_attention.engine.simulation.perennial import cover
from crop_attention.engine.simulation.phenology import grow
from crop_attention.engine.simulation.region import draw_region
from crop_attention.engine.training.dataset import LabelledCube
from crop_attention.models.card import Card, CropClass, Season
from crop_attention.models.checkpoint import Checkpoint
from crop_attention.tools.checkpoints.counties import inner_points
from crop_attention.tools.checkpoints.simulated_cube import simulate_cube

from .sample import Sample, look, of_windows

ANNUAL, STANDING = tuple(range(1, 11)), (11, 12)
"""Classes of the bundled legend with a calendar, and those that stand all year; the rest is a mixture."""

FIELDS = 400
CALENDAR_SEED, COUNTY_SEED = 4, 95_100
CROP = 2
"""Layer of the canopy that holds the crop itself, between what stood before and what follows."""

BEFORE, GROWTH, CLOSED, RIPENING, AFTER = PHASES = (
    "before emergence",
    "emergence to full cover",
    "full cover",
    "ripening to harvest",
    "after harvest",
)
LEAST = 5
"""Pixels under which a crop is not judged."""


@dataclass(frozen=True)
class Calendar:
    """The canopy of a class on the steps of a season, in a county whose season is neither early nor late.

    Attributes:
        cover: (T,) green cover of the crop, mean over fields.
        phases: (5, T) share of fields in each of `PHASES`, summing to 1; None where the class stands all year.
    """

    cover: np.ndarray
    phases: np.ndarray | None

    @property
    def growing(self) -> np.ndarray:
        """(T,) share of fields between emergence and harvest."""
        return self.phases[1:4].sum(axis=0)

    @property
    def turning(self) -> np.ndarray:
        """(T,) share of fields that close their canopy or ripen."""
        return self.phases[[1, 3]].sum(axis=0)


@dataclass(frozen=True)
class Course:
    """One class in one sample.

    Attributes:
        sample: its name.
        entry: of the legend.
        pixels: how many, by their true class.
        first: first day of the season.
        days: of a step.
        attention: (T,) mean temporal attention; sums to 1.
        ndvi: (T,) median of the clear observations, NaN without any.
        even: (T,) what attention would be if it were the same on every step with an observation.
        calendar: of the canopy.
    """

    sample: str
    entry: CropClass
    pixels: int
    first: date
    days: int
    attention: np.ndarray
    ndvi: np.ndarray
    even: np.ndarray
    calendar: Calendar

    @property
    def peak(self) -> int:
        """The most attended step."""
        return int(self.attention.argmax())

    @property
    def peak_phase(self) -> str:
        """The phase that most fields are in at the peak; "stands all year" without a calendar."""
        if self.calendar.phases is None:
            return "stands all year"
        return PHASES[int(self.calendar.phases[:, self.peak].argmax())]

    def bounds(self, step: int) -> tuple[date, date]:
        """Return the first and the last day of a step."""
        start = self.first + timedelta(days=step * self.days)
        return start, start + timedelta(days=self.days - 1)

    def inside(self) -> tuple[float, float]:
        """Return the share of attention between emergence and harvest, and what even attention would give."""
        return self._shares(self.calendar.growing)

    def at_turns(self) -> tuple[float, float]:
        """Return the share of attention while the canopy closes or ripens, and what even attention would give."""
        return self._shares(self.calendar.turning)

    def _shares(self, of_fields: np.ndarray) -> tuple[float, float]:
        return float(self.attention @ of_fields), float(self.even @ of_fields)

    def row(self) -> tuple[object, ...]:
        """Return the cells of a table, as `HEAD` names them."""
        first, last = self.bounds(self.peak)
        peak = (self.sample, f"{self.pixels:,}", f"{day_and_month(first)} to {day_and_month(last)}", self.peak_phase)
        if self.calendar.phases is None:
            return (*peak, "", "", "", "")
        return (*peak, *(f"{share:.0%}" for share in (*self.inside(), *self.at_turns())))


HEAD = (
    "Crop",
    "Sample",
    "Pixels",
    "Most attended",
    "Canopy then",
    "While it grows",
    "if even",
    "At its turns",
    "if even",
)


@dataclass(frozen=True)
class Verdict:
    """How many crops with a calendar pass, of how many in a sample.

    Attributes:
        sample: its name.
        crops: how many.
        growing: their peak lies between emergence and harvest.
        turning: their peak lies where the canopy closes or ripens.
        more: more attention lies between emergence and harvest than if it were even.
    """

    sample: str
    crops: int
    growing: int
    turning: int
    more: int


def verdicts(courses: Sequence[Course]) -> list[Verdict]:
    """Count crops by sample."""
    found = []
    for sample in dict.fromkeys(course.sample for course in courses):
        part = [course for course in courses if course.sample == sample and course.calendar.phases is not None]
        found.append(
            Verdict(
                sample,
                len(part),
                sum(course.peak_phase in (GROWTH, CLOSED, RIPENING) for course in part),
                sum(course.peak_phase in (GROWTH, RIPENING) for course in part),
                sum(course.inside()[0] > course.inside()[1] for course in part),
            )
        )
    return found


def courses(parts: Sequence[tuple[Checkpoint, Sample]]) -> list[Course]:
    """Return when a network looks at each crop of a sample.

    Pixels are taken by their true class, whatever the network says of them.

    Args:
        parts: networks of the bundled legend and one calendar, each with pixels: one, or one a fold with the pixels it
            did not learn from.
    """
    card, sample = parts[0][0].card, parts[0][1]
    temporal = np.concatenate([look(network, part, "temporal")[1] for network, part in parts])
    seen = np.concatenate([part.s2_valid | part.s1_valid for _, part in parts])
    even = seen / np.maximum(seen.sum(axis=1, keepdims=True), 1)
    ndvi = np.concatenate([part.ndvi(card.s2_bands) for _, part in parts])
    labels = np.concatenate([part.labels for _, part in parts])
    calendars = canopy(card.season)
    found = []
    for entry in card.classes:
        rows = np.flatnonzero(labels == entry.code)
        if entry.code not in calendars or len(rows) < LEAST:
            continue
        found.append(
            Course(
                sample.name,
                entry,
                len(rows),
                sample.first,
                card.season.days,
                temporal[rows].mean(axis=0),
                _median(ndvi[rows]),
                even[rows].mean(axis=0),
                calendars[entry.code],
            )
        )
    return found


@lru_cache(maxsize=4)
def canopy(season: Season, fields: int = FIELDS) -> dict[int, Calendar]:
    """Let fields of each class grow in a season that is neither early nor late.

    Args:
        season: the calendar.
        fields: of each class, of its kinds by their weight.
    """
    opening = date(2001, season.start_month, season.start_day) - date(2002, 1, 1)
    begin = opening.days + (365 if opening.days < -300 else 0)
    # From long before the season, so that what was sown earlier has emerged.
    days = np.arange(-150, begin + season.steps * season.days)
    steps = np.clip((days - begin) // season.days, -1, None)
    region = draw_region(CALENDAR_SEED, "temperate_europe", shift_days=0.0)
    found = {}
    for code in (*ANNUAL, *STANDING):
        rows, weights = kinds_of(code)
        annual = rows < FIRST_STANDING
        rows, weights = (part[annual == (code in ANNUAL)] for part in (rows, weights))
        shares = np.round(np.cumsum(weights / weights.sum()) * fields).astype(int)
        land = _fields(np.repeat(rows, np.diff(shares, prepend=0)))
        if code in STANDING:
            _, green = cover(CALENDAR_SEED, land, region, days)
            found[code] = Calendar(_by_step(green.mean(axis=0), steps), None)
            continue
        layer = grow(CALENDAR_SEED, land, region, days).layers[CROP]
        phases = np.stack([phase.mean(axis=0) for phase in _phases(layer.stage)])
        found[code] = Calendar(_by_step(layer.green.mean(axis=0), steps), _by_step(phases, steps))
    return found


def unseen(card: Card, counties: int = 3, size: int = 128, seed: int = COUNTY_SEED) -> Sample:
    """Return a pixel of each parcel of simulated counties that no checkpoint learned from, all classes alike.

    Args:
        card: the calendar.
        counties: how many.
        size: pixels a side.
        seed: of the first.
    """
    start = date(2021, card.season.start_month, card.season.start_day)
    windows = []
    for number in range(counties):
        options = CountyOptions(
            seed=seed + number, size=size, balance=1.0, parcel_size=1.5, shift_days=0.0, s2_dates=70, s1_dates=60
        )
        cube, labels, parcels = simulate_cube(options, card.season, start)
        windows.append(LabelledCube(cube, labels, parcels, block=seed + number))
    points = [point for point in inner_points(windows, 1, seed) if point.parcels[0, 0] > 0]
    return of_windows("Simulated", points, start)


def _fields(kinds: np.ndarray) -> Landscape:
    """Return a land without a map: one unit a field, none better or worse than another."""
    count = len(kinds)
    nowhere = np.zeros((0, 0), np.int32)
    return Landscape(
        nowhere, nowhere, kinds, np.arange(count), np.zeros(count, np.float32), np.zeros(count + 1, np.uint8)
    )


def _phases(stage: np.ndarray) -> list[np.ndarray]:
    """Return (fields, D) bool of each phase; `stage` runs from 0 at emergence over 2 and 3 to 4 at harvest."""
    stands = stage > 0
    begun = np.maximum.accumulate(stands, axis=1)
    return [~begun, stands & (stage < 2), stands & (stage >= 2) & (stage < 3), stands & (stage >= 3), begun & ~stands]


def _by_step(values: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """Return means over the days (last axis) of each step."""
    return np.stack([values[..., steps == step].mean(axis=-1) for step in range(steps.max() + 1)], axis=-1)


def _median(ndvi: np.ndarray) -> np.ndarray:
    found = np.full(ndvi.shape[1], np.nan)
    known = np.isfinite(ndvi).any(axis=0)
    found[known] = np.nanmedian(ndvi[:, known], axis=0)
    return found
