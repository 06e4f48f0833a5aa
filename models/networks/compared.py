"""What all compared networks take: normalised sensors with their masks, and how windows of any size fit a stride."""

from __future__ import annotations

from typing import NamedTuple, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from ..card import Card
from ..known import known
from ..output import NetworkOutput
from .network import CropNetwork


class Sensor(NamedTuple):
    """One sensor on the season's calendar.

    Attributes:
        values: (N, T, C, H, W), normalised, zero (the mean) where nothing was seen.
        valid: (N, T, H, W) bool.
    """

    values: Tensor
    valid: Tensor

    def channels(self, masks: bool = True) -> Tensor:
        """Return (N, T, C, H, W) with the mask as one more channel where `masks`."""
        if not masks:
            return self.values
        return torch.cat((self.values, self.valid[:, :, None].to(self.values.dtype)), dim=2)


class Baseline(CropNetwork):
    """What the compared networks share.

    The networks of the literature know no mask for each pixel and date. Here a missing value is zero, the mean of its
    band, and the mask of each sensor is one more channel (`masks=False` leaves it out, which is how the published
    counts of weights are met). A window is filled up to a multiple of the stride by repeating its last row and column.
    A lone pixel stays alone: the layers of `layers.py` take it for ground that is the same all around.

    Attributes:
        margin: pixels cut from each side of the answer.
        stride: windows are filled up to a multiple of it.
        depths: channels of each sensor that the card has, optical first, masks included.
    """

    margin = 8
    stride = 1

    s2_mean: Tensor
    s2_scale: Tensor
    s1_mean: Tensor
    s1_scale: Tensor

    def __init__(self, card: Card, masks: bool = True):
        super().__init__()
        self.masks = masks
        self.steps, self.classes = card.season.steps, len(card.classes)
        self.bands = (len(card.s2_bands), len(card.s1_bands))
        self.depths = tuple(count + masks for count in self.bands if count)
        for sensor, names in (("s2", card.s2_bands), ("s1", card.s1_bands)):
            moments = torch.tensor([card.normalisation[band] for band in names], dtype=torch.float32).reshape(-1, 2)
            self.register_buffer(f"{sensor}_mean", moments[:, 0].reshape(1, 1, -1, 1, 1), persistent=False)
            self.register_buffer(f"{sensor}_scale", 1 / moments[:, 1].reshape(1, 1, -1, 1, 1), persistent=False)

    def answer(self, sensors: Sequence[Sensor], attention: bool) -> NetworkOutput:
        """Return what the network says of every pixel of a window; of absent sensors everything is missing."""
        raise NotImplementedError

    def forward(
        self,
        s2: Tensor | None,
        s2_valid: Tensor | None,
        s1: Tensor | None,
        s1_valid: Tensor | None,
        attention: bool = False,
    ) -> NetworkOutput:
        """Classify a window; arguments and answer as those of `Attention3DCNN`."""
        like = known(s2_valid if s2 is not None else s1_valid)
        given = ((s2, s2_valid, self.s2_mean, self.s2_scale), (s1, s1_valid, self.s1_mean, self.s1_scale))
        sensors = [self._sensor(*parts, like=like) for parts, count in zip(given, self.bands) if count]
        output = self.answer(sensors, attention)
        height, width = like.shape[-2:]
        margin = 0 if height == width == 1 else self.margin
        rows, cols = slice(margin, height - margin), slice(margin, width - margin)
        return NetworkOutput._make(None if part is None else part[..., rows, cols] for part in output)

    def _sensor(self, values: Tensor | None, valid: Tensor | None, mean: Tensor, scale: Tensor, like: Tensor) -> Sensor:
        if values is None:
            n, t, h, w = like.shape
            values, valid = mean.new_zeros((n, t, mean.shape[2], h, w)), torch.zeros_like(like)
        valid = known(valid)
        # Filled, not multiplied: NaN under the mask must not survive.
        x = ((values - mean) * scale).masked_fill(~valid[:, :, None], 0.0)
        return Sensor(self._filled(x), self._filled(valid[:, :, None].to(x.dtype))[:, :, 0] > 0)

    def _filled(self, x: Tensor) -> Tensor:
        """Repeat the last row and column up to a multiple of the stride; a lone pixel stays alone."""
        height, width = x.shape[-2:]
        down, right = -height % self.stride, -width % self.stride
        if (height == width == 1) or not (down or right):
            return x
        return F.pad(x.flatten(0, 1), (0, right, 0, down), mode="replicate").unflatten(0, x.shape[:2])


def stacked(sensors: Sequence[Sensor], masks: bool) -> Tensor:
    """Return the sensors side by side as channels of one series, (N, T, C, H, W)."""
    return torch.cat([sensor.channels(masks) for sensor in sensors], dim=2)


def any_observation(sensors: Sequence[Sensor]) -> Tensor:
    """Return where any sensor has an observation, (N, T, H, W) bool."""
    return torch.stack([sensor.valid for sensor in sensors]).any(dim=0)
