"""VV and VH of each unit over the days: soil below a canopy, with weather, tracks and rows.

Backscatter is the sum of the ground, dimmed by what grows on it, and of the canopy at its stage, as in the water cloud
model (Attema & Ulaby 1978, Radio Science 13(2), 357-364), with the canopy's own backscatter taken from the table of
species so that it follows stem, ear and pod, which the plain model misses.
"""

from __future__ import annotations

import numpy as np

from .chance import correlated, stream
from .kinds import FIRST_STANDING
from .landscape import Landscape
from .phenology import Canopy
from .region import Region
from .species import ANNUALS
from .standing import STANDING
from .weather import Weather

CANOPY = np.array([[entry.vv, entry.vh] for entry in ANNUALS], dtype=np.float32)
RIDGES = np.array([entry.ridges for entry in ANNUALS], dtype=np.float32)
COLD = np.array([[entry.vv[0], entry.vh[0]] for entry in STANDING], dtype=np.float32)
WARM = np.array([[entry.vv[1], entry.vh[1]] for entry in STANDING], dtype=np.float32)
SPREAD = np.array([entry.spread for entry in STANDING], dtype=np.float32)
WET = np.array([entry.wet for entry in STANDING], dtype=np.float32)
SOIL = np.array([-10.0, -18.9], dtype=np.float32)
"""Backscatter of settled, half-wet, flat soil in dB."""
MOIST = np.array([5.0, 6.0], dtype=np.float32)
"""Decibels from dry to soaked soil."""
ROUGH = np.array([1.3, 1.9], dtype=np.float32)
"""Decibels from settled to ploughed soil, and back for a seedbed."""
FROST_SOIL = np.array([-3.2, -4.4], dtype=np.float32)
FROST_CANOPY = np.array([-1.5, -3.2], dtype=np.float32)
ANNUAL_SPREAD = np.array([0.95, 1.05], dtype=np.float32)
RESTLESS = np.array([1.3, 2.3], dtype=np.float32)
"""Standard deviation in dB of what changes a field from date to date and no table knows."""


MEDIAN = np.array([0.2, -0.1], dtype=np.float32)
"""Decibels from the tables, which hold medians of speckled pixels, to mean power; fitted to the real points."""


def backscatter(
    seed: int,
    land: Landscape,
    region: Region,
    weather: Weather,
    canopy: Canopy,
    standing: tuple[np.ndarray, np.ndarray],
    days: np.ndarray,
    tracks: np.ndarray,
) -> np.ndarray:
    """Return the speckle-free backscatter of each unit on each day.

    Args:
        canopy: its annuals on these days.
        standing: units of standing kinds and their green cover on these days.
        days: (D,) days from 1 January.
        tracks: (D,) number of the track of each day, for what its view does to rows.

    Returns:
        (D, U, 2) float32 linear power of VV and VH.
    """
    rng = stream(seed, "radar")
    units, count = len(land.kinds), len(days)
    moisture, frost, _ = weather.on(days)
    patches = int(land.patch.max()) + 1
    rows, green = standing
    decibel = np.empty((count, units, 2), dtype=np.float32)
    _standing(rng, decibel, land, rows, moisture, frost, days)
    _annual(rng, decibel, canopy, land, moisture, frost)
    shared = rng.standard_normal((2, units)).astype(np.float32)
    restless = correlated(rng, patches, np.asarray(days, float), 14.0)[land.patch]
    own = correlated(rng, patches, np.asarray(days, float), 10.0)[land.patch]
    facing = 0.45 * rng.standard_normal((int(tracks.max()) + 1, patches)).astype(np.float32)
    for pol in range(2):
        decibel[..., pol] += (RESTLESS[pol] * (0.55 * restless + 0.835 * own if pol else restless)).T
        decibel[..., pol] += facing[tracks][:, land.patch] * (1.0 if pol == 0 else 0.5)
        decibel[..., pol] += 0.25 * shared[pol] + region.offset[pol] + MEDIAN[pol]
    return np.power(10.0, decibel / 10.0, dtype=np.float32)


def _standing(
    rng: np.random.Generator,
    decibel: np.ndarray,
    land: Landscape,
    rows: np.ndarray,
    moisture: np.ndarray,
    frost: np.ndarray,
    days: np.ndarray,
) -> None:
    """Fill in the standing kinds, dB."""
    kinds = land.kinds[rows] - FIRST_STANDING
    summer = (0.5 - 0.5 * np.cos(2 * np.pi * (np.asarray(days) - 20) / 365.0)).astype(np.float32)
    patches = int(land.patch.max()) + 1
    common, own = rng.standard_normal((2, patches, 1)).astype(np.float32)
    offset = (0.75 * common + 0.66 * own * np.array([1.0, -1.0], dtype=np.float32))[land.patch[rows]]
    offset = offset * SPREAD[kinds][:, None]
    for day in range(len(days)):
        level = COLD[kinds] + (WARM[kinds] - COLD[kinds]) * summer[day] + offset
        level += WET[kinds][:, None] * (moisture[day] - 0.5) * MOIST * 0.6
        level += frost[day] * np.where(
            WET[kinds][:, None] > 0.3, FROST_CANOPY, 0.4 * FROST_CANOPY * (WET[kinds][:, None] > 0)
        )
        decibel[day, rows] = level


def _annual(
    rng: np.random.Generator,
    decibel: np.ndarray,
    canopy: Canopy,
    land: Landscape,
    moisture: np.ndarray,
    frost: np.ndarray,
) -> None:
    """Fill in the annual kinds, dB."""
    patches = int(land.patch.max()) + 1
    common, own = rng.standard_normal((2, patches, 2)).astype(np.float32)
    offset = ((0.6 * common[:, :1] + 0.8 * own) * ANNUAL_SPREAD)[land.patch[canopy.rows]]
    crop = canopy.layers[2]
    ridged = RIDGES[crop.kinds]
    for day in range(decibel.shape[0]):
        soil = SOIL + MOIST * (moisture[day] - 0.5) + FROST_SOIL * frost[day] + canopy.rough[:, day, None] * ROUGH
        soil = soil + (ridged * (crop.stage[:, day] > 0))[:, None]
        ground = np.power(10.0, soil / 10.0)
        power = np.zeros_like(ground)
        through = np.ones((len(canopy.rows), 1), dtype=np.float32)
        for layer in canopy.layers:
            mass = layer.green[:, day] + 0.8 * layer.dry[:, day]
            hidden = (1.0 - np.exp(-3.0 * mass))[:, None]
            level = (
                _at(CANOPY[layer.kinds], layer.stage[:, day]) + FROST_CANOPY * frost[day] + (moisture[day] - 0.5) * 1.2
            )
            power += through * hidden * np.power(10.0, level / 10.0)
            through = through * (1.0 - hidden)
        decibel[day, canopy.rows] = 10.0 * np.log10(power + through * ground) + offset


def _at(table: np.ndarray, stage: np.ndarray) -> np.ndarray:
    """Interpolate (A, 2, 5) tables at each unit's stage 0..4, (A, 2)."""
    lower = np.clip(stage.astype(np.int64), 0, 3)
    part = (stage - lower)[:, None]
    index = np.arange(len(stage))
    return (1.0 - part) * table[index, :, lower] + part * table[index, :, lower + 1]
