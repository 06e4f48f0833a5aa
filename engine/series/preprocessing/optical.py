"""Scale and offset of each Sentinel-2 acquisition: its own numbers, the same pixels on other dates, then a question."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Sequence

import numpy as np

from ....models.known import known
from ....models.language import tr
from ....models.naming import called
from ...errors import SeriesError
from ...options import SeriesOptions
from ..acquisition import ANALYST, METADATA, NAME, NUMBERS, TYPE, Acquisition, Part, Scaling, Series
from ..messages import count, dates_text
from .other_dates import FEW, FEW_OF_ONE_KIND, Open, clouded, doubt_few, resolve_by_other_dates, resolve_decimals
from .reflectance import (
    ENOUGH,
    FULL_SCALE,
    JUDGED,
    carries_added,
    impossible,
    judge,
    seems_top_of_atmosphere,
)
from .sampling import AcquisitionSample, leave_out, sampled_bands


def ask() -> str:
    """Return what the analyst is to give where nothing tells the scale."""
    return tr(
        "give {scale} and {offset}: 0.0001 and -0.1 where 1,000 was added to the numbers, 0.0001 and 0 where it was "
        "not; for other numbers the factor from number to reflectance, such as 0.01 for percent"
    ).format(scale=called("optical_scale"), offset=called("optical_offset"))


def without_dates() -> str:
    """Return the last remedy of a refusal."""
    return tr("or leave these dates out by {option}").format(option=called("skip_broken"))


def resolve_scaling(series: Series, samples: Sequence[AcquisitionSample], options: SeriesOptions) -> Series:
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
    resolve_by_other_dates(series, entries)
    series = resolve_decimals(series, entries)
    doubt_few(series, entries)
    series, entries = _without_dark_parts(series, entries)
    still = sorted({series.acquisitions[entry.acquisition].date for entry in entries if entry.settled is None})
    if still:
        raise SeriesError(
            tr(
                "The scale and offset of Sentinel-2 on {still} follow neither from the values nor "
                "from metadata or file names; {ask}."
            ).format(still=dates_text(still), ask=ask())
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
    added: dict[bool, list[date]] = {True: [], False: []}
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
        carried = carries_added(reflectance) if scaling.origin in (METADATA, NAME) and scaling.offset >= 0 else None
        if carried is not None:
            added[carried].append(series.acquisitions[entry.acquisition].date)
        seen = seems_top_of_atmosphere(reflectance)
        judged += seen is not None
        if seen:
            hazy.append(series.acquisitions[entry.acquisition].date)
    if wrong and not options.skip_broken:
        days, first = [series.acquisitions[index].date for index in wrong], next(iter(wrong.values()))[:-1]
        raise SeriesError(
            tr("Sentinel-2 numbers become impossible reflectance on {days} ({first}); {ask}, {leave}.").format(
                days=dates_text(days), first=first, ask=ask(), leave=without_dates()
            )
        )
    if len(hazy) >= 3 and len(hazy) >= 0.6 * judged and not options.allow_level1c:
        raise SeriesError(
            tr(
                "Sentinel-2 looks like Level-1C (top of the atmosphere) on {hazy}: vegetation is as "
                "bright in blue as haze makes it; take Level-2A, or switch on {option}."
            ).format(hazy=dates_text(hazy), option=called("allow_level1c"))
        )
    if len(added[True]) >= 3 and len(added[True]) >= 4 * len(added[False]):
        raise SeriesError(
            tr(
                "Sentinel-2 is brighter by 0.1 in every band than any ground on {days}, as if the 1,000 that ESA adds "
                "were still in the numbers, although metadata or names say that it is not; {ask}."
            ).format(days=dates_text(added[True]), ask=ask())
        )
    if not wrong:
        return series, tuple(samples)
    kept = [index for index in range(len(series.acquisitions)) if index not in wrong]
    left = leave_out(series, [series.acquisitions[index] for index in kept], list(wrong.values()))
    return left, tuple(samples[index] for index in kept)


def _entries(series: Series, samples: Sequence[AcquisitionSample]) -> list[Open]:
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
            entries.append(Open(index, tuple(numbers), candidates, valid, dict(zip(names, stored))))
    return entries


def _candidates(part: Part) -> tuple[Scaling, ...]:
    if part.scale_open:
        return part.candidates
    source = next(iter(part.bands.values()))
    return (Scaling(source.scale, source.offset, part.origins.offset or part.origins.scale),)


def _without_dark_parts(series: Series, entries: list[Open]) -> tuple[Series, list[Open]]:
    """Leave out parts that stay open because hardly any ground is seen, or that are few, where others are settled."""
    still = [each for each in entries if each.settled is None]
    poor = [each for each in still if each.clear.count < ENOUGH or clouded(series, each)]
    unclear = [each for each in still if not any(each is one for one in poor)]
    readings = {(each.settled.scale, each.settled.offset) for each in entries if each.settled is not None}
    if len(unclear) <= (FEW_OF_ONE_KIND if len(readings) == 1 else FEW) * len(entries):
        poor += unclear
    if not poor or all(entry.settled is None for entry in entries):
        return series, entries
    kept: list[Acquisition] = []
    left: list[Open] = []
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
        "numbers ({days}); {option} takes them in."
    ).format(count=count(len(poor), "Sentinel-2 date"), days=dates_text(days), option=called("optical_offset"))
    return replace(series, acquisitions=tuple(kept), warnings=(*series.warnings, warning)), left


def _applied(series: Series, entries: Sequence[Open]) -> Series:
    settled = {(entry.acquisition, number): known(entry.settled) for entry in entries for number in entry.parts}
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


def _noted(series: Series, entries: Sequence[Open]) -> Series:
    """Add what the numbers told, one sentence a reading."""
    told: dict[tuple[float, float], list] = {}
    for entry in entries:
        if len(entry.candidates) > 1:
            key = (entry.reading.scale, entry.reading.offset)
            told.setdefault(key, []).append(series.acquisitions[entry.acquisition])
    notes, warnings = list(series.notes), list(series.warnings)
    for (scale, offset), found in sorted(told.items()):
        days = sorted({each.date for each in found})
        reading = tr("reflectance = number x {scale:.6g}").format(scale=scale) + (
            f" - {-offset:g}" if offset < 0 else ""
        )
        text = tr("{count}: {reading}, inferred from the values of each date.").format(
            count=count(len(days), "Sentinel-2 date"), reading=reading
        )
        if len(told) > 1 or offset < 0 or scale == FULL_SCALE:
            shown = f" ({dates_text(days)})" if len(told) > 1 else ""
            warnings.append(
                tr("{text}{shown}; set {scale} and {offset} if that is wrong.").format(
                    text=text[:-1], shown=shown, scale=called("optical_scale"), offset=called("optical_offset")
                )
            )
        else:
            notes.append(text)
    return replace(series, notes=tuple(notes), warnings=tuple(warnings))
