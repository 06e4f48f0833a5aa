"""The spatial attentions on images without batch axis, each with the shortcut around it."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from .attention import SimilarityAttention, SpatialAttention
from .blocks import crop
from .cpu_kernels import SpaceConv, row_strips

STRIP = 4096
"""About how many pixels make a strip of rows: pixel and neighbours then meet in the caches."""


class FastSpatial:
    """`SpatialAttention` and the shortcut around it: (C, H, W) -> (C, H - 4, W - 4) and the pixel's own share."""

    def __init__(self, attention: SpatialAttention):
        self._score, self._score_bias = attention.score.weight.flatten(1), attention.score.bias
        self._mix = SpaceConv(attention.mix.weight, attention.mix.bias)
        self._bound, self._size = attention.bound, attention.size
        self._box = torch.full((attention.mix.weight.shape[0], 1, self._size, self._size), 1 / self._size**2)

    def __call__(self, x: Tensor, seen: Tensor) -> tuple[Tensor, Tensor]:
        score = (self._score @ x.flatten(1) + self._score_bias).view(seen.shape)
        weight = score.div_(self._bound).tanh_().mul_(self._bound).exp_().mul_(seen)
        total = F.avg_pool2d(weight[None], self._size, stride=1)[0].clamp_(min=1e-9)
        # A depthwise convolution: several times faster than pooling.
        context = F.conv2d((weight * x)[None], self._box, groups=len(x))[0].div_(total)
        mixed = self._mix(context)
        own = crop(weight, total) / (total * self._size**2)
        return mixed.add_(crop(x, mixed)), own.mul_(_around(seen, self._size))


class FastSimilarity:
    """`SimilarityAttention` and the shortcut around it: (C, H, W) -> (C, H - 4, W - 4) and the pixel's own share."""

    def __init__(self, attention: SimilarityAttention):
        """Take the weights."""
        self._key = attention.key.weight.flatten(1)
        self._sharpness = attention.log_sharpness.exp().item()
        self._mix = SpaceConv(attention.mix.weight, attention.mix.bias)
        self._size = attention.size

    def __call__(self, x: Tensor, seen: Tensor) -> tuple[Tensor, Tensor]:
        """Attend; `seen` (H, W) is 1 where any sensor looked."""
        rim = self._size - 1
        height, width = (side - rim for side in seen.shape)
        # Keys so long that the product of two is their likeness times the sharpness.
        keys = F.normalize((self._key @ x.flatten(1)).unflatten(1, seen.shape), dim=0).mul_(self._sharpness**0.5)
        context, own = x.new_empty(len(x), height, width), x.new_empty(height, width)
        for strip in row_strips(height, width, STRIP):
            around = slice(strip.start, strip.stop + rim)
            self._attend(x[:, around], keys[:, around], seen[around], context[:, strip], own[strip])
        mixed = self._mix(context)
        return mixed.add_(crop(x, mixed)), own.mul_(_around(seen, self._size))

    def _attend(self, x: Tensor, keys: Tensor, seen: Tensor, context: Tensor, own: Tensor) -> None:
        """Fill the context (C, h, w) and the own share (h, w) of a strip from what lies in and around it."""
        height, width = own.shape
        middle = self._size // 2
        here = crop(keys, own)
        total = torch.zeros_like(own)
        context.zero_()
        for row in range(self._size):
            for col in range(self._size):
                place = (..., slice(row, row + height), slice(col, col + width))
                weight = (keys[place] * here).sum(dim=0).sub_(self._sharpness).exp_().mul_(seen[place])
                total.add_(weight)
                context.addcmul_(x[place], weight)
                if row == col == middle:
                    own.copy_(weight)
        total.clamp_(min=1e-9)
        context.div_(total)
        own.div_(total)


def _around(seen: Tensor, size: int) -> Tensor:
    """Share of its neighbourhood that was seen, for each pixel: (H, W) -> (H - size + 1, W - size + 1)."""
    return F.avg_pool2d(seen[None], size, stride=1)[0]


def fast_spatial(attention: SpatialAttention | SimilarityAttention) -> FastSpatial | FastSimilarity:
    """Return the fast form of a spatial attention; it takes (C, H, W) and (H, W)."""
    return (FastSimilarity if isinstance(attention, SimilarityAttention) else FastSpatial)(attention)
