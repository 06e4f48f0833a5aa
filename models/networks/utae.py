"""U-TAE (Garnot and Landrieu 2021, arXiv 2107.07933): a U-Net a date, joined over time by attention at its bottom.

With two sensors late fusion (Garnot et al. 2022, arXiv 2112.07558): one U-TAE a sensor, joined before the last
convolutions. Two things are ours. Attention is masked where a pixel was not seen, at each scale, and shared out among
the dates that are left; in the paper dates are whole. The last layer gives logits of either sign; the published code
cuts the negative ones off. The norms of the encoder take their statistics from the whole window, as published, so that
a pixel depends a little on the block it fell in.
"""

from __future__ import annotations

import math
from typing import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..card import Card
from ..output import NetworkOutput
from .attention import masked_softmax
from .blocks import ConvNorm
from .compared import Baseline, Sensor
from .layers import Conv2d, Up2d

GROUPS = 4
PERIOD = 1000
"""Days, the longest wave of the encoded dates."""


class UTAE(Baseline):
    """The network; the defaults are the published ones for PASTIS.

    Args:
        card: bands, season, classes and normalisation.
        width: channels of the encoder but at its coarsest scale, where they are twice as many; the decoder has half of
            it at the two finest scales.
        heads, key: of the temporal attention, and the length of its keys; `heads` must divide twice the width.
        dropout, attention_dropout: shares of what the temporal encoder gives, and of its weights, that are left out.
        masks: give the masks as channels too.
    """

    stride = 8

    def __init__(
        self,
        card: Card,
        width: int = 64,
        heads: int = 16,
        key: int = 4,
        dropout: float = 0.2,
        attention_dropout: float = 0.1,
        masks: bool = True,
    ):
        super().__init__(card, masks)
        encoder, decoder = (width, width, width, 2 * width), (width // 2, width // 2, width, 2 * width)
        middles = [step * card.season.days for step in range(card.season.steps)]
        self.branches = nn.ModuleList(
            Branch(
                depth,
                encoder,
                decoder,
                TemporalEncoder(2 * width, heads, 4 * width, key, dropout, attention_dropout, middles),
            )
            for depth in self.depths
        )
        self.join = _layer(decoder[0] * len(self.depths), decoder[0])
        self.head = ConvNorm(Conv2d(decoder[0], self.classes, reflect=True))

    def answer(self, sensors: Sequence[Sensor], attention: bool) -> NetworkOutput:
        """Return logits, and the temporal attention as the mean over heads and over the sensors that looked."""
        found = [branch(sensor, self.masks) for branch, sensor in zip(self.branches, sensors)]
        output = NetworkOutput(self.head(self.join(torch.cat([features for features, _ in found], dim=1))))
        if attention:
            looked = torch.stack([sensor.valid.any(dim=1, keepdim=True) for sensor in sensors]).sum(dim=0)
            output = output._replace(temporal=sum(weights for _, weights in found) / looked.clamp(min=1))
        return output


class Branch(nn.Module):
    """The U-TAE of one sensor, up to its last features.

    Shape: values (N, T, C, H, W) -> (N, decoder[0], H, W) and the mean weight of each date at each pixel (N, T, H, W).
    """

    def __init__(self, inputs: int, encoder: Sequence[int], decoder: Sequence[int], temporal: TemporalEncoder):
        super().__init__()
        self.first = nn.Sequential(_date_layer(inputs, encoder[0]), _date_layer(encoder[0], encoder[0]))
        self.down = nn.ModuleList(Down(inner, outer) for inner, outer in zip(encoder, encoder[1:]))
        self.temporal = temporal
        scales = range(len(encoder) - 1, 0, -1)
        self.up = nn.ModuleList(Up(decoder[i], decoder[i - 1], encoder[i - 1]) for i in scales)

    def forward(self, sensor: Sensor, masks: bool) -> tuple[Tensor, Tensor]:
        looked = sensor.valid.flatten(2).any(dim=2)
        maps = self._encoded(sensor.channels(masks), looked)
        seen = [_shrunk(sensor.valid, each.shape[-2:]) for each in maps]
        x, weights = self.temporal(maps[-1], seen[-1])
        for up, skip, own in zip(self.up, maps[-2::-1], seen[-2::-1]):
            x = up(x, _joined(skip, _stretched(weights, own)))
        return x, _stretched(weights, sensor.valid).mean(dim=2)

    def _encoded(self, values: Tensor, looked: Tensor) -> list[Tensor]:
        """Features of each scale, the finest first; dates without any observation are zero and cost nothing."""
        maps = [self.first(values[looked])]
        for down in self.down:
            maps.append(down(maps[-1]))
        if looked.all():
            return [each.unflatten(0, looked.shape) for each in maps]
        whole = [each.new_zeros((*looked.shape, *each.shape[1:])) for each in maps]
        return [room.index_put((looked,), each) for room, each in zip(whole, maps)]


class Down(nn.Module):
    """Half the size, then two convolutions, the second around a shortcut."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        self.halve = _date_layer(inputs, inputs, size=4, stride=2)
        self.first = _date_layer(inputs, outputs)
        self.second = _date_layer(outputs, outputs)

    def forward(self, x: Tensor) -> Tensor:
        x = self.first(self.halve(x))
        return x + self.second(x)


class Up(nn.Module):
    """Twice the size, beside what the encoder saw at that scale, then two convolutions."""

    def __init__(self, inputs: int, outputs: int, skipped: int):
        super().__init__()
        self.twice = nn.Sequential(Up2d(inputs, outputs), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True))
        self.skip = _layer(skipped, skipped, size=1)
        self.first = _layer(outputs + skipped, outputs)
        self.second = _layer(outputs, outputs)

    def forward(self, x: Tensor, skip: Tensor) -> Tensor:
        x = self.first(torch.cat((self.twice(x), self.skip(skip)), dim=1))
        return x + self.second(x)


class TemporalEncoder(nn.Module):
    """The lightweight temporal attention (Garnot and Landrieu 2020, arXiv 2007.00586) at each pixel.

    Shape: (N, T, C, H, W) and where it was seen (N, T, H, W) -> (N, C, H, W) and weights (N, T, heads, H, W).
    """

    def __init__(
        self,
        channels: int,
        heads: int,
        model: int,
        key: int,
        dropout: float,
        attention_dropout: float,
        days: Sequence[int],
    ):
        super().__init__()
        self.heads = heads
        self.before = nn.GroupNorm(heads, channels)
        self.widen = nn.Conv1d(channels, model, 1)
        self.register_buffer("position", dates(days, model // heads).repeat(heads, 1)[None], persistent=False)
        self.query = nn.Parameter(torch.empty(heads, key, 1))
        self.keys = nn.Conv1d(model, heads * key, 1)
        for weight in (self.query, self.keys.weight):
            nn.init.normal_(weight, std=math.sqrt(2 / key))
        self.forget = nn.Dropout(attention_dropout)
        self.mix = nn.Sequential(nn.Linear(model, channels), nn.BatchNorm1d(channels), nn.ReLU(), nn.Dropout(dropout))
        self.after = nn.GroupNorm(heads, channels)

    def forward(self, x: Tensor, seen: Tensor) -> tuple[Tensor, Tensor]:
        n, t, c, h, w = x.shape
        series = x.permute(0, 3, 4, 2, 1).reshape(n * h * w, c, t)
        series = self.widen(self.before(series)) + self.position
        keys = self.keys(series).unflatten(1, self.query.shape[:2])
        scores = (keys * self.query).sum(dim=2) / math.sqrt(self.query.shape[1])
        known = seen.permute(0, 2, 3, 1).reshape(n * h * w, 1, t)
        weights = self.forget(masked_softmax(scores, known, dim=2))
        values = series.unflatten(1, (self.heads, -1))
        mixed = self.after(self.mix((values @ weights[..., None]).flatten(1)))
        grid = weights.reshape(n, h, w, self.heads, t).permute(0, 4, 3, 1, 2)
        return mixed.reshape(n, h, w, -1).permute(0, 3, 1, 2), grid


def dates(days: Sequence[int], size: int) -> Tensor:
    """Sine and cosine waves of days since the start of the season, (size, T)."""
    periods = torch.tensor([PERIOD ** (2 * (place // 2) / size) for place in range(size)], dtype=torch.float64)
    angle = torch.tensor(days, dtype=torch.float64)[None] / periods[:, None]
    waves = torch.where(torch.arange(size)[:, None] % 2 == 0, angle.sin(), angle.cos())
    return waves.float()


def _date_layer(inputs: int, outputs: int, size: int = 3, stride: int = 1) -> nn.Sequential:
    """A layer of the encoder: each date has statistics of its own."""
    conv = Conv2d(inputs, outputs, size, stride, reflect=True)
    return nn.Sequential(conv, nn.GroupNorm(GROUPS, outputs), nn.ReLU(inplace=True))


def _layer(inputs: int, outputs: int, size: int = 3) -> nn.Sequential:
    """A layer after time is joined."""
    return nn.Sequential(ConvNorm(Conv2d(inputs, outputs, size, reflect=True)), nn.ReLU(inplace=True))


def _shrunk(valid: Tensor, size: Sequence[int]) -> Tensor:
    """Where any pixel of a coarser one was seen."""
    if valid.shape[-2:] == size:
        return valid
    return F.adaptive_max_pool2d(valid.float(), list(size)) > 0


def _stretched(weights: Tensor, seen: Tensor) -> Tensor:
    """Weights (N, T, heads, H', W') at a finer scale, shared out among the dates seen there."""
    n, t, heads = weights.shape[:3]
    if weights.shape[-2:] != seen.shape[-2:]:
        fine = F.interpolate(weights.flatten(1, 2), size=seen.shape[-2:], mode="bilinear", align_corners=False)
        weights = fine.unflatten(1, (t, heads))
    weights = weights * seen[:, :, None]
    return weights / weights.sum(dim=1, keepdim=True).clamp(min=1e-6)


def _joined(features: Tensor, weights: Tensor) -> Tensor:
    """Each head's weighted mean over time of its share of the channels, (N, C, H, W)."""
    grouped = features.unflatten(2, (weights.shape[2], -1))
    return (grouped * weights[:, :, :, None]).sum(dim=1).flatten(1, 2)
