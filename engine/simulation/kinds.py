"""One numbering for all kinds: annuals first, then what stays."""

from __future__ import annotations

from typing import Any

import numpy as np

from .species import ANNUALS, EUROPE
from .standing import STANDING

FIRST_STANDING = len(ANNUALS)
NAMES = tuple(entry.name for entry in (*ANNUALS, *STANDING))
OUTSIDE = 14
"""Code of everything outside cropland in the tables of species, whatever the legend calls it."""


def kind(name: str) -> int:
    """Return the number of a named kind."""
    return NAMES.index(name)


def kinds_of(code: int, place: str = EUROPE) -> tuple[np.ndarray, np.ndarray]:
    """Return the kinds of a class of a place's legend and their weights, which sum to 1."""
    entries: list[Any] = [*ANNUALS, *STANDING]
    rows = [row for row, entry in enumerate(entries) if (entry.code, entry.place) == (code, place)]
    weights = np.array([entries[row].share for row in rows], dtype=float)
    return np.array(rows), weights / weights.sum()
