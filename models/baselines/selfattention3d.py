"""Self-Attention 3D-style: a 3D CNN whose features go through temporal, spatial and spectral self-attention.

No single paper is the source. The 3D CNN follows Ji et al. 2018 (Remote Sensing 10:75), without its pooling, because
every pixel is classified and not the middle of a patch; the three attentions side by side follow TDMSANet (Li et al.
2024, Remote Sensing 16:4755). Widths are ours.
"""

from __future__ import annotations

from typing import Sequence

import torch
from torch import Tensor, nn

from ..attention import annual_encoding
from ..blocks import ConvNorm
from ..card import Card
from ..output import NetworkOutput
from .inputs import Baseline, Sensor, any_look, stacked
from .layers import Conv2d, Conv3d
from .selfattention import NeighbourAttention, TokenAttention


class SelfAttention3D(Baseline):
    """The network.

    Args:
        card: bands, season, classes and normalisation.
        width: channels of the last 3D convolution, and of each attention.
        heads: of each attention.
        size: pixels a side of the neighbourhood of the spatial attention.
        dropout: in the attentions and before the logits.
        masks: give the masks as channels too.
    """

    position: Tensor

    def __init__(
        self, card: Card, width: int = 64, heads: int = 4, size: int = 5, dropout: float = 0.1, masks: bool = True
    ):
        super().__init__(card, masks)
        self.margin = 2 + size // 2
        self.stem = nn.Sequential(
            ConvNorm(Conv3d(sum(self.depths), width // 2, bias=False)),
            nn.ReLU(inplace=True),
            ConvNorm(Conv3d(width // 2, width, bias=False)),
            nn.ReLU(inplace=True),
        )
        self.register_buffer("position", annual_encoding(card.season.day_of_year())[0].T, persistent=False)
        self.calendar = nn.Linear(self.position.shape[1], width)
        self.temporal = TokenAttention(width, heads, dropout)
        self.spectral = Bands(sum(self.bands), self.steps, width, heads, dropout)
        self.fold = ConvNorm(nn.Conv3d(width, width, (self.steps, 1, 1), bias=False))
        self.spatial = NeighbourAttention(width, heads, size)
        self.join = nn.Sequential(
            nn.Dropout(dropout), ConvNorm(Conv2d(3 * width, 2 * width, 1, bias=False)), nn.ReLU(inplace=True)
        )
        self.head = Conv2d(2 * width, self.classes, 1)

    def answer(self, sensors: Sequence[Sensor], attention: bool) -> NetworkOutput:
        """Return logits and, when asked, what each date, band and pixel gave to the attentions."""
        features = self.stem(stacked(sensors, self.masks).transpose(1, 2))
        over_time, steps = self._over_time(features, any_look(sensors))
        over_bands, bands = self.spectral(sensors)
        over_space, own = self.spatial(torch.relu(self.fold(features).squeeze(2)))
        output = NetworkOutput(self.head(self.join(torch.cat((over_time, over_bands, over_space), dim=1))))
        if attention:
            share = bands[:, self.bands[0] :].sum(dim=1, keepdim=True)
            output = output._replace(temporal=steps, channel=bands, spatial=own, s1_share=share)
        return output

    def _over_time(self, features: Tensor, seen: Tensor) -> tuple[Tensor, Tensor]:
        """Mean over the dates seen, (N, C, H, W), and what each date gave, (N, T, H, W)."""
        n, c, t, h, w = features.shape
        known = seen.permute(0, 2, 3, 1).reshape(-1, t)
        tokens = features.permute(0, 3, 4, 2, 1).reshape(-1, t, c) + self.calendar(self.position)
        mixed, given = self.temporal(tokens, known)
        return _to_image(mean_of_known(mixed, known), n, h, w), _to_image(given, n, h, w)


class Bands(nn.Module):
    """Self-attention among the bands of a pixel, each a token made of its series.

    Shape: sensors -> (N, C, H, W) and what each band gave (N, bands, H, W), summing to 1 over the bands ever seen.
    """

    def __init__(self, bands: int, steps: int, width: int, heads: int, dropout: float, layers: int = 1):
        super().__init__()
        self.embed = nn.Linear(steps, width)
        self.name = nn.Parameter(torch.randn(bands, width) * 0.02)
        self.layers = nn.ModuleList(TokenAttention(width, heads, dropout) for _ in range(layers))

    def forward(self, sensors: Sequence[Sensor]) -> tuple[Tensor, Tensor]:
        values = torch.cat([sensor.values for sensor in sensors], dim=2)
        n, t, bands, h, w = values.shape
        looked = [sensor.valid.any(dim=1)[:, None].expand(-1, sensor.values.shape[2], -1, -1) for sensor in sensors]
        known = torch.cat(looked, dim=1).permute(0, 2, 3, 1).reshape(-1, bands)
        tokens = self.embed(values.permute(0, 3, 4, 2, 1).reshape(-1, bands, t)) + self.name
        for layer in self.layers:
            tokens, given = layer(tokens, known)
        return _to_image(mean_of_known(tokens, known), n, h, w), _to_image(given, n, h, w)


def mean_of_known(tokens: Tensor, known: Tensor) -> Tensor:
    """Mean of the known tokens, (B, D); zero without any."""
    weights = known.to(tokens.dtype)[:, :, None]
    return (tokens * weights).sum(dim=1) / weights.sum(dim=1).clamp(min=1.0)


def _to_image(x: Tensor, n: int, height: int, width: int) -> Tensor:
    return x.reshape(n, height, width, -1).permute(0, 3, 1, 2)
