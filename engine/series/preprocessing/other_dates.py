"""What one date leaves open about its scale and offset, told by the same pixels on other dates."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Mapping, Sequence

import numpy as np

from ....models.language import tr
from ..acquisition import NUMBERS, Scaling, Series
from ..cube.masks import is_bright
from ..cube.part_reader import BLUE, RED
from ..messages import dates_text
from .reflectance import ENOUGH, SWIR, Numbers, fitting_scales

NEIGHBOURS = 6
"""Settled dates, nearest in time, that an open one is compared with."""

SAME, DOUBT = 0.05, 0.01
"""Short-wave infrared reflectance by which ground may change between neighbouring dates (the median over its pixels),
and what must lie between that and the next best reading."""

CLOUDED = 0.25
"""Share of dark pixels below which a date without a mask is cloud: hardly any of its ground is seen."""

HAZY = 0.1
"""Share of dates of decimals up to which an added 0.1, without any mask, is haze."""

EXCLUDED = 0.07
"""Reflectance by which ground without an added 0.1 would have to change that excludes it."""

FEW, FEW_OF_ONE_KIND = 0.05, 0.15
"""Share of dates up to which those that stay open are left out, with a warning, instead of asked about; and where all
others are read alike."""


@dataclass
class Open:
    """Like parts of one acquisition: where they stand in the series, their sampled numbers and what was settled."""

    acquisition: int
    parts: tuple[int, ...]
    candidates: tuple[Scaling, ...]
    valid: np.ndarray
    numbers: Mapping[str, np.ndarray]
    settled: Scaling | None = None

    @property
    def reading(self) -> Scaling:
        """What was settled; the likeliest candidate before."""
        return self.settled or self.candidates[0]

    @property
    def clear(self) -> Numbers:
        """The clear numbers alone."""
        return Numbers({name: values[self.valid] for name, values in self.numbers.items()})


def resolve_by_other_dates(series: Series, entries: Sequence[Open]) -> None:
    """Settle what single dates leave open by the same pixels on other dates; haze that seems an added 0.1 too."""
    known = [each for each in entries if each.settled is not None]
    plain = [each for each in known if each.reading.offset >= 0]
    for entry in [each for each in known if len(each.candidates) > 1 and each.reading.offset < 0]:
        # Ground of another time of the year tells nothing: most of the nearest dates must be without an added 0.1.
        near = [each for each in _by_time(series, entry, known) if each is not entry][:NEIGHBOURS]
        if plain and 2 * sum(any(each is one for one in plain) for each in near) > len(near):
            entry.settled = _nearest_reading(series, entry, plain)
    known = [each for each in entries if each.settled is not None]
    for entry in entries:
        if entry.settled is None and known:
            entry.settled = _nearest_reading(series, entry, known)
    readings = {(other.reading.scale, other.reading.offset) for other in known}
    for entry in entries:
        if entry.settled is not None or not known:
            continue
        if entry.clear.count < ENOUGH and len(readings) == 1:
            # Too little clear ground to matter: read as all the other dates are.
            entry.settled = _candidate(entry, *next(iter(readings)))
        elif _no_mask(series, entry) and _dark(entry).sum() < ENOUGH:
            # All cloud, which the threshold on brightness hides.
            entry.settled = replace(entry.candidates[0], origin=NUMBERS)


def resolve_decimals(series: Series, entries: Sequence[Open]) -> Series:
    """Take decimal reflectance that stays open as it is, where hardly any date of the season carries an added 0.1.

    Few dates that seem to, without any mask, are hazy: decimals have mostly been through somebody's correction.
    """
    decimal = [each for each in entries if each.settled is not None and each.reading.scale == 1]
    added = [each for each in decimal if each.reading.offset < 0 and len(each.candidates) > 1]
    if len(added) <= HAZY * len(decimal) and all(_no_mask(series, each) for each in added):
        for entry in added:
            entry.settled = _candidate(entry, 1.0, 0.0)
        if added:
            days = dates_text([series.acquisitions[each.acquisition].date for each in added])
            warning = tr(
                "Sentinel-2 reflectance is read as it is on {days}, where all of it is about 0.1 brighter than "
                "on other dates, as in haze; leave these dates out if an offset was forgotten."
            ).format(days=days)
            series = replace(series, warnings=(*series.warnings, warning))
    if any(each.settled is not None and each.reading.offset < 0 for each in entries):
        return series
    for entry in entries:
        if entry.settled is None and entry.clear.count >= ENOUGH:
            if fitting_scales(entry.clear, entry.candidates) == [1.0]:
                entry.settled = _candidate(entry, 1.0, 0.0)
    return series


def doubt_few(series: Series, entries: Sequence[Open]) -> None:
    """Open again dates without a mask that seem to carry an added 0.1, as cloud may: few, or with hardly any ground."""
    judged = [each for each in entries if each.settled is not None and len(each.candidates) > 1]
    added = [each for each in judged if each.reading.offset < 0 and each.reading.scale < 1]
    few = len(added) <= FEW_OF_ONE_KIND * len(judged)
    for entry in added if len(added) < len(judged) else ():
        if _no_mask(series, entry) and (few or clouded(series, entry)):
            entry.settled = None


def _nearest_reading(series: Series, entry: Open, known: Sequence[Open]) -> Scaling | None:
    """Return the candidate under which the shared pixels look as on the nearest settled dates, None if in doubt."""
    near = _by_time(series, entry, known)
    changes: list[dict[tuple[float, float], float]] = []
    for other in near:
        if other is not entry and len(changes) < NEIGHBOURS:
            found = _changes(entry, other)
            changes += [found] if found else []
    if not changes:
        return None
    typical = {key: float(np.median([each[key] for each in changes])) for key in changes[0]}
    best, *others = sorted(typical, key=lambda key: typical[key])
    if entry.settled is not None and (entry.reading.scale, entry.reading.offset) == best and typical[best] < SAME:
        return entry.settled
    excluded = [key for key in typical if key[1] < 0 and typical[key] > EXCLUDED]
    left = [key for key in typical if key not in excluded and key[0] == best[0]]
    if excluded and len(left) == 1 and left[0][1] == 0:
        # Haze: 0.1 taken off would not make it the ground of the other dates.
        return _candidate(entry, *left[0])
    clear = typical[best] < SAME and all(typical[key] > SAME + DOUBT for key in others)
    return _candidate(entry, *best) if clear else None


def _by_time(series: Series, entry: Open, others: Sequence[Open]) -> list[Open]:
    day = series.acquisitions[entry.acquisition].date
    return sorted(others, key=lambda other: abs((series.acquisitions[other.acquisition].date - day).days))


def _changes(entry: Open, other: Open) -> dict[tuple[float, float], float] | None:
    """Return by how much shared pixels would change under each candidate, in the band that haze changes least.

    An added 0.1 stands in every band alike, haze does not: where it is taken off, blue must fit too.
    """
    shared = [name for name in (SWIR, RED, BLUE) if name in entry.numbers and name in other.numbers]
    both = _dark(entry) & _dark(other)
    if not shared or both.sum() < ENOUGH:
        return None
    found = {}
    for candidate in entry.candidates:
        steps = []
        for name in (shared[0], shared[-1]) if candidate.offset < 0 else shared[:1]:
            before = other.numbers[name][both] * other.reading.scale + other.reading.offset
            after = entry.numbers[name][both] * candidate.scale + candidate.offset
            steps.append(abs(float(np.median(after - before))))
        found[candidate.scale, candidate.offset] = max(steps)
    return found


def _candidate(entry: Open, scale: float, offset: float) -> Scaling | None:
    found = (each for each in entry.candidates if (each.scale, each.offset) == (scale, offset))
    return next((replace(each, origin=NUMBERS) for each in found), None)


def _dark(entry: Open) -> np.ndarray:
    """Return (P,) bool: pixels neither as bright nor as hazy as cloud, even if 0.1 was added to them."""
    if BLUE not in entry.numbers:
        return entry.valid
    scale = entry.reading.scale
    scales = fitting_scales(entry.clear, entry.candidates) if entry.settled is None and entry.clear.count else []
    scale = scales[0] if scales else scale
    offset = entry.reading.offset if entry.settled is not None else 0.0
    blue = entry.numbers[BLUE] * scale + offset
    red = entry.numbers[RED] * scale + offset if RED in entry.numbers else None
    return entry.valid & ~is_bright(blue, red)


def clouded(series: Series, entry: Open) -> bool:
    return _no_mask(series, entry) and _dark(replace(entry, settled=None)).sum() < CLOUDED * entry.valid.sum()


def _no_mask(series: Series, entry: Open) -> bool:
    return not any(series.acquisitions[entry.acquisition].parts[number].cloud_masks for number in entry.parts)
