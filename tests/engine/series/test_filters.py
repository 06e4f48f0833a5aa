"""Running windows against those of scipy."""

import numpy as np
import pytest

from crop_attention.engine.series.cube.filters import maximum_filter1d, minimum_filter1d


@pytest.mark.parametrize("size", [1, 3, 5, 7, 9, 13])
@pytest.mark.parametrize("axis", [0, 1])
def test_running_windows_are_those_of_scipy(size, axis):
    ndimage = pytest.importorskip("scipy.ndimage")
    flags = (np.random.default_rng(size).random((23, 17)) < 0.2).astype(np.uint8)
    for own, theirs in ((maximum_filter1d, ndimage.maximum_filter1d), (minimum_filter1d, ndimage.minimum_filter1d)):
        expected = theirs(flags, size, axis=axis, mode="constant")
        np.testing.assert_array_equal(own(flags, size, axis), expected)


def test_a_window_wider_than_the_image_sees_all_of_it():
    flags = np.array([[0, 1, 0]], np.uint8)
    np.testing.assert_array_equal(maximum_filter1d(flags, 9, 1), [[1, 1, 1]])
    np.testing.assert_array_equal(minimum_filter1d(flags + 1, 3, 1), [[0, 1, 0]])
