"""The linear learner on labelled windows: few labels, one sensor, its coefficients, and the same numbers again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from crop_attention.engine.errors import Cancelled, SampleError
from crop_attention.engine.feedback import Feedback
from crop_attention.engine.training.learners.linear import coefficients, fit_linear, linear_pixels
from crop_attention.engine.training.scoring import decide
from tiny_training import Ear, samples

CODES = (3, 7, 9)


def right(split, gaussian, windows=None, codes=CODES):
    pixels = linear_pixels(gaussian, windows or split.test, codes, 2, Feedback())
    told = decide(pixels, pixels.scores)
    return float((told.truth == told.label).mean())


def test_it_tells_parcels_apart_that_it_never_saw():
    _, split = samples(classes=3, parcels=60)
    gaussian = fit_linear(split.train, CODES, 2, 1, Feedback())
    assert right(split, gaussian) == 1.0


def test_five_labels_a_class_are_enough_to_fit():
    _, split = samples(classes=3, parcels=300, side=1)
    gaussian = fit_linear(split.train[:15], CODES, 0, 1, Feedback())
    assert np.isfinite(gaussian.covariance).all() and right(split, gaussian) > 0.75


def test_one_sensor_is_mapped_by_what_both_have_taught():
    _, split = samples(classes=2, parcels=40)
    gaussian = fit_linear(split.train, CODES[:2], 2, 1, Feedback())
    blind = [replace(w, cube=replace(w.cube, s2_valid=np.zeros_like(w.cube.s2_valid))) for w in split.test]
    assert right(split, gaussian, blind, CODES[:2]) == 1.0


def test_a_sensor_that_no_label_has_teaches_nothing():
    _, split = samples(classes=2, parcels=40)
    blind = [replace(w, cube=replace(w.cube, s2_valid=np.zeros_like(w.cube.s2_valid))) for w in split.train]
    gaussian = fit_linear(blind, CODES[:2], 2, 1, Feedback())
    assert not gaussian.means[:, :8].any() and right(split, gaussian, codes=CODES[:2]) == 1.0


def test_the_same_seed_fits_the_same_numbers():
    _, split = samples()
    first, second = (fit_linear(split.train, CODES[:2], 2, 4, Feedback()) for _ in range(2))
    np.testing.assert_array_equal(first.covariance, second.covariance)


def test_its_coefficients_show_the_band_that_decides():
    dataset, split = samples()
    found = coefficients(fit_linear(split.train, CODES[:2], 2, 1, Feedback()))
    assert found.shape == (2, 4, 4)
    # Grassland has a lower VH, the last band, at all four steps; nothing else tells it apart.
    assert np.abs(found[1, :, 3]).min() > 3 * np.abs(found[1, :, :3]).max() and (found[1, :, 3] < 0).all()


def test_no_label_and_a_stop_are_said():
    _, split = samples()
    with pytest.raises(SampleError, match="no labelled pixel"):
        fit_linear(split.train, (200,), 2, 1, Feedback())
    with pytest.raises(Cancelled):
        fit_linear(split.train, CODES, 2, 1, Ear(stop_after=3))
