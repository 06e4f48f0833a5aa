"""What all fields of one county share: season, soils, crops, habits and the sensors' view."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ...models.card import CropClass
from ...models.language import tr
from ...models.legend import SHANDONG, TEMPERATE_EUROPE
from ..errors import CropAttentionError
from . import species
from .chance import stream

SCENARIOS = {
    "temperate_europe": (17, 8, 6, 15, 7, 4, 4, 6, 6, 5, 15, 4, 7),
    "north_sea": (16, 5, 4, 18, 1, 0, 0, 9, 13, 3, 22, 2, 9),
    "paris_basin": (30, 9, 6, 6, 13, 2, 0.5, 10, 3, 6, 8, 1, 6),
    "south_west": (15, 5, 2, 17, 4, 12, 9, 0, 0.5, 4, 17, 10, 7),
    "central_europe": (18, 9, 8, 12, 11, 4, 5, 6, 4, 4, 11, 3, 6),
    "shandong": (34, 10, 18, 8, 14, 7, 9),
}
"""Shares of the crops of each scenario's legend among parcels, in percent: plausible mixes of such regions, no
statistics of one place."""

TEMPERATE = tuple(name for name in SCENARIOS if name != "shandong")
"""Scenarios of the bundled checkpoint's legend."""


def legend_of(scenario: str) -> tuple[CropClass, ...]:
    """Return the legend of a scenario: codes from 1, the last one is what is outside cropland."""
    return TEMPERATE_EUROPE if scenario in TEMPERATE else SHANDONG


@dataclass(frozen=True)
class Region:
    """One draw of a county's character.

    Attributes:
        shift: days by which spring and summer come later.
        autumn: days by which autumn sowing is later.
        shares: share of each crop of the legend among parcels.
        soil: weights of the dark, pale and red soil.
        brightness: factor on soil reflectance.
        aridity: loss of green on grass at midsummer, 0..1.
        bare_winters: share of fields ploughed before winter.
        offset: (2,) dB added to VV and VH everywhere (calibration, incidence).
        forest, built: share of the land.
        place: legend that the codes of kinds belong to.
        strips: factor on how long and narrow parcels are.
        dormant: loss of green in the midwinter of grass and trees that stay green in milder winters, 0..1.
        winter_green: factor on what covers fields in winter.
        monsoon: whether summer is the wet and cloudy season, and winter dry and frozen.
        hardship: share of the green that frost and snow take from what stands in the fields in winter, 0..1.
        spring: further days by which crops that grow in spring come later than summer crops do.
    """

    shift: float
    autumn: float
    shares: np.ndarray
    soil: tuple[float, float, float]
    brightness: float
    aridity: float
    bare_winters: float
    offset: tuple[float, float]
    forest: float
    built: float
    place: str = species.EUROPE
    strips: float = 1.0
    dormant: float = 0.0
    winter_green: float = 1.0
    monsoon: bool = False
    hardship: float = 0.0
    spring: float = 0.0


def draw_region(
    seed: int, scenario: str, balance: float = 0.0, shift_days: float | None = None, winters: float = 1.0
) -> Region:
    """Draw the character of a county.

    Args:
        scenario: key of `SCENARIOS`.
        balance: 0 keeps the scenario's shares, 1 makes all classes equally frequent.
        shift_days: days by which the season is late; None draws within about two weeks.
        winters: how far winters of temperate Europe range, 0 mild and oceanic alone, 1 to hard and continental.

    Raises:
        CropAttentionError: the scenario is unknown.
    """
    if scenario not in SCENARIOS:
        raise CropAttentionError(
            tr("There is no scenario {scenario!r}; choose one of {scenarios}.").format(
                scenario=scenario, scenarios=", ".join(SCENARIOS)
            )
        )
    rng = stream(seed, "region")
    base = np.array(SCENARIOS[scenario], dtype=float)
    drawn = base / base.sum() * rng.lognormal(0.0, 0.45, len(base))
    shares = (1.0 - balance) * drawn / drawn.sum() + balance / len(base)
    soil = rng.dirichlet((3.0, 1.2, 0.8))
    shift = float(np.clip(rng.normal(2.0, 8.0), -15.0, 15.0))
    autumn = float(np.clip(rng.normal(3.0, 9.0), -15.0, 20.0))
    region = Region(
        shift=shift if shift_days is None else float(shift_days),
        autumn=autumn if shift_days is None else 0.0,
        shares=shares / shares.sum(),
        soil=(float(soil[0]), float(soil[1]), float(soil[2])),
        brightness=float(rng.lognormal(0.0, 0.15)),
        aridity=float(rng.beta(1.1, 4.0)),
        bare_winters=float(rng.beta(2.0, 6.0)),
        offset=(float(rng.normal(0.0, 0.5)), float(rng.normal(0.0, 0.6))),
        forest=float(rng.uniform(0.05, 0.20)),
        built=float(rng.uniform(0.02, 0.07)),
    )
    if scenario not in TEMPERATE:
        return _shandong(region)
    return _continental(rng, region, winters, shift_days is None)


def _continental(rng: np.random.Generator, region: Region, winters: float, free: bool) -> Region:
    """Return the region with a winter drawn from mild and oceanic to hard and continental.

    Real wheat has an NDVI of .7 from January to March in western France, of .2 to .4 in Bavaria, and of .3 in March in
    Denmark; there it ripens about three weeks later, whereas maize is hardly late.
    """
    hard = winters * float(rng.uniform(0.0, 1.0)) ** 1.3
    late = 20.0 * hard * float(rng.uniform(0.3, 1.3))
    # Backscatter over grass is 2 dB stronger in Flanders than in France: other incidence, relief and processing.
    stronger = 0.8 * winters * float(rng.normal())
    offset = (stronger + region.offset[0], stronger + region.offset[1])
    return replace(region, hardship=0.9 * hard, spring=late if free else 0.0, dormant=0.6 * hard, offset=offset)


def _shandong(region: Region) -> Region:
    """Return the region with the climate and the land of hilly Shandong: its years differ less than Europe's."""
    return replace(
        region,
        shift=0.5 * region.shift,
        autumn=0.4 * region.autumn,
        aridity=0.3 * region.aridity,
        bare_winters=0.8,
        built=region.built + 0.04,
        place=species.SHANDONG,
        strips=1.6,
        dormant=0.75,
        winter_green=0.2,
        monsoon=True,
    )
