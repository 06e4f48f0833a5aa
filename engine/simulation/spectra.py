"""Reflectance of canopies at full cover, of dry matter, soils and surfaces, in ten bands.

Canopies, straw and soils are the medians of real parcel points of temperate Europe in the month of fullest cover, of
ripeness or of bare ground (Sentinel-2 L2A over French declared parcels of 2023, WorldCereal's open test points);
B8A, which those lack, is interpolated between B08 and B11 by the ratios of the ECOSTRESS and ASTER spectral libraries
(1.04 over leaves, 1.07 over soil). Surfaces outside cropland follow the same libraries.
"""

from __future__ import annotations

import numpy as np

BANDS = ("B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B11", "B12")
RED, NIR = BANDS.index("B04"), BANDS.index("B08")

# fmt: off
_TABLE = {
    "cereal": (26, 44, 22, 68, 276, 400, 428, 448, 122, 56),
    "barley": (30, 52, 24, 80, 300, 398, 440, 458, 138, 67),
    "maize": (22, 46, 22, 64, 290, 432, 440, 462, 165, 70),
    "rapeseed": (26, 62, 26, 108, 400, 462, 490, 508, 145, 66),
    "pods": (44, 96, 48, 160, 410, 480, 500, 510, 122, 62),
    "sunflower": (36, 74, 38, 120, 335, 435, 438, 455, 212, 108),
    "soybean": (20, 54, 20, 92, 385, 510, 490, 515, 222, 100),
    "beet": (24, 62, 24, 96, 390, 520, 530, 548, 190, 88),
    "potato": (34, 80, 40, 132, 370, 440, 450, 468, 215, 112),
    "pulse": (38, 78, 38, 124, 355, 410, 425, 445, 172, 82),
    "grass": (30, 66, 32, 116, 350, 420, 460, 482, 195, 95),
    "alfalfa": (28, 68, 28, 112, 385, 470, 490, 510, 200, 96),
    "flax": (36, 72, 40, 120, 310, 390, 405, 425, 170, 82),
    "hemp": (20, 48, 20, 72, 330, 460, 460, 482, 170, 74),
    "leafy": (34, 82, 36, 130, 360, 420, 440, 458, 180, 92),
    "mustard": (30, 70, 34, 118, 370, 420, 440, 460, 180, 90),
    "vine": (36, 70, 42, 120, 300, 365, 380, 400, 205, 110),
    "orchard": (28, 58, 32, 100, 285, 350, 365, 385, 185, 95),
    "evergreen": (26, 48, 34, 90, 215, 252, 270, 285, 165, 90),
    "broadleaf": (20, 46, 22, 78, 265, 330, 345, 362, 160, 74),
    "conifer": (13, 30, 17, 56, 158, 192, 205, 215, 104, 48),
    "yellow": (70, 150, 128, 205, 470, 545, 575, 590, 160, 78),
    "ray": (58, 112, 112, 170, 355, 430, 440, 455, 225, 125),
    "straw": (68, 100, 141, 170, 206, 230, 244, 256, 290, 200),
    "brown": (44, 66, 86, 118, 170, 196, 212, 226, 236, 155),
    "soil": (72, 101, 135, 158, 178, 196, 209, 222, 284, 226),
    "pale": (110, 148, 190, 222, 245, 264, 280, 292, 362, 308),
    "red": (58, 82, 142, 168, 188, 206, 222, 238, 330, 262),
    "water": (34, 36, 24, 22, 18, 16, 14, 12, 7, 5),
    "roof": (92, 108, 135, 148, 160, 170, 182, 190, 235, 222),
    "tile": (78, 98, 142, 160, 176, 186, 198, 206, 255, 228),
    "metal": (240, 252, 262, 270, 280, 288, 298, 300, 310, 280),
    "asphalt": (78, 90, 100, 106, 112, 118, 124, 128, 148, 142),
    "quarry": (180, 215, 248, 268, 282, 294, 308, 318, 390, 350),
    "reed": (40, 66, 62, 108, 245, 300, 330, 350, 190, 105),
    "cloud": (520, 515, 520, 530, 545, 555, 560, 565, 420, 330),
    "snow": (780, 780, 770, 760, 740, 720, 690, 660, 90, 60),
}
# fmt: on

NAMES = tuple(_TABLE)
SPECTRA = np.array([_TABLE[name] for name in NAMES], dtype=np.float32) / 1000.0
"""(spectra, 10) reflectance 0..1."""


def spectrum(name: str) -> int:
    """Return the row of a named spectrum."""
    return NAMES.index(name)
