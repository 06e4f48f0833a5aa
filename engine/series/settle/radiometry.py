"""What samples tell about the numbers of a series: dB or power, the -1,000 offset, tracks that differ, wrong scales."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import Sequence

import numpy as np

from ...errors import SeriesError
from ..acquisition import Acquisition, Part, Series
from ..cube.part_reader import BLUE, RED
from ..messages import count, several
from ..season import PlacedSeason
from .sampling import AcquisitionSample

ENOUGH = 50
"""Valid pixels from which on an acquisition's sample counts."""

ADDED = 1000
"""Number that processing baseline 04.00 adds to Level-2A, since 25 January 2022."""

OFFSET_SHARE = 0.95
"""Share of the dates whose darkest pixels must lie above the offset before it is believed."""

TRACK_LOOKS = 3
TRACK_LIMIT = 4.0
"""Looks a track needs, and decibels by which it is moved at most."""


def decide_decibel(series: Series, samples: Sequence[AcquisitionSample]) -> tuple[bool, str, str]:
    """Tell decibels from linear power.

    Returns:
        Whether the files hold dB, a note, and a warning (empty if there is none).

    Raises:
        SeriesError: numbers fit neither, or files differ from each other; the text names files and ranges.
    """
    found: dict[bool, list[str]] = {True: [], False: []}
    odd: list[str] = []
    for acquisition, sample in zip(series.acquisitions, samples):
        values = sample.values[:, sample.valid]
        if values.size < ENOUGH:
            continue
        low, middle, high = (float(number) for number in np.percentile(values, (5, 50, 95)))
        name = acquisition.parts[0].name
        if middle < -2 or (low < -1 and middle < 15):
            found[True].append(name)
        elif low >= -0.01 and middle < 1.5:
            found[False].append(name)
        else:
            odd.append(f"{name} ({low:.4g} to {high:.4g})")
    if odd:
        raise SeriesError(
            "Sentinel-1 numbers are neither decibels (about -30 to 5) nor linear power (about 0 to 1) in "
            f"{several(odd)}; give calibrated sigma nought or gamma nought."
        )
    if found[True] and found[False]:
        fewer = min(found.values(), key=len)
        unit = "linear power" if fewer is found[False] else "decibels"
        raise SeriesError(
            f"Sentinel-1 files mix decibels and linear power; {len(fewer)} hold {unit}: {several(fewer)}. "
            "Convert them to one unit."
        )
    if not found[True] and not found[False]:
        unit = "decibels" if series.decibel else "linear power"
        return series.decibel, f"Sentinel-1 is read as {unit}.", f"No Sentinel-1 sample is valid; {unit} are assumed."
    decibel = bool(found[True])
    unit = "decibels" if decibel else "linear power"
    return decibel, f"Sentinel-1 is read as {unit}, told from the range of its numbers.", ""


def track_offsets(
    series: Series, samples: Sequence[AcquisitionSample], placed: PlacedSeason, decibel: bool
) -> dict[tuple[str, str], float]:
    """Estimate the constant difference of each track and band from the mean of the tracks.

    Per step and sampled pixel the mean power of a track is compared with the mean over the tracks of that step, in dB;
    the offset is the median over steps and pixels, recentred so that offsets of a band average zero. This is a relative
    cosine-free normalisation of incidence angle and look direction; it leaves the seasonal course alone.

    Returns:
        (track, band) -> dB to subtract, within 4 dB; empty with fewer than two tracks of three looks.
    """
    looks: dict[str, int] = defaultdict(int)
    for sample in samples:
        looks[sample.track] += 1
    tracks = sorted(track for track, count in looks.items() if count >= TRACK_LOOKS)
    if len(tracks) < 2 or not samples:
        return {}
    shape = (len(tracks), *samples[0].values.shape)
    differences: list[np.ndarray] = []
    by_step: dict[int, list[AcquisitionSample]] = defaultdict(list)
    for sample in samples:
        step = placed.step_of(sample.date)
        if step is not None and sample.track in tracks:
            by_step[step].append(sample)
    for step in sorted(by_step):
        power, count = np.zeros(shape), np.zeros((len(tracks), 1, shape[2]))
        for sample in by_step[step]:
            track = tracks.index(sample.track)
            linear = 10 ** (sample.values.astype(np.float64) / 10) if decibel else sample.values.astype(np.float64)
            seen = sample.valid & (linear > 0).all(axis=0)
            power[track] += np.where(seen, linear, 0)
            count[track] += seen
        present = count > 0
        level = np.where(present, 10 * np.log10(np.where(present, power / np.maximum(count, 1), 1)), 0)
        together = present.sum(axis=0)
        mean = level.sum(axis=0) / np.maximum(together, 1)
        differences.append(np.where(present & (together >= 2), level - mean, np.nan))
    if not differences:
        return {}
    found: dict[tuple[str, str], float] = {}
    stacked = np.stack(differences)
    for index, band in enumerate(series.bands):
        numbers = [stacked[:, track, index] for track in range(len(tracks))]
        middles = np.array([np.median(n[np.isfinite(n)]) if np.isfinite(n).any() else np.nan for n in numbers])
        middles -= np.nanmean(middles) if np.isfinite(middles).any() else 0.0
        middles = np.clip(np.nan_to_num(middles), -TRACK_LIMIT, TRACK_LIMIT)
        found.update({(track, band): float(value) for track, value in zip(tracks, middles)})
    return found


