"""Channel, sensor, temporal and spatial attention: each non-negative, normalised, and zero where nothing was seen."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .blocks import crop

HIDDEN = -1e4
"""Score of what must not be attended to; its exponential is zero in float32."""


def masked_softmax(scores: Tensor, valid: Tensor, dim: int) -> Tensor:
    """Softmax over `dim` among the valid entries; zero elsewhere, and everywhere when nothing is valid."""
    return torch.softmax(scores.masked_fill(~valid, HIDDEN), dim=dim) * valid


class ChannelAttention(nn.Module):
    """Weight of each optical band and polarisation at each pixel.

    Squeeze and excitation (Hu et al. 2018, arXiv 1709.01507) with the squeeze over time in place of space: a global
    spatial pool would make a pixel depend on its tile.

    Shape: bands (N, T, C, H, W) and their validity (N, T, C, H, W) -> weights (N, C, H, W), summing to 1 over the bands
    that were ever seen.
    """

    def __init__(self, bands: int, hidden: int):
        super().__init__()
        self.squeeze = nn.Conv2d(3 * bands, hidden, 1)
        self.excite = nn.Conv2d(hidden, bands, 1)

    def forward(self, mean: Tensor, spread: Tensor, seen: Tensor) -> Tensor:
        scores = self.excite(torch.relu_(self.squeeze(torch.cat((mean, spread, seen), dim=1))))
        return masked_softmax(scores, seen > 0, dim=1)


def temporal_moments(x: Tensor, valid: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Mean and standard deviation over the valid steps, and the share of valid steps.

    Args:
        x: (N, C, T, H, W), zero where not valid.
        valid: (N, 1, T, H, W) as x's type.

    Returns:
        Three tensors (N, C, H, W), the last (N, 1, H, W).
    """
    count = valid.sum(dim=2)
    floor = count.clamp(min=1.0)
    mean = x.sum(dim=2) / floor
    square = (x * x).sum(dim=2) / floor
    return mean, (square - mean * mean).clamp(min=0.0).add(1e-6).sqrt(), count / x.shape[2]


class SensorGate(nn.Module):
    """How much each sensor counts at each step and pixel: towards SAR where the optical series is poor.

    Shape: features (N, C, T, H, W) and validity (N, 1, T, H, W) of both -> share of each (N, 1, T, H, W), summing to 1
    where any sensor looked.
    """

    def __init__(self, channels: int):
        super().__init__()
        self.optical = nn.Conv3d(channels, 1, 1)
        self.radar = nn.Conv3d(channels, 1, 1)

    def forward(self, s2: Tensor, s2_valid: Tensor, s1: Tensor, s1_valid: Tensor) -> tuple[Tensor, Tensor]:
        scores = torch.cat((self.optical(s2), self.radar(s1)), dim=1)
        share = masked_softmax(scores, torch.cat((s2_valid, s1_valid), dim=1), dim=1)
        return share[:, :1], share[:, 1:]


class TemporalAttention(nn.Module):
    """Weight of each step at each pixel, by heads that each watch a share of the channels.

    After the lightweight temporal attention of Garnot and Landrieu 2020 (arXiv 2007.00586): one learned query a head,
    keys from the features and the day of the year.

    Shape: (N, C, T, H, W) and validity (N, 1, T, H, W) -> (N, heads, T, H, W), each head summing to 1 over the steps
    that were seen.
    """

    position: Tensor

    def __init__(self, channels: int, heads: int, day_of_year: tuple[float, ...]):
        super().__init__()
        self.keys = nn.Conv3d(channels, heads, 1)
        self.register_buffer("position", annual_encoding(day_of_year), persistent=False)
        self.calendar = nn.Conv1d(self.position.shape[1], heads, 1)

    def forward(self, x: Tensor, valid: Tensor) -> Tensor:
        scores = self.keys(x) + self.calendar(self.position)[..., None, None]
        return masked_softmax(scores, valid, dim=2)


