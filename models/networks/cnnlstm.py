"""CNN-LSTM dual-stream-style: a CNN for each date and an LSTM over the dates of each sensor, joined at the end.

No single paper is the source. The nearest are DuPLO (Interdonato et al. 2019) and the two streams of
Ienco et al. 2019 (arXiv 1812.05530), which classify one pixel from a small patch; here every pixel of a window is
classified, with convolutions in place of patches. Widths are ours.
"""

from __future__ import annotations

from typing import Sequence

import torch
from torch import Tensor, nn

from ..card import Card
from ..output import NetworkOutput
from .blocks import ConvNorm
from .compared import Baseline, Sensor
from .layers import Conv2d


class CNNLSTM(Baseline):
    """The network.

    Args:
        card: bands, season, classes and normalisation.
        width: channels of the last two of the three convolutions of each date; the first has half of it.
        hidden: state of each LSTM.
        joined: channels of the layer before the logits.
        masks: give the masks as channels too.
    """

    margin = 3

    def __init__(
        self,
        card: Card,
        width: int = 64,
        hidden: int = 128,
        joined: int = 128,
        dropout: float = 0.2,
        masks: bool = True,
    ):
        super().__init__(card, masks)
        widths = (width // 2, width, width)
        self.streams = nn.ModuleList(Stream(depth, widths, hidden) for depth in self.depths)
        self.join = nn.Sequential(
            nn.Dropout(dropout), ConvNorm(Conv2d(hidden * len(self.depths), joined, 1)), nn.ReLU(inplace=True)
        )
        self.head = Conv2d(joined, self.classes, 1)

    def answer(self, sensors: Sequence[Sensor], attention: bool) -> NetworkOutput:
        """Return logits from the last states of the streams."""
        states = [stream(sensor.channels(self.masks)) for stream, sensor in zip(self.streams, sensors)]
        return NetworkOutput(self.head(self.join(torch.cat(states, dim=1))))


class Stream(nn.Module):
    """One sensor. Shape: (N, T, C, H, W) -> (N, hidden, H, W), the state after the last date."""

    def __init__(self, inputs: int, widths: Sequence[int], hidden: int):
        super().__init__()
        sizes = (inputs, *widths)
        layers = [(ConvNorm(Conv2d(a, b, bias=False)), nn.ReLU(inplace=True)) for a, b in zip(sizes, sizes[1:])]
        self.dates = nn.Sequential(*(part for layer in layers for part in layer))
        self.time = nn.LSTM(widths[-1], hidden)

    def forward(self, x: Tensor) -> Tensor:
        n, t, _, h, w = x.shape
        features = self.dates(x.flatten(0, 1)).unflatten(0, (n, t))
        series = features.permute(1, 0, 3, 4, 2).reshape(t, n * h * w, -1)
        _, (state, _) = self.time(series)
        return state[0].reshape(n, h, w, -1).permute(0, 3, 1, 2)
