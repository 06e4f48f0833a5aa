"""The legend of PASTIS with its codes moved by one, since 0 means no data in a crop map."""

from __future__ import annotations

import numpy as np

from ....models.card import CropClass

VOID = 19
"""Code in PASTIS of parcels that are ignored."""

PASTIS = (
    CropClass(1, "Background", "#bdbdbd", crop=False),
    CropClass(2, "Meadow", "#a6d96a"),
    CropClass(3, "Soft winter wheat", "#e6b422"),
    CropClass(4, "Corn", "#e8601c"),
    CropClass(5, "Winter barley", "#b8860b"),
    CropClass(6, "Winter rapeseed", "#f6f13c"),
    CropClass(7, "Spring barley", "#f7e08a"),
    CropClass(8, "Sunflower", "#8c510a"),
    CropClass(9, "Grapevine", "#dc050c"),
    CropClass(10, "Beet", "#ae76a3"),
    CropClass(11, "Winter triticale", "#c9a66b"),
    CropClass(12, "Winter durum wheat", "#ffb347"),
    CropClass(13, "Fruits, vegetables, flowers", "#1965b0"),
    CropClass(14, "Potatoes", "#882e72"),
    CropClass(15, "Leguminous fodder", "#7bafde"),
    CropClass(16, "Soybeans", "#4eb265"),
    CropClass(17, "Orchard", "#f4a6b8"),
    CropClass(18, "Mixed cereal", "#777b2b"),
    CropClass(19, "Sorghum", "#00a7a0"),
)
"""The 19 classes of the benchmark, background included, as it averages over them."""

CODES = {code: code + 1 for code in range(VOID)}
"""Code in PASTIS -> code of ours; void has none."""


def to_codes(target: np.ndarray) -> np.ndarray:
    """Return uint8 codes of ours for uint8 codes of PASTIS; void and what is unknown becomes 0."""
    table = np.zeros(256, np.uint8)
    table[list(CODES)] = list(CODES.values())
    return table[target]
