"""Temperature, reliability and calibration error, held against numbers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from crop_attention.engine.training.calibration import (
    fitted_temperature,
    likelihood_loss,
    parcel_weights,
    reliability,
    softmax,
)
from crop_attention.engine.training.pixels import Pixels


def pixels(scores, labels, parcels=None):
    numbers = np.arange(1, len(labels) + 1) if parcels is None else np.array(parcels)
    return Pixels(np.array(scores, np.float32), np.array(labels), numbers, np.zeros(len(labels), np.int64))


def test_softmax_with_a_temperature():
    assert softmax(np.array([[0.0, np.log(3.0)]]))[0].tolist() == pytest.approx([0.25, 0.75])
    assert softmax(np.array([[0.0, 2 * np.log(3.0)]]), 2.0)[0].tolist() == pytest.approx([0.25, 0.75])
    assert np.isfinite(softmax(np.array([[-4000.0, 4000.0]]))).all()


def test_every_parcel_weighs_the_same_however_large():
    found = pixels([[0.0, np.log(3.0)]] * 3 + [[0.0, 0.0]], [1, 1, 1, 0], [5, 5, 5, 9])
    assert parcel_weights(found).tolist() == pytest.approx([1 / 6, 1 / 6, 1 / 6, 1 / 2])
    assert likelihood_loss(found) == pytest.approx(-(np.log(0.75) + np.log(0.5)) / 2)


def test_calibration_error_of_two_bins():
    # 90 % sure and right in half of the cases; 60 % sure and always right: gaps 0.4 and 0.4.
    logit = np.log(9.0), np.log(1.5)
    found = pixels([[0, logit[0]]] * 4 + [[0, logit[1]]] * 4, [1, 1, 0, 0, 1, 1, 1, 1])
    told = reliability(found, bins=10)
    assert told.error == pytest.approx(0.4)
    filled = {place: count for place, count in enumerate(told.counts) if count}
    assert sum(filled.values()) == 8 and len(filled) == 2
    assert told.accuracy[max(filled)] == 0.5 and told.accuracy[min(filled)] == 1.0
    assert np.isnan(told.accuracy[0])


def test_the_temperature_brings_back_what_was_blown_up():
    random = np.random.default_rng(4)
    honest = random.normal(0, 1.5, (4000, 3))
    chances = softmax(honest)
    labels = np.array([random.choice(3, p=row) for row in chances])
    blown = pixels(2.5 * honest, labels)
    temperature = fitted_temperature(blown)
    assert temperature == pytest.approx(2.5, rel=0.08)
    assert reliability(blown, temperature).error < 0.03 < reliability(blown).error


def test_without_pixels_nothing_is_known():
    none = Pixels(np.zeros((0, 3), np.float32), *(np.zeros(0, np.int64),) * 3)
    assert fitted_temperature(none) == 1.0
    assert np.isnan(likelihood_loss(none)) and np.isnan(reliability(none).error)
