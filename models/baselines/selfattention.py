"""Self-attention among the tokens of each pixel: dates, bands or neighbours."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..attention import HIDDEN, masked_softmax


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
