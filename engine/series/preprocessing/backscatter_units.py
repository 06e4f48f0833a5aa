"""Every way in which the numbers of a Sentinel-1 acquisition may be read, by what land sends back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Sequence

import numpy as np

from ..acquisition import AMPLITUDE, DECIBEL, POWER, TYPE, Arrangement, Part, Scaling

ENOUGH = 50
"""Valid pixels from which on an acquisition's sample counts."""

USUAL = {"VV": (-10.5, 3.0), "VH": (-17.0, 3.0), "HH": (-10.5, 3.0), "HV": (-17.0, 3.0)}
"""Decibels over farmland at C band, and their spread over seasons and regions."""

BETWEEN = (6.8, 2.0)
"""Decibels by which VH lies below VV over land, and their spread."""

LIMITS = {"VV": (-26.0, 2.0), "VH": (-36.0, -4.0), "HH": (-26.0, 2.0), "HV": (-36.0, -4.0)}
"""Medians that no land goes beyond."""

LEAST_BETWEEN = 1.5
"""Decibels by which the median of VH lies below that of VV at least."""

BRIGHTEST, CLOSEST = {"VV": -3.0, "VH": -9.5}, 3.5
"""Medians over a season that no farmland exceeds, and decibels by which its VH lies below VV at least."""

SURE = 2.0
"""Difference in log-likelihood from which on one reading is believed."""


@dataclass(frozen=True)
class Reading:
    """One way to read an acquisition; `levels` are the medians of its polarisations in dB."""

    unit: str
    scaling: Scaling
    order: Arrangement | None
    levels: tuple[float, ...]
    likelihood: float

    @property
    def key(self) -> tuple:
        """What makes it differ from others."""
        return self.unit, self.scaling.scale, self.order.title if self.order else ""


def to_decibels(values: np.ndarray, unit: str) -> np.ndarray:
    """Return decibels of numbers in a unit; NaN where there are none."""
    if unit == DECIBEL:
        return values
    with np.errstate(divide="ignore", invalid="ignore"):
        found = (20 if unit == AMPLITUDE else 10) * np.log10(values)
    return np.where(np.isfinite(found), found, np.nan)


def readings(part: Part, bands: Sequence[str], values: np.ndarray) -> list[Reading]:
    """Return every possible reading, the likeliest first."""
    source = next(iter(part.bands.values()))
    scalings = part.candidates or (Scaling(source.scale, source.offset, part.origins.scale),)
    found = []
    for scaling in scalings:
        rescaled = (values - source.offset) / source.scale * scaling.scale + scaling.offset
        for unit in [part.unit] if part.unit else [DECIBEL, POWER, AMPLITUDE]:
            if scaling.origin == TYPE and scaling.scale != 1 and unit != DECIBEL:
                continue
            levels = np.nanmedian(to_decibels(rescaled, unit), axis=1) if mostly(rescaled, unit) else None
            for order in part.arrangements or (None,):
                if levels is not None:
                    own = tuple(float(level) for level in levels[rows(part, bands, order)])
                    likelihood = _likelihood(bands, own)
                    if likelihood is not None:
                        found.append(Reading(unit, scaling, order, own, likelihood))
    return sorted(found, key=lambda reading: -reading.likelihood)


def mostly(values: np.ndarray, unit: str) -> bool:
    return unit == DECIBEL or float((values > 0).mean()) > 0.9


def rows(part: Part, bands: Sequence[str], order: Arrangement | None) -> list[int]:
    """Return for each band the row of the sample that holds it under an order."""
    if order is None:
        return list(range(len(bands)))
    now = [(part.bands[band].path, part.bands[band].band) for band in bands]
    then = [(order.bands[band].path, order.bands[band].band) for band in bands]
    return [now.index(place) if place in now else row for row, place in enumerate(then)]


def unlike_land(bands: Sequence[str], levels: Sequence[float]) -> bool:
    """Return whether the levels of a season, in dB, are those of no farmland."""
    found = dict(zip(bands, levels))
    if any(level > BRIGHTEST.get(band, level) for band, level in found.items()):
        return True
    return {"VV", "VH"} <= set(found) and found["VV"] - found["VH"] < CLOSEST


def _likelihood(bands: Sequence[str], levels: Sequence[float]) -> float | None:
    """Return how likely levels are for land, None where no land has them."""
    total = 0.0
    for band, level in zip(bands, levels):
        low, high = LIMITS.get(band, (-40.0, 5.0))
        if not low <= level <= high:
            return None
        middle, spread = USUAL.get(band, (-14.0, 5.0))
        total -= ((level - middle) / spread) ** 2 / 2
    if "VV" in bands and "VH" in bands:
        between = levels[bands.index("VV")] - levels[bands.index("VH")]
        if between < LEAST_BETWEEN:
            return None
        total -= ((between - BETWEEN[0]) / BETWEEN[1]) ** 2 / 2
    return total
