"""Convolution blocks with unpadded space: what a pixel sees is its receptive field, never the tile's border."""

from __future__ import annotations

from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

Net = TypeVar("Net", bound=nn.Module)


def crop(x: Tensor, like: Tensor) -> Tensor:
    """Cut the last two axes, as much on each side, to the size that they have in `like`."""
    height, width = like.shape[-2:]
    row, col = (x.shape[-2] - height) // 2, (x.shape[-1] - width) // 2
    return x[..., row : row + height, col : col + width]


class ConvNorm(nn.Module):
    """A convolution and its batch norm, which `folded` makes one convolution for inference."""

    def __init__(self, conv: nn.Conv2d | nn.Conv3d):
        super().__init__()
        self.conv = conv
        norm = nn.BatchNorm3d if isinstance(conv, nn.Conv3d) else nn.BatchNorm2d
        self.norm: nn.BatchNorm2d | nn.BatchNorm3d | nn.Identity = norm(conv.out_channels)

    def forward(self, x: Tensor) -> Tensor:
        return self.norm(self.conv(x))

    def fold(self) -> None:
        """Fold the frozen batch norm into the convolution, in place; only for inference."""
        if not isinstance(self.norm, nn.Identity):
            self.conv = fuse_conv_bn_eval(self.conv.eval(), self.norm.eval())
            self.norm = nn.Identity()


def temporal_conv(inputs: int, outputs: int, space: int = 1, dilation: int = 1) -> ConvNorm:
    """3 steps x `space` x `space` pixels; time is padded, space is not."""
    padding = (dilation, 0, 0)
    return ConvNorm(
        nn.Conv3d(inputs, outputs, (3, space, space), padding=padding, dilation=(dilation, 1, 1), bias=False)
    )


class OpticalStem(nn.Module):
    """A 3 x 3 x 3 convolution. Shape: (N, in, T, H, W) -> (N, out, T, H - 2, W - 2)."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        self.conv = temporal_conv(inputs, outputs, space=3)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu_(self.conv(x))


class TemporalResidual(nn.Module):
    """Two temporal convolutions, the second dilated, around a shortcut. Shape is kept."""

    last = "second"

    def __init__(self, channels: int, residual: bool = True):
        super().__init__()
        self.first = temporal_conv(channels, channels)
        self.second = temporal_conv(channels, channels, dilation=2)
        self.residual = residual

    def forward(self, x: Tensor) -> Tensor:
        y = self.second(torch.relu_(self.first(x)))
        return torch.relu_(y + x if self.residual else y)


class Pointwise(nn.Module):
    """A convolution over the channels alone, with ReLU. Shape: (N, in, T, H, W) -> (N, out, T, H, W)."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        self.conv = ConvNorm(nn.Conv3d(inputs, outputs, 1, bias=False))

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu_(self.conv(x))


class SeparableStep(nn.Module):
    """Depthwise separable 3D convolution (after Chollet 2017, arXiv 1610.02357): depthwise, then pointwise.

    The depthwise kernel is split into time and space because both then run as 2D convolutions, for which CPUs have fast
    kernels.

    Shape: (N, C, T, H, W) -> (N, C, T, H - k + 1, W - k + 1) with k = `space`.
    """

    last = "pointwise"

    def __init__(self, channels: int, space: int = 1, dilation: int = 1, residual: bool = True):
        super().__init__()
        self.temporal = nn.Conv2d(
            channels, channels, (3, 1), padding=(dilation, 0), dilation=(dilation, 1), groups=channels, bias=False
        )
        self.spatial = nn.Conv2d(channels, channels, space, groups=channels, bias=False) if space > 1 else None
        self.pointwise = ConvNorm(nn.Conv3d(channels, channels, 1, bias=False))
        self.residual = residual

    def forward(self, x: Tensor) -> Tensor:
        n, c, t, h, w = x.shape
        y = self.temporal(x.reshape(n, c, t, h * w)).reshape(n, c, t, h, w)
        if self.spatial is not None:
            y = self.spatial(y.transpose(1, 2).reshape(n * t, c, h, w))
            y = y.reshape(n, t, *y.shape[1:]).transpose(1, 2)
        y = self.pointwise(y)
        return torch.relu_(y + crop(x, y) if self.residual else y)


class TimeFold(nn.Module):
    """All steps into channels at once. Shape: (N, C, T, H, W) -> (N, out, H, W)."""

    def __init__(self, channels: int, steps: int, outputs: int):
        super().__init__()
        self.conv = ConvNorm(nn.Conv3d(channels, outputs, (steps, 1, 1), bias=False))

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu_(self.conv(x)).squeeze(2)


class SpatialResidual(nn.Module):
    """Two k x k convolutions around a shortcut. Shape: (N, C, H, W) -> (N, C, H - 2 * k + 2, W - 2 * k + 2)."""

    last = "second"

    def __init__(self, channels: int, residual: bool = True, kernel: int = 3):
        super().__init__()
        self.first = ConvNorm(nn.Conv2d(channels, channels, kernel, bias=False))
        self.second = ConvNorm(nn.Conv2d(channels, channels, kernel, bias=False))
        self.residual = residual

    def forward(self, x: Tensor) -> Tensor:
        y = self.second(torch.relu_(self.first(x)))
        return torch.relu_(y + crop(x, y) if self.residual else y)


def start_at_shortcuts(network: nn.Module) -> None:
    """Let each residual block begin as its shortcut alone, in place: the scale of its last batch norm is zero.

    After Goyal et al. 2017 (arXiv 1706.02677): a network that begins shallow learns faster, and less by luck.
    """
    for module in network.modules():
        if getattr(module, "residual", False):
            nn.init.zeros_(getattr(module, str(module.last)).norm.weight)


def ready_for_inference(network: Net) -> Net:
    """Fold every batch norm and store weights channels last, in place: the fast path of CPUs."""
    for module in network.eval().modules():
        if isinstance(module, ConvNorm):
            module.fold()
    return channels_last(network)


def channels_last(network: Net) -> Net:
    """Store the weights of convolutions channels last, in place; the results stay what they are."""
    for module in network.modules():
        if isinstance(module, nn.Conv3d):
            module.weight.data = module.weight.data.contiguous(memory_format=torch.channels_last_3d)
        elif isinstance(module, nn.Conv2d):
            module.weight.data = module.weight.data.contiguous(memory_format=torch.channels_last)
    return network
