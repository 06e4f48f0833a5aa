"""What samples show of each sensor, as notes and warnings for the analyst."""

from __future__ import annotations

from dataclasses import replace
from typing import Sequence

import numpy as np

from ....models.card import Card
from ....models.language import listed, tr
from ...errors import SeriesError
from ...options import SeriesOptions
from ..acquisition import S1, S2, SENSOR_NAMES, Series
from ..messages import count
from ..season import PlacedSeason
from .backscatter import resolve_units
from .radiometry import track_offsets
from .sampling import AcquisitionSample, SeasonSample
from .summary import USABLE, steps_seen
from .track_levels import check_levels

COST_OF_ONE = {
    S1: tr(
        "Only Sentinel-1 is given: crops of similar structure (cereals, pulses) are distinguished "
        "less well without Sentinel-2."
    ),
    S2: tr(
        "Only Sentinel-2 is given: cloudy steps stay empty and crops are distinguished less well without Sentinel-1."
    ),
}

UNFINISHED_DAYS = 45
"""Days without any observation at the end of a season from which on it counts as not over yet."""

MUCH = 0.5
"""Share of the ground, hidden from radar on all dates, from which on its masks are doubted."""


def warn_optical(series: Series) -> Series:
    """Warn of missing masks."""
    warnings = list(series.warnings)
    bare = [found for found in series.acquisitions if any(not part.cloud_masks for part in found.parts)]
    if bare:
        warnings.append(
            tr(
                "{count_bare} of {count_acquisitions} Sentinel-2 dates bring no cloud mask; bright and hazy "
                "pixels are hidden by thresholds instead, cloud shadow is not."
            ).format(count_bare=len(bare), count_acquisitions=len(series.acquisitions))
        )
    return replace(series, warnings=tuple(warnings))


def resolve_radar(
    series: Series, samples: Sequence[AcquisitionSample], placed: PlacedSeason, options: SeriesOptions
) -> tuple[Series, tuple[AcquisitionSample, ...]]:
    """Settle unit, order of polarisations and the level of each track; returns samples in dB.

    Raises:
        SeriesError: numbers are no backscatter, leave their unit open, or are off from their neighbours.
    """
    series, samples = resolve_units(series, samples, options)
    series, samples = check_levels(series, samples, options)
    return _level_tracks(series, samples, placed, options), samples


def _level_tracks(
    series: Series, samples: Sequence[AcquisitionSample], placed: PlacedSeason, options: SeriesOptions
) -> Series:
    tracks = sorted({found.track for found in series.acquisitions})
    if len(tracks) < 2:
        return series
    if not options.normalise_tracks:
        note = tr("Sentinel-1 tracks {tracks} are averaged as they are.").format(tracks=", ".join(tracks))
        return replace(series, notes=(*series.notes, note))
    offsets = track_offsets(series, samples, placed, True)
    if not offsets:
        note = tr("Sentinel-1 tracks {tracks} have too few observations to compare and are averaged as is.").format(
            tracks=", ".join(tracks)
        )
    else:
        listed = ", ".join(f"{track} {band} {value:+.2f} dB" for (track, band), value in sorted(offsets.items()))
        note = tr("Sentinel-1 tracks are brought to their common level by subtracting {listed}.").format(listed=listed)
    return replace(series, track_offsets=offsets, notes=(*series.notes, note))


def check_usable(s2: Series | None, s1: Series | None, sample: SeasonSample, placed: PlacedSeason) -> None:
    """Refuse a season in which no step shows any ground to speak of.

    Raises:
        SeriesError: names the sensors, their dates and what hides the ground.
    """
    if any(share >= USABLE for samples in (sample.s2, sample.s1) for share in steps_seen(samples, placed)):
        return
    given = [
        count(len(series.acquisitions), f"{SENSOR_NAMES[series.sensor]} date")
        for series in (s2, s1)
        if series is not None
    ]
    raise SeriesError(
        tr(
            "No time step of the season shows the ground: {given} contain nothing but cloud, shadow or missing "
            "pixels where they were sampled; add dates, or check masks, the number for no data and the extent."
        ).format(given=listed(given))
    )


def quality_warnings(
    card: Card,
    s2: Series | None,
    s1: Series | None,
    sample: SeasonSample,
    placed: PlacedSeason,
    options: SeriesOptions,
) -> tuple[str, ...]:
    """Say what lowers the quality of the result: an untested checkpoint, an absent sensor, few observations."""
    warnings = []
    if card.untested():
        warnings.append(
            tr(
                "The checkpoint '{card}' was never tested on real fields; check its map against parcels you know."
            ).format(card=card.title)
        )
    if s2 is None and card.s2_bands:
        warnings.append(COST_OF_ONE[S1])
    if s1 is None and card.s1_bands:
        warnings.append(COST_OF_ONE[S2])
    if s2 is not None:
        usable = sum(share >= USABLE for share in steps_seen(sample.s2, placed))
        if usable < options.min_clear_steps:
            warnings.append(
                tr(
                    "Only {usable} of {steps} steps have a clear Sentinel-2 observation (at least {min_clear_steps} "
                    "are recommended); the result is based on few observations."
                ).format(usable=usable, steps=placed.season.steps, min_clear_steps=options.min_clear_steps)
            )
    warnings += _much_masked(s1, sample)
    warnings += _unfinished(sample, placed)
    return tuple(warnings)


def _much_masked(s1: Series | None, sample: SeasonSample) -> list[str]:
    """Return a warning when masks, or missing pixels, hide most of the ground from radar on every date."""
    if not sample.s1 or s1 is None or not any(part.masks for found in s1.acquisitions for part in found.parts):
        return []
    hidden = 1 - float(np.any([each.valid for each in sample.s1], axis=0).mean())
    if hidden < MUCH:
        return []
    text = tr(
        "Sentinel-1 shows {hidden:.0f} % of the sampled pixels on no date: masks of layover and shadow, or missing "
        "pixels, hide them; check the masks where the ground is flat."
    )
    return [text.format(hidden=100 * hidden)]


def _unfinished(sample: SeasonSample, placed: PlacedSeason) -> list[str]:
    """Return a warning when the end of the season was not seen by any sensor, as in a map made before the harvest."""
    seen = [max(pair) >= USABLE for pair in zip(steps_seen(sample.s2, placed), steps_seen(sample.s1, placed))]
    if not any(seen) or seen[::-1].index(True) * placed.season.days < UNFINISHED_DAYS:
        return []
    _, last = placed.step_bounds(len(seen) - 1 - seen[::-1].index(True))
    _, end = placed.step_bounds(len(seen) - 1)
    return [
        tr(
            "Nothing is seen after {last}, and the season lasts until {end}: crops that show late are "
            "distinguished less well than at its end."
        ).format(last=last.isoformat(), end=end.isoformat())
    ]