def annual_encoding(day_of_year: tuple[float, ...], harmonics: int = 4) -> Tensor:
    """Sine and cosine of the year's harmonics, (1, 2 * harmonics, T)."""
    # Always computed, see `Attention3DCNN`.
    angle = 2 * math.pi * torch.tensor(day_of_year, device="cpu") / 365.0
    waves = [wave(k * angle) for k in range(1, harmonics + 1) for wave in (torch.sin, torch.cos)]
    return torch.stack(waves)[None].float()


class SpatialAttention(nn.Module):
    """Mix each pixel with those neighbours that deserve attention, whatever the pixel itself is.

    A softmax over a `size` x `size` neighbourhood, with scores from the features; the score is bounded so that it
    needs no maximum over the tile.

    Shape: (N, C, H, W) and seen (N, 1, H, W) -> context (N, C, H - size + 1, W - size + 1) and the pixel's own share of
    its neighbourhood (N, 1, H - size + 1, W - size + 1), from 0 to 1 (1 / size**2 where all neighbours are alike).
    Where only some neighbours were seen, as at the edge of the rasters, the share is what a whole neighbourhood of
    their kind would leave to the pixel.
    """

    def __init__(self, channels: int, size: int = 5, bound: float = 4.0):
        super().__init__()
        self.score = nn.Conv2d(channels, 1, 1)
        self.mix = nn.Conv2d(channels, channels, 1)
        self.size = size
        self.margin = size // 2
        self.bound = bound

    def forward(self, x: Tensor, seen: Tensor) -> tuple[Tensor, Tensor]:
        weight = torch.exp(self.bound * torch.tanh(self.score(x) / self.bound)) * seen
        size = min(self.size, x.shape[-1])  # a lone pixel has itself for a neighbourhood
        total = F.avg_pool2d(weight, size, stride=1).clamp(min=1e-9)
        context = F.avg_pool2d(weight * x, size, stride=1) / total
        own = crop(weight, total) / (total * size**2)
        return self.mix(context), own * F.avg_pool2d(seen, size, stride=1)


class SimilarityAttention(nn.Module):
    """Mix each pixel with those neighbours that are like it, so that a field is averaged up to its edge.

    The weight of a neighbour falls with the angle between its key and that of the pixel in the middle: non-local means
    (Buades et al. 2005, doi 10.1109/CVPR.2005.38) on learned features, as the dot products of self-attention (Wang et
    al. 2018, arXiv 1711.07971). The score is bounded so that it needs no maximum over the tile.

    Shape: as `SpatialAttention`; the pixel's own share is 1 / size**2 amid equals and 1 where no neighbour is like it.
    """

    def __init__(self, channels: int, size: int = 5, keys: int = 16, sharpness: float = 20.0):
        super().__init__()
        self.key = nn.Conv2d(channels, keys, 1, bias=False)
        self.log_sharpness = nn.Parameter(torch.tensor(math.log(sharpness)))
        self.mix = nn.Conv2d(channels, channels, 1)
        self.size = size
        self.margin = size // 2

    def forward(self, x: Tensor, seen: Tensor) -> tuple[Tensor, Tensor]:
        size = min(self.size, x.shape[-1])  # a lone pixel has itself for a neighbourhood
        height, width = (side - size + 1 for side in x.shape[-2:])
        keys = F.normalize(self.key(x), dim=1)
        here = keys[..., size // 2 :, size // 2 :][..., :height, :width]
        total = context = own = x.new_zeros(())
        for row in range(size):
            for col in range(size):
                place = (..., slice(row, row + height), slice(col, col + width))
                likeness = (keys[place] * here).sum(dim=1, keepdim=True)
                weight = torch.exp(self.log_sharpness.exp() * (likeness - 1)) * seen[place]
                total, context = total + weight, context + weight * x[place]
                if row == col == size // 2:
                    own = weight
        total = total.clamp(min=1e-9)
        return self.mix(context / total), own / total * F.avg_pool2d(seen, size, stride=1)
