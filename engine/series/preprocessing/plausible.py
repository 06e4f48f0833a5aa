"""Whether the settled reflectance of a season is that of land: bright enough, and near infrared above red."""

from __future__ import annotations

from typing import Iterable, Mapping, Sequence

import numpy as np

from ....models.language import listed, tr
from ....models.naming import called
from ...errors import SeriesError
from ...options import SeriesOptions
from ..acquisition import ANALYST, NUMBERS, Acquisition, Series
from ..cube.part_reader import BLUE, RED
from ..messages import dates_text
from .optical import without_dates
from .reflectance import ENOUGH, NARROW_NIR, NIR, SWIR
from .sampling import AcquisitionSample, leave_out, sampled_bands

DARKEST = 0.08
"""Reflectance that the brightest band exceeds on at least a twentieth of the pixels of any season on land."""

LUSH, BRIGHTEST = 5.0, 0.65
"""Times that near infrared exceeds blue and red on dense plants, and its reflectance that no half of them reaches."""

FALL = 0.2
"""Share of its bright dates to which a whole scene never falls."""

PART = 0.25
"""Share of the sampled pixels that must be seen to compare a date with others: a flooded corner is no scene."""

SWAPPED, MOST = -0.05, 0.8
"""Index of near infrared and red, and the share of land below it, that no ground shows: even bare soil lies above."""


BLUER, DRY = 1.15, 0.8
"""Ratio of blue to red that dry ground never has (0.4 to 0.8 in surface reflectance, up to 1 at the top of the
atmosphere), and share of near infrared that short-wave infrared reaches on it."""


def check_land(
    series: Series, samples: Sequence[AcquisitionSample], options: SeriesOptions
) -> tuple[Series, tuple[AcquisitionSample, ...]]:
    """Refuse a season that is too dark for land or whose near infrared lies below red; leave such dates out on request.

    Raises:
        SeriesError: names the dates, what the numbers or bands seem to be, and the remedy.
    """
    bands = sampled_bands(series)
    shown = [dict(zip(bands, sample.values[:, sample.valid])) for sample in samples]
    _refuse_dark(series, shown)
    _refuse_bright(series, shown)
    if not options.allow_level1c:
        _refuse_blue_soil(series, shown)
    wrong = {**_dark_dates(series, samples, shown), **_swapped_dates(series, shown)}
    if not wrong:
        return series, tuple(samples)
    days = [series.acquisitions[index].date for index in sorted(wrong)]
    if not options.skip_broken:
        why = listed([*dict.fromkeys(wrong.values())])
        raise SeriesError(
            tr("Sentinel-2 differs from its other dates on {days}: {why}; correct them, {leave}.").format(
                days=dates_text(days), why=why, leave=without_dates()
            )
        )
    kept = [index for index in range(len(samples)) if index not in wrong]
    reasons = [
        tr("{day}: {reason}.").format(day=series.acquisitions[index].date, reason=wrong[index])
        for index in sorted(wrong)
    ]
    left = leave_out(series, [series.acquisitions[index] for index in kept], reasons)
    return left, tuple(samples[index] for index in kept)


def _told(acquisition: Acquisition) -> bool:
    """Return whether numbers alone told how they become reflectance."""
    origins = [part.origins for part in acquisition.parts]
    return all(NUMBERS in (each.scale, each.offset) and each.scale != ANALYST for each in origins)


def _brightest(reflectance: Iterable[np.ndarray]) -> np.ndarray:
    return np.max(np.stack(list(reflectance)), axis=0)


def _refuse_dark(series: Series, shown: Sequence[Mapping[str, np.ndarray]]) -> None:
    if not all(map(_told, series.acquisitions)):
        return
    brightest = np.concatenate([_brightest(each.values()) for each in shown]) if shown else np.zeros(0)
    if brightest.size < ENOUGH or np.percentile(brightest, 95) >= DARKEST:
        return
    scale, level = next(iter(series.acquisitions[0].parts[0].bands.values())).scale, np.percentile(brightest, 95)
    raise SeriesError(
        tr(
            "Sentinel-2 reflectance (number x {scale:.6g}) hardly exceeds {level:.2g} in any band on any "
            "date, too dark for land: give {option}, likely {scale_2:.6g}, or "
            "{scale:.6g} if nothing but water or shade is shown."
        ).format(scale=scale, level=level, scale_2=10 * scale, option=called("optical_scale"))
    )


def _refuse_bright(series: Series, shown: Sequence[Mapping[str, np.ndarray]]) -> None:
    near = NIR if NIR in series.bands else NARROW_NIR
    if not all(map(_told, series.acquisitions)) or not all({near, BLUE, RED} <= set(each) for each in shown):
        return
    lush = [each[near][each[near] > LUSH * np.maximum(each[BLUE], each[RED])] for each in shown]
    plants = np.concatenate(lush) if lush else np.zeros(0)
    if plants.size < ENOUGH or np.median(plants) <= BRIGHTEST:
        return
    raise SeriesError(
        tr(
            "Sentinel-2 reflectance (number x {scale:.6g}) is {level:.2g} in near infrared ({near}) on dense plants, "
            "brighter than any are: give the scale of the numbers ({option})."
        ).format(
            scale=next(iter(series.acquisitions[0].parts[0].bands.values())).scale,
            level=np.median(plants),
            near=near,
            option=called("optical_scale"),
        )
    )


