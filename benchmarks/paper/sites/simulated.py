"""The simulated sites: many small counties, each an independent block, kept on disk between cells."""

from __future__ import annotations

import hashlib
import os
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Sequence
from zipfile import BadZipFile

import numpy as np

from crop_attention.engine.series.cube.cube import Cube
from crop_attention.engine.simulation.options import CountyOptions
from crop_attention.engine.simulation.region import legend_of
from crop_attention.engine.training.dataset import LabelledCube
from crop_attention.tools.checkpoints.counties import YEARS, compacted, varied
from crop_attention.tools.checkpoints.pretrain import S1_BANDS, S2_BANDS, SEASON
from crop_attention.tools.checkpoints.simulated_cube import simulate_cube

from ..plan import MARGIN, Budget
from .ground import Ground

SCENARIOS = {"pastis_like": "temperate_europe", "yishui_like": "shandong"}
FIRST_SEEDS = {"pastis_like": 400_000, "yishui_like": 500_000}
"""No checkpoint and no other benchmark was trained on seeds from here on."""
JUDGING = 50_000
"""Counties that judge have seeds from this far after the first."""

BALANCE = 0.2
"""Common crops stay common, rare ones rare."""
PASTIS_PARCELS = (2.0, 5.0)
"""Hectares that are asked for; roads, villages and the edge of a county cut parcels to about half on average."""
YISHUI_CLOUDS = 0.33
SOURCES = Path(__file__).resolve().parents[3] / "engine" / "simulation"


def county_options(site: str, seed: int, size: int) -> CountyOptions:
    """Return the options of one county: skies, orbits, dates and crops differ from one to the next."""
    drawn = varied(seed, size, BALANCE, SCENARIOS[site])
    if site == "yishui_like":
        return replace(drawn, cloudiness=YISHUI_CLOUDS)
    return replace(drawn, parcel_size=float(np.clip(drawn.parcel_size, *PASTIS_PARCELS)))


def load(site: str, budget: Budget, cache: Path) -> Ground:
    """Return a site; counties that are not on the disk yet are simulated.

    Args:
        site: a key of `SCENARIOS`.
        budget: numbers and sizes of the counties.
        cache: folder of the simulated counties.
    """
    first = FIRST_SEEDS[site]
    train = _counties(site, first, budget.counties, budget.county_size, cache)
    test = _counties(site, first + JUDGING, budget.test_counties, budget.test_size, cache)
    judged = tuple(replace(county, labels=inner(county.labels)) for county in test)
    return Ground(legend_of(SCENARIOS[site]), SEASON, S2_BANDS, S1_BANDS, train, judged)


def make_ready(site: str, budget: Budget, cache: Path, workers: int) -> None:
    """Simulate the counties of a site that are not on the disk yet, several at a time."""
    first = FIRST_SEEDS[site]
    for start, count, size in (
        (first, budget.counties, budget.county_size), (first + JUDGING, budget.test_counties, budget.test_size)
    ):  # fmt: skip
        _simulate(_absent(_planned(site, start, count, size, cache)), workers)


def inner(labels: np.ndarray, margin: int = MARGIN) -> np.ndarray:
    """Return labels whose outer pixels are unknown."""
    kept = np.zeros_like(labels)
    middle = slice(margin, -margin)
    kept[middle, middle] = labels[middle, middle]
    return kept


@lru_cache(maxsize=4)
def _counties(site: str, first: int, count: int, size: int, cache: Path) -> tuple[LabelledCube, ...]:
    planned = _planned(site, first, count, size, cache)
    _simulate(_absent(planned), 1)
    return tuple(compacted(_read(path, options.seed)) for options, path in planned)


def _planned(site: str, first: int, count: int, size: int, cache: Path) -> list[tuple[CountyOptions, Path]]:
    made = [county_options(site, seed, size) for seed in range(first, first + count)]
    return [(options, cache / f"{site}_{options.seed}_{size}_{_fingerprint(options)}.npz") for options in made]


def _absent(planned: Sequence[tuple[CountyOptions, Path]]) -> list[tuple[CountyOptions, Path]]:
    return [(options, path) for options, path in planned if not _whole(path)]


def _simulate(absent: Sequence[tuple[CountyOptions, Path]], workers: int) -> None:
    if workers < 2 or len(absent) < 2:
        for options, path in absent:
            _write(options, path)
        return
    with ProcessPoolExecutor(workers) as pool:
        for _ in pool.map(_write, *zip(*absent)):
            pass


def _write(options: CountyOptions, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    year = YEARS[0] + options.seed % (YEARS[1] - YEARS[0] + 1)
    cube, labels, parcels = simulate_cube(options, SEASON, date(year - 1, SEASON.start_month, SEASON.start_day))
    arrays = {
        "s2": cube.s2.astype(np.float16), "s2_valid": cube.s2_valid, "s1": cube.s1.astype(np.float16),
        "s1_valid": cube.s1_valid, "labels": labels, "parcels": parcels,
    }  # fmt: skip
    partial = path.with_name(f"{path.stem}.{os.getpid()}.partial.npz")
    np.savez(partial, **arrays)
    os.replace(partial, path)


def _read(path: Path, seed: int) -> LabelledCube:
    with np.load(path, allow_pickle=False) as held:
        cube = Cube(*(held[name] for name in ("s2", "s2_valid", "s1", "s1_valid")))
        return LabelledCube(cube, held["labels"], held["parcels"], block=seed)


def _whole(path: Path) -> bool:
    try:
        with np.load(path, allow_pickle=False) as held:
            return "parcels" in held.files
    except (OSError, ValueError, BadZipFile):
        return False


def _fingerprint(options: CountyOptions) -> str:
    return hashlib.sha256(f"{options}{SEASON}{_sources()}".encode()).hexdigest()[:12]


@lru_cache(maxsize=1)
def _sources() -> str:
    """Return a fingerprint of the simulation itself: a county of another version is none of ours."""
    found = hashlib.sha256()
    for path in sorted((*SOURCES.glob("*.py"), *SOURCES.glob("*.csv"))):
        found.update(path.read_bytes())
    return found.hexdigest()
