"""What the numbers of one acquisition tell of their scale and offset, judged by what any ground reflects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Mapping, Sequence

import numpy as np

from ....models.language import tr
from ..acquisition import NUMBERS, TYPE, Scaling
from ..cube.part_reader import BLUE, RED

NIR, NARROW_NIR, SWIR = "B08", "B8A", "B12"
JUDGED = (BLUE, RED, NIR, NARROW_NIR, SWIR)

ENOUGH = 50
"""Clear pixels from which on an acquisition can be judged."""

ADDED = 0.1
"""Reflectance that stands for the 1,000 which ESA adds to every number from processing baseline 04.00 on."""

LAND = (0.12, 0.9)
"""Range of the median over clear land pixels of the greatest reflectance of any band."""

GROUND = (0.01, 1.3)
"""The same for any ground, water and snow included."""

TINY = 2e-4
"""Reflectance, in the brightest band, that is darker than any ground over a whole sample."""

FULL_SCALE = 1 / 65535
"""Scale of reflectance that was stretched over 16 bits."""

LOW = 0.085
"""Without the added 0.1, clear ground falls below this in blue, red or short-wave infrared; with it, it cannot."""

LIT_NIR = 0.15
"""Near infrared, with or without the added 0.1, above which a pixel is no water and no deep shadow."""

PLANTS = 0.3
"""NDVI that only plants reach, even where 0.1 was added to both bands."""

REDDEST = 0.15
"""Ratio of blue to red below which no soil lies; most have 0.4 to 0.8, laterites 0.2."""


@dataclass(frozen=True)
class Numbers:
    """Clear sampled numbers of one part, as stored: band -> (P,) float64."""

    bands: Mapping[str, np.ndarray]

    @property
    def count(self) -> int:
        """How many pixels there are."""
        return min((values.size for values in self.bands.values()), default=0)

    def read(self, scaling: Scaling) -> Mapping[str, np.ndarray]:
        """Return the reflectance of each band under a scaling."""
        return {name: values * scaling.scale + scaling.offset for name, values in self.bands.items()}


def greatest(reflectance: Mapping[str, np.ndarray]) -> float:
    """Return the median over pixels of the greatest reflectance of any band."""
    return float(np.median(np.max(np.stack(list(reflectance.values())), axis=0)))


def fitting_scales(numbers: Numbers, candidates: Sequence[Scaling]) -> list[float]:
    """Return the scales under which the numbers can be land; of none, those under which they can be any ground."""
    levels = {each.scale: greatest(numbers.read(Scaling(each.scale, 0.0, each.origin))) for each in candidates}
    for low, high in (LAND, GROUND):
        found = [scale for scale, level in levels.items() if low <= level <= high]
        if found:
            return found
    stretched = greatest(numbers.read(Scaling(FULL_SCALE, 0.0, NUMBERS)))
    whole = all(each.origin == TYPE and each.scale < 1 for each in candidates)
    return [FULL_SCALE] if whole and LAND[0] <= stretched <= LAND[1] else []


def carries_added(plain: Mapping[str, np.ndarray]) -> bool | None:
    """Return whether clear reflectance carries an added 0.1; None where its pixels leave it open.

    Without it, plants and shaded or moist ground lie far below 0.085 in blue, red or short-wave infrared. With it
    nothing but water may fall a little below 0.1, and plants seem brighter in blue than any plant is. Bright soils
    decide by their colour: taking 0.1 off makes them redder than any soil. False is sure; True may be an even haze,
    which the same pixels on other dates must tell.

    Args:
        plain: band -> (P,) number times scale, without any offset.
    """
    nir = _nir(plain)
    visible = [plain[band] for band in (BLUE, RED) if band in plain]
    if not visible:
        return None
    short = [plain[SWIR]] if SWIR in plain else []
    darkest = np.min(np.stack(visible + short), axis=0)
    land = nir > LIT_NIR if nir is not None else np.ones(darkest.size, bool)
    if land.sum() < ENOUGH:
        return _added_to_water(plain)
    low = float((darkest[land] < LOW).mean())
    if low >= 0.02:
        return False
    if low > 0.005 or nir is None:
        return None if nir is not None else bool(np.percentile(darkest, 2) >= ADDED) or None
    blue, red = (plain[band][land] if band in plain else visible[0][land] for band in (BLUE, RED))
    index = (nir[land] - red) / np.maximum(nir[land] + red, 1e-6)
    plants = index >= PLANTS
    if plants.mean() >= 0.05 and plants.sum() >= ENOUGH / 5:
        # Haze brightens blue, hardly short-wave infrared: both must carry it.
        if not short or np.percentile(short[0][land][plants], 10) >= ADDED:
            return True
        return None
    ratio = float(np.median((blue - ADDED) / np.maximum(red - ADDED, 1e-3)))
    return False if ratio < REDDEST else None


def _added_to_water(plain: Mapping[str, np.ndarray]) -> bool | None:
    darkest = float(np.median(np.min(np.stack(list(plain.values())), axis=0)))
    return False if darkest < 0.07 else True if LOW <= darkest <= 0.13 else None


def _nir(plain: Mapping[str, np.ndarray]) -> np.ndarray | None:
    return plain.get(NIR, plain.get(NARROW_NIR))


def impossible(reflectance: Mapping[str, np.ndarray]) -> str:
    """Return why no ground reflects like this, "" where it may."""
    level = greatest(reflectance)
    # Water may lie about zero, decimals divided by 10,000 just above it.
    if level > GROUND[1] or level < -GROUND[1] / 10 or 0 < level < TINY:
        return tr("a median reflectance of {level:.3g}").format(level=level)
    nir = _nir(reflectance)
    if nir is not None and BLUE in reflectance and RED in reflectance:
        land = nir > 0.05
        below = np.minimum(reflectance[BLUE], reflectance[RED])[land] < -0.02
        if land.sum() >= ENOUGH and below.mean() >= 0.2:
            return tr("negative reflectance on {mean:.0f} % of the land").format(mean=100 * below.mean())
    return ""


def seems_top_of_atmosphere(reflectance: Mapping[str, np.ndarray]) -> bool | None:
    """Return whether plants look as they do through the air: far brighter in blue than in red; None without plants.

    Rayleigh scattering adds about 0.08 to blue and 0.02 to red at the top of the atmosphere, and nothing to short-wave
    infrared.
    """
    nir = _nir(reflectance)
    if nir is None or BLUE not in reflectance or RED not in reflectance:
        return None
    blue, red = reflectance[BLUE], reflectance[RED]
    plants = (nir - red) / np.maximum(nir + red, 1e-6) > 0.5
    if plants.sum() < ENOUGH:
        return None
    return bool(np.percentile(blue[plants], 10) > 0.07 and np.median((blue - red)[plants]) > 0.025)


def judge(numbers: Numbers, candidates: Sequence[Scaling]) -> Scaling | None:
    """Return the one candidate that the numbers of one acquisition allow, None where they leave it open."""
    if numbers.count < ENOUGH:
        return None
    scales = fitting_scales(numbers, candidates)
    if len(scales) != 1:
        return None
    kept = [candidate for candidate in candidates if candidate.scale == scales[0]] or [Scaling(scales[0], 0.0, NUMBERS)]
    if len(kept) > 1:
        carried = carries_added(numbers.read(Scaling(scales[0], 0.0, NUMBERS)))
        if carried is None:
            return None
        kept = [candidate for candidate in kept if (candidate.offset < 0) == carried]
    return Scaling(kept[0].scale, kept[0].offset, NUMBERS) if kept else None
