"""Every architecture, small, on a card of five bands and few steps."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from crop_attention.models.card import Card, CropClass, Season

SMALL = {
    "attention_3dcnn": {"width": 4, "depth": 8, "heads": 2, "blocks": 1},
    "cnnlstm": {"width": 8, "hidden": 8, "joined": 8},
    "convstar": {"width": 8, "layers": 3, "refinement": 4},
    "selfattention3d": {"width": 8, "heads": 2},
    "tgfnet": {"width": 8, "heads": 2, "rank": 4},
    "unet3d": {"width": 1},
    "unetpp": {"width": 4, "scales": 3},
    "utae": {"width": 8, "heads": 4},
}
"""Architecture -> settings that make it quick."""

S2, S1, STEPS, CLASSES = ("B02", "B04", "B08"), ("VV", "VH"), 5, 4


def small_card(architecture: str, s2=S2, s1=S1, steps: int = STEPS, classes: int = CLASSES, **config) -> Card:
    """A card of a small network."""
    return Card(
        name=f"small_{architecture}",
        title="Small",
        version="0",
        architecture=architecture,
        config={**SMALL[architecture], **config},
        classes=tuple(CropClass(code, f"Crop {code}", f"#1020{code:02x}") for code in range(1, classes + 1)),
        s2_bands=s2,
        s1_bands=s1,
        season=Season(10, 1, steps, 60),
        normalisation={**dict.fromkeys(s2, (0.3, 0.2)), **dict.fromkeys(s1, (-15.0, 4.0))},
    )


def window(side: int, count: int = 2, steps: int = STEPS, seed: int = 1) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Reflectance, backscatter and their masks as a network takes them; about a third of observations are missing."""
    random = torch.Generator().manual_seed(seed)
    s2 = 0.3 + 0.2 * torch.randn(count, steps, len(S2), side, side, generator=random)
    s1 = -15 + 4 * torch.randn(count, steps, len(S1), side, side, generator=random)
    s2_valid = torch.rand(count, steps, side, side, generator=random) > 0.4
    s1_valid = torch.rand(count, steps, side, side, generator=random) > 0.1
    return s2, s2_valid, s1, s1_valid


@pytest.fixture
def one_thread():
    """Small tensors are not worth a second thread."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
