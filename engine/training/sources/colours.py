"""Colours that tell classes apart."""

from __future__ import annotations

from functools import lru_cache
from typing import Iterable

import numpy as np

_LEVELS = (0x1A, 0x4D, 0x80, 0xB3, 0xE6, 0xFF)
_LIGHTNESS = (30.0, 88.0)
_CHROMA = 25.0
"""Greyer than this is left to what is no crop."""

_VISIONS = np.array([
    [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
    [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
])  # fmt: skip
"""Linear sRGB as all receptors see it, without those for red (protanopia), without those for green (deuteranopia).

Machado, Oliveira, Fernandes 2009, DOI 10.1109/TVCG.2009.113, severity 1.
"""


def distinct_colours(count: int, taken: Iterable[str] = ()) -> list[str]:
    """Return colours far from each other and from those that are taken, the same each time.

    Each colour is the one of a fixed palette that lies farthest from all before it, in CIELAB, for the eye that tells
    the two apart least: all receptors, none for red, none for green.

    Args:
        count: how many.
        taken: colours in use, "#rrggbb".
    """
    names, points = _palette()
    found: list[str] = []
    used = seen(list(taken) or ["#ffffff"])
    distance = _least(points[:, :, None] - used[:, None]).min(axis=1)
    for _ in range(count):
        best = int(distance.argmax())
        found.append(names[best])
        distance = np.minimum(distance, _least(points - points[:, best : best + 1]))
    return found


def seen(colours: Iterable[str]) -> np.ndarray:
    """Return (3, N, 3) CIELAB of "#rrggbb" colours as three kinds of eyes see them, see `_VISIONS`."""
    linear = _linear(np.array([[int(colour[i : i + 2], 16) for i in (1, 3, 5)] for colour in colours], float))
    return _lab(np.clip(linear @ _VISIONS.transpose(0, 2, 1), 0, 1))


def _least(differences: np.ndarray) -> np.ndarray:
    """Return the least length over the kinds of eyes, which are the first axis; the last one is CIELAB."""
    return np.linalg.norm(differences, axis=-1).min(axis=0)


@lru_cache(maxsize=1)
def _palette() -> tuple[list[str], np.ndarray]:
    names = [f"#{r:02x}{g:02x}{b:02x}" for r in _LEVELS for g in _LEVELS for b in _LEVELS]
    points = seen(names)
    light, chroma = points[0, :, 0], np.hypot(points[0, :, 1], points[0, :, 2])
    kept = (light >= _LIGHTNESS[0]) & (light <= _LIGHTNESS[1]) & (chroma >= _CHROMA)
    return [name for name, good in zip(names, kept) if good], points[:, kept]


def _linear(colours: np.ndarray) -> np.ndarray:
    """SRGB 0..255 to linear light 0..1 (IEC 61966-2-1)."""
    share = colours / 255
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


def _lab(linear: np.ndarray) -> np.ndarray:
    """(..., 3) linear sRGB to CIELAB under D65 (CIE 15)."""
    matrix = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = linear @ matrix.T / (0.9505, 1.0, 1.089)
    root = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    x, y, z = np.moveaxis(root, -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)
