"""Days on which the satellites pass."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from .chance import stream

S1_REPEAT, S2_REPEAT = 6, 5
"""Days after which two satellites see a place from one orbit again."""


def passes(seed: int, sensor: str, first: date, last: date, count: int, orbits: int) -> tuple[list[date], np.ndarray]:
    """Choose acquisition days: orbits repeat strictly, some passes are missing.

    Args:
        sensor: "S1" or "S2".
        first, last: days that may hold an acquisition.
        count: number of acquisitions; at most one a day.
        orbits: orbits that see the county; more are taken where `count` needs them.

    Returns:
        The days in order, and the orbit of each from 0, (D,).
    """
    repeat = S1_REPEAT if sensor == "S1" else S2_REPEAT
    rng = stream(seed, f"passes {sensor}")
    phases = rng.permutation(repeat)
    ordinals = np.arange(first.toordinal(), last.toordinal() + 1)
    count = min(count, len(ordinals))
    orbit = np.argsort(phases)[ordinals % repeat]
    used = orbits
    while (orbit < used).sum() < count:
        used += 1
    possible = np.flatnonzero(orbit < used)
    even = possible[np.floor((np.arange(count) + 0.5) * len(possible) / count).astype(int)]
    moved = even.copy()
    swap = rng.random(count) < 0.35
    free = np.setdiff1d(possible, even)
    taken = rng.permutation(free)[: int(swap.sum())]
    moved[np.flatnonzero(swap)[: len(taken)]] = taken
    chosen = np.sort(moved)
    return [first + timedelta(days=int(day)) for day in chosen], orbit[chosen]


def pass_name(track: int) -> str:
    """Return "ASC" or "DESC"; tracks alternate."""
    return "ASC" if track % 2 == 0 else "DESC"


def clock(sensor: str, track: int, hours_east: int = 0) -> str:
    """Return the time of day of a pass as hhmmss (UTC), so many hours east of western Europe."""
    hour, rest = 10, f"50{31 + track:02d}"
    if sensor != "S2":
        hour, rest = (17, f"{32 + track:02d}36") if track % 2 == 0 else (5, f"{49 + track:02d}12")
    return f"{(hour - hours_east) % 24:02d}{rest}"
