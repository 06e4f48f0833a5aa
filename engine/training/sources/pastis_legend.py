"""The legend of PASTIS with its codes moved by one, since 0 means no data in a crop map."""

from __future__ import annotations

import numpy as np

from ....models.card import CropClass

VOID = 19
"""Code in PASTIS of parcels that are ignored."""

PASTIS = (
    CropClass(1, "Background", "#c0bebd", crop=False),
    CropClass(2, "Meadow", "#a5d47b"),
    CropClass(3, "Soft winter wheat", "#e0b013"),
    CropClass(4, "Corn", "#ea5b0d"),
    CropClass(5, "Winter barley", "#a08654"),
    CropClass(6, "Winter rapeseed", "#f5f13e"),
    CropClass(7, "Spring barley", "#fbedbf"),
    CropClass(8, "Sunflower", "#7a3f0e"),
    CropClass(9, "Grapevine", "#6f0e2d"),
    CropClass(10, "Beet", "#ce8cb3"),
    CropClass(11, "Winter triticale", "#e8e6d9"),
    CropClass(12, "Winter durum wheat", "#271a08"),
    CropClass(13, "Fruits, vegetables, flowers", "#1d65ad"),
    CropClass(14, "Potatoes", "#882e72"),
    CropClass(15, "Leguminous fodder", "#77b1e8"),
    CropClass(16, "Soybeans", "#57b984"),
    CropClass(17, "Orchard", "#fac3ea"),
    CropClass(18, "Mixed cereal", "#626d42"),
    CropClass(19, "Sorghum", "#0f9a94"),
)
"""The 19 classes of the benchmark, background included, as it averages over them."""

CODES = {code: code + 1 for code in range(VOID)}
"""Code in PASTIS -> code of ours; void has none."""


def to_codes(target: np.ndarray) -> np.ndarray:
    """Return uint8 codes of ours for uint8 codes of PASTIS; void and what is unknown becomes 0."""
    table = np.zeros(256, np.uint8)
    table[list(CODES)] = list(CODES.values())
    return table[target]
