"""What is taken from a series before a system is judged: optical observations, or the rest of the season."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from crop_attention.engine.series.cube.cube import Cube
from crop_attention.engine.training.dataset import LabelledCube

from .record import WHOLE

HIDING_SEED = 11


def under(window: LabelledCube, condition: str) -> LabelledCube:
    """Return a window as a condition shows it, the same for every system.

    Args:
        window: a county or a point.
        condition: `WHOLE`; "hidden 40", share of the steps with a clear optical observation in the window that lose it
            those of a lower percentage among them; or "until 12", steps of the season that are over.
    """
    if condition == WHOLE:
        return window
    kind, _, number = condition.partition(" ")
    if kind == "hidden":
        return _hidden(window, int(number) / 100)
    if kind == "until":
        steps = len(window.cube.s2_valid)
        return _seen(window, np.arange(steps) < int(number), np.arange(steps) < int(number))
    raise ValueError(f"There is no condition {condition!r}.")


def blinded(window: LabelledCube, sensor: str) -> LabelledCube:
    """Return a window without any observation of a sensor, "s2" or "s1"; as it is for ""."""
    steps = len(window.cube.s2_valid)
    kept, none = np.ones(steps, bool), np.zeros(steps, bool)
    return _seen(window, none if sensor == "s2" else kept, none if sensor == "s1" else kept) if sensor else window


def _hidden(window: LabelledCube, share: float) -> LabelledCube:
    clear = np.flatnonzero(window.cube.s2_valid.any(axis=(1, 2)))
    point = int(window.parcels[0, 0]) if window.labels.shape == (1, 1) else 0
    order = np.random.default_rng((HIDING_SEED, window.block, point)).permutation(clear)
    kept = np.ones(len(window.cube.s2_valid), bool)
    kept[order[: round(share * len(clear))]] = False
    return _seen(window, kept, np.ones_like(kept))


def _seen(window: LabelledCube, optical: np.ndarray, radar: np.ndarray) -> LabelledCube:
    """Keep the observations of some steps, (T,) bool of each sensor."""
    cube = window.cube
    s2_valid, s1_valid = (
        valid & kept[:, None, None] for valid, kept in ((cube.s2_valid, optical), (cube.s1_valid, radar))
    )
    return replace(window, cube=Cube(cube.s2, s2_valid, cube.s1, s1_valid))
