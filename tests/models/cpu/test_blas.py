"""A BLAS that does not know the processor: a copy of it, with better kernels, stands in for it."""

from __future__ import annotations

import os
from dataclasses import replace

import numpy as np
import pytest

from crop_attention.models.cpu import blas

SERVER = {"avx2", "fma", "avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"}


def test_the_kernels_are_those_that_the_processor_has():
    assert blas.core_of(SERVER | {"sse4_2"}) == "SkylakeX"
    assert blas.core_of(SERVER - {"avx512vl"}) == "Haswell"
    assert blas.core_of({"avx2"}) == "" == blas.core_of(set())


@pytest.fixture
def unknown_processor(monkeypatch):
    """Every OpenBLAS that NumPy has brought seems not to know the processor, as one that is older than it."""
    if not any(library.core for library in blas.libraries()):
        pytest.skip("NumPy's BLAS is no OpenBLAS that names its kernels")
    if not blas.core_of(blas._flags()):
        pytest.skip("this processor has none but the oldest kernels")
    monkeypatch.delenv("OPENBLAS_CORETYPE", raising=False)
    real = blas._open

    def old(path, *mode):
        found = real(path, *mode)
        return found if mode or found is None or not found.core else replace(found, core=blas.OLDEST)

    monkeypatch.setattr(blas, "_open", old)
    blas.libraries.cache_clear()
    yield
    blas.libraries.cache_clear()


def test_a_blas_that_does_not_know_the_processor_is_loaded_with_its_kernels(unknown_processor):
    before = dict(os.environ)
    first = blas.libraries()[0]
    assert first.core not in (b"", blas.OLDEST) and first.threads() == 1
    assert not os.path.exists(first.path) and dict(os.environ) == before
    draw = np.random.default_rng(2)
    matrix, x = draw.standard_normal((16, 48), np.float32), draw.standard_normal((5, 48, 300), np.float32)
    out = np.ones((5, 16, 300), np.float32)
    blas.multiply(blas.sgemm_of_numpy(), matrix, x, out, add=True)
    assert np.allclose(out, 1 + matrix @ x, atol=1e-4)


def test_kernels_that_the_user_has_named_stay(unknown_processor, monkeypatch):
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Nehalem")
    assert all(library.core in (b"", blas.OLDEST) for library in blas.libraries())


def test_without_room_for_the_copy_the_library_is_used_as_it_is(unknown_processor, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(blas.shutil, "copy", full)
    assert blas.libraries() and all(library.core in (b"", blas.OLDEST) for library in blas.libraries())


def test_transposed_views_are_multiplied_as_numpy_does():
    if blas.sgemm_of_numpy() is None:
        pytest.skip("NumPy has no BLAS here")
    draw = np.random.default_rng(3)
    matrix, x = draw.standard_normal((48, 16), np.float32), draw.standard_normal((300, 48), np.float32)
    out = np.ones((16, 300), np.float32)
    blas.multiply(blas.sgemm_of_numpy(), matrix.T, x.T, out, add=True)
    assert np.allclose(out, 1 + matrix.T @ x.T, atol=1e-4)
