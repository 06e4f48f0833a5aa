"""The parts of the network that see one step beside another, for strips of pixels small enough for a CPU's cache.

Arrays are (T, pixels, channels) with the channels last: convolutions over space then run with the steps as the batch,
convolutions over time as 2D convolutions over (T, pixels), and both are what CPUs have fast kernels for. The 3D kernels
of torch reach a tenth of that.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from .blocks import ConvNorm, OpticalStem, Pointwise, SeparableStep, TemporalResidual

LAST = torch.channels_last


class TimeConv:
    """A convolution over 3 steps, zero beyond both ends: (T, P, in) -> (T, P, out)."""

    def __init__(self, weight: Tensor, bias: Tensor, dilation: int):
        """Take a weight (out, in, 3, 1)."""
        self._weight, self._bias = weight.contiguous(memory_format=LAST), bias
        self._dilation = dilation

    def __call__(self, x: Tensor) -> Tensor:
        image = x.permute(2, 0, 1)[None]
        y = F.conv2d(image, self._weight, self._bias, padding=(self._dilation, 0), dilation=(self._dilation, 1))
        return y[0].permute(1, 2, 0)


class FastStem:
    """A 3 x 3 x 3 convolution with ReLU: (T, in, R + 2, W + 2) channels last -> (T, R * W, out).

    The three steps of the kernel are one 2D convolution with three times the outputs, which are added with a shift.
    Steps without any look are zero and are left out of it.
    """

    def __init__(self, stem: OpticalStem):
        weight, self._bias = folded(stem.conv)
        self._out, inputs = weight.shape[:2]
        taps = weight.transpose(1, 2).transpose(0, 1)  # (3, out, in, 3, 3)
        self._weight = taps.reshape(3 * self._out, inputs, 3, 3).contiguous(memory_format=LAST)
        self._tripled = torch.cat((torch.zeros_like(self._bias), self._bias, torch.zeros_like(self._bias)))

    def __call__(self, x: Tensor, looks: list[bool]) -> Tensor:
        steps, _, height, width = x.shape
        before, here, after = (slice(tap * self._out, (tap + 1) * self._out) for tap in range(3))
        # The first tap of a kernel sees the step before: what it makes of step t adds to step t + 1.
        if all(looks):
            part = F.conv2d(x, self._weight, self._tripled).permute(0, 2, 3, 1).flatten(1, 2)
            y = part.new_empty(*part.shape[:2], self._out)
            y[0] = part[0, :, here]
            torch.add(part[:-1, :, before], part[1:, :, here], out=y[1:])
            y[:-1] += part[1:, :, after]
            return y.relu_()
        y = self._bias.expand(steps, (height - 2) * (width - 2), self._out).clone()
        for first, last in runs(looks):
            part = F.conv2d(x[first:last], self._weight).permute(0, 2, 3, 1).flatten(1, 2)
            y[first:last] += part[..., here]
            end, start = min(last + 1, steps), max(first - 1, 0)
            y[first + 1 : end] += part[: end - first - 1, :, before]
            y[start : last - 1] += part[start + 1 - first :, :, after]
        return y.relu_()


class FastTemporalResidual:
    """Two convolutions over time around a shortcut: (T, P, C) -> the same."""

    def __init__(self, block: TemporalResidual):
        self._first = TimeConv(*_flat(*folded(block.first)), 1)
        self._second = TimeConv(*_flat(*folded(block.second)), 2)
        self._residual = block.residual

    def __call__(self, x: Tensor) -> Tensor:
        y = self._second(self._first(x).relu_())
        return (y.add_(x) if self._residual else y).relu_()


class FastPointwise:
    """A convolution over channels alone with ReLU: (T, P, in) -> (T, P, out)."""

    def __init__(self, block: Pointwise):
        weight, self._bias = folded(block.conv)
        self._weight = weight.flatten(1).t().contiguous()

    def __call__(self, x: Tensor) -> Tensor:
        return torch.addmm(self._bias, x.flatten(0, 1), self._weight).relu_().view(*x.shape[:2], -1)


class FastSeparableStep:
    """A depthwise separable convolution around a shortcut: (T, H * W, C) -> (T, (H - k + 1) * (W - k + 1), C).

    The depthwise convolution over time and the pointwise one are multiplied into one; the depthwise one over space
    comes first, which changes nothing, as none of them has a bias before the last.
    """

    def __init__(self, block: SeparableStep):
        mix, bias = folded(block.pointwise)
        weight = mix.flatten(1)[:, :, None, None] * block.temporal.weight.transpose(0, 1)
        self._time = TimeConv(weight, bias, block.temporal.dilation[0])
        self._space = block.spatial.weight.contiguous(memory_format=LAST) if block.spatial is not None else None
        self._residual = block.residual

    def __call__(self, x: Tensor, width: int) -> Tensor:
        y, shortcut = x, x
        if self._space is not None:
            steps, _, channels = x.shape
            image = x.view(steps, -1, width, channels).permute(0, 3, 1, 2)
            edge = self._space.shape[-1] // 2
            y = F.conv2d(image, self._space, groups=channels).permute(0, 2, 3, 1).flatten(1, 2)
            shortcut = image[..., edge:-edge, edge:-edge].permute(0, 2, 3, 1)
        y = self._time(y)
        if self._residual:
            y.view(shortcut.shape).add_(shortcut)
        return y.relu_()


def folded(block: ConvNorm) -> tuple[Tensor, Tensor]:
    """Return weight and bias of a convolution with its frozen batch norm folded in."""
    conv, norm = block.conv, block.norm
    scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
    weight = conv.weight * scale.view(-1, *(1,) * (conv.weight.dim() - 1))
    start = conv.bias if conv.bias is not None else torch.zeros_like(scale)
    return weight, norm.bias + (start - norm.running_mean) * scale


def runs(flags: list[bool]) -> list[tuple[int, int]]:
    """Return (first, end) of each run of True."""
    padded = [False, *flags, False]
    edges = [index for index in range(len(flags) + 1) if padded[index] != padded[index + 1]]
    return list(zip(edges[::2], edges[1::2]))


def _flat(weight: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
    """A (3, 1, 1) kernel as a (3, 1) one."""
    return weight[..., 0], bias
