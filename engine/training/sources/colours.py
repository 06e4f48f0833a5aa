"""Colours that tell classes apart."""

from __future__ import annotations

from functools import lru_cache
from typing import Iterable

import numpy as np

_LEVELS = (0x1A, 0x4D, 0x80, 0xB3, 0xE6, 0xFF)
_LIGHTNESS = (30.0, 88.0)
_CHROMA = 25.0
"""Greyer than this is left to what is no crop."""


def distinct_colours(count: int, taken: Iterable[str] = ()) -> list[str]:
    """Return colours far from each other and from those that are taken, the same each time.

    Each colour is the one of a fixed palette that lies farthest, in CIELAB, from all before it.

    Args:
        count: how many.
        taken: colours in use, "#rrggbb".
    """
    names, points = _palette()
    found: list[str] = []
    used = [_lab(np.array([_rgb(colour)]))[0] for colour in taken] or [_lab(np.array([[255.0, 255.0, 255.0]]))[0]]
    distance = np.min([np.linalg.norm(points - one, axis=1) for one in used], axis=0)
    for _ in range(count):
        best = int(distance.argmax())
        found.append(names[best])
        distance = np.minimum(distance, np.linalg.norm(points - points[best], axis=1))
    return found


@lru_cache(maxsize=1)
def _palette() -> tuple[list[str], np.ndarray]:
    colours = np.array([(r, g, b) for r in _LEVELS for g in _LEVELS for b in _LEVELS], float)
    points = _lab(colours)
    light, chroma = points[:, 0], np.hypot(points[:, 1], points[:, 2])
    kept = (light >= _LIGHTNESS[0]) & (light <= _LIGHTNESS[1]) & (chroma >= _CHROMA)
    names = [f"#{int(r):02x}{int(g):02x}{int(b):02x}" for r, g, b in colours[kept]]
    return names, points[kept]


def _rgb(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5))


def _lab(colours: np.ndarray) -> np.ndarray:
    """(N, 3) sRGB 0..255 to CIELAB under D65 (IEC 61966-2-1, CIE 15)."""
    share = colours / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    matrix = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = linear @ matrix.T / (0.9505, 1.0, 1.089)
    root = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    x, y, z = root.T
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=1)
