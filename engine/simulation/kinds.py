"""One numbering for all kinds: annuals first, then what stays."""

from __future__ import annotations

import numpy as np

from .species import ANNUALS, SPECIES
from .standing import STANDING

FIRST_STANDING = len(ANNUALS)
NAMES = tuple(entry.name for entry in (*ANNUALS, *STANDING))
CODES = np.array([entry.code for entry in (*ANNUALS, *STANDING)], dtype=np.uint8)
OUTSIDE = 14


def kind(name: str) -> int:
    """Return the number of a named kind."""
    return NAMES.index(name)


def kinds_of(code: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the kinds of a class of the legend and their weights, which sum to 1."""
    rows = [row for row, entry in enumerate(SPECIES) if entry.code == code]
    rows += [FIRST_STANDING + row for row, entry in enumerate(STANDING) if entry.code == code]
    entries = (*ANNUALS, *STANDING)
    weights = np.array([entries[row].share for row in rows], dtype=float)
    return np.array(rows), weights / weights.sum()
