"""Weights of a checkpoint as matrices: batch norms folded, kernels cut to what is not zero in them."""

from __future__ import annotations

from typing import Mapping

import numpy as np

F32 = np.float32
NORM_FLOOR = F32(1e-5)
"""Added to the variance by a batch norm."""


class Weights:
    """The arrays of a checkpoint by name."""

    def __init__(self, arrays: Mapping[str, np.ndarray]):
        """Take float32 arrays as the checkpoint holds them."""
        self._arrays = arrays

    def __getitem__(self, name: str) -> np.ndarray:
        return self._arrays[name]

    def folded(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Return weight and bias (out,) of a convolution with its frozen batch norm folded in."""
        weight, norm = self[f"{name}.conv.weight"], f"{name}.norm."
        scale = self[norm + "weight"] / np.sqrt(self[norm + "running_var"] + NORM_FLOOR)
        bias = self[norm + "bias"] - self[norm + "running_mean"] * scale
        return weight * scale.reshape(-1, *(1,) * (weight.ndim - 1)), bias

    def pointwise(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Return weight (out, in) and bias (out, 1) of a convolution over channels alone."""
        weight = self[f"{name}.weight"]
        return np.ascontiguousarray(weight.reshape(len(weight), -1)), self[f"{name}.bias"][:, None]


def rim_of(*kernels: np.ndarray) -> int:
    """Return how many rings around the middle of some kernels (..., k, k), k odd, are not all zero."""
    rims = [0]
    for kernel in kernels:
        used, middle = (kernel != 0).reshape(-1, *kernel.shape[-2:]).any(axis=0), kernel.shape[-1] // 2
        rims += [max(abs(row - middle), abs(col - middle)) for row, col in np.argwhere(used)]
    return int(max(rims))


def trimmed(kernel: np.ndarray, rim: int) -> np.ndarray:
    """Return a kernel (..., k, k) with only so many rings around its middle."""
    middle = kernel.shape[-1] // 2
    kept = slice(middle - rim, middle + rim + 1)
    return kernel[..., kept, kept]


def over_steps(weight: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """Return a convolution over three steps and k x k pixels as matrices.

    The channels of a step end with one of ones, by which the product adds the bias.

    Args:
        weight: (out, in, 3, k, k).
        bias: (out,).

    Returns:
        (k * k, out, 3 * (in + 1)).
    """
    out, inputs, _, side, _ = weight.shape
    full = np.zeros((side, side, out, 3, inputs + 1), F32)
    full[..., :-1] = weight.transpose(3, 4, 0, 2, 1)
    full[side // 2, side // 2, :, 1, -1] = bias
    return full.reshape(side * side, out, -1)


def over_space(weight: np.ndarray) -> np.ndarray:
    """Return a convolution over space (out, in, k, k) as matrices (k * k, out, in)."""
    out, inputs, side, _ = weight.shape
    return np.ascontiguousarray(weight.transpose(2, 3, 0, 1)).reshape(side * side, out, inputs)