def _refuse_blue_soil(series: Series, shown: Sequence[Mapping[str, np.ndarray]]) -> None:
    ratios = {index: ratio for index, each in enumerate(shown) if (ratio := blue_to_red(each)) is not None}
    blue = [index for index, ratio in ratios.items() if ratio > BLUER]
    if not blue or len(blue) < 0.6 * len(ratios):
        return
    raise SeriesError(
        tr(
            "On {days} blue ({blue}) is {ratio:.2g} times as bright as red ({red}) on dry ground, which is always "
            "redder, so that these bands seem swapped; correct the names or descriptions of the bands, or what a "
            "record ({records}) or a list of files ({file_list}) says of them."
        ).format(
            records=called("records"),
            file_list=called("file_list"),
            days=dates_text(series.acquisitions[index].date for index in blue),
            blue=BLUE,
            red=RED,
            ratio=ratios[blue[0]],
        )
    )


def blue_to_red(reflectance: Mapping[str, np.ndarray]) -> float | None:
    """Return the median ratio of blue to red on dry soil and stubble; None where too little of it is seen.

    Args:
        reflectance: band -> (P,) of clear pixels.
    """
    near = reflectance.get(NIR, reflectance.get(NARROW_NIR))
    if near is None or not {BLUE, RED, SWIR} <= set(reflectance):
        return None
    dry = (reflectance[SWIR] > DRY * near) & (reflectance[SWIR] > 0.1)
    dry &= np.maximum(reflectance[BLUE], reflectance[RED]) < 0.3
    if dry.sum() < ENOUGH:
        return None
    return float(np.median(reflectance[BLUE][dry] / np.maximum(reflectance[RED][dry], 1e-3)))


def _is_water(reflectance: Mapping[str, np.ndarray]) -> bool:
    """Return whether a scene is flooded, as rice is: darker in short-wave infrared than in blue, at any scale."""
    if not {BLUE, SWIR} <= set(reflectance):
        return False
    return bool(np.median(reflectance[SWIR]) < np.median(reflectance[BLUE]))


def _dark_dates(
    series: Series, samples: Sequence[AcquisitionSample], shown: Sequence[Mapping[str, np.ndarray]]
) -> dict[int, str]:
    """Return dates on which the whole scene is far darker than the same pixels are on bright dates."""
    bright = np.stack([np.where(each.valid, _brightest(each.values), np.nan) for each in samples])
    seen = np.isfinite(bright).any(axis=0)
    usual = np.full(seen.shape, np.nan)
    if seen.any():
        usual[seen] = upper_quartile(bright[:, seen])
    found = {}
    for index, (acquisition, values) in enumerate(zip(series.acquisitions, bright)):
        clear = np.isfinite(values) & (usual > 2 * DARKEST)
        if _told(acquisition) and clear.sum() >= max(ENOUGH, PART * seen.sum()):
            dark = np.percentile(values[clear], 95) < DARKEST
            if dark and not _is_water(shown[index]) and np.median(values[clear] / usual[clear]) < FALL:
                found[index] = tr("its reflectance is a small part of that of other dates, as with another scale")
    return found


def upper_quartile(values: np.ndarray) -> np.ndarray:
    """Return (P,) the 75th percentile of the numbers of each column of (N, P), of which at least one is one.

    As `np.nanpercentile`, which calls Python for every column: a third of the time that a series took to settle.
    """
    ranked = np.sort(values, axis=0)  # what is not a number comes last
    place = 0.75 * (np.isfinite(values).sum(axis=0) - 1)
    below = np.floor(place).astype(int)
    columns = np.arange(values.shape[1])
    low, high = ranked[below, columns], ranked[np.ceil(place).astype(int), columns]
    return low + (high - low) * (place - below)


def _swapped_dates(series: Series, shown: Sequence[Mapping[str, np.ndarray]]) -> dict[int, str]:
    """Return dates whose near infrared lies below red.

    Raises:
        SeriesError: most dates do.
    """
    judged = {index: swapped for index, each in enumerate(shown) if (swapped := seems_swapped(each)) is not None}
    found = [index for index, swapped in judged.items() if swapped]
    if not found:
        return {}
    near = NIR if NIR in shown[0] else NARROW_NIR
    reason = tr("near infrared ({near}) is darker than red ({red}) on land, so that these bands seem swapped").format(
        near=near, red=RED
    )
    if len(found) >= 0.5 * len(judged):
        days = dates_text([series.acquisitions[index].date for index in found])
        raise SeriesError(
            tr(
                "On {days} the {reason}; correct the names or descriptions of the bands, or what a record "
                "({records}) or a list of files ({file_list}) says of them."
            ).format(days=days, reason=reason, records=called("records"), file_list=called("file_list"))
        )
    return dict.fromkeys(found, reason)


def seems_swapped(reflectance: Mapping[str, np.ndarray]) -> bool | None:
    """Return whether near infrared lies below red on most of the land; None where too little land is seen.

    Water is dark in short-wave infrared, snow and cloud are bright in blue; the rest is land.

    Args:
        reflectance: band -> (P,) of clear pixels.
    """
    near, red = reflectance.get(NIR, reflectance.get(NARROW_NIR)), reflectance.get(RED)
    if near is None or red is None:
        return None
    land = np.maximum(near, red) > 0.1
    if SWIR in reflectance:
        land &= reflectance[SWIR] > DARKEST
    if BLUE in reflectance:
        land &= reflectance[BLUE] < 0.3
    if land.sum() < ENOUGH:
        return None
    index = (near[land] - red[land]) / np.maximum(near[land] + red[land], 1e-6)
    return bool((index < SWAPPED).mean() >= MOST)
