"""UNet++ (Zhou et al. 2018, arXiv 1807.10165): a U-Net whose skips are filled with nested convolutions.

It knows no time: all dates and bands are channels of one image. Without deep supervision, as in its fast mode.
"""

from __future__ import annotations

from typing import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..card import Card
from ..output import NetworkOutput
from .blocks import ConvNorm
from .compared import Baseline, Sensor, stacked
from .layers import Conv2d, halved_2d


class UNetPlusPlus(Baseline):
    """The network.

    Args:
        card: bands, season, classes and normalisation.
        width: channels at the finest scale, doubled at each coarser one.
        scales: how many there are.
        masks: give the masks as channels too.
    """

    def __init__(self, card: Card, width: int = 32, scales: int = 5, masks: bool = True):
        super().__init__(card, masks)
        self.scales, self.stride = scales, 2 ** (scales - 1)
        widths = [width * 2**row for row in range(scales)]
        channels = self.steps * sum(self.depths)
        self.nodes = nn.ModuleDict()
        for row, own in enumerate(widths):
            self.nodes[f"{row}_0"] = Node(widths[row - 1] if row else channels, own)
            for column in range(1, scales - row):
                self.nodes[f"{row}_{column}"] = Node(column * own + widths[row + 1], own)
        self.head = Conv2d(width, self.classes, 1)

    def answer(self, sensors: Sequence[Sensor], attention: bool) -> NetworkOutput:
        """Return logits of the last node of the finest scale."""
        rows: list[list[Tensor]] = []
        x = stacked(sensors, self.masks).flatten(1, 2)
        for row in range(self.scales):
            rows.append([self.nodes[f"{row}_0"](halved_2d(x) if row else x)])
            x = rows[row][0]
            # Each new scale makes one more column possible at every finer scale.
            for finer in range(row - 1, -1, -1):
                up = _like(rows[finer + 1][-1], rows[finer][0])
                node = self.nodes[f"{finer}_{len(rows[finer])}"]
                rows[finer].append(node(torch.cat((*rows[finer], up), dim=1)))
        return NetworkOutput(self.head(rows[0][-1]))


class Node(nn.Module):
    """Two convolutions of 3 x 3, each with batch norm and ReLU. Shape: (N, in, H, W) -> (N, out, H, W)."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        self.first = ConvNorm(Conv2d(inputs, outputs))
        self.second = ConvNorm(Conv2d(outputs, outputs))

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu_(self.second(torch.relu_(self.first(x))))


def _like(x: Tensor, finer: Tensor) -> Tensor:
    """Interpolate to the size of a finer scale."""
    return F.interpolate(x, size=finer.shape[-2:], mode="bilinear", align_corners=False)