def settle_offset(
    series: Series, bands: Sequence[str], samples: Sequence[AcquisitionSample]
) -> tuple[Series, str, str]:
    """Guess whether recent whole-number reflectance still carries the +1,000 of baseline 04.00.

    Only acquisitions are judged whose files leave it open (`Part.scale_open`). The offset is applied where blue and
    red of the darkest 2 % of clear pixels are at least 1,000 on `OFFSET_SHARE` of the dates: dark vegetation lies at
    200 to 500 without it.

    Returns:
        The series with the question closed, a note, and a warning (empty strings if there is nothing to say).
    """
    acquisitions, closed = series.acquisitions, close_question(series)
    open_question = [index for index, found in enumerate(acquisitions) if all(_open(part) for part in found.parts)]
    darkest = []
    for index in open_question:
        values = samples[index].values[:, samples[index].valid]
        if values.shape[1] >= ENOUGH:
            scale = acquisitions[index].parts[0].bands[bands[0]].scale
            darkest.append(float(np.percentile(values, 2, axis=1).min()) / scale)
    if not open_question:
        return closed, "", ""
    span = f"{count(len(open_question), 'Sentinel-2 date')} of 25 January 2022 or later without a processing baseline"
    which = " and ".join(band for band in bands if band in (BLUE, RED)) or ", ".join(bands)
    if not darkest:
        return closed, "", f"{span}: no sample is clear, and no offset is applied."
    above = sum(number >= ADDED for number in darkest)
    if above < OFFSET_SHARE * len(darkest):
        return closed, f"{span}: dark pixels in {which} show that no offset of -1,000 is needed.", ""
    judged = set(open_question)
    changed = [_moved(found) if index in judged else found for index, found in enumerate(closed.acquisitions)]
    warning = (
        f"{span}: the darkest pixels in {which} exceed 1,000 on {above} of {len(darkest)} clear dates, so the "
        "offset of -1,000 (baseline 04.00) is applied; set the optical offset to 0 if the files were already corrected."
    )
    return replace(series, acquisitions=tuple(changed)), "", warning


def close_question(series: Series) -> Series:
    """Return a series none of whose parts leaves its offset open."""
    acquisitions = [
        replace(found, parts=tuple(replace(part, candidates=(), arrangements=()) for part in found.parts))
        for found in series.acquisitions
    ]
    return replace(series, acquisitions=tuple(acquisitions))


def check_scale(samples: Sequence[AcquisitionSample]) -> str:
    """Return a warning when sampled reflectance cannot be reflectance, else an empty string."""
    values = [sample.values[:, sample.valid].ravel() for sample in samples]
    numbers = np.concatenate(values) if values else np.zeros(0, np.float32)
    if numbers.size < ENOUGH:
        return ""
    middle, most = float(np.median(numbers)), float(np.percentile(numbers, 99))
    if middle > 1.5 or most < 0.001:
        return (
            f"Sentinel-2 reflectance has a median of {middle:.4g} (99 % below {most:.4g}) where 0 to 1 is expected; "
            "check the optical scale and offset."
        )
    return ""


def _open(part: Part) -> bool:
    scales = {candidate.scale for candidate in part.candidates}
    return part.scale_open and len(scales) == 1 and all(source.offset == 0 for source in part.bands.values())


def _moved(acquisition: Acquisition) -> Acquisition:
    parts = tuple(
        replace(
            part,
            bands={name: replace(source, offset=-ADDED * source.scale) for name, source in part.bands.items()},
        )
        for part in acquisition.parts
    )
    return replace(acquisition, parts=parts)
