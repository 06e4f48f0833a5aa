"""The confusion matrix: rows are classes of the map, columns classes of the reference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class ConfusionMatrix:
    """Counted units.

    Attributes:
        counts: (K, K) int64; the unit that the map puts into class i and the reference into class j is in [i, j].
        classes: K names, of rows and columns alike.
    """

    counts: np.ndarray
    classes: tuple[str, ...]

    @property
    def total(self) -> int:
        """Units in the matrix."""
        return int(self.counts.sum())

    @property
    def agreeing(self) -> np.ndarray:
        """(K,) units on which map and reference agree."""
        return np.diagonal(self.counts)

    @property
    def map_totals(self) -> np.ndarray:
        """(K,) sums of the rows."""
        return self.counts.sum(1)

    @property
    def reference_totals(self) -> np.ndarray:
        """(K,) sums of the columns."""
        return self.counts.sum(0)


def confusion(
    map_classes: np.ndarray,
    reference_classes: np.ndarray,
    classes: Sequence[str],
    counts: np.ndarray | None = None,
) -> ConfusionMatrix:
    """Count units by class.

    Args:
        map_classes: (M,) int, place in `classes` of what the map says.
        reference_classes: (M,) int, place in `classes` of what the reference says.
        classes: K names.
        counts: (M,) units behind each pair; None is one each.
    """
    size = len(classes)
    cells = np.asarray(map_classes, np.int64) * size + np.asarray(reference_classes, np.int64)
    filled = np.bincount(cells, weights=counts, minlength=size * size)
    return ConfusionMatrix(np.rint(filled).astype(np.int64).reshape(size, size), tuple(classes))
