"""Since the last map: which parcels have another light or another observed crop than before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ...models.language import N_
from ..parcels.fields import BOOLEAN, REAL, TEXT, ParcelField
from .judge import Evidence, Verdicts
from .options import LIGHTS
from .table import in_percent

CHANGE_FIELDS = (
    ParcelField("changed", BOOLEAN, N_("Light or observed crop differ from those of the previous map")),
    ParcelField("light_prev", TEXT, N_("Light by the previous map")),
    ParcelField("obs_prev", TEXT, N_("Crop observed in the previous map")),
    ParcelField("marg_prev", REAL, N_("Margin by the previous map (percentage points)")),
)
"""Written only where a previous map is given; ten letters at most, so that shapefiles hold them."""


@dataclass(frozen=True)
class Changes:
    """The same N declarations judged by two maps with the same rules.

    Attributes:
        evidence, verdicts: by the previous map; its classes in the order of the present one.
        light, crop: (N,) bool, the light or the observed crop differs.
        moves: (4, 4) int, parcels by their light before (row) and now (column), in the order of `LIGHTS`.
    """

    evidence: Evidence
    verdicts: Verdicts
    light: np.ndarray
    crop: np.ndarray
    moves: np.ndarray

    @property
    def any(self) -> np.ndarray:
        """(N,) bool, light or crop differs."""
        return self.light | self.crop

    def rows(self, names: Sequence[str]) -> Iterator[tuple[object, ...]]:
        """Yield the values of `CHANGE_FIELDS` parcel by parcel."""
        columns = (self.any, self.verdicts.lights, self.evidence.observed, self.verdicts.margin)
        for changed, light, seen, margin in zip(*(column.tolist() for column in columns)):
            yield changed, light, names[seen] if seen >= 0 else None, in_percent(margin)


def changes(before: tuple[Evidence, Verdicts], now: tuple[Evidence, Verdicts]) -> Changes:
    """Compare what two maps say of the same N declarations."""
    evidence, verdicts = before
    lights = [np.array([LIGHTS.index(light) for light in side.lights.tolist()], int) for side in (verdicts, now[1])]
    moves = np.zeros((len(LIGHTS), len(LIGHTS)), int)
    np.add.at(moves, tuple(lights), 1)
    return Changes(evidence, verdicts, lights[0] != lights[1], evidence.observed != now[0].observed, moves)
