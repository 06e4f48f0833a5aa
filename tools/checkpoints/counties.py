"""Simulated counties as training data: whole windows, and single pixels as the points that references often are."""

from __future__ import annotations

import logging
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import date
from typing import Sequence

import numpy as np

from ...engine.series.cube.cube import Cube
from ...engine.simulation.chance import stream
from ...engine.simulation.options import CountyOptions
from ...engine.simulation.region import TEMPERATE
from ...engine.training.dataset import LabelledCube
from ...engine.training.sources.store import LARGEST, as_cube
from ...models.card import Season
from .simulated_cube import simulate_cube

YEARS = (2018, 2024)
OUTSIDE = 120
"""Pixels taken outside the parcels of a county: few, as that ground is easy."""

log = logging.getLogger(__name__)


def simulated_counties(
    first: int,
    count: int,
    size: int,
    season: Season,
    scenario: str = "",
    workers: int = 2,
    winters: float = CountyOptions.winters,
) -> list[LabelledCube]:
    """Return counties with the seeds from `first`, each of another year, sky and landscape.

    Args:
        first: seed of the first county.
        size: pixels a side.
        scenario: of the simulation; empty draws one of temperate Europe for each.
        winters: how far they range, as in `CountyOptions`.
    """
    seeds = range(first, first + count)
    if workers < 2:
        return [compacted(_simulated(seed, size, season, scenario, winters)) for seed in seeds]
    with ProcessPoolExecutor(workers) as pool:
        found = pool.map(_simulated, seeds, *([value] * count for value in (size, season, scenario, winters)))
        return [compacted(county) for county in found]


def compacted(county: LabelledCube) -> LabelledCube:
    """Return a window whose numbers lie as drawing patches wants them."""
    return LabelledCube(compact(county.cube), county.labels, county.parcels, county.block, county.place)


def inner_points(counties: Sequence[LabelledCube], pixels: int, seed: int) -> list[LabelledCube]:
    """Return some pixels of each parcel that lie inside it, and some between parcels, each as a point."""
    rng = np.random.default_rng(seed)
    points = []
    for county in counties:
        width = county.labels.shape[1]
        for place in _chosen(county, pixels, rng):
            rows, cols = (slice(index, index + 1) for index in divmod(int(place), width))
            point = county.cube.cut(rows, cols)
            points.append(LabelledCube(point, county.labels[rows, cols], county.parcels[rows, cols], county.block))
    return points


def _chosen(county: LabelledCube, pixels: int, rng: np.random.Generator) -> np.ndarray:
    """Return flat pixels whose four neighbours are of the same parcel."""
    inside = np.ones(county.parcels.shape, bool)
    for axis in (0, 1):
        for shift in (-1, 1):
            inside &= np.roll(county.parcels, shift, axis) == county.parcels
    inside &= county.labels > 0
    flat = county.parcels.ravel()
    own = rng.permutation(np.flatnonzero(inside.ravel() & (flat > 0)))
    own = own[np.argsort(flat[own], kind="stable")]
    _, first, counts = np.unique(flat[own], return_index=True, return_counts=True)
    rank = np.arange(len(own)) - np.repeat(first, counts)
    between = np.flatnonzero(inside.ravel() & (flat == 0))
    between = rng.choice(between, min(OUTSIDE, len(between)), replace=False)
    return np.concatenate((own[rank < pixels], between))


def _simulated(seed: int, size: int, season: Season, scenario: str, winters: float) -> LabelledCube:
    year = YEARS[0] + seed % (YEARS[1] - YEARS[0] + 1)
    start = date(year - 1, season.start_month, season.start_day)
    cube, labels, parcels = simulate_cube(varied(seed, size, scenario=scenario, winters=winters), season, start)
    s2, s2_valid, s1, s1_valid = cube.arrays
    small = Cube(s2.astype(np.float16), s2_valid, s1.astype(np.float16), s1_valid)
    return LabelledCube(small, labels, parcels, block=seed)


def varied(
    seed: int, size: int = 384, balance: float = 0.6, scenario: str = "", winters: float = CountyOptions.winters
) -> CountyOptions:
    """Draw the options of one of many counties to train on: other clouds, parcels, crops, orbits and dates each.

    Args:
        size: pixels of 10 m a side.
        scenario: key of `region.SCENARIOS`; empty draws one of temperate Europe.
        winters: as in `CountyOptions`.
    """
    rng = stream(seed, "options")
    drawn = CountyOptions(
        seed=seed,
        size=size,
        cloudiness=float(rng.uniform(0.35, 0.75)),
        parcel_size=float(np.clip(rng.lognormal(0.8, 0.5), 0.7, 8.0)),
        scenario=str(rng.choice(list(TEMPERATE), p=(0.4, 0.2, 0.15, 0.15, 0.1))),
        s2_dates=int(rng.choice([45, 60, 75, 110, 145])),
        s1_dates=int(rng.choice([30, 45, 60, 90, 130])),
        tracks=int(rng.choice([1, 2, 3, 4])),
        looks=float(rng.choice([3.5, 4.4, 4.4, 8.0])),
        radar_cell=int(rng.choice([1, 1, 2])),
        balance=balance,
        winters=winters,
    )
    drawn = replace(drawn, scenario=scenario or drawn.scenario)
    if drawn.scenario in TEMPERATE:
        return drawn
    cloudiness, parcel_size = float(rng.uniform(0.23, 0.43)), float(np.clip(rng.lognormal(-1.05, 0.2), 0.25, 0.5))
    return replace(drawn, cloudiness=cloudiness, parcel_size=parcel_size)


def compact(cube: Cube) -> Cube:
    """Return a cube as windows are kept: float16, all numbers of a pixel together."""
    kept = []
    for part in cube.arrays:
        pixels = np.moveaxis(part, (-2, -1), (0, 1))
        if part.dtype == np.bool_:
            kept.append(as_cube(np.ascontiguousarray(pixels)))
        else:
            kept.append(as_cube(np.clip(pixels, -LARGEST, LARGEST).astype(np.float16, order="C")))
    return Cube(*kept)
