"""Running windows against those of scipy."""

import numpy as np
import pytest

from crop_attention.engine.series.cube.filters import minimum_filter1d


@pytest.mark.parametrize("size", [1, 3, 5, 7, 9, 13])
@pytest.mark.parametrize("axis", [0, 1])
def test_running_windows_are_those_of_scipy(size, axis):
    ndimage = pytest.importorskip("scipy.ndimage")
    flags = (np.random.default_rng(size).random((23, 17)) < 0.2).astype(np.uint8)
    expected = ndimage.minimum_filter1d(flags, size, axis=axis, mode="constant")
    np.testing.assert_array_equal(minimum_filter1d(flags, size, axis), expected)


def test_a_window_wider_than_the_image_sees_all_of_it():
    flags = np.array([[0, 1, 0]], np.uint8)
    np.testing.assert_array_equal(minimum_filter1d(flags, 9, 1), [[0, 0, 0]])
    np.testing.assert_array_equal(minimum_filter1d(flags + 1, 3, 1), [[0, 1, 0]])
