"""The table of the benchmark: what was said of points, judged beside the strongest rival."""

from __future__ import annotations

from collections.abc import Mapping
from math import nan
from typing import NamedTuple

import numpy as np

from crop_attention.benchmarks.scores import scores_of
from crop_attention.engine.accuracy.scores import Scores
from crop_attention.engine.training.paired_difference import gain

from .folded import TEN, ten, ten_chances

ENOUGH_BLOCKS = 8
"""Blocks from which intervals come from resampling them; of fewer, each point counts as drawn by itself."""

ALL_VIEWS = "all of these"
BUNDLED = "as bundled"


class Row(NamedTuple):
    """One line: scores with 95 % intervals, and how much more often than another the system is right."""

    region: str
    system: str
    data: str
    accuracy: float
    lower: float
    upper: float
    macro_f1: float
    f1_lower: float
    f1_upper: float
    rival: str = ""
    ahead: float = nan
    ahead_lower: float = nan
    ahead_upper: float = nan

    def text(self) -> str:
        """Return the line for a screen."""
        said = (
            f"{self.region:26} {self.system:36} {self.data:18} OA {self.accuracy:.3f} ({self.lower:.3f} to "
            f"{self.upper:.3f})  F1 {self.macro_f1:.3f} ({self.f1_lower:.3f} to {self.f1_upper:.3f})"
        )
        if not self.rival:
            return said
        return f"{said}  {self.ahead:+.3f} ({self.ahead_lower:+.3f} to {self.ahead_upper:+.3f}) to {self.rival}"


def units_of(blocks: np.ndarray) -> np.ndarray:
    """Return (P,) what is resampled together: the blocks of points, or each point where there are few blocks."""
    return blocks if len(np.unique(blocks)) >= ENOUGH_BLOCKS else np.arange(len(blocks))


def judged(said: np.ndarray, truth: np.ndarray, units: np.ndarray) -> Scores:
    """Return scores over the ten classes with bootstrap intervals.

    Args:
        said, truth: (P,) place among the ten.
        units: (P,) what is resampled together.
    """
    return scores_of(said, truth, list(range(len(TEN))), units)[1]


def rows(
    region: str,
    chances: Mapping[str, Mapping[str, np.ndarray]],
    codes: np.ndarray,
    blocks: np.ndarray,
    rivals: Mapping[str, str],
) -> list[Row]:
    """Return a row a system and view, and one of all its views together; print them.

    Args:
        region: where.
        chances: system -> view -> (P, 14 or 10) probabilities.
        codes, blocks: (P,) true class code and spatial block.
        rivals: system -> that to which its paired difference is shown.
    """
    truth, units = ten(codes), units_of(blocks)
    said = {system: {view: _places(each) for view, each in found.items()} for system, found in chances.items()}
    for found in said.values():
        if len(found) > 1:
            found[ALL_VIEWS] = np.concatenate(list(found.values()))
    kept = []
    for system, found in said.items():
        for view, places in found.items():
            times = len(places) // len(truth)
            true, drawn = np.tile(truth, times), np.tile(units, times)
            scores = judged(places, true, drawn)
            cells = [float(v) for e in (scores.overall, scores.macro_f1) for v in (e.value, e.lower, e.upper)]
            line = Row(region, system, view, *cells)
            rival = rivals.get(system, "")
            if rival:
                ahead = gain(places == true, said[rival][view] == true, drawn, enough=ENOUGH_BLOCKS)
                line = line._replace(
                    rival=rival,
                    ahead=float(ahead.value),
                    ahead_lower=float(ahead.lower),
                    ahead_upper=float(ahead.upper),
                )
            print(line.text(), flush=True)
            kept.append(line)
    return kept


def by_class(chances: np.ndarray, codes: np.ndarray) -> None:
    """Print user's and producer's accuracy and F1 of each of the ten classes."""
    found, counts = (
        judged(_places(chances), ten(codes), np.arange(len(codes))),
        np.bincount(ten(codes), minlength=len(TEN)),
    )
    for place, name in enumerate(TEN):
        users, producers, f1 = (float(part.value[place]) for part in (found.users, found.producers, found.f1))
        print(f"  {name:24} {counts[place]:4} points  UA {users:.2f}  PA {producers:.2f}  F1 {f1:.2f}")


def _places(chances: np.ndarray) -> np.ndarray:
    return (chances if chances.shape[1] == len(TEN) else ten_chances(chances)).argmax(axis=1)
