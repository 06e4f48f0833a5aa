"""Made-up records of the paper's comparison, whose truth is known."""

from __future__ import annotations

from typing import Sequence

import numpy as np

from crop_attention.benchmarks.paper.plan import variant_of
from crop_attention.benchmarks.paper.record import WHOLE, Attention, Judged, Key, Record

CLASSES = ["Winter cereals", "Maize", "Grassland"]
BANDS = ["B04", "B08", "VV", "VH"]
STEP_DAYS = [281, 311, 341, 6, 36, 66, 96, 126, 156, 186, 216, 246]
"""From October to September; the seventh of the new year is on 5 July."""

JULY = 9


def judged(accuracy: float, rng: np.random.Generator, blocks: int = 12, parcels: bool = True, fold: int = 0) -> Judged:
    """Return counts that are right at about `accuracy`, blocks alike for all who share the state of `rng`."""
    pixels, small = {}, []
    for block in range(fold * blocks, (fold + 1) * blocks):
        share = float(np.clip(accuracy + 0.05 * rng.normal(), 0.02, 0.98))
        cells = []
        for true in range(3):
            right = round(200 * share)
            cells += [[true, true, right], [true, (true + 1) % 3, 200 - right]]
        pixels[str(block)] = cells
        for number in range(20 if parcels else 0):
            ares = (10, 30, 70, 150, 400)[number % 5]
            chance = share - (0.25, 0.15, 0.1, 0.05, 0.0)[number % 5]
            true = number % 3
            small.append([block, true, true if rng.random() < chance else (true + 1) % 3, ares])
    return Judged(pixels, small)


def record(
    system: str,
    accuracy: float,
    site: str = "pastis_like",
    variant: str = "",
    seed: int = 0,
    fold: int = 0,
    conditions: Sequence[tuple[str, float]] = (),
    blocks: int = 12,
    parcels: bool = True,
    looks: bool = False,
    budget: str = "abc",
) -> Record:
    """Return a finished cell; `conditions` are names and points that they cost."""
    found = {}
    for name, cost in [(WHOLE, 0.0), *conditions]:
        # One state a seed: what is hard is hard for all systems.
        rng = np.random.default_rng((seed, fold))
        found[name] = judged(accuracy - cost, rng, blocks, parcels, fold)
    attention = Attention()
    if looks:
        temporal = np.full((3, 12), 0.5 / 11)
        temporal[:, JULY] = 0.5
        attention = Attention(
            {name: row.tolist() for name, row in zip(CLASSES, temporal)},
            {name: [0.1, 0.4, 0.2, 0.3] for name in CLASSES},
            {name: 0.25 for name in CLASSES},
        )
    key = Key(site, system, variant, seed, fold)
    settings = variant_of(key).settings(system)
    return Record(key, budget, CLASSES, BANDS, STEP_DAYS, 1000, 500, 60.0, found, attention, settings)
