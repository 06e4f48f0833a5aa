"""3D U-Net (Rustowicz et al. 2019, CVPR workshops), as the PASTIS benchmark uses it: all sensors as channels.

The mean over time is taken over the steps at which the pixel was seen; in the benchmark over those not filled up.
"""

from __future__ import annotations

from typing import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..card import Card
from ..output import NetworkOutput
from .blocks import ConvNorm
from .compared import Baseline, Sensor, any_observation, stacked
from .layers import Conv3d, Up3d, halved_3d


class UNet3D(Baseline):
    """The network.

    Args:
        card: bands, season, classes and normalisation.
        width: channels at the finest scale are four times, at the coarsest sixteen times it.
        masks: give the masks as channels too.
    """

    stride = 4

    def __init__(self, card: Card, width: int = 8, masks: bool = True):
        super().__init__(card, masks)
        self.fine = nn.Sequential(Step(sum(self.depths), 4 * width), Step(4 * width, 4 * width))
        self.middle = nn.Sequential(Step(4 * width, 8 * width), Step(8 * width, 8 * width))
        self.coarse = nn.Sequential(
            Step(8 * width, 16 * width), Step(16 * width, 16 * width), Up3d(16 * width, 8 * width)
        )
        self.middle_again = nn.Sequential(Step(16 * width, 8 * width), Step(8 * width, 8 * width))
        self.up = nn.Sequential(Up3d(8 * width, 4 * width), nn.BatchNorm3d(4 * width), nn.LeakyReLU(inplace=True))
        self.fine_again = nn.Sequential(Step(8 * width, 4 * width), Step(4 * width, 2 * width))
        self.head = Conv3d(2 * width, self.classes)

    def answer(self, sensors: Sequence[Sensor], attention: bool) -> NetworkOutput:
        """Return logits, the mean over time."""
        seen = any_observation(sensors)
        x = stacked(sensors, self.masks).transpose(1, 2).contiguous(memory_format=torch.channels_last_3d)
        # Steps that without any observation fill the season up to a multiple of the stride in time.
        x = F.pad(x, (0, 0, 0, 0, 0, -self.steps % self.stride))
        fine = self.fine(x)
        middle = self.middle(halved_3d(fine))
        up = self.coarse(halved_3d(middle))
        up = self.up(self.middle_again(torch.cat((up, middle), dim=1)))
        logits = self.head(self.fine_again(torch.cat((up, fine), dim=1)))[:, :, : self.steps]
        weights = seen[:, None].to(logits.dtype)
        return NetworkOutput((logits * weights).sum(dim=2) / weights.sum(dim=2).clamp(min=1.0))


class Step(nn.Module):
    """A convolution of 3 x 3 x 3, batch norm and leaky ReLU. Shape: (N, in, T, H, W) -> (N, out, T, H, W)."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        self.conv = ConvNorm(Conv3d(inputs, outputs))

    def forward(self, x: Tensor) -> Tensor:
        return F.leaky_relu_(self.conv(x), 0.01)
