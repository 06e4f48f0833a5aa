"""Resampling of whole parcels: pixels of one parcel are alike, so they are drawn together or not at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ...models.known import known
from ..feedback import Feedback

CHECK_EVERY = 20


@dataclass(frozen=True)
class Units:
    """What was compared, M groups of units that agree in everything.

    Attributes:
        map_class: (M,) int, class in the map, as a place in a list of names.
        reference: (M,) int, class in the reference, as a place in the same list.
        count: (M,) int64 units in each group.
        cluster: (M,) int, the parcel that the units lie in; None where each unit was drawn by itself.
        stratum: (M,) int, the stratum that the units lie in, or None.
    """

    map_class: np.ndarray
    reference: np.ndarray
    count: np.ndarray
    cluster: np.ndarray | None = None
    stratum: np.ndarray | None = None

    def chosen(self, kept: np.ndarray) -> Units:
        """Return the groups where (M,) `kept` is True."""
        cluster, stratum = (None if part is None else part[kept] for part in (self.cluster, self.stratum))
        return Units(self.map_class[kept], self.reference[kept], self.count[kept], cluster, stratum)

    @property
    def clusters(self) -> int:
        """How many parcels the units lie in; how many units where they were drawn one by one."""
        return int(self.count.sum()) if self.cluster is None else len(np.unique(self.cluster))


def replicate(
    units: Units,
    estimate: Callable[[np.ndarray], np.ndarray],
    replicates: int,
    seed: int,
    feedback: Feedback | None = None,
) -> np.ndarray:
    """Return what `estimate` makes of resampled parcels: the cluster bootstrap.

    As many parcels as there are are drawn with replacement, each with all of its units (Davison and Hinkley 1997,
    Bootstrap Methods and their Application).

    Args:
        estimate: a function from (M,) float64 counts to an array of fixed shape S.
        replicates: how many, B.

    Returns:
        (B, *S) float64.
    """
    feedback = feedback or Feedback()
    generator = np.random.default_rng(seed)
    parcels, place = np.unique(known(units.cluster), return_inverse=True)
    found = []
    for number in range(replicates):
        if number % CHECK_EVERY == 0:
            feedback.check()
            feedback.progress(number / replicates)
        drawn = np.bincount(generator.integers(0, len(parcels), len(parcels)), minlength=len(parcels))
        found.append(estimate(units.count * drawn[place].astype(np.float64)))
    return np.stack(found)
