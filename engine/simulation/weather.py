"""Weather that all fields share: soil moisture, frost and snow, haze, cloud cover over the year and clouds in space."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .chance import correlated, smooth_field, stream

FIRST_DAY, LAST_DAY = -200, 460
SHADOW, CLOUD_MEDIUM, CLOUD_HIGH, CIRRUS, SNOW = 3, 8, 9, 10, 11
COARSE = 4
"""Clouds are drawn on pixels this many times coarser."""


@dataclass(frozen=True)
class Weather:
    """Daily weather from FIRST_DAY to LAST_DAY of the harvest year.

    Attributes:
        moisture: soil moisture 0..1.
        frost: 0 none .. 1 hard frost.
        snow: whether snow lies.
    """

    moisture: np.ndarray
    frost: np.ndarray
    snow: np.ndarray

    def on(self, days: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return moisture, frost and snow on these days."""
        rows = np.clip(np.asarray(days).astype(int), FIRST_DAY, LAST_DAY) - FIRST_DAY
        return self.moisture[rows], self.frost[rows], self.snow[rows]


def draw_weather(seed: int, monsoon: bool = False) -> Weather:
    """Draw the daily weather of a county's year; with a monsoon summer is wet, winter dry and long frozen."""
    rng = stream(seed, "weather")
    days = np.arange(FIRST_DAY, LAST_DAY + 1)
    season = np.cos(2 * np.pi * (days - 12) / 365.0)
    moisture = 0.5 + 0.24 * season + 0.13 * correlated(rng, 1, days, 7.0)[0] + 0.11 * correlated(rng, 1, days, 35.0)[0]
    moisture = moisture + rng.normal(0.0, 0.06)
    if monsoon:
        rains = np.exp(-(((np.mod(days, 365) - 210.0) / 42.0) ** 2))
        moisture = moisture - 0.24 * season - 0.20 + 0.38 * rains
    frost, snow = np.zeros(len(days)), np.zeros(len(days), dtype=bool)
    for _ in range(int(rng.integers(1, 5))):
        start, length = rng.normal(32.0, 26.0), rng.uniform(4, 24) * (2.0 if monsoon else 1.0)
        start = float(np.clip(start, -35.0, 80.0))
        spell = (days >= start) & (days < start + length)
        frost[spell] = np.maximum(frost[spell], rng.uniform(0.25, 1.0))
        if rng.random() < 0.3:
            snow |= (days >= start + 1) & (days < start + 1 + rng.uniform(2, 10))
    return Weather(np.clip(moisture, 0.03, 0.97).astype(np.float32), frost.astype(np.float32), snow)


def cloud_cover(seed: int, days: np.ndarray, cloudiness: float, monsoon: bool = False) -> np.ndarray:
    """Return the share of sky under cloud on each date, bimodal, in spells, more in winter.

    Args:
        days: (D,) days from 1 January, ascending.
        cloudiness: mean over the dates, 0..1.
        monsoon: whether July and August are the cloudy months instead.
    """
    if cloudiness <= 0.0 or not len(days):
        return np.zeros(len(days))
    rng = stream(seed, "cloud cover")
    latent = (
        0.75 * correlated(rng, 1, np.asarray(days, float), 4.0)[0]
        + 0.75 * correlated(rng, 1, np.asarray(days, float), 22.0)[0]
    )
    crest = 208 if monsoon else -5
    latent = latent + 0.55 * np.cos(2 * np.pi * (np.asarray(days) - crest) / 365.0)
    low, high = -12.0, 12.0
    for _ in range(50):
        middle = (low + high) / 2
        share = 1.0 / (1.0 + np.exp(-3.2 * (latent + middle)))
        low, high = (middle, high) if share.mean() < cloudiness else (low, middle)
    share = np.where(share < 0.03, 0.0, share)
    return np.where(share > 0.97, 1.0, share)


@dataclass(frozen=True)
class Sky:
    """What stands between one optical date and the ground.

    Attributes:
        opacity: (H, W) float32, 0 clear .. 1 opaque cloud.
        shade: (H, W) float32, share of light that cloud shadow takes.
        mask: (H, W) uint8 scene class of cloud and shadow as the processor saw it, 0 elsewhere.
        haze: (10,) reflectance added everywhere.
    """

    opacity: np.ndarray
    shade: np.ndarray
    mask: np.ndarray
    haze: np.ndarray


