"""How many of how many are right."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import nan


@dataclass(frozen=True)
class Hits:
    """What was judged, how many of it are right, and how many there are."""

    name: str
    right: int
    total: int

    @property
    def share(self) -> float:
        """Overall accuracy 0..1, NaN where there is nothing to judge."""
        return self.right / self.total if self.total else nan


def together(name: str, parts: Iterable[Hits]) -> Hits:
    """Return the sum of several."""
    kept = list(parts)
    return Hits(name, sum(part.right for part in kept), sum(part.total for part in kept))
