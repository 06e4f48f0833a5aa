"""Ten-band reflectance of each unit over the days: leaves, flowers, dry matter, residues and soil."""

from __future__ import annotations

import numpy as np

from .chance import correlated, stream
from .kinds import FIRST_STANDING
from .landscape import Landscape
from .phenology import Canopy
from .region import Region
from .species import ANNUALS
from .spectra import DIRECTIONS, SPECTRA, spectrum
from .standing import STANDING
from .weather import Weather

LEAF = np.array([spectrum(entry.leaf) for entry in ANNUALS])
STRAW = np.array([spectrum(entry.straw) for entry in ANNUALS])
STANDING_LEAF = np.array([spectrum(entry.leaf) for entry in STANDING])
STANDING_GROUND = np.array([spectrum(entry.ground) for entry in STANDING])
LITTER = np.array([entry.litter for entry in STANDING], dtype=np.float32)
TEXTURE = np.array([entry.texture for entry in STANDING], dtype=np.float32)
IS_SOIL = np.isin(STANDING_GROUND, [spectrum(name) for name in ("soil", "pale", "red")])
WINTER = np.array([0, 0, 0, 0.15, 0.8, 1, 1, 1, 0.75, 0.65], dtype=np.float32)
"""How strongly the low sun of winter dims each band of a canopy."""

TRAIT_SPREAD = np.array([0.06, 0.20, 0.20, 0.20, 0.12, 4.0], dtype=np.float32)
"""Standard deviation between fields of each trait of a canopy: logarithms, the leaf angle in degrees."""


def reflectance(
    seed: int,
    land: Landscape,
    region: Region,
    weather: Weather,
    canopy: Canopy,
    standing: tuple[np.ndarray, np.ndarray],
    days: np.ndarray,
) -> np.ndarray:
    """Return what each unit reflects on each day, free of air.

    Args:
        canopy: its annuals on these days.
        standing: units of standing kinds and their green cover on these days.
        days: (D,) days from 1 January.

    Returns:
        (D, U, 10) float32 reflectance 0..1.
    """
    rng = stream(seed, "optical")
    units, count = len(land.kinds), len(days)
    moisture, _, _ = weather.on(days)
    patches = int(land.patch.max()) + 1
    soil = _soils(rng, patches, region)[land.patch] * np.exp(
        0.05 * rng.standard_normal((units, 1)) + 0.04 * land.vigour[:, None]
    )
    traits = TRAIT_SPREAD * rng.standard_normal((patches, len(TRAIT_SPREAD)), dtype=np.float32)
    traits = traits[land.patch]
    season = 1.0 - 0.06 * (1.0 + np.cos(2 * np.pi * (np.asarray(days) - 5) / 365.0))[:, None] * WINTER
    wet = 1.0 - 0.42 * moisture
    result = np.empty((count, units, 10), dtype=np.float32)
    rows, green = standing
    kinds = land.kinds[rows] - FIRST_STANDING
    texture = np.exp(TEXTURE[kinds][:, None] * rng.standard_normal((len(rows), 1))).astype(np.float32)
    ground = np.where(IS_SOIL[kinds][:, None], 0.0, SPECTRA[STANDING_GROUND[kinds]])
    litter = SPECTRA[spectrum("brown")]
    above = _leaves(STANDING_LEAF[kinds], traits[rows])
    leaves = [_leaves(LEAF[layer.kinds], traits[canopy.rows]) for layer in canopy.layers]
    shimmer = 0.035 * correlated(rng, units, np.asarray(days, float), 12.0)
    for day in range(count):
        under = np.where(IS_SOIL[kinds][:, None], soil[rows] * wet[day], ground)
        under = under + LITTER[kinds][:, None] * (litter - under) * IS_SOIL[kinds][:, None]
        part = green[:, day, None]
        result[day, rows] = (part * above * season[day] + (1.0 - part) * under) * texture
        lit = [layer * season[day].astype(np.float32) for layer in leaves]
        result[day, canopy.rows] = _annual(canopy, day, soil[canopy.rows] * wet[day], lit)
        result[day] *= 1.0 + shimmer[:, day, None]
    return result


def _annual(canopy: Canopy, day: int, soil: np.ndarray, leaves: list[np.ndarray]) -> np.ndarray:
    """Return (A, 10) reflectance of the annual units on one day; `leaves` are those of each layer, and are changed."""
    crop = canopy.layers[2]
    shaded = 1.0 - 0.10 * np.maximum(canopy.rough[:, day], 0.0)
    residue = canopy.residue[:, day, None]
    ground = residue * SPECTRA[STRAW[crop.kinds]] + (1.0 - residue) * soil * shaded[:, None]
    total = np.zeros(len(canopy.rows), dtype=np.float32)
    above = np.zeros_like(ground)
    for layer, leaf in zip(canopy.layers, leaves):
        green, dry = layer.green[:, day], layer.dry[:, day]
        above += (
            green[:, None] * _flowers(layer.kinds, layer.stage[:, day], leaf)
            + dry[:, None] * SPECTRA[STRAW[layer.kinds]]
        )
        total += green + dry
    above /= np.maximum(total, 1.0)[:, None]
    return above + (1.0 - np.minimum(total, 1.0))[:, None] * ground


def _flowers(kinds: np.ndarray, stage: np.ndarray, leaves: np.ndarray) -> np.ndarray:
    """Mix flowers into the leaves of kinds in bloom."""
    for kind in np.unique(kinds):
        bloom = ANNUALS[kind].flower
        if bloom is None:
            continue
        name, first, last, share = bloom
        where = kinds == kind
        middle, half = (first + last) / 2, (last - first) / 2
        amount = share * np.clip(1.4 - 1.4 * ((stage[where] - middle) / half) ** 2, 0.0, 1.0)[:, None]
        leaves[where] = (1.0 - amount) * leaves[where] + amount * SPECTRA[spectrum(name)]
    return leaves


def _soils(rng: np.random.Generator, patches: int, region: Region) -> np.ndarray:
    """Return dry soil of each patch, (P, 10)."""
    weights = rng.dirichlet(np.array(region.soil) * 12.0 + 0.3, size=patches)
    rows = [spectrum("soil"), spectrum("pale"), spectrum("red")]
    bright = region.brightness * np.exp(rng.normal(0.0, 0.15, (patches, 1)))
    return (1.12 * weights @ SPECTRA[rows] * bright).astype(np.float32)


def _leaves(spectra: np.ndarray, traits: np.ndarray) -> np.ndarray:
    """Return the closed canopy of each unit, (U, 10): its kind's median, moved along what PROSAIL says of traits."""
    return SPECTRA[spectra] * np.exp(np.matmul(traits[:, None, :], DIRECTIONS[spectra])[:, 0])
