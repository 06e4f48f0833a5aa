"""Green cover, dry matter, residues and tillage of each unit over the days of a year."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .calendars import DRY, VIGOUR, Fields
from .chance import stream
from .kinds import FIRST_STANDING
from .landscape import Landscape
from .region import Region
from .species import ANNUALS

HARDINESS = np.array([{"rapeseed": 0.75, "grass": 0.7}.get(entry.leaf, 1.0) for entry in ANNUALS], dtype=np.float32)
"""Share of a region's winter loss that a kind suffers: rapeseed and grass keep more of their leaves."""


@dataclass
class Layer:
    """One canopy after another on the same units.

    Attributes:
        kinds: (U,) row in `ANNUALS`.
        green, dry: (U, D) cover 0..1.
        stage: (U, D) 0 emergence .. 4 harvest.
    """

    kinds: np.ndarray
    green: np.ndarray
    dry: np.ndarray
    stage: np.ndarray


@dataclass
class Canopy:
    """The annual units of a county.

    Attributes:
        rows: (A,) units that hold annuals.
        layers: previous crop, winter cover, crop, what follows.
        residue: (A, D) share of the ground under straw and stubble.
        rough: (A, D) roughness of the ground: 1 ploughed, -1 fresh seedbed, 0 settled.
    """

    rows: np.ndarray
    layers: list[Layer]
    residue: np.ndarray
    rough: np.ndarray


def grow(seed: int, land: Landscape, region: Region, days: np.ndarray) -> Canopy:
    """Let the annuals of a county grow.

    Args:
        region: shift of the season, habits.
        days: (D,) days from 1 January of the harvest year, ascending.
    """
    rng = stream(seed, "phenology")
    rows = np.flatnonzero(land.kinds < FIRST_STANDING)
    patches, index = np.unique(land.patch[rows], return_inverse=True)
    kinds = np.zeros(len(patches), dtype=np.int64)
    kinds[index] = land.kinds[rows]
    fields = Fields(rng, kinds, region)
    vigour = land.vigour[rows]
    delay = -2.2 * vigour + rng.normal(0.0, 1.0, len(rows)).astype(np.float32)
    days = np.asarray(days, dtype=np.float32)
    layers = [
        _layer(kind[index], (points[index] + delay[:, None]), (levels[index] * _strength(kind, vigour, index)), days)
        for kind, points, levels in fields.layers
    ]
    if region.hardship > 0.0:
        spared = winter_loss(stream(seed, "winter"), len(patches), region, days)[index]
        for layer in layers:
            layer.green *= 1.0 - HARDINESS[layer.kinds][:, None] * (1.0 - spared)
    residue, rough = fields.ground(days)
    return Canopy(rows, layers, residue[index], rough[index])


def winter_loss(rng: np.random.Generator, fields: int, region: Region, days: np.ndarray) -> np.ndarray:
    """Return what frost and snow leave of the green, as a factor (fields, D) float32.

    The loss grows from the first frosts to midwinter and is made up for in spring, later where spring is late.

    Args:
        fields: number of fields; they suffer unlike, by sowing date, variety and hollow.
        days: (D,) days from 1 January of the harvest year.
    """
    loss = np.clip(region.hardship * rng.uniform(0.55, 1.15, (fields, 1)), 0.0, 0.95)
    begin = rng.normal(-38.0, 14.0) + rng.normal(0.0, 5.0, (fields, 1))
    onset = rng.uniform(20.0, 50.0)
    end = rng.uniform(62.0, 92.0) + 0.5 * region.spring + rng.normal(0.0, 5.0, (fields, 1))
    recovery = rng.uniform(18.0, 45.0)
    rise = np.clip((days - begin) / onset, 0.0, 1.0)
    fall = np.clip((days - end) / recovery, 0.0, 1.0)
    return (1.0 - loss * rise * (1.0 - fall)).astype(np.float32)


def _strength(kinds: np.ndarray, vigour: np.ndarray, index: np.ndarray) -> np.ndarray:
    return np.exp(0.5 * VIGOUR[kinds][index] * vigour)[:, None].astype(np.float32)


def _layer(kinds: np.ndarray, points: np.ndarray, levels: np.ndarray, days: np.ndarray) -> Layer:
    """Follow the points of a calendar: the stage is linear between them, the cover eases in and out."""
    levels = np.minimum(levels, 0.985)
    stage = np.zeros((len(kinds), len(days)), dtype=np.float32)
    green = np.zeros_like(stage)
    for step in range(4):
        first, last = points[:, step, None], points[:, step + 1, None]
        part = np.clip((days - first) / np.maximum(last - first, 1.0), 0.0, 1.0)
        stage += part
        slow = (last - first) > 70.0
        if step == 0:
            eased = np.where(slow, 1.0 - (1.0 - part) ** 1.8, part**1.5)
        elif step == 3:
            eased = part**1.3
        else:
            eased = part * part * (3.0 - 2.0 * part)
        green += (levels[:, step + 1, None] - levels[:, step, None]) * eased
    green += levels[:, :1]
    present = (days >= points[:, :1]) & (days < points[:, 4:])
    green *= present
    peak = levels[:, 3, None]
    dry = DRY[kinds][:, None] * np.maximum(peak - green, 0.0) * (present & (stage > 3.0))
    return Layer(kinds, green, dry.astype(np.float32), np.where(present, stage, 0.0).astype(np.float32))
