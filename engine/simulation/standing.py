"""The table of what stays: grassland, trees and vines, fodder, and everything outside cropland.

Cover and backscatter of grass, vines and orchards follow the medians of real parcel points (France 2023, Corsica 2022);
woods, water, built-up land and what grows in Shandong have typical values, fitted to nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from .species import EUROPE, SHANDONG

CUT, GRAZED, NONE = "cut", "grazed", "none"


@dataclass(frozen=True)
class Standing:
    """One perennial kind or surface.

    Attributes:
        code: class of the legend.
        share: weight within its class; outside cropland the landscape decides.
        green: green cover at mid-month, January to December, 0..1.
        use: what lowers the cover: "cut", "grazed" or "none".
        leaf, ground: spectra of the green and of what shows between.
        litter: share of the ground that dry matter covers.
        vv, vh: backscatter in dB in winter and in summer.
        spread: standard deviation of backscatter between parcels, in dB.
        variety: standard deviation of the cover between parcels, as a share.
        wet: how strongly soil moisture and frost act, 0..1.
        texture: standard deviation of brightness between neighbouring patches, as a share.
        place: legend that `code` belongs to; what is outside cropland stands in every place.
    """

    name: str
    code: int
    share: float
    green: tuple[float, ...]
    use: str
    leaf: str
    ground: str
    litter: float
    vv: tuple[float, float]
    vh: tuple[float, float]
    spread: float = 1.3
    variety: float = 0.10
    wet: float = 0.4
    texture: float = 0.06
    place: str = EUROPE


def _flat(value: float) -> tuple[float, ...]:
    return (value,) * 12


MEADOW = (0.925, 0.88, 0.885, 0.955, 0.975, 0.92, 0.86, 0.90, 0.89, 0.92, 0.945, 0.93)
ROUGH = (0.72, 0.66, 0.66, 0.78, 0.88, 0.82, 0.72, 0.74, 0.75, 0.77, 0.78, 0.74)
VINES = (0.84, 0.76, 0.72, 0.62, 0.70, 0.75, 0.73, 0.73, 0.73, 0.76, 0.84, 0.85)
TREES = (0.82, 0.75, 0.74, 0.72, 0.83, 0.86, 0.82, 0.82, 0.82, 0.84, 0.84, 0.83)
WOOD = (0.42, 0.42, 0.46, 0.68, 0.95, 0.98, 0.97, 0.95, 0.92, 0.80, 0.55, 0.44)

# fmt: off
STANDING = (
    Standing("mown meadow", 11, 0.34, MEADOW, CUT, "grass", "soil", 0.6, (-12.0, -12.5), (-18.3, -18.4), 1.5, 0.15),
    Standing("pasture", 11, 0.30, MEADOW, GRAZED, "grass", "soil", 0.6, (-11.9, -12.3), (-18.2, -18.2), 1.6, 0.17),
    Standing("rough grassland", 11, 0.20, ROUGH, NONE, "grass", "soil", 0.8, (-11.5, -11.9), (-17.8, -17.8), 1.8,
            0.20),
    Standing("temporary grass", 11, 0.16, MEADOW, CUT, "grass", "soil", 0.4, (-11.9, -12.5), (-18.1, -18.6), 1.4,
            0.12),
    Standing("grassed vineyard", 12, 0.26, VINES, NONE, "vine", "soil", 0.4, (-11.9, -11.3), (-18.6, -17.4), 2.0,
            0.24),
    Standing("tilled vineyard", 12, 0.14, (0.38, 0.36, 0.36, 0.34, 0.42, 0.52, 0.56, 0.56, 0.52, 0.46, 0.42, 0.40),
            NONE, "vine", "pale", 0.2, (-11.4, -10.4), (-18.6, -17.0), 1.8, 0.22, 0.6),
    Standing("orchard", 12, 0.38, TREES, NONE, "orchard", "soil", 0.4, (-11.8, -11.2), (-18.4, -17.2), 2.0, 0.22),
    Standing("evergreen grove", 12, 0.16, _flat(0.72), NONE, "evergreen", "pale", 0.4, (-10.2, -10.2),
            (-16.8, -16.4), 1.8, 0.15),
    Standing("alfalfa or clover", 13, 0.12,
            (0.72, 0.70, 0.78, 0.92, 0.97, 0.94, 0.92, 0.92, 0.90, 0.86, 0.82, 0.76), CUT, "alfalfa", "soil", 0.3,
            (-10.6, -10.8), (-17.2, -16.6), 1.3, 0.08),
    Standing("fallow", 13, 0.22, ROUGH, NONE, "grass", "soil", 0.7, (-11.0, -11.0), (-17.6, -17.2), 2.0, 0.22),
    Standing("nursery or berries", 13, 0.04,
            (0.38, 0.36, 0.40, 0.50, 0.60, 0.66, 0.68, 0.66, 0.62, 0.55, 0.45, 0.40), NONE, "orchard", "soil", 0.2,
            (-9.8, -9.6), (-16.8, -15.8), 1.8, 0.22),
    Standing("broadleaf wood", 14, 1, WOOD, NONE, "broadleaf", "brown", 1.0, (-9.0, -9.6), (-14.8, -15.0), 0.7,
            0.06, 0.1),
    Standing("conifer wood", 14, 1, _flat(0.93), NONE, "conifer", "brown", 1.0, (-9.6, -9.6), (-15.4, -15.0), 0.7,
            0.05, 0.1),
    Standing("hedge", 14, 1, WOOD, NONE, "broadleaf", "grass", 0.2, (-9.4, -9.6), (-15.4, -15.4), 1.2, 0.10, 0.2,
            0.1),
    Standing("verge", 14, 1, ROUGH, NONE, "grass", "soil", 0.7, (-10.6, -11.0), (-17.0, -17.0), 1.5, 0.15),
    Standing("garden", 14, 1, (0.62, 0.60, 0.62, 0.70, 0.78, 0.78, 0.74, 0.74, 0.74, 0.72, 0.68, 0.64), NONE,
            "grass", "tile", 0.3, (-8.2, -8.4), (-14.6, -14.4), 1.8, 0.18, 0.2, 0.15),
    Standing("houses", 14, 1, _flat(0.12), NONE, "grass", "tile", 0.0, (-4.5, -4.5), (-11.5, -11.5), 3.0, 0.6, 0.0,
            0.25),
    Standing("halls", 14, 1, _flat(0.03), NONE, "grass", "metal", 0.0, (-3.5, -3.5), (-11.5, -11.5), 3.5, 0.6, 0.0,
            0.35),
    Standing("road", 14, 1, _flat(0.10), NONE, "grass", "asphalt", 0.0, (-11.5, -11.5), (-19.0, -19.0), 1.8, 0.6,
            0.2, 0.1),
    Standing("water", 14, 1, _flat(0.0), NONE, "reed", "water", 0.0, (-19.0, -20.0), (-25.5, -26.5), 1.8, 0.0, 0.0,
            0.2),
    Standing("reed or marsh", 14, 1, (0.40, 0.38, 0.40, 0.52, 0.75, 0.85, 0.85, 0.82, 0.74, 0.62, 0.50, 0.42), NONE,
            "reed", "brown", 0.8, (-9.6, -9.4), (-16.2, -15.6), 1.6, 0.12),
    Standing("quarry or bare", 14, 1, _flat(0.06), NONE, "grass", "quarry", 0.0, (-9.5, -10.0), (-18.5, -19.0), 2.2,
            0.6, 0.6, 0.2),
    Standing("heath or shrub", 14, 1, (0.66, 0.66, 0.66, 0.70, 0.74, 0.72, 0.68, 0.66, 0.66, 0.68, 0.70, 0.68),
            NONE, "evergreen", "brown", 0.6, (-10.4, -10.6), (-16.6, -16.4), 1.4, 0.12, 0.3),
    Standing("apple, peach or chestnut orchard", 5, 0.8,
            (0.34, 0.34, 0.40, 0.62, 0.84, 0.88, 0.90, 0.90, 0.86, 0.74, 0.50, 0.36), NONE, "orchard", "soil", 0.4,
            (-11.4, -10.6), (-18.0, -16.2), 1.6, 0.18, place=SHANDONG),
    Standing("young orchard on terraces", 5, 0.2,
            (0.16, 0.16, 0.20, 0.38, 0.56, 0.62, 0.70, 0.70, 0.62, 0.46, 0.26, 0.18), NONE, "orchard", "pale", 0.3,
            (-11.4, -10.4), (-18.4, -16.8), 1.8, 0.24, 0.6, place=SHANDONG),
    Standing("greenhouse under plastic", 6, 0.7,
            (0.26, 0.28, 0.30, 0.30, 0.26, 0.20, 0.18, 0.22, 0.26, 0.28, 0.28, 0.26), NONE, "leafy", "plastic", 0.0,
            (-6.5, -7.0), (-14.0, -14.2), 2.4, 0.35, 0.1, 0.22, place=SHANDONG),
    Standing("tunnels, open in summer", 6, 0.3,
            (0.20, 0.22, 0.28, 0.36, 0.42, 0.46, 0.50, 0.50, 0.46, 0.36, 0.26, 0.20), NONE, "leafy", "plastic", 0.0,
            (-8.0, -8.6), (-15.0, -15.0), 2.4, 0.35, 0.2, 0.20, place=SHANDONG),
)
# fmt: on
