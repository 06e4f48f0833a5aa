"""Scale and offset of each Sentinel-2 acquisition: its own numbers, the same pixels on other dates, then a question."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Mapping, Sequence

import numpy as np

from ....models.language import tr
from ...errors import SeriesError
from ...options import SeriesOptions
from ..acquisition import ANALYST, NUMBERS, TYPE, Part, Scaling, Series
from ..cube.masks import is_bright
from ..cube.part_reader import BLUE, RED
from ..messages import count, dates_text
from .reflectance import (
    ENOUGH,
    FULL_SCALE,
    JUDGED,
    SWIR,
    Numbers,
    fitting_scales,
    impossible,
    judge,
    seems_top_of_atmosphere,
)
from .sampling import AcquisitionSample, leave_out, sampled_bands

NEIGHBOURS = 6
"""Settled dates, nearest in time, that an open one is compared with."""

SAME, DOUBT = 0.05, 0.01
"""Short-wave infrared reflectance by which ground may change between neighbouring dates (the median over its pixels),
and what must lie between that and the next best reading."""

FEW, FEW_OF_ONE_KIND = 0.05, 0.15
"""Share of dates up to which those that stay open are left out, with a warning, instead of asked about; and where all
others are read alike."""

HAZY = 0.1
"""Share of dates of decimals up to which an added 0.1, without any mask, is haze."""

EXCLUDED = 0.07
"""Reflectance by which ground without an added 0.1 would have to change that excludes it."""

ASK = tr(
    "give OPTICAL_SCALE and OPTICAL_OFFSET (in the terminal --optical-scale and --optical-offset): "
    "0.0001 and -0.1 where 1,000 was added to the numbers, 0.0001 and 0 where it was not; for other "
    "numbers the factor from number to reflectance, such as 0.01 for percent"
)

LEAVE = tr('or leave these dates out with "Leave out files that cannot be read" (SKIP_BROKEN, --skip-broken)')


@dataclass
class _Open:
    """Like parts of one acquisition: where they stand in the series, their sampled numbers and what was settled."""

    acquisition: int
    parts: tuple[int, ...]
    candidates: tuple[Scaling, ...]
    valid: np.ndarray
    numbers: Mapping[str, np.ndarray]
    settled: Scaling | None = None

    @property
    def clear(self) -> Numbers:
        """The clear numbers alone."""
        return Numbers({name: values[self.valid] for name, values in self.numbers.items()})


def settle_scaling(series: Series, samples: Sequence[AcquisitionSample], options: SeriesOptions) -> Series:
    """Close the question of scale and offset of every part, each by itself.

    Raises:
        SeriesError: numbers leave it open, or no ground reflects like this; dates and the option are named.
    """
    entries = _entries(series, samples)
    for entry in entries:
        if len(entry.candidates) == 1:
            entry.settled = entry.candidates[0]
        else:
            entry.settled = judge(entry.clear, entry.candidates)
    _settle_by_neighbours(series, entries)
    series = _settle_decimals(series, entries)
    series, entries = _without_dark_parts(series, entries)
    still = sorted({series.acquisitions[entry.acquisition].date for entry in entries if entry.settled is None})
    if still:
        raise SeriesError(
            tr(
                "The numbers of Sentinel-2 on {still} do not tell how they become reflectance, and neither "
                "metadata nor names do; {ask}."
            ).format(still=dates_text(still), ask=ASK)
        )
    return _noted(_applied(series, entries), entries)


def check_physics(
    series: Series, samples: Sequence[AcquisitionSample], options: SeriesOptions
) -> tuple[Series, tuple[AcquisitionSample, ...]]:
    """Refuse, or leave out on request, dates whose reflectance no ground has.

    Raises:
        SeriesError: names the dates, the reason and the option.
    """
    wrong: dict[int, str] = {}
    hazy, judged = [], 0
    for entry in _entries(series, samples):
        scaling = entry.candidates[0]
        if entry.clear.count < ENOUGH:
            continue
        reflectance = entry.clear.read(scaling)
        reason = impossible(reflectance)
        if reason:
            day, origin = series.acquisitions[entry.acquisition].date, scaling.origin
            known = (
                tr(", known from {origin}").format(origin=tr("the analyst") if origin == ANALYST else tr(origin))
                if origin
                else ""
            )
            wrong[entry.acquisition] = tr("{day}: {reason} (scale {scale:.6g}, offset {offset:g}{known}).").format(
                day=day, reason=reason, scale=scaling.scale, offset=scaling.offset, known=known
            )
        seen = seems_top_of_atmosphere(reflectance)
        judged += seen is not None
        if seen:
            hazy.append(series.acquisitions[entry.acquisition].date)
    if wrong and not options.skip_broken:
        days, first = [series.acquisitions[index].date for index in wrong], next(iter(wrong.values()))[:-1]
        raise SeriesError(
            tr("Sentinel-2 numbers become what no ground reflects on {days} ({first}); {ask}, {leave}.").format(
                days=dates_text(days), first=first, ask=ASK, leave=LEAVE
            )
        )
    if len(hazy) >= 3 and len(hazy) >= 0.6 * judged and not options.allow_level1c:
        raise SeriesError(
            tr(
                "Sentinel-2 looks like Level-1C (top of the atmosphere) on {hazy}: plants are as bright in blue "
                'as air makes them; take Level-2A, or switch on "Accept Level-1C" (ALLOW_LEVEL1C, '
                "--allow-level1c)."
            ).format(hazy=dates_text(hazy))
        )
    if not wrong:
        return series, tuple(samples)
    kept = [index for index in range(len(series.acquisitions)) if index not in wrong]
    left = leave_out(series, [series.acquisitions[index] for index in kept], list(wrong.values()))
    return left, tuple(samples[index] for index in kept)


def _entries(series: Series, samples: Sequence[AcquisitionSample]) -> list[_Open]:
    """Return one entry for the parts of an acquisition that are of one kind: pieces of one file are judged together."""
    names = [name for name in sampled_bands(series) if name in JUDGED] or list(sampled_bands(series))
    rows = [sampled_bands(series).index(name) for name in names]
    entries = []
    for index, (acquisition, sample) in enumerate(zip(series.acquisitions, samples)):
        kinds: dict[tuple, list[int]] = {}
        for number, part in enumerate(acquisition.parts):
            kinds.setdefault((part.candidates or _candidates(part), part.tile, part.baseline), []).append(number)
        for (candidates, _, _), numbers in kinds.items():
            valid = np.zeros(sample.valid.shape, bool)
            stored = np.zeros((len(names), valid.size))
            for number in numbers:
                part, seen = acquisition.parts[number], sample.parts[number]
                new = seen.valid & ~valid
                for position, (name, row) in enumerate(zip(names, rows)):
                    source = part.bands[name]
                    stored[position, new] = (seen.values[row, new] - source.offset) / source.scale
                valid |= new
            entries.append(_Open(index, tuple(numbers), candidates, valid, dict(zip(names, stored))))
    return entries


def _candidates(part: Part) -> tuple[Scaling, ...]:
    if part.scale_open:
        return part.candidates
    source = next(iter(part.bands.values()))
    return (Scaling(source.scale, source.offset, part.origins.offset or part.origins.scale),)


def _settle_by_neighbours(series: Series, entries: Sequence[_Open]) -> None:
    """Settle what single dates leave open by the same pixels on other dates; haze that seems an added 0.1 too."""
    plain = [each for each in entries if each.settled is not None and each.settled.offset >= 0]
    for entry in entries:
        doubtful = len(entry.candidates) > 1 and entry.settled is not None and entry.settled.offset < 0
        if doubtful and plain:
            entry.settled = _nearest_reading(series, entry, plain)
    known = [each for each in entries if each.settled is not None]
    for entry in entries:
        if entry.settled is None and known:
            entry.settled = _nearest_reading(series, entry, known)
    readings = {(other.settled.scale, other.settled.offset) for other in known}
    for entry in entries:
        if entry.settled is not None or not known:
            continue
        if entry.clear.count < ENOUGH and len(readings) == 1:
            # Too little clear ground to matter: read as all the other dates are.
            entry.settled = _candidate(entry, *next(iter(readings)))
        elif _no_mask(series, entry) and _dark(entry).sum() < ENOUGH:
            # All cloud, which the threshold on brightness hides.
            entry.settled = replace(entry.candidates[0], origin=NUMBERS)


def _settle_decimals(series: Series, entries: Sequence[_Open]) -> Series:
    """Take decimal reflectance that stays open as it is, where hardly any date of the season carries an added 0.1.

    Few dates that seem to, without any mask, are hazy: decimals have mostly been through somebody's correction.
    """
    decimal = [each for each in entries if each.settled is not None and each.settled.scale == 1]
    added = [each for each in decimal if each.settled.offset < 0 and len(each.candidates) > 1]
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
    if any(each.settled is not None and each.settled.offset < 0 for each in entries):
        return series
    for entry in entries:
        if entry.settled is None and entry.clear.count >= ENOUGH:
            if fitting_scales(entry.clear, entry.candidates) == [1.0]:
                entry.settled = _candidate(entry, 1.0, 0.0)
    return series


def _nearest_reading(series: Series, entry: _Open, known: Sequence[_Open]) -> Scaling | None:
    """Return the candidate under which the shared pixels look as on the nearest settled dates, None if in doubt."""
    day = series.acquisitions[entry.acquisition].date
    near = sorted(known, key=lambda other: abs((series.acquisitions[other.acquisition].date - day).days))
    changes: list[dict[tuple[float, float], float]] = []
    for other in near:
        if other is not entry and len(changes) < NEIGHBOURS:
            found = _changes(entry, other)
            changes += [found] if found else []
    if not changes:
        return None
    typical = {key: float(np.median([each[key] for each in changes])) for key in changes[0]}
    best, *others = sorted(typical, key=typical.get)
    if entry.settled is not None and (entry.settled.scale, entry.settled.offset) == best and typical[best] < SAME:
        return entry.settled
    excluded = [key for key in typical if key[1] < 0 and typical[key] > EXCLUDED]
    left = [key for key in typical if key not in excluded and key[0] == best[0]]
    if excluded and len(left) == 1 and left[0][1] == 0:
        # Haze: 0.1 taken off would not make it the ground of the other dates.
        return _candidate(entry, *left[0])
    clear = typical[best] < SAME and all(typical[key] > SAME + DOUBT for key in others)
    return _candidate(entry, *best) if clear else None


def _changes(entry: _Open, other: _Open) -> dict[tuple[float, float], float] | None:
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
            before = other.numbers[name][both] * other.settled.scale + other.settled.offset
            after = entry.numbers[name][both] * candidate.scale + candidate.offset
            steps.append(abs(float(np.median(after - before))))
        found[candidate.scale, candidate.offset] = max(steps)
    return found


def _candidate(entry: _Open, scale: float, offset: float) -> Scaling | None:
    found = (each for each in entry.candidates if (each.scale, each.offset) == (scale, offset))
    return next((replace(each, origin=NUMBERS) for each in found), None)


def _dark(entry: _Open) -> np.ndarray:
    """Return (P,) bool: pixels neither as bright nor as hazy as cloud, even if 0.1 was added to them."""
    if BLUE not in entry.numbers:
        return entry.valid
    scaling = entry.settled or entry.candidates[0]
    scale = scaling.scale
    scales = fitting_scales(entry.clear, entry.candidates) if entry.settled is None and entry.clear.count else []
    scale = scales[0] if scales else scale
    offset = entry.settled.offset if entry.settled is not None else 0.0
    blue = entry.numbers[BLUE] * scale + offset
    red = entry.numbers[RED] * scale + offset if RED in entry.numbers else None
    return entry.valid & ~is_bright(blue, red)


def _no_mask(series: Series, entry: _Open) -> bool:
    return not any(series.acquisitions[entry.acquisition].parts[number].masks for number in entry.parts)


def _without_dark_parts(series: Series, entries: list[_Open]) -> tuple[Series, list[_Open]]:
    """Leave out parts that stay open because hardly any ground is seen, or that are few, where others are settled."""
    poor = [each for each in entries if each.settled is None and each.clear.count < ENOUGH]
    unclear = [each for each in entries if each.settled is None and each.clear.count >= ENOUGH]
    readings = {(each.settled.scale, each.settled.offset) for each in entries if each.settled is not None}
    if len(unclear) <= (FEW_OF_ONE_KIND if len(readings) == 1 else FEW) * len(entries):
        poor += unclear
    if not poor or all(entry.settled is None for entry in entries):
        return series, entries
    kept, left = [], []
    for index, acquisition in enumerate(series.acquisitions):
        own = [each for each in entries if each.acquisition == index and not any(each is one for one in poor)]
        numbers = sorted(number for each in own for number in each.parts)
        if own:
            place = {number: position for position, number in enumerate(numbers)}
            left += [
                replace(each, acquisition=len(kept), parts=tuple(place[number] for number in each.parts))
                for each in own
            ]
            kept.append(replace(acquisition, parts=tuple(acquisition.parts[number] for number in numbers)))
    days = [series.acquisitions[each.acquisition].date for each in poor]
    warning = tr(
        "{count} left out: too little clear ground is seen to tell whether 1,000 was added to the "
        "numbers ({days}); OPTICAL_OFFSET (--optical-offset) takes them in."
    ).format(count=count(len(poor), "Sentinel-2 date"), days=dates_text(days))
    return replace(series, acquisitions=tuple(kept), warnings=(*series.warnings, warning)), left


def _applied(series: Series, entries: Sequence[_Open]) -> Series:
    settled = {(entry.acquisition, number): entry.settled for entry in entries for number in entry.parts}
    acquisitions = [
        replace(found, parts=tuple(_scaled(part, settled[index, number]) for number, part in enumerate(found.parts)))
        for index, found in enumerate(series.acquisitions)
    ]
    return replace(series, acquisitions=tuple(acquisitions))


def _scaled(part: Part, scaling: Scaling) -> Part:
    if not part.scale_open:
        return part
    first = part.candidates[0]
    bands = {
        name: replace(source, scale=scaling.scale, offset=scaling.offset)
        if (source.scale, source.offset) == (first.scale, first.offset)
        else source
        for name, source in part.bands.items()
    }
    scale = part.origins.scale if part.origins.scale not in ("", TYPE) else NUMBERS
    offset = part.origins.offset if part.origins.offset not in ("", TYPE) else NUMBERS
    return replace(part, bands=bands, candidates=(), origins=replace(part.origins, scale=scale, offset=offset))


def _noted(series: Series, entries: Sequence[_Open]) -> Series:
    """Add what the numbers told, one sentence a reading."""
    told: dict[tuple[float, float], list] = {}
    for entry in entries:
        if len(entry.candidates) > 1:
            key = (entry.settled.scale, entry.settled.offset)
            told.setdefault(key, []).append(series.acquisitions[entry.acquisition])
    notes, warnings = list(series.notes), list(series.warnings)
    for (scale, offset), found in sorted(told.items()):
        days = sorted({each.date for each in found})
        reading = tr("reflectance = number x {scale:.6g}").format(scale=scale) + (
            f" - {-offset:g}" if offset < 0 else ""
        )
        text = tr("{count}: {reading}, told from the numbers of each date.").format(
            count=count(len(days), "Sentinel-2 date"), reading=reading
        )
        if len(told) > 1 or offset < 0 or scale == FULL_SCALE:
            shown = f" ({dates_text(days)})" if len(told) > 1 else ""
            warnings.append(
                tr("{text}{shown}; set OPTICAL_SCALE and OPTICAL_OFFSET if that is wrong.").format(
                    text=text[:-1], shown=shown
                )
            )
        else:
            notes.append(text)
    return replace(series, notes=tuple(notes), warnings=tuple(warnings))
