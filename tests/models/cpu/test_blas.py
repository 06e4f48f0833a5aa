"""NumPy's own BLAS by a handle, on arrays however they lie in memory."""

from __future__ import annotations

import numpy as np
import pytest

from crop_attention.models.cpu import blas


def test_transposed_views_are_multiplied_as_numpy_does():
    if blas.sgemm_of_numpy() is None:
        pytest.skip("NumPy has no BLAS here")
    draw = np.random.default_rng(3)
    matrix, x = draw.standard_normal((48, 16), np.float32), draw.standard_normal((300, 48), np.float32)
    out = np.ones((16, 300), np.float32)
    blas.multiply(blas.sgemm_of_numpy(), matrix.T, x.T, out, add=True)
    assert np.allclose(out, 1 + matrix.T @ x.T, atol=1e-4)
