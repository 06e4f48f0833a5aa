"""The linear learner as an architecture: a Gaussian a class with a shared, shrunk covariance, and nothing else."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from ..card import Card
from ..gaussian import PREFIX, Gaussian, shapes
from ..output import NetworkOutput
from .network import CropNetwork


class LinearLearner(CropNetwork):
    """`Gaussian` behind the face of a network; its numbers are found in closed form, never by steps."""

    margin = 0

    def __init__(self, card: Card):
        super().__init__()
        self._card = card
        self.gaussian = nn.Module()
        for name, shape in shapes(card).items():
            self.gaussian.register_buffer(name, torch.ones(shape) if name == "scale" else torch.zeros(shape))
        self._ready: Gaussian | None = None

    def forward(
        self,
        s2: Tensor | None,
        s2_valid: Tensor | None,
        s1: Tensor | None,
        s1_valid: Tensor | None,
        attention: bool = False,
    ) -> NetworkOutput:
        """Return logits (N, K, H, W); there is no attention."""
        parts = [None if part is None else part.cpu().numpy() for part in (s2, s2_valid, s1, s1_valid)]
        count = next(len(part) for part in parts if part is not None)
        own = self.numbers()
        found = [own.logits(*(None if part is None else part[number] for part in parts)) for number in range(count)]
        device = next(part.device for part in (s2, s1) if part is not None)
        return NetworkOutput(torch.from_numpy(np.stack(found)).to(device))

    def numbers(self) -> Gaussian:
        """Return the Gaussian that the buffers hold."""
        if self._ready is None:
            held = {PREFIX + name: part.cpu().numpy() for name, part in self.gaussian.named_buffers()}
            self._ready = Gaussian.of(self._card, held)
        return self._ready

    def take(self, gaussian: Gaussian) -> LinearLearner:
        """Hold another Gaussian; return the learner."""
        tensors = {name: torch.from_numpy(part) for name, part in gaussian.tensors().items()}
        self.load_state_dict(tensors)
        return self

    def load_state_dict(self, *arguments, **options):
        """As any module's; what was made ready of earlier numbers is forgotten."""
        self._ready = None
        return super().load_state_dict(*arguments, **options)
