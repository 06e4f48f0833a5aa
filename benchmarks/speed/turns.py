"""Rates measured in turn, so that a machine whose speed drifts is slow for all that are compared."""

from __future__ import annotations

from statistics import median
from typing import Callable, Hashable, Mapping, TypeVar

Name = TypeVar("Name", bound=Hashable)

ROUNDS = 3


def in_turn(measures: Mapping[Name, Callable[[float], float]], seconds: float) -> dict[Name, float]:
    """Return the median rate of each measure over rounds in which all are taken one after the other.

    Args:
        measures: each returns a rate, and is given the seconds that it has.
        seconds: of each measure in all rounds together.
    """
    rounds = [{name: measure(seconds / ROUNDS) for name, measure in measures.items()} for _ in range(ROUNDS)]
    return {name: median(found[name] for found in rounds) for name in measures}
