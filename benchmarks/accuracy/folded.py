"""The bundled legend folded to the ten classes that real points can judge."""

from __future__ import annotations

import numpy as np

TEN = (
    "Winter cereals", "Winter barley", "Spring cereals", "Maize", "Rapeseed", "Sunflower", "Soybean", "Grassland",
    "Vineyards and orchards", "Other crops",
)  # fmt: skip
PLACES = np.array([0, 1, 2, 3, 4, 5, 6, 9, 9, 9, 7, 8, 9, 7])
"""Class 1 to 14 -> place among the ten. Beet, potatoes and pulses are too few to judge and go to the other crops;
points called not cropland are rough grass by their land cover and go to grassland."""


def ten(codes: np.ndarray) -> np.ndarray:
    """Return the place among the ten of class codes (from 1)."""
    return PLACES[np.asarray(codes, int) - 1]


def ten_chances(chances: np.ndarray) -> np.ndarray:
    """Return (N, 10) of probabilities (N, 14)."""
    found = np.zeros((len(chances), len(TEN)))
    for column, place in enumerate(PLACES):
        found[:, place] += chances[:, column]
    return found
