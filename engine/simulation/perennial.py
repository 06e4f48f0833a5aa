"""Green cover of grass, trees and surfaces over the days of a year."""

from __future__ import annotations

import numpy as np

from .chance import correlated, stream
from .kinds import FIRST_STANDING
from .landscape import Landscape
from .region import Region
from .species import EUROPE
from .standing import CUT, GRAZED, STANDING

MONTHS = np.array([-16, 15, 46, 74, 105, 135, 166, 196, 227, 258, 288, 319, 349, 380], dtype=np.float32)
GREEN = np.array([entry.green for entry in STANDING], dtype=np.float32)
VARIETY = np.array([entry.variety for entry in STANDING], dtype=np.float32)
USE = np.array([(CUT, GRAZED).index(entry.use) if entry.use in (CUT, GRAZED) else 2 for entry in STANDING])
DORMANT = np.array([entry.leaf not in ("evergreen", "conifer") and entry.place == EUROPE for entry in STANDING])
GRASS = np.array([entry.leaf in ("grass", "alfalfa") for entry in STANDING])


def cover(seed: int, land: Landscape, region: Region, days: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the units of standing kinds and their green cover.

    Args:
        region: aridity and shift of the season.
        days: (D,) days from 1 January of the harvest year.

    Returns:
        (S,) units and (S, D) cover 0..1.
    """
    rng = stream(seed, "perennial")
    rows = np.flatnonzero(land.kinds >= FIRST_STANDING)
    patches, index = np.unique(land.patch[rows], return_inverse=True)
    kinds = np.zeros(len(patches), dtype=np.int64)
    kinds[index] = land.kinds[rows] - FIRST_STANDING
    count = len(kinds)
    days = np.asarray(days, dtype=np.float32)
    shift = region.shift + rng.normal(0.0, 6.0, count).astype(np.float32)
    green = np.empty((count, len(days)), dtype=np.float32)
    wrapped = np.concatenate([GREEN[:, -1:], GREEN, GREEN[:, :1]], axis=1)
    for kind in np.unique(kinds):
        where = np.flatnonzero(kinds == kind)
        moved = np.mod(days[None, :] - shift[where, None], 365.0)
        green[where] = np.interp(moved, MONTHS, wrapped[kind])
    level = 1.0 + VARIETY[kinds][:, None] * (rng.standard_normal((count, 1)) + 0.7 * correlated(rng, count, days, 45.0))
    green = 1.0 - np.exp(np.log(np.maximum(1.0 - green, 0.02)) * np.clip(level, 0.2, 2.2) ** 1.6)
    green *= _use(rng, kinds, days, region.shift)
    summer = np.exp(-(((np.mod(days, 365.0) - 212.0) / 48.0) ** 2)).astype(np.float32)
    thirst = np.clip(region.aridity + rng.normal(0.0, 0.08, count), 0.0, 0.85) * GRASS[kinds]
    green *= 1.0 - thirst[:, None].astype(np.float32) * summer[None, :]
    if region.dormant > 0.0:
        winter = np.exp(-(((np.mod(days + 182.0, 365.0) - 200.0) / 62.0) ** 4)).astype(np.float32)
        green *= 1.0 - region.dormant * DORMANT[kinds][:, None] * winter
    patchy = np.clip(1.0 + 0.5 * VARIETY[kinds][index] * land.vigour[rows], 0.3, 1.4)
    return rows, np.clip(green[index] * patchy[:, None], 0.0, 0.985).astype(np.float32)


def _use(rng: np.random.Generator, kinds: np.ndarray, days: np.ndarray, shift: float) -> np.ndarray:
    """Return what mowing and grazing leave, as a factor (fields, D)."""
    count = len(kinds)
    factor = np.ones((count, len(days)), dtype=np.float32)
    for year in (-365.0, 0.0, 365.0):
        when = rng.normal(142.0, 16.0, count) + shift
        for _ in range(5):
            happens = (USE[kinds] == 0) & (when < 290.0) & (rng.random(count) < 0.85)
            depth = rng.beta(2.2, 1.6, count) * 0.9
            recovery = rng.uniform(10.0, 24.0, count)
            age = days[None, :] - (when + year)[:, None]
            loss = depth[:, None] * np.exp(-np.maximum(age - 3.0, 0.0) / recovery[:, None])
            factor = np.where((age >= 0.0) & happens[:, None], np.minimum(factor, 1.0 - loss), factor)
            when = when + rng.uniform(32.0, 70.0, count)
        for _ in range(4):
            happens = (USE[kinds] == 1) & (rng.random(count) < 0.8)
            middle, length = rng.uniform(105.0, 310.0, count) + year, rng.uniform(12.0, 40.0, count)
            dip = rng.uniform(0.05, 0.32, count)
            age = (days[None, :] - middle[:, None]) / length[:, None]
            factor *= 1.0 - (dip * happens)[:, None] * np.exp(-age * age)
    return factor.astype(np.float32)
