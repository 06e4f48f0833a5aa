"""Convolutions as matrix products, and how far their kernels look."""

import pytest
import torch
from torch.nn import functional as F

from crop_attention.models.cpu_kernels import SpaceConv, trimmed


def kernel(side, *used):
    weight = torch.zeros(4, 3, side, side)
    for row, col in used:
        weight[1, 2, row, col] = -0.5
    return weight


@pytest.mark.parametrize(
    "weight, side, spare",
    [
        (kernel(3, (1, 1)), 1, 1),
        (kernel(3, (1, 2)), 3, 0),
        (kernel(3, (0, 1)), 3, 0),
        (kernel(5, (2, 2)), 1, 2),
        (kernel(5, (1, 2)), 3, 1),
        (kernel(5, (3, 3)), 3, 1),
        (kernel(5, (2, 4)), 5, 0),
        (kernel(3), 1, 1),
        (kernel(1, (0, 0)), 1, 0),
    ],
)
def test_a_kernel_loses_its_rings_of_zeros(weight, side, spare):
    (found,), lost = trimmed(weight)
    assert (found.shape[-1], lost) == (side, spare)
    assert torch.equal(F.pad(found, (spare,) * 4), weight)


def test_several_kernels_lose_as_much_as_all_of_them_allow():
    parts, spare = trimmed(kernel(5, (2, 2)), kernel(5, (1, 1)))
    assert spare == 1 and [part.shape[-1] for part in parts] == [3, 3]


@pytest.mark.parametrize("side", [1, 3, 5])
def test_a_convolution_is_a_sum_of_matrix_products(side):
    torch.manual_seed(2)
    x, weight, bias = torch.randn(6, 13, 9), torch.randn(4, 6, side, side), torch.randn(4)
    expected = F.conv2d(x[None], weight, bias)[0]
    assert torch.allclose(SpaceConv(weight, bias)(x), expected, atol=1e-4)
