"""A network that decides by one step, so that what its attention is worth is known."""

from __future__ import annotations

from datetime import date

import numpy as np
import torch
from torch import Tensor, nn

from crop_attention.benchmarks.accuracy.sample import Sample
from crop_attention.models.card import Card, Season
from crop_attention.models.checkpoint import Checkpoint
from crop_attention.models.legend import TEMPERATE_EUROPE
from crop_attention.models.output import NetworkOutput

SEASON = Season(10, 1, 24, 15)
CARD = Card("step", "Step", "1", "none", {}, TEMPERATE_EUROPE, ("B04", "B08"), ("VV", "VH"), SEASON, {})


class StepNetwork(nn.Module):
    """Says the class that B04 shows at one step, which alone contributes to it; attends to another or the same."""

    margin = 0

    def __init__(self, decides: int, attends: int):
        super().__init__()
        self.decides, self.attends = decides, attends

    def forward(
        self, s2: Tensor, s2_valid: Tensor, s1: Tensor, s1_valid: Tensor, attention: bool = False
    ) -> NetworkOutput:
        """Put 4 on the class of code 1000 * B04 where the step was seen."""
        said = (s2[:, self.decides, 0] * 1000).round().long() - 1
        seen = s2_valid[:, self.decides] & (said >= 0)
        hot = nn.functional.one_hot(said.clamp(min=0), len(CARD.classes)).moveaxis(-1, 1) * seen[:, None]
        weights = torch.full(s2_valid.shape, 0.01)
        weights[:, self.attends] = 1.0
        weights = weights * (s2_valid | s1_valid)
        parts = torch.zeros(s2_valid.shape)
        parts[:, self.decides] = seen.float()
        shown = weights / weights.sum(dim=1, keepdim=True).clamp(min=1e-6)
        return NetworkOutput(4.0 * hot, shown, contribution=parts)


def checkpoint(decides: int, attends: int) -> Checkpoint:
    """A checkpoint with the bundled legend."""
    return Checkpoint.of_network(CARD, StepNetwork(decides, attends))


def sample(labels: np.ndarray, clear: int = 12, name: str = "made") -> Sample:
    """Pixels that show their class in B04, clear at the last `clear` steps, seen by radar at all; two a parcel."""
    count, steps = len(labels), SEASON.steps
    s2 = np.full((count, steps, 2), 0.3, np.float32)
    s2[..., 0] = np.asarray(labels)[:, None] / 1000
    valid = np.zeros((count, steps), bool)
    valid[:, steps - clear :] = True
    radar = np.full((count, steps, 2), -12.0, np.float32)
    seen = np.ones((count, steps), bool)
    return Sample(name, s2, valid, radar, seen, np.asarray(labels), np.arange(count) // 2, date(2022, 10, 1))
