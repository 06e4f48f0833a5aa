"""TGF-Net-style: a transformer on the optical bands, a gist CNN on radar, and what both have in common or alone.

After "TGF-Net: Transformer and gist CNN fusion network" (Wang, Wang and Wu 2025, PLoS ONE 20(2):e0316900), made for one
hyperspectral and one radar image. It publishes no hyper-parameters and no code: widths, the filters of the gist CNN and
the rank of the factorisation are ours, and a band is a token made of its season.
"""

from __future__ import annotations

import math
from typing import Sequence

import torch
from torch import Tensor, nn

from ..card import Card
from ..output import NetworkOutput
from .blocks import ConvNorm
from .compared import Baseline, Sensor
from .layers import Conv2d
from .selfattention3d import Bands

ORIENTATIONS, WAVELENGTHS, FILTER = 4, (3.0, 6.0), 7
"""Of the Gabor filters that the gist CNN starts from; pixels."""


class TGFNet(Baseline):
    """The network; with one sensor alone there is nothing in common, and its features go on as they are.

    Args:
        card: bands, season, classes and normalisation.
        width: channels of each sensor's features.
        rank: of the factorisation into common features.
        dropout: in the transformer and before the logits.
        masks: give the masks as channels too.
    """

    margin = FILTER // 2 + 2

    def __init__(
        self,
        card: Card,
        width: int = 64,
        heads: int = 4,
        layers: int = 2,
        rank: int = 16,
        dropout: float = 0.1,
        masks: bool = True,
    ):
        super().__init__(card, masks)
        optical, radar = self.bands
        self.spectral = Bands(optical, self.steps, width, heads, dropout, layers) if optical else None
        self.gist = Gist(self.steps * (radar + masks), width) if radar else None
        self.common = Common(width, rank, heads) if optical and radar else None
        self.join = nn.Sequential(
            nn.Dropout(dropout),
            ConvNorm(Conv2d(width * (3 if self.common else 1), width, bias=False)),
            nn.ReLU(inplace=True),
        )
        self.head = Conv2d(width, self.classes, 1)

    def answer(self, sensors: Sequence[Sensor], attention: bool) -> NetworkOutput:
        """Return logits."""
        found = []
        if self.spectral is not None:
            found.append(self.spectral(sensors[:1])[0])
        if self.gist is not None:
            found.append(self.gist(sensors[-1].channels(self.masks).flatten(1, 2)))
        parts = found if self.common is None else self.common(*found)
        return NetworkOutput(self.head(self.join(torch.cat(list(parts), dim=1))))


class Gist(nn.Module):
    """Responses to oriented filters of several scales, and a convolution over them.

    The gist of a scene (Oliva and Torralba 2001) is its response to Gabor filters; here they are where learning starts.

    Shape: (N, in, H, W) -> (N, width, H, W).
    """

    def __init__(self, inputs: int, width: int):
        super().__init__()
        bank = gabor_filters()
        planes = width // len(bank)
        self.narrow = ConvNorm(Conv2d(inputs, planes, 1, bias=False))
        self.filters = Conv2d(1, len(bank), FILTER, bias=False)
        with torch.no_grad():
            self.filters.weight.copy_(bank[:, None])
        self.mix = ConvNorm(Conv2d(planes * (len(bank) + 1), width, bias=False))

    def forward(self, x: Tensor) -> Tensor:
        planes = self.narrow(x)
        n, c, h, w = planes.shape
        energy = self.filters(planes.reshape(n * c, 1, h, w)).abs().reshape(n, -1, h, w)
        return torch.relu(self.mix(torch.cat((planes, energy), dim=1)))


class Common(nn.Module):
    """What two sensors have in common, and what each has alone.

    Features of both are factorised over one basis: each pixel's coefficients on it make the common part, the rest is
    distinct. Self-attention between the two sensors of a pixel weighs how alike they are.

    Shape: two of (N, C, H, W) -> common (N, C, H, W) and distinct (N, C, H, W) of each.
    """

    def __init__(self, channels: int, rank: int, heads: int):
        super().__init__()
        self.basis = nn.Parameter(torch.empty(channels, rank))
        nn.init.orthogonal_(self.basis)
        self.alike = nn.MultiheadAttention(channels, heads, batch_first=True)

    def forward(self, first: Tensor, second: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        n, c, h, w = first.shape
        both = torch.stack((first, second), dim=1).permute(0, 3, 4, 1, 2).reshape(-1, 2, c)
        # Least squares on the basis, a little ridge for a basis that lost its rank.
        gram = self.basis.T @ self.basis + 1e-3 * torch.eye(self.basis.shape[1], device=both.device)
        shared = (both @ self.basis) @ torch.linalg.inv(gram) @ self.basis.T
        distinct = both - shared
        common = self.alike(shared, shared, shared, need_weights=False)[0].mean(dim=1)
        back = (part.reshape(n, h, w, c).permute(0, 3, 1, 2) for part in (common, distinct[:, 0], distinct[:, 1]))
        return tuple(back)


def gabor_filters() -> Tensor:
    """Even Gabor filters of all orientations and wavelengths, without mean, (filters, FILTER, FILTER)."""
    reach = torch.arange(FILTER, dtype=torch.float32) - FILTER // 2
    rows, cols = torch.meshgrid(reach, reach, indexing="ij")
    bank = []
    for wavelength in WAVELENGTHS:
        for turn in range(ORIENTATIONS):
            angle = math.pi * turn / ORIENTATIONS
            along = cols * math.cos(angle) + rows * math.sin(angle)
            wave = torch.cos(2 * math.pi * along / wavelength) * torch.exp(-(rows**2 + cols**2) / wavelength**2)
            wave = wave - wave.mean()
            bank.append(wave / wave.norm())
    return torch.stack(bank)
