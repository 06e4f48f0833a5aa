"""What samples tell about the numbers of a series: of Sentinel-1: dB or power, and tracks that differ."""

from __future__ import annotations

from collections import defaultdict
from typing import Sequence

import numpy as np

from ..acquisition import Series
from ..season import PlacedSeason
from .sampling import AcquisitionSample

TRACK_OBSERVATIONS = 3
TRACK_LIMIT = 4.0
"""Observations a track needs, and decibels by which it is moved at most."""


def track_offsets(
    series: Series, samples: Sequence[AcquisitionSample], placed: PlacedSeason, decibel: bool
) -> dict[tuple[str, str], float]:
    """Estimate the constant difference of each track and band from the mean of the tracks.

    Per step and sampled pixel the mean power of a track is compared with the mean over the tracks of that step, in dB;
    the offset is the median over steps and pixels, recentred so that offsets of a band average zero. This is a relative
    cosine-free normalisation of incidence angle and look direction; it leaves the seasonal course alone.

    Returns:
        (track, band) -> dB to subtract, within 4 dB; empty with fewer than two tracks of three observations.
    """
    observed: dict[str, int] = defaultdict(int)
    for sample in samples:
        observed[sample.track] += 1
    tracks = sorted(track for track, count in observed.items() if count >= TRACK_OBSERVATIONS)
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
