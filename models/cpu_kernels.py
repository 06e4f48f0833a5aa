"""Convolutions over space as matrix products, on images whose pixels lie in one row."""

from __future__ import annotations

from typing import Iterator

import torch
from torch import Tensor

from .blocks import ConvNorm


class Kernel:
    """A convolution as one matrix product for each pixel of its kernel, and their sum.

    A pixel that lies dy rows and dx columns further on is dy * width + dx places further on in the row of all pixels:
    each product reads the image where it lies, from another start. The last `2 * reach` columns of the result are then
    made of pixels of two rows and mean nothing.
    """

    def __init__(self, weight: Tensor):
        """Take a weight (out, in, k, k) with an odd k."""
        side = weight.shape[-1]
        self.reach = side // 2
        places = [(row, col) for row in range(side) for col in range(side)]
        self._parts = [(row, col, weight[:, :, row, col].contiguous()) for row, col in places]

    def __call__(self, x: Tensor, width: int, out: Tensor) -> Tensor:
        """Fill `out` (N, out, n) from x (N, in, P), where P is at least n + 2 * reach * (width + 1)."""
        for number, (row, col, matrix) in enumerate(self._parts):
            start = row * width + col
            seen = x[..., start : start + out.shape[-1]]
            matrices = matrix.expand(len(x), *matrix.shape)
            if number:
                out.baddbmm_(matrices, seen)
            else:
                torch.bmm(matrices, seen, out=out)
        return out


class SpaceConv:
    """A 2D convolution: (in, H, W) -> (out, H - k + 1, W - k + 1)."""

    def __init__(self, weight: Tensor, bias: Tensor):
        """Take a weight (out, in, k, k) and its bias (out,)."""
        self._kernel, self._bias = Kernel(weight), bias[:, None, None]

    def __call__(self, x: Tensor) -> Tensor:
        rim, (height, width) = 2 * self._kernel.reach, x.shape[-2:]
        y = x.new_empty(len(self._bias), height - rim, width)
        self._kernel(x.flatten(1)[None], width, y.flatten(1)[None, :, : y[0].numel() - rim])
        return y[..., : width - rim].add_(self._bias)


def row_strips(height: int, width: int, pixels: int) -> Iterator[slice]:
    """Yield the rows of an image in strips of about so many pixels, all but the last of one height."""
    rows = -(-height // -(-height * width // pixels))
    for first in range(0, height, rows):
        yield slice(first, min(first + rows, height))


def trimmed(*weights: Tensor) -> tuple[list[Tensor], int]:
    """Cut off what is zero all around the middle of some kernels, as much off each as all of them allow.

    Args:
        weights: (..., k, k) with an odd k.

    Returns:
        The kernels, and how many pixels they lost on each side.
    """
    spare = min(_rim(weight) for weight in weights)
    kept = slice(spare, -spare or None)
    return [weight[..., kept, kept] for weight in weights], spare


def _rim(weight: Tensor) -> int:
    """How many rings of zeros a kernel has around the square that holds the others, 1 x 1 at least."""
    used = weight.ne(0).flatten(0, -3).any(dim=0)
    middle = len(used) // 2
    away = (torch.arange(len(used), device=used.device) - middle).abs()
    ring = torch.maximum(away[:, None], away)
    return middle - int(ring[used].max()) if used.any() else middle


def folded(block: ConvNorm) -> tuple[Tensor, Tensor]:
    """Return weight and bias of a convolution with its frozen batch norm folded in."""
    conv, norm = block.conv, block.norm
    scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
    weight = conv.weight * scale.view(-1, *(1,) * (conv.weight.dim() - 1))
    start = conv.bias if conv.bias is not None else torch.zeros_like(scale)
    return weight, norm.bias + (start - norm.running_mean) * scale
