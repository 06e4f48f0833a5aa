"""Self-Attention 3D-style: a 3D CNN whose features go through temporal, spatial and spectral self-attention.

No single paper is the source. The 3D CNN follows Ji et al. 2018 (Remote Sensing 10:75), without its pooling, because
every pixel is classified and not the middle of a patch; the three attentions side by side follow TDMSANet (Li et al.
2024, Remote Sensing 16:4755). Widths are ours.
"""

from __future__ import annotations

import math
from typing import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..card import Card
from ..output import NetworkOutput
from .attention import HIDDEN, annual_encoding, masked_softmax
from .blocks import ConvNorm
from .compared import Baseline, Sensor, any_observation, stacked
from .layers import Conv2d, Conv3d


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
        over_time, steps = self._over_time(features, any_observation(sensors))
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


class TokenAttention(nn.Module):
    """Multi-head self-attention (Vaswani et al. 2017, arXiv 1706.03762) with its feed-forward layer, norms first.

    Shape: tokens (B, L, D) and which of them are known (B, L) -> tokens (B, L, D) and what each token gets from the
    known ones, (B, L), summing to 1 where any token is known.
    """

    def __init__(self, size: int, heads: int, dropout: float = 0.0):
        super().__init__()
        self.heads = heads
        self.first, self.second = nn.LayerNorm(size), nn.LayerNorm(size)
        self.project = nn.Linear(size, 3 * size)
        self.mix = nn.Linear(size, size)
        self.feed = nn.Sequential(nn.Linear(size, 2 * size), nn.GELU(), nn.Linear(2 * size, size))
        self.forget = nn.Dropout(dropout)

    def forward(self, x: Tensor, known: Tensor) -> tuple[Tensor, Tensor]:
        b, length, size = x.shape
        query, key, value = self.project(self.first(x)).reshape(b, length, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        scores = query @ key.transpose(-2, -1) / math.sqrt(size / self.heads)
        weights = masked_softmax(scores, known[:, None, None], dim=-1)
        x = x + self.forget(self.mix((weights @ value).transpose(1, 2).reshape(b, length, size)))
        x = x + self.forget(self.feed(self.second(x)))
        asking = known[:, None, :, None].to(weights.dtype)
        given = (weights * asking).sum(dim=(1, 2)) / (self.heads * asking.sum(dim=2)[:, 0]).clamp(min=1.0)
        return x, given


class NeighbourAttention(nn.Module):
    """Each pixel asks those of its neighbourhood; neighbours outside the window are left out.

    Shape: (N, C, H, W) -> (N, C, H, W) and the pixel's own share of its neighbourhood (N, 1, H, W).
    """

    def __init__(self, channels: int, heads: int, size: int = 5):
        super().__init__()
        self.heads, self.size = heads, size
        self.norm = nn.GroupNorm(1, channels)
        self.project = nn.Conv2d(channels, 3 * channels, 1)
        self.place = nn.Parameter(torch.zeros(heads, size * size, 1))
        self.mix = nn.Conv2d(channels, channels, 1)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        n, c, h, w = x.shape
        channelwise = F.layer_norm(x.permute(0, 2, 3, 1), (c,), self.norm.weight, self.norm.bias)
        query, key, value = self.project(channelwise.permute(0, 3, 1, 2)).unflatten(1, (3, c)).unbind(dim=1)
        if h == w == 1:
            # Ground that is the same all around: all neighbours give the same, and the places alone share it out.
            share = torch.softmax(self.place, dim=1).mean(dim=0)[self.size**2 // 2]
            return x + self.mix(value), share.expand(n, 1, 1, 1)
        query = query.reshape(n, self.heads, -1, 1, h * w)
        around = [self._around(part).reshape(n, self.heads, -1, self.size**2, h * w) for part in (key, value)]
        scores = (query * around[0]).sum(dim=2) / math.sqrt(c / self.heads) + self.place
        inside = self._around(x.new_ones((1, 1, h, w))).reshape(1, 1, self.size**2, h * w) > 0
        weights = torch.softmax(scores.masked_fill(~inside, HIDDEN), dim=2)
        mixed = (weights[:, :, None] * around[1]).sum(dim=3).reshape(n, c, h, w)
        own = weights[:, :, self.size**2 // 2].mean(dim=1).reshape(n, 1, h, w)
        return x + self.mix(mixed), own

    def _around(self, x: Tensor) -> Tensor:
        return F.unfold(x, self.size, padding=self.size // 2)
