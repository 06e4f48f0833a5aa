"""Attention3DCNN rewritten for CPUs: the same weights and, up to rounding, the same numbers, several times faster."""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn

from .attention_3dcnn import Attention3DCNN, NetworkOutput
from .blocks import SpatialResidual, crop, ready_for_inference
from .cpu_kernels import SpaceConv, folded, row_strips, trimmed
from .cpu_spatial import fast_spatial
from .cpu_strips import Strips

STRIP = 1024
"""About how many pixels make a strip of rows: what it leaves on the way stays in the caches, and torch is not called
too often."""


class CpuForm(nn.Module):
    """Takes and gives what the network does; only for inference.

    All that works step by step runs on strips of rows, down to the folded features; the rest runs on the whole window.
    Kernels over space are cut down to what is not zero in them, and the window with them.

    Attributes:
        margin: pixels of surroundings that it takes, as the network does.
        spare: how many of them it does not look at.
    """

    def __init__(self, network: Attention3DCNN):
        super().__init__()
        network = network.eval()
        self.margin = network.margin
        with torch.no_grad():
            self._strips = Strips(network)
            self._spatial = fast_spatial(network.spatial) if network.spatial is not None else None
            self._body = [_FastResidual(block) for block in network.body]
            self._head = SpaceConv(network.head.weight, network.head.bias)
        self.spare = self._strips.spare + sum(block.spare for block in self._body)

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
        spare = slice(self.spare, -self.spare or None)
        sensors = [
            None if values is None else (values[..., spare, spare], valid[..., spare, spare])
            for values, valid in ((s2, s2_valid), (s1, s1_valid))
        ]
        height, width = next(found for found in sensors if found is not None)[1].shape[-2:]
        rim = 2 * self._strips.rim
        height, width = height - rim, width - rim
        store = self._strips.store(height, width, attention)
        for strip in row_strips(height, width, STRIP):
            around = slice(strip.start, strip.stop + rim)
            parts = [found and tuple(part[..., around, :] for part in found) for found in sensors]
            self._strips.fold(parts, strip.start, store)
        image, own = store.folded.relu_(), store.seen
        if self._spatial is not None:
            image, own = self._spatial(image, own)
        for block in self._body:
            image = block(image)
        logits = self._head(image)
        if not attention:
            return (logits,)
        maps = (store.temporal, store.channel, own[None], store.s1_share)
        return (logits, *(crop(values, logits) for values in maps))


class _FastResidual:
    """`SpatialResidual` without its batch norms; the result has `spare` pixels more on each side."""

    def __init__(self, block: SpatialResidual):
        self._residual, self.spare, self._convs = block.residual, 0, []
        for conv in (block.first, block.second):
            weight, bias = folded(conv)
            (weight,), spare = trimmed(weight)
            self._convs.append(SpaceConv(weight, bias))
            self.spare += spare

    def __call__(self, x: Tensor) -> Tensor:
        first, second = self._convs
        y = second(first(x).relu_())
        return (y.add_(crop(x, y)) if self._residual else y).relu_()


def fast_on_cpu(network: nn.Module) -> nn.Module:
    """Return the fastest form of a trained network for a CPU; the network itself is left as it is."""
    if isinstance(network, Attention3DCNN):
        return CpuForm(network)
    return ready_for_inference(copy.deepcopy(network))
