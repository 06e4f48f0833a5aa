"""Reflectance of canopies at full cover, of dry matter, soils and surfaces, in ten bands.

Canopies come with the table `canopy_spectra.csv`, which `tools/spectra_table.py` makes from the medians of real parcel
points (Sentinel-2 L2A over French declared parcels of 2023, WorldCereal's open test points) and from PROSAIL. Flowers,
straw and soils are such medians too, in the month of bloom, of ripeness or of bare ground; B8A, which those points
lack, lies between B08 and B11. Surfaces outside cropland, plastic, cloud and snow have typical values.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

BANDS = ("B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B11", "B12")
RED, NIR = BANDS.index("B04"), BANDS.index("B08")
TRAITS = ("structure", "chlorophyll", "water", "matter", "area", "angle")
"""What differs between canopies of one kind: a logarithm each, but the leaf angle in degrees."""

# fmt: off
_SURFACES = {
    "yellow": (70, 150, 128, 205, 470, 545, 575, 590, 160, 78),
    "ray": (58, 112, 112, 170, 355, 430, 440, 455, 225, 125),
    "straw": (68, 100, 141, 170, 206, 230, 244, 256, 290, 200),
    "brown": (44, 66, 86, 118, 170, 196, 212, 226, 236, 155),
    "soil": (72, 101, 135, 158, 178, 196, 209, 222, 284, 226),
    "pale": (110, 148, 190, 222, 245, 264, 280, 292, 362, 308),
    "red": (58, 82, 142, 168, 188, 206, 222, 238, 330, 262),
    "water": (34, 36, 24, 22, 18, 16, 14, 12, 7, 5),
    "tile": (78, 98, 142, 160, 176, 186, 198, 206, 255, 228),
    "metal": (240, 252, 262, 270, 280, 288, 298, 300, 310, 280),
    "plastic": (230, 245, 250, 262, 290, 305, 312, 316, 285, 235),
    "asphalt": (78, 90, 100, 106, 112, 118, 124, 128, 148, 142),
    "quarry": (180, 215, 248, 268, 282, 294, 308, 318, 390, 350),
    "cloud": (520, 515, 520, 530, 545, 555, 560, 565, 420, 330),
    "snow": (780, 780, 770, 760, 740, 720, 690, 660, 90, 60),
}
# fmt: on


def _read(path: Path) -> dict[tuple[str, str], tuple[float, ...]]:
    """Return (canopy, quantity) -> ten values."""
    with open(path, newline="", encoding="utf-8") as lines:
        return {
            (row["canopy"], row["quantity"]): tuple(float(row[band]) for band in BANDS) for row in csv.DictReader(lines)
        }


_CANOPIES = _read(Path(__file__).with_name("canopy_spectra.csv"))
_REFLECTANCE = {
    **{name: values for (name, quantity), values in _CANOPIES.items() if quantity == "reflectance"},
    **{name: tuple(value / 1000.0 for value in values) for name, values in _SURFACES.items()},
}
NAMES = tuple(_REFLECTANCE)
SPECTRA = np.array([_REFLECTANCE[name] for name in NAMES], dtype=np.float32)
"""(spectra, 10) reflectance 0..1."""

DIRECTIONS = np.array(
    [[_CANOPIES.get((name, trait), (0.0,) * len(BANDS)) for trait in TRAITS] for name in NAMES], dtype=np.float32
)
"""(spectra, traits, 10) change of the logarithm of reflectance with each trait; 0 where nothing grows."""


def spectrum(name: str) -> int:
    """Return the row of a named spectrum."""
    return NAMES.index(name)