HAZE = np.array([1.0, 0.8, 0.62, 0.55, 0.5, 0.46, 0.42, 0.40, 0.14, 0.08], dtype=np.float32)


def draw_sky(seed: int, index: int, day: float, cover: float, size: int) -> Sky:
    """Draw clouds, their shadows and what the cloud mask makes of them for one date.

    Args:
        index: number of the date.
        day: day from 1 January, for the height of the sun.
        cover: share of the sky under cloud.
        size: pixels a side.
    """
    rng = stream(seed, f"sky {index}")
    coarse = -(-size // COARSE) + 24
    shape = (coarse, coarse)
    field = smooth_field(rng, shape, rng.uniform(18, 70)) + 0.45 * smooth_field(rng, shape, rng.uniform(4, 12), 1)
    field = field / max(float(field.std()), 0.3)
    if cover <= 0.0:
        depth = np.full(shape, -1.0, dtype=np.float32)
    elif cover >= 1.0:
        depth = np.full(shape, 2.0, dtype=np.float32)
    else:
        depth = field - np.quantile(field, 1.0 - cover)
    softness = rng.uniform(0.06, 0.35)
    opacity = 1.0 - np.exp(-np.maximum(depth + 0.5 * softness, 0.0) / softness)
    seen = opacity > rng.uniform(0.25, 0.5)
    hidden = smooth_field(rng, shape, 10.0)
    missed = (hidden > 1.0) & (opacity < 0.9) | (hidden > 2.1)
    overlooked = rng.random() < 0.10
    seen &= ~missed
    if overlooked and cover < 0.9:
        opacity *= 0.35
        seen &= opacity > 0.33
    if rng.random() < 0.14:
        veil = np.maximum(0.06 + 0.08 * smooth_field(rng, shape, 40.0), 0.0)
        opacity = 1.0 - (1.0 - opacity) * (1.0 - veil)
    low_sun = 1.0 + 1.1 * np.cos(2 * np.pi * (day + 8) / 365.0) ** 2 * (np.cos(2 * np.pi * (day + 8) / 365.0) > 0)
    length = rng.uniform(3.0, 10.0) * low_sun
    down, across = -int(round(length * 0.93)), -int(round(length * rng.uniform(0.15, 0.4)))
    shade = np.roll(opacity, (down, across), axis=(0, 1)) * 0.62
    shadow_seen = (
        np.roll(seen, (down, across), axis=(0, 1)) & (rng.random() < 0.93) & (smooth_field(rng, shape, 10.0) < 1.3)
    )
    inner = slice(12, 12 + -(-size // COARSE))
    mask = np.zeros(shape, dtype=np.uint8)
    mask[shadow_seen] = SHADOW
    mask[seen] = np.where(opacity[seen] > 0.8, CLOUD_HIGH, np.where(opacity[seen] > 0.5, CLOUD_MEDIUM, CIRRUS))
    haze = HAZE * np.float32(rng.lognormal(-5.2, 0.6)) - np.float32(0.005) * HAZE
    fine = [_finer(part[inner, inner], size, order) for part, order in ((opacity, 1), (shade, 1), (mask, 0))]
    return Sky(fine[0], fine[1], fine[2], haze.astype(np.float32))


def _finer(part: np.ndarray, size: int, order: int) -> np.ndarray:
    if order == 0:
        return np.repeat(np.repeat(part, COARSE, 0), COARSE, 1)[:size, :size]
    place = np.clip((np.arange(size) + 0.5) / COARSE - 0.5, 0.0, part.shape[0] - 1.0)
    lower = np.minimum(place.astype(np.int64), max(part.shape[0] - 2, 0))
    weights = np.zeros((size, part.shape[0]), dtype=np.float32)
    weights[np.arange(size), lower] = 1.0 - (place - lower)
    weights[np.arange(size), np.minimum(lower + 1, part.shape[0] - 1)] += (place - lower).astype(np.float32)
    return weights @ part.astype(np.float32) @ weights.T
