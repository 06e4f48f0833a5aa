"""How far apart real and simulated fields are, a crop, a month and a measure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
from scipy.stats import ks_2samp, wasserstein_distance

from .points import MEASURES, Points


@dataclass(frozen=True)
class Comparison:
    """One crop, month and measure.

    Attributes:
        code: class of the legend.
        year, month: of the observations.
        measure: "NDVI", "VV" or "VH".
        real, made: lower quartile, median and upper quartile.
        spread: standard deviation of simulated over that of real looks.
        shift: Wasserstein distance between the two distributions, in NDVI or dB.
        overlap: Kolmogorov-Smirnov statistic, 0 alike .. 1 apart.
        looks: number of real looks.
    """

    code: int
    year: int
    month: int
    measure: str
    real: tuple[float, float, float]
    made: tuple[float, float, float]
    spread: float
    shift: float
    overlap: float
    looks: int

    @property
    def gap(self) -> float:
        """Simulated less real median."""
        return self.made[1] - self.real[1]


def compare(real: Points, made: Points, first: date, least: int) -> list[Comparison]:
    """Compare both sets of points, which start at `first`, where at least `least` real looks show a crop."""
    theirs, mine = real.measures(), made.measures()
    found = []
    for code in np.unique(real.classes[real.classes > 0]):
        there, here = theirs[real.classes == code], mine[made.classes == code]
        for year, month, steps in months(first, theirs.shape[1]):
            for number, measure in enumerate(MEASURES):
                looks, drawn = (part[:, steps, number].ravel() for part in (there, here))
                looks, drawn = looks[np.isfinite(looks)], drawn[np.isfinite(drawn)]
                if len(looks) >= least and len(drawn) >= least:
                    found.append(_comparison(int(code), year, month, measure, looks, drawn))
    return found


def months(first: date, steps: int) -> Iterator[tuple[int, int, slice]]:
    """Yield year, month and the ten-day steps of each month from the first day of one."""
    for start in range(0, steps, 3):
        number = first.year * 12 + first.month - 1 + start // 3
        yield number // 12, number % 12 + 1, slice(start, min(start + 3, steps))


def _comparison(code: int, year: int, month: int, measure: str, looks: np.ndarray, drawn: np.ndarray) -> Comparison:
    quartiles = [tuple(float(value) for value in np.quantile(part, (0.25, 0.5, 0.75))) for part in (looks, drawn)]
    return Comparison(
        code=code,
        year=year,
        month=month,
        measure=measure,
        real=quartiles[0],
        made=quartiles[1],
        spread=float(drawn.std() / max(looks.std(), 1e-3)),
        shift=float(wasserstein_distance(looks, drawn)),
        overlap=float(ks_2samp(looks, drawn).statistic),
        looks=len(looks),
    )
