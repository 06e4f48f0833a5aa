"""What each step contributes to the class that won: its own part of the score, not a weight that training gave it.

Attention says where a network looks, which need not be what moves its answer (Jain and Wallace 2019, arXiv 1902.10186).
The contribution of a step is the gradient of the winning logit times the step's part of the activation that the
gradient belongs to (gradient times input: Shrikumar et al. 2016, arXiv 1605.01713), of which the positive part is kept:
what speaks for the class.

Where all steps are folded into D channels, the activation before the ReLU is z = b + sum_t W_t (a_t f_t), with

    f_t   (C,)    the fused features of step t,
    a_t   (C,)    the temporal attention as it weighs them (heads repeated over their channels, times the steps seen),
    W_t   (D, C)  the fold's weights of step t, its batch norm folded in: W_t = scale * conv.weight[:, :, t],
    g     (D,)    the gradient of the winning logit at z.

    c_t = max(0, g . W_t (a_t f_t)) = max(0, sum_c (a_t f_t)_c (W_t^T g)_c)

and c_t is then divided by its sum over the steps (all zero where no step speaks for the class). The gradient is that on
ground that is the same all around, as for `on_points`: the neighbours that the spatial attention mixes in are taken to
change with the pixel, so that each spatial kernel acts by its sum. From the head down, with y the input of a residual
block, h = relu(W1 y) its hidden layer and x = relu(W2 h + y) its output, all batch norms folded:

    g = head[winner];  for each block from the last: g = g * (x > 0);  g = g + W1^T ((W2^T g) * (h > 0))
    g = g + mix^T g (spatial attention);  g = g * (relu(z) > 0)
"""

from __future__ import annotations

from typing import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..known import known
from .blocks import ConvNorm, SpatialResidual, crop


def contribution(
    head: nn.Conv2d,
    body: Sequence[SpatialResidual],
    mix: nn.Conv2d | None,
    fold: ConvNorm,
    weighted: Tensor,
    folded: Tensor,
    mixed: Tensor,
    logits: Tensor,
) -> Tensor:
    """Return what each step contributes to the winning class.

    Args:
        head, body: from the input of the residual blocks to the logits.
        mix: of the spatial attention; None without one.
        fold: convolution and norm that fold the steps.
        weighted: (N, C, T, H, W) features of the steps, weighed by the temporal attention; zero where nothing was seen.
        folded: (N, D, H, W) what the fold makes of them, after its ReLU.
        mixed: (N, D, H2, W2) input of the first residual block.
        logits: (N, classes, H', W').

    Returns:
        (N, T, H', W'), not negative; sums to 1 over the steps, or is all zero.
    """
    gradient = F.embedding(logits.argmax(dim=1), head.weight.flatten(1)).movedim(-1, 1)
    for hidden, output, block in reversed(_activations(body, mixed)):
        gradient = gradient * (crop(output, logits) > 0)
        inner = _back(block.second, gradient) * (crop(hidden, logits) > 0)
        inner = _back(block.first, inner)
        gradient = gradient + inner if block.residual else inner
    if mix is not None:
        gradient = gradient + _transposed(mix.weight, gradient)
    gradient = gradient * (crop(folded, logits) > 0)
    weight = folded_weight(fold)[..., 0, 0]
    towards = torch.einsum("dct,ndhw->ncthw", weight, gradient)
    part = (towards * crop(weighted, logits)).sum(dim=1).clamp(min=0.0)
    return part / part.sum(dim=1, keepdim=True).clamp(min=torch.finfo(part.dtype).tiny)


def folded_weight(layer: ConvNorm) -> Tensor:
    """Return the weight of a convolution with the frozen batch norm after it folded in."""
    norm, weight = layer.norm, layer.conv.weight
    if isinstance(norm, nn.Identity):
        return weight
    scale = norm.weight * torch.rsqrt(known(norm.running_var) + norm.eps)
    return weight * scale.reshape(-1, *(1,) * (weight.dim() - 1))


def _activations(body: Sequence[SpatialResidual], x: Tensor) -> list[tuple[Tensor, Tensor, SpatialResidual]]:
    """Return hidden layer and output of each residual block."""
    found = []
    for block in body:
        hidden = torch.relu(block.first(x))
        x = block(x)
        found.append((hidden, x, block))
    return found


def _back(layer: ConvNorm, gradient: Tensor) -> Tensor:
    """Return the gradient (N, in, H, W) before a convolution and its norm, on ground that is the same all around."""
    return _transposed(folded_weight(layer), gradient)


def _transposed(weight: Tensor, gradient: Tensor) -> Tensor:
    return torch.einsum("oi,nohw->nihw", weight.sum(dim=(-2, -1)), gradient)
