"""Attention3DCNN rewritten for CPUs: the same weights and, up to rounding, the same numbers, several times faster."""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .attention import SpatialAttention
from .attention_3dcnn import Attention3DCNN, NetworkOutput
from .blocks import SpatialResidual, crop, ready_for_inference
from .cpu_steps import LAST, folded
from .cpu_strips import Strips

STRIP = 2048
"""About how many pixels make a strip of rows: what it leaves on the way stays in the caches, and torch is not called
too often."""


class CpuForm(nn.Module):
    """Takes and gives what the network does; only for inference.

    All that works step by step runs on strips of rows, down to the folded features; the rest runs on the whole window.
    """

    def __init__(self, network: Attention3DCNN):
        super().__init__()
        network = network.eval()
        self.margin, self._bands = network.margin, network.bands
        with torch.no_grad():
            self._strips = Strips(network)
            self._spatial = _FastSpatial(network.spatial) if network.spatial is not None else None
            self._body = [_FastResidual(block) for block in network.body]
            self._head, self._head_bias = network.head.weight.flatten(1), network.head.bias[:, None]

    def forward(
        self,
        s2: Tensor | None,
        s2_valid: Tensor | None,
        s1: Tensor | None,
        s1_valid: Tensor | None,
        attention: bool = False,
    ) -> NetworkOutput:
        """As `Attention3DCNN.forward`, without the logits of each sensor."""
        parts = (s2, s2_valid, s1, s1_valid)
        count = next(len(part) for part in parts if part is not None)
        found = [self._window(*(None if p is None else p[i] for p in parts), attention) for i in range(count)]
        return NetworkOutput(*(None if part[0] is None else torch.stack(part) for part in zip(*found)))

    def _window(
        self, s2: Tensor | None, s2_valid: Tensor | None, s1: Tensor | None, s1_valid: Tensor | None, attention: bool
    ) -> tuple[Tensor | None, ...]:
        """Classify one window; the fields of `NetworkOutput` without their first axis."""
        height, width = (s2_valid if s2_valid is not None else s1_valid).shape[-2:]
        rows = max(1, round(STRIP / width))
        store = self._strips.store(height - 2, width - 2, attention)
        for first in range(0, height - 2, rows):
            strip = (slice(first, min(first + rows, height - 2) + 2), slice(None))
            sensors = [
                None if values is None else (values[(..., *strip)], valid[(..., *strip)])
                for values, valid in ((s2, s2_valid), (s1, s1_valid))
            ]
            self._strips.fold(sensors, first, store)
        image, seen = store.folded.permute(2, 0, 1)[None], store.seen[None, None]
        own = seen
        if self._spatial is not None:
            image, own = self._spatial(image, seen)
        for block in self._body:
            image = block(image)
        logits = self._head @ image[0].permute(1, 2, 0).flatten(0, 1).t() + self._head_bias
        logits = logits.view(-1, *image.shape[-2:])
        if not attention:
            return (logits,)
        maps = (store.temporal, store.channel, own[0], store.s1_share)
        return (logits, *(crop(values, logits) for values in maps))


class _FastSpatial:
    """`SpatialAttention` and the shortcut around it: (1, C, H, W) -> (1, C, H - 4, W - 4) and the pixel's own share."""

    def __init__(self, attention: SpatialAttention):
        self._score, self._score_bias = attention.score.weight.flatten(), attention.score.bias
        self._mix, self._mix_bias = attention.mix.weight.flatten(1).t().contiguous(), attention.mix.bias
        self._bound, self._size = attention.bound, attention.size
        box = torch.full((attention.mix.weight.shape[0], 1, self._size, self._size), 1 / self._size**2)
        self._box = box.contiguous(memory_format=LAST)

    def __call__(self, x: Tensor, seen: Tensor) -> tuple[Tensor, Tensor]:
        pixels = x.permute(0, 2, 3, 1)
        score = (pixels.flatten(0, 2) @ self._score + self._score_bias).view(seen.shape)
        weight = score.div_(self._bound).tanh_().mul_(self._bound).exp_().mul_(seen)
        total = F.avg_pool2d(weight, self._size, stride=1).clamp_(min=1e-9)
        # A depthwise convolution: several times faster than pooling when channels are last.
        context = F.conv2d(weight * x, self._box, groups=x.shape[1]).div_(total)
        flat = context.permute(0, 2, 3, 1).flatten(0, 2)
        mixed = torch.addmm(self._mix_bias, flat, self._mix).view(1, *context.shape[-2:], -1).permute(0, 3, 1, 2)
        return mixed.add_(crop(x, mixed)), crop(weight, total) / (total * self._size**2)


class _FastResidual:
    """`SpatialResidual` without its batch norms: (1, C, H, W) -> (1, C, H - 4, W - 4)."""

    def __init__(self, block: SpatialResidual):
        self._first, self._second = (self._ready(conv) for conv in (block.first, block.second))
        self._residual = block.residual

    def __call__(self, x: Tensor) -> Tensor:
        y = F.conv2d(F.conv2d(x, *self._first).relu_(), *self._second)
        return (y.add_(crop(x, y)) if self._residual else y).relu_()

    @staticmethod
    def _ready(conv: nn.Module) -> tuple[Tensor, Tensor]:
        weight, bias = folded(conv)
        return weight.contiguous(memory_format=LAST), bias


def fast_on_cpu(network: nn.Module) -> nn.Module:
    """Return the fastest form of a trained network for a CPU; the network itself is left as it is."""
    if isinstance(network, Attention3DCNN):
        return CpuForm(network)
    return ready_for_inference(copy.deepcopy(network))
