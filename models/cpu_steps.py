"""The parts of the network that see one step beside another, for strips of pixels small enough for a CPU's cache.

Arrays are (T, channels, pixels). Three steps side by side are then one block of memory with three times the channels,
and a convolution over them is a matrix product that reads them where they lie: no copy, at the speed of the processor.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from .blocks import Pointwise, SeparableStep, TemporalResidual
from .cpu_kernels import Kernel, folded


class Room:
    """Where the steps of a strip lie for a convolution over three of them.

    Step t is in phase t % dilation: those that a dilated kernel sees lie side by side. Before and after each phase is
    a step of zeros.

    Attributes:
        phases: for each phase its steps (count, channels, pixels), to be filled.
    """

    def __init__(self, steps: int, channels: int, pixels: int, dilation: int = 1, ones: bool = False):
        """Make room; with `ones` a further channel of ones, by which a matrix product adds a bias."""
        self._all, self.phases = [], []
        for phase in range(dilation):
            room = torch.empty(len(range(phase, steps, dilation)) + 2, channels + ones, pixels)
            room[:: len(room) - 1] = 0
            if ones:
                room[1:-1, channels] = 1
            self._all.append(room)
            self.phases.append(room[1:-1, :channels])

    def fill(self, x: Tensor, bias: Tensor) -> None:
        """Take the steps (T, channels, pixels) with a bias and ReLU."""
        for phase, target in enumerate(self.phases):
            torch.add(x[phase :: len(self.phases)], bias, out=target).relu_()

    def with_ones(self) -> Tensor:
        """Return all channels (T, channels + 1, pixels) of a sole phase."""
        return self._all[0][1:-1]

    def threes(self) -> list[Tensor]:
        """Return for each phase (count, 3 * channels, pixels): each step between its neighbours, in place."""
        return [
            room.as_strided((len(room) - 2, 3 * room.shape[1], room.shape[2]), (room.stride(0), room.stride(1), 1))
            for room in self._all
        ]


class StepConv:
    """A convolution over 3 steps and k x k pixels, zero beyond the first and the last step, without activation."""

    def __init__(self, weight: Tensor, bias: Tensor | None = None):
        """Take a weight (out, in, 3, k, k), and a bias if the room has a channel of ones."""
        if bias is not None:
            ones = torch.zeros_like(weight[:, :1])
            middle = weight.shape[-1] // 2
            ones[:, 0, 1, middle, middle] = bias
            weight = torch.cat((weight, ones), dim=1)
        self._out = len(weight)
        self._kernel = Kernel(weight.transpose(1, 2).flatten(1, 2))

    def __call__(self, room: Room, width: int, pixels: int, out: Tensor | None = None) -> list[Tensor]:
        """Return for each phase (count, out, pixels); `out` is where a sole phase goes."""
        threes = room.threes()
        found = [part.new_empty(len(part), self._out, pixels) for part in threes] if out is None else [out]
        return [self._kernel(part, width, y) for part, y in zip(threes, found)]


class FastTemporalResidual:
    """Two convolutions over time around a shortcut: a room with (T, C, P) -> (T, C, P), in its place."""

    def __init__(self, block: TemporalResidual):
        weight, bias = folded(block.first)
        self._first, self._bias = StepConv(weight), bias[:, None]
        self._second = StepConv(*folded(block.second))
        self._dilation, self._residual = block.second.conv.dilation[0], block.residual

    def __call__(self, room: Room) -> Tensor:
        (x,) = room.phases
        (y,) = self._first(room, 0, x.shape[-1])
        between = Room(*x.shape, self._dilation, ones=True)
        between.fill(y, self._bias)
        for phase, y in enumerate(self._second(between, 0, x.shape[-1])):
            target = x[phase :: self._dilation]
            (target.add_(y) if self._residual else target.copy_(y)).relu_()
        return x


class FastOptical:
    """The stem with ReLU, then the residual over time: a room with (T, in, P) and ones -> (T, C, pixels)."""

    def __init__(self, stem: Tensor, bias: Tensor, residual: TemporalResidual):
        """Take the stem's weight (C, in, 3, k, k) and bias (C,)."""
        self._stem, self._residual = StepConv(stem, bias), FastTemporalResidual(residual)
        self._channels = len(bias)

    def __call__(self, room: Room, width: int, pixels: int) -> Tensor:
        features = Room(len(room.phases[0]), self._channels, pixels)
        self._stem(room, width, pixels, features.phases[0])[0].relu_()
        return self._residual(features)


class FastRadar:
    """A convolution over channels, then two depthwise separable ones: a room with ones -> (T, C, pixels).

    Without neighbours all of a separable convolution and its shortcut are one dense kernel, which costs a matrix
    product no more than its parts; with neighbours the depthwise kernel over space comes first and the rest follows.
    """

    def __init__(self, pointwise: Pointwise, first: SeparableStep, second: SeparableStep, space: Tensor):
        """Take the blocks, and the depthwise kernel of the first over space (C, 1, k, k)."""
        weight, bias = folded(pointwise.conv)
        self._mix = Kernel(torch.cat((weight.flatten(1), bias[:, None]), dim=1)[:, :, None, None])
        self._rim = space.shape[-1] // 2
        self._space = space.contiguous()
        self._added = first.residual and self._rim > 0
        alone = torch.ones_like(space[..., :1, :1])
        weight, bias = _separable(first, alone if self._rim else space, first.residual and not self._added)
        self._first, self._bias = StepConv(weight), bias[:, None]
        self._second = StepConv(*_separable(second, alone, second.residual))
        self._channels, self._dilation = len(bias), second.temporal.dilation[0]

    def __call__(self, room: Room, width: int, pixels: int) -> Tensor:
        x = room.with_ones()
        mixed = Room(len(x), self._channels, x.shape[-1])
        self._mix(x, 0, mixed.phases[0]).relu_()
        here = mixed.phases[0][..., self._rim * (width + 1) :][..., :pixels]
        (y,) = self._first(self._around(mixed, width, pixels) if self._rim else mixed, 0, pixels)
        if self._added:
            y.add_(here)
        between = Room(*y.shape, self._dilation, ones=True)
        between.fill(y, self._bias)
        for phase, part in enumerate(self._second(between, 0, pixels)):
            torch.clamp_min(part, 0, out=y[phase :: self._dilation])
        return y

    def _around(self, mixed: Room, width: int, pixels: int) -> Room:
        """Return the depthwise convolution over space, in rows as wide as before."""
        image = mixed.phases[0][..., : pixels + 2 * self._rim * width].unflatten(-1, (-1, width))
        y = F.conv2d(image, self._space, groups=self._channels)
        room = Room(len(image), self._channels, pixels)
        room.phases[0].zero_().unflatten(-1, (-1, width))[..., : y.shape[-1]].copy_(y)
        return room


def _separable(block: SeparableStep, space: Tensor, shortcut: bool) -> tuple[Tensor, Tensor]:
    """Return a depthwise separable convolution as one kernel (out, in, 3, 1, 1) and its bias (out,).

    No part of it has an activation or a bias before the last: their product is one convolution.

    Args:
        block: the convolution.
        space: its weights of a single pixel (C, 1, 1, 1).
        shortcut: add the identity.
    """
    mix, bias = folded(block.pointwise)
    mix = mix.flatten(1)
    weight = mix[:, :, None, None, None] * (block.temporal.weight.flatten(1)[:, :, None, None] * space)
    if shortcut:
        weight[:, :, 1, 0, 0] += torch.eye(len(mix))
    return weight, bias
