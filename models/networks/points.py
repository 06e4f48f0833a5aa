"""A fully convolutional network on lone pixels: ground that is the same all around, at a fraction of the cost."""

from __future__ import annotations

from torch import Tensor, nn
from torch.func import functional_call

from ..output import NetworkOutput


def on_points(
    network: nn.Module,
    s2: Tensor | None,
    s2_valid: Tensor | None,
    s1: Tensor | None,
    s1_valid: Tensor | None,
    attention: bool = False,
) -> NetworkOutput:
    """Run a network on series of single pixels, as if every pixel around them were the same.

    On constant ground a kernel acts by its sum over space, so each k x k kernel runs as a 1 x 1 kernel and the window
    that a pixel needs shrinks to the pixel. Gradients reach the full kernels. Points of a network that takes them as
    `POINTS_IN_COLUMN` lie below each other in one window, which convolutions run through twice as fast as through many.

    Args:
        network: any network whose spatial convolutions are unpadded.
        s2, s2_valid, s1, s1_valid: as its forward, with H = W = 1.
        attention: return the attentions too; the spatial one says nothing here.

    Returns:
        What the network returns for the middle pixel of a constant window.
    """
    summed = {name: weight.sum(dim=(-2, -1), keepdim=True) for name, weight in spatial_kernels(network)}
    arrays = (s2, s2_valid, s1, s1_valid)
    if not getattr(network, "POINTS_IN_COLUMN", False):
        return functional_call(network, summed, (*arrays, attention))
    column = (None if part is None else part[..., 0].movedim(0, -2)[None] for part in arrays)
    output = functional_call(network, summed, (*column, attention))
    return NetworkOutput._make(None if part is None else part[0].movedim(-2, 0)[..., None] for part in output)


def spatial_kernels(network: nn.Module) -> list[tuple[str, nn.Parameter]]:
    """Name and weight of each convolution that spans more than a pixel."""
    return [(name, weight) for name, weight in network.named_parameters() if weight.dim() >= 4 and weight.shape[-1] > 1]
