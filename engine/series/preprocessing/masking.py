"""Whether the masks of a season mean what they say: codes that are none, and masks that never hide anything."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Sequence

import numpy as np

from ....models.known import known
from ....models.language import listed, tr
from ....models.naming import called
from ...errors import SeriesError
from ..acquisition import CLASSES, CLEARNESS, DATA, FLAG, PROBABILITY, Acquisition, MaskSource, Part, Series
from ..cube.masks import BRIGHT_BLUE, mask_flags
from ..cube.part_reader import BLUE
from ..files.grid import Window
from ..messages import count, dates_text
from ..recognise.masking import MEANINGS, SCL_TITLE
from .fmask import resolve_fmask, sides
from .sampling import Sampler

MOST_WINDOWS = 4
"""Windows of the sample that masks are judged in."""

BRIGHTER = 3.0
"""Times the dark ground of the season that only cloud, snow and roofs are in blue; dry soil and haze stay below
`BRIGHT_BLUE`."""

CLOUDY = 0.05
"""Share of bright pixels from which on a date has cloud or snow that a mask must hide."""

SHOWN = 0.001
"""Share of hidden pixels up to which a mask hides nothing."""

INVERSE, PAIRS = 0.7, 200
"""Blue of what a mask hides, as a share of what it shows, below which it seems to be the other way round; and pixels of
both kinds that tell."""

FRACTIONS = 0.005
"""Share of pixels with fractions from which on classes were averaged."""


@dataclass
class _Seen:
    """What one date showed: blue of all pixels, and by title of each mask of clouds the share that it hides.

    `under` holds blue of the pixels that a flag hides, and of those that it shows; `most` the greatest score.
    """

    index: int
    blue: np.ndarray
    hidden: dict[str, float] = field(default_factory=dict)
    under: dict[str, tuple[np.ndarray, np.ndarray]] = field(default_factory=dict)
    most: dict[str, float] = field(default_factory=dict)
    unknown: float = 0.0
    fractions: float = 0.0
    flat: bool = False


def resolve_masks(series: Series, sampler: Sampler) -> Series:
    """Leave out masks that are none or never hide anything, with a warning; a threshold on brightness hides then.

    Raises:
        SeriesError: scene classes were averaged; the text names the dates.
    """
    if not sampler.options.masked_scl:
        series = _bare(series, range(len(series.acquisitions)), kind=CLASSES)
    masked = [index for index, found in enumerate(series.acquisitions) if any(part.cloud_masks for part in found.parts)]
    if not masked or BLUE not in series.bands:
        return series
    windows = sampler.windows(series)[:MOST_WINDOWS]
    series = resolve_fmask(series, windows, sampler)

    def shown() -> list[_Seen]:
        found = []
        for index in masked:
            sampler.feedback.check()
            try:
                found.append(_shown(index, series.acquisitions[index], windows, sampler))
            except SeriesError:
                # Broken files are reported, or left out, where the samples are read.
                continue
        return found

    seen = shown()
    scaled = _on_scale(series, seen)
    if scaled is not series:
        series = scaled
        seen = shown()
    averaged = [series.acquisitions[each.index].date for each in seen if each.fractions > FRACTIONS]
    if averaged:
        raise SeriesError(
            tr(
                "The scene classification mask holds fractions on {averaged}: classes were averaged into others; "
                "resample it by the nearest neighbour, or leave {option} without any class to hide cloud by its "
                "brightness instead."
            ).format(averaged=dates_text(averaged), option=called("masked_classes"))
        )
    none = bool(seen) and float(np.mean([each.unknown for each in seen])) > 0.5
    wrong = [each.index for each in seen if each.flat or (none and each.unknown)]
    series = _without(series, wrong, "", tr("contains no scene classes: the mask is left out"))
    odd = [series.acquisitions[each.index].date for each in seen if each.unknown and each.index not in wrong]
    if odd:
        text = tr("The mask holds codes that its distributor does not use on {odd}; their pixels are hidden.").format(
            odd=dates_text(odd)
        )
        series = replace(series, warnings=(*series.warnings, text))
    series, seen = _without_inverse(series, [each for each in seen if each.index not in wrong])
    for title in sorted({title for each in seen for title in each.hidden}):
        empty = _never_hiding([each for each in seen if title in each.hidden], title)
        series = _without(
            series, empty, title, tr("hides nothing although there are bright pixels: the mask is left out")
        )
    return series


def _shown(index: int, acquisition: Acquisition, windows: Sequence[Window], sampler: Sampler) -> _Seen:
    pool, bare = sampler.pool, sampler.reader(acquisition, (BLUE,), masked=False)
    blue = [known(view.physical(0))[view.valid] for window in windows for _, view in bare.views(window, pool)]
    seen = _Seen(index, np.concatenate(blue) if blue else np.zeros(0, np.float32))
    numbers: dict[MaskSource, list[np.ndarray]] = {}
    for part in acquisition.parts:
        for mask in part.cloud_masks:
            placement = sampler.placements.of(sampler.geometries[mask.path])
            for window in windows:
                box = placement.box(window) if placement.touches(window) else None
                if box is not None:
                    numbers.setdefault(mask, []).append(pool.read(mask.path, (mask.band,), box)[0].ravel())
    hidden: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for mask, pieces in numbers.items():
        values = np.concatenate(pieces)
        title = _title(mask)
        if mask.kind in (PROBABILITY, CLEARNESS) and values.size:
            seen.most[title] = max(seen.most.get(title, 0.0), float(np.nanmax(np.append(values, 0))))
        if mask.margin or mask.margin_bits or (mask.margins and mask.kind in (FLAG, PROBABILITY, CLEARNESS)):
            hidden[title] += int(mask_flags(values[np.newaxis], mask)[0].sum())
            total[title] += values.size
        if mask.kind == CLASSES and mask.known:
            finite = values[np.isfinite(values)] if values.dtype.kind == "f" else values
            whole = finite == np.round(finite)
            seen.fractions = max(seen.fractions, float(1 - whole.mean()) if finite.size else 0.0)
            seen.unknown = max(
                seen.unknown, float((~np.isin(finite[whole], mask.known)).mean()) if whole.any() else 0.0
            )
            # A band of ones is a footprint, not a scene of saturated pixels.
            footprint = bool(finite.size and np.isin(finite, (0, 1)).all() and (finite == 1).mean() > 0.5)
            seen.flat |= footprint and mask.title == SCL_TITLE
    seen.hidden = {title: hidden[title] / total[title] for title in total}
    for part in acquisition.parts:
        for mask in part.masks:
            if mask.kind == FLAG:
                alone = replace(acquisition, parts=(replace(part, masks=(mask,)),))
                seen.under[_title(mask)] = sides(alone, windows, sampler)
    return seen


def _on_scale(series: Series, seen: Sequence[_Seen]) -> Series:
    """Return the series with the thresholds of scores on the scale of their numbers: 0 to 1, or percent."""
    most: dict[str, float] = {}
    for each in seen:
        for title, value in each.most.items():
            most[title] = max(most.get(title, 0.0), value)

    def scaled(mask: MaskSource) -> MaskSource:
        own = 255.0 if mask.threshold > 100 else 100.0 if mask.threshold > 1 else 1.0
        greatest = most.get(_title(mask), own)
        known = any(replace(mask, path="", band=0) == meaning for meaning in MEANINGS.values())
        if not known or mask.kind not in (PROBABILITY, CLEARNESS) or (greatest > 1) == (own > 1) or not greatest:
            return mask
        return replace(mask, threshold=mask.threshold * (100 if own == 1 else 1) / own)

    acquisitions = tuple(
        replace(found, parts=tuple(replace(part, masks=tuple(map(scaled, part.masks))) for part in found.parts))
        for found in series.acquisitions
    )
    return series if acquisitions == series.acquisitions else replace(series, acquisitions=acquisitions)


def _without_inverse(series: Series, seen: Sequence[_Seen]) -> tuple[Series, list[_Seen]]:
    """Leave out flags that hide the dark pixels of the season and show its bright ones: their zeros mean cloud."""
    for title in sorted({title for each in seen for title in each.under}):
        hidden, shown = (
            np.concatenate([each.under[title][side] for each in seen if title in each.under]) for side in (0, 1)
        )
        if min(hidden.size, shown.size) >= PAIRS and np.median(hidden) < INVERSE * np.median(shown):
            days = [each.index for each in seen if title in each.under]
            what = tr("hides the dark pixels and shows the bright ones, as if zero meant cloud: the mask is left out")
            series = _without(series, days, title, what)
            seen = [
                replace(each, hidden={name: share for name, share in each.hidden.items() if name != title})
                for each in seen
            ]
    return series, list(seen)


def _never_hiding(seen: Sequence[_Seen], title: str) -> list[int]:
    """Return the dates whose mask hides nothing: all of them, or those of a time in which it never does."""
    dark = [float(np.percentile(each.blue, 10)) for each in seen if each.blue.size]
    if not dark:
        return []
    limit = max(BRIGHTER * float(np.percentile(dark, 25)), BRIGHT_BLUE)
    cloudy = [each for each in seen if each.blue.size and (each.blue > limit).mean() >= CLOUDY]
    missed = [each for each in cloudy if each.hidden[title] <= SHOWN]
    if not missed or (len(missed) < len(cloudy) and (len(missed) < 3 or len(missed) < 0.3 * len(cloudy))):
        return []
    return [each.index for each in seen if each.hidden[title] <= SHOWN]


def _without(series: Series, indices: Sequence[int], title: str, what: str) -> Series:
    """Return the series without the masks of a title, "" for all of them, on some dates, and say so."""
    if not indices:
        return series
    left = _bare(series, indices, title=title)
    days = [series.acquisitions[index].date for index in indices]
    titles = (
        [title] if title else sorted({_title(mask) for index in indices for mask in _masks(series.acquisitions[index])})
    )
    bare = any(not _masks(left.acquisitions[index]) for index in indices)
    instead = tr(", and clouds are masked by their brightness instead") if bare else ""
    warning = tr("The {titles} of {dates} {what}{instead} ({days}).").format(
        titles=listed([tr(each) for each in titles]),
        dates=count(len(days), "Sentinel-2 date"),
        what=what,
        instead=instead,
        days=dates_text(days),
    )
    return replace(left, warnings=(*series.warnings, warning))


def _title(mask: MaskSource) -> str:
    return mask.title or tr("cloud mask")


def _masks(acquisition: Acquisition) -> list[MaskSource]:
    return [mask for part in acquisition.parts for mask in part.cloud_masks]


def _bare(series: Series, indices: Sequence[int], kind: str = "", title: str = "") -> Series:
    acquisitions = list(series.acquisitions)
    for index in indices:
        parts = tuple(_stripped(part, kind, title) for part in acquisitions[index].parts)
        acquisitions[index] = replace(acquisitions[index], parts=parts)
    return replace(series, acquisitions=tuple(acquisitions))


def _stripped(part: Part, kind: str, title: str) -> Part:
    masks = tuple(
        mask
        for mask in part.masks
        if mask.kind == DATA or (kind and mask.kind != kind) or (title and _title(mask) != title)
    )
    return replace(part, masks=masks, origins=replace(part.origins, mask=part.origins.mask if masks else ""))
