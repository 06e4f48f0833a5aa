"""The random forest: steps filled in by hand's numbers, and pixels told apart."""

from __future__ import annotations

import numpy as np
import pytest

from crop_attention.engine.errors import Cancelled
from crop_attention.engine.feedback import Feedback
from crop_attention.engine.training.learners import forest
from crop_attention.engine.training.pixels import scored
from crop_attention.engine.training.scoring import decide
from crop_attention.models.gaussian import filled
from tiny_training import Ear, samples


def test_gaps_are_filled_in_between_looks():
    values = np.array([9.0, 2.0, 9.0, 9.0, 8.0, 9.0])[:, None, None]
    valid = np.array([0, 1, 0, 0, 1, 0], bool)[:, None]
    assert filled(values, valid)[:, 0, 0].tolist() == [2, 2, 4, 6, 8, 8]
    assert filled(values, np.zeros_like(valid))[:, 0, 0].tolist() == [0] * 6


def test_it_tells_the_classes_of_the_same_pixels_apart(monkeypatch):
    pytest.importorskip("sklearn")
    monkeypatch.setattr(forest, "TREES", 25)
    _, split = samples()
    learner = forest.fit_forest(split.train, (3, 7), 2, 1, 1, Feedback())
    pixels = scored(learner, split.test, (3, 7), 2, Feedback())
    assert len(pixels.labels) == 8 * 10 * 10
    told = decide(pixels, pixels.scores)
    assert (told.truth == told.label).all() and len(told.truth) == 8
    assert pixels.scores.sum(axis=1) == pytest.approx(1.0)


def test_it_can_be_stopped():
    pytest.importorskip("sklearn")
    _, split = samples()
    with pytest.raises(Cancelled):
        forest.fit_forest(split.train, (3, 7), 2, 1, 1, Ear(stop_after=30))
