"""Padded, strided and transposed convolutions that also take a lone pixel, as ground that is the same all around.

`points.on_points` sums each kernel over space. A kernel that was summed needs no padding and no stride, and one that
was transposed is shared by the pixels it makes.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.modules.conv import _ConvNd


def _lone(module: _ConvNd) -> bool:
    """Return whether the kernel was summed over space."""
    return module.weight.shape[-1] == 1 and module.kernel_size[-1] > 1


class Conv2d(nn.Conv2d):
    """A convolution that keeps the size, or divides it by its stride.

    Args:
        reflect: pad with what lies mirrored inside, as long as there is enough of it; else with zeros.
    """

    def __init__(
        self, inputs: int, outputs: int, size: int = 3, stride: int = 1, bias: bool = True, reflect: bool = False
    ):
        super().__init__(inputs, outputs, size, stride, bias=bias)
        self.around = (size - 1) // 2
        self.reflect = reflect

    def forward(self, x: Tensor) -> Tensor:
        if _lone(self):
            return F.conv2d(x, self.weight, self.bias)
        if not (self.reflect and self.around):
            return F.conv2d(x, self.weight, self.bias, self.stride, self.around)
        mode = "reflect" if min(x.shape[-2:]) > self.around else "replicate"
        return F.conv2d(F.pad(x, (self.around,) * 4, mode=mode), self.weight, self.bias, self.stride)


class Conv3d(nn.Conv3d):
    """A convolution of 3 steps x 3 x 3 pixels that keeps the size."""

    def __init__(self, inputs: int, outputs: int, size: int = 3, bias: bool = True):
        super().__init__(inputs, outputs, size, bias=bias)
        self.around = (size - 1) // 2

    def forward(self, x: Tensor) -> Tensor:
        space = 0 if _lone(self) else self.around
        return F.conv3d(x, self.weight, self.bias, padding=(self.around, space, space))


class Up2d(nn.ConvTranspose2d):
    """A transposed convolution of 4 x 4 pixels that doubles the size."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__(inputs, outputs, 4, 2, 1)

    def forward(self, x: Tensor, output_size: list[int] | None = None) -> Tensor:
        if _lone(self):
            return F.conv_transpose2d(x, self.weight / 4, self.bias)
        return super().forward(x, output_size)


class Up3d(nn.ConvTranspose3d):
    """A transposed convolution of 3 steps x 3 x 3 pixels that doubles steps and size."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__(inputs, outputs, 3, 2, 1, 1)

    def forward(self, x: Tensor, output_size: list[int] | None = None) -> Tensor:
        if _lone(self):
            ahead = (1, 0, 0)
            return F.conv_transpose3d(x, self.weight / 4, self.bias, (2, 1, 1), ahead, ahead)
        return super().forward(x, output_size)


def halved_2d(x: Tensor) -> Tensor:
    """Return the largest of each 2 x 2 pixels; a lone pixel is its own."""
    return x if x.shape[-1] == 1 else F.max_pool2d(x, 2)


def halved_3d(x: Tensor) -> Tensor:
    """Return the largest of each 2 steps x 2 x 2 pixels."""
    return F.max_pool3d(x, (2, 1, 1) if x.shape[-1] == 1 else 2)
