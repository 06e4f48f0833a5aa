"""Round margins around cloud and shadow."""

from __future__ import annotations

import math

import numpy as np


def grow(flags: np.ndarray, radius: float) -> np.ndarray:
    """Return flags grown by a disc: every pixel whose centre lies within `radius` pixels of a flagged one.

    Args:
        flags: (rows, columns) bool.
        radius: in pixels; below 1 nothing grows.
    """
    if radius < 1 or not flags.any():
        return flags
    height, width = flags.shape
    out, row = flags.copy(), flags.copy()
    reach = 0
    # Outwards from the farthest rows, whose chord is the shortest.
    for down in range(math.floor(radius + 1e-6), -1, -1):
        chord = math.floor(math.sqrt(max(radius * radius - down * down, 0.0)) + 1e-6)
        for across in range(reach + 1, chord + 1):
            if across < width:
                row[:, across:] |= flags[:, :-across]
                row[:, :-across] |= flags[:, across:]
        reach = max(reach, chord)
        if down == 0:
            out |= row
        elif down < height:
            out[down:] |= row[:-down]
            out[:-down] |= row[down:]
    return out
