"""3D-ConvSTAR: a stack of convolutional STAR cells over the season (Turkoglu et al. 2021, arXiv 2102.08820).

No paper of exactly this name exists; what is meant is the network of "Crop mapping from image time series", Remote
Sensing of Environment 264:112603, which is recurrent in time and convolutional in space. Its heads on the second,
fourth and sixth layer learn three levels of a hierarchy of labels. A legend here has one level, so that all three give
the same classes, the first two without a loss of their own, and a small CNN refines the last by what all three say.
"""

from __future__ import annotations

from typing import Sequence, cast

import torch
from torch import Tensor, nn

from ..card import Card
from ..known import known
from ..output import NetworkOutput
from .blocks import ConvNorm
from .compared import Baseline, Sensor, stacked
from .layers import Conv2d

OPEN = 1.0
"""Bias of the gate at the start."""


class ConvSTAR(Baseline):
    """The network.

    Args:
        card: bands, season, classes and normalisation.
        width: channels of each cell.
        layers: cells on top of each other; the heads sit at a third, two thirds and the top.
        refinement: channels of the refining CNN.
        masks: give the masks as channels too.
    """

    def __init__(
        self,
        card: Card,
        width: int = 64,
        layers: int = 6,
        refinement: int = 32,
        dropout: float = 0.5,
        masks: bool = True,
    ):
        super().__init__(card, masks)
        self.cells = nn.ModuleList(Cell(width if layer else sum(self.depths), width) for layer in range(layers))
        self.taps = tuple(max(layers * part // 3, 1) - 1 for part in (1, 2, 3))
        heads = nn.ModuleList(Conv2d(width, self.classes) for _ in self.taps)
        self.head = nn.ModuleDict({"levels": heads, "refine": Refinement(self.classes, refinement, dropout)})

    def answer(self, sensors: Sequence[Sensor], attention: bool) -> NetworkOutput:
        """Return logits from the states after the last step."""
        series = stacked(sensors, self.masks)
        states: list[Tensor | None] = [None] * len(self.cells)
        for x in series.unbind(dim=1):
            for layer, cell in enumerate(self.cells):
                states[layer] = x = cell(x, states[layer])
        said = [head(states[tap]) for head, tap in zip(cast("nn.ModuleList", self.head["levels"]), self.taps)]
        return NetworkOutput(said[-1] + self.head["refine"](torch.cat(said, dim=1)))


class Cell(nn.Module):
    """One convolutional STAR cell. Shape: (N, in, H, W) and state (N, out, H, W) or None -> (N, out, H, W)."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        self.gate = Conv2d(inputs + outputs, outputs)
        self.update = Conv2d(inputs, outputs)
        for conv, bias in ((self.gate, OPEN), (self.update, 0.0)):
            nn.init.orthogonal_(conv.weight)
            nn.init.constant_(known(conv.bias), bias)

    def forward(self, x: Tensor, state: Tensor | None) -> Tensor:
        fresh = torch.tanh(self.update(x))
        state = torch.zeros_like(fresh) if state is None else state
        return torch.lerp(fresh, state, torch.sigmoid(self.gate(torch.cat((x, state), dim=1))))


class Refinement(nn.Module):
    """What is to be added to the logits of the last level, by those of all levels."""

    def __init__(self, classes: int, width: int, dropout: float):
        super().__init__()
        self.mix = ConvNorm(Conv2d(3 * classes, width, 1, bias=False))
        self.first = ConvNorm(Conv2d(width, width, bias=False))
        self.second = ConvNorm(Conv2d(width, width, bias=False))
        self.forget = nn.Dropout(dropout)
        self.give = Conv2d(width, classes, 1, bias=False)

    def forward(self, said: Tensor) -> Tensor:
        x = torch.relu(self.mix(said))
        y = self.second(self.forget(torch.relu(self.first(x))))
        return self.give(self.forget(torch.relu(x + y)))
