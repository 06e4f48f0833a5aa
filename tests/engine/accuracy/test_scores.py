"""Scores and their intervals: known values, what they cover, and what they refuse to say."""

from __future__ import annotations

import math

import numpy as np
import pytest

from crop_attention.benchmarks.scores import scores_of
from crop_attention.engine.accuracy.confusion import ConfusionMatrix
from crop_attention.engine.accuracy.intervals import wilson
from crop_attention.engine.accuracy.scores import scores

COUNTS = np.array([[50, 5, 2], [8, 30, 3], [0, 4, 20]])


def test_wilson_interval_solves_its_equation():
    found = wilson(81, 263)
    for bound in (found.lower, found.upper):
        error = 1.96 * math.sqrt(bound * (1 - bound) / 263)
        assert abs(bound - 81 / 263) == pytest.approx(error, rel=1e-9)
    none, every = wilson(0, 10), wilson(10, 10)
    assert (none.lower, every.upper) == (0, 1)
    assert none.upper == pytest.approx(1 - every.lower) == pytest.approx(1.96**2 / (10 + 1.96**2))
    assert math.isnan(wilson(0, 0).lower)


def test_scores_by_hand():
    found = scores(ConfusionMatrix(COUNTS, ("a", "b", "c")))
    assert found.overall.value == pytest.approx(100 / 122)
    assert found.users.value == pytest.approx([50 / 57, 30 / 41, 20 / 24])
    assert found.producers.value == pytest.approx([50 / 58, 30 / 39, 20 / 25])
    assert found.f1.value == pytest.approx([100 / 115, 60 / 80, 40 / 49])
    assert found.macro_f1.value == pytest.approx((100 / 115 + 60 / 80 + 40 / 49) / 3)
    assert (found.f1.lower < found.f1.value).all() and (found.f1.value < found.f1.upper).all()
    assert (found.intervals, found.clusters) == ("single", 122)


def test_macro_f1_error_is_that_of_resampled_units():
    rng = np.random.default_rng(4)
    found = scores(ConfusionMatrix(COUNTS, ("a", "b", "c")))
    draws = rng.multinomial(COUNTS.sum(), (COUNTS / COUNTS.sum()).ravel(), 600).reshape(-1, 3, 3)
    drawn = [scores(ConfusionMatrix(draw, ("a", "b", "c"))) for draw in draws]
    spread = np.std([one.macro_f1.value for one in drawn])
    assert (found.macro_f1.upper - found.macro_f1.value) / 1.96 == pytest.approx(spread, rel=0.12)
    spread = np.std([one.kappa.value for one in drawn])
    assert (found.kappa.upper - found.kappa.value) / 1.96 == pytest.approx(spread, rel=0.12)


def test_a_class_that_neither_holds_has_no_scores_and_does_not_count():
    counts = np.zeros((4, 4), int)
    counts[:3, :3] = COUNTS
    found, without = scores(ConfusionMatrix(counts, tuple("abcd"))), scores(ConfusionMatrix(COUNTS, tuple("abc")))
    assert np.isnan([found.users.value[3], found.producers.upper[3], found.f1.value[3]]).all()
    assert found.macro_f1 == without.macro_f1 and found.kappa == without.kappa


def test_no_error_seen_is_no_certainty():
    found = scores(ConfusionMatrix(np.diag([8, 12]), ("a", "b")))
    assert found.overall.value == 1 and found.overall.lower == pytest.approx(20 / (20 + 1.96**2))
    assert found.kappa.value == 1 and math.isnan(found.kappa.lower)
    assert math.isnan(scores(ConfusionMatrix(np.array([[9]]), ("a",))).kappa.value)


def parcels(rng, count: int, pixels: int, right: float):
    truth = np.repeat(rng.integers(0, 3, count), pixels)
    wrong = np.repeat(rng.random(count) > right, pixels)
    return np.where(wrong, (truth + 1) % 3, truth), truth, np.repeat(np.arange(count), pixels)


def test_pixels_of_a_parcel_are_no_witnesses_of_their_own():
    said, truth, groups = parcels(np.random.default_rng(1), 60, 25, 0.8)
    matrix, alone = scores_of(said, truth)
    same, together = scores_of(said, truth, groups=groups)
    assert (matrix.counts == same.counts).all() and alone.overall.value == together.overall.value
    assert (together.intervals, together.clusters) == ("clustered", 60)
    # All pixels of a parcel agree, so the interval is as wide as that of 60 units and not of 1500.
    one_each = scores_of(said[::25], truth[::25])[1]
    width, wanted = (one.overall.upper - one.overall.lower for one in (together, one_each))
    assert width == pytest.approx(wanted, rel=0.15)
    assert width > 3 * (alone.overall.upper - alone.overall.lower)


def test_cluster_intervals_cover_what_they_promise():
    rng = np.random.default_rng(7)
    hits = 0
    for _ in range(40):
        said, truth, groups = parcels(rng, 50, 4, 0.8)
        found = scores_of(said, truth, groups=groups, replicates=150)[1].overall
        hits += found.lower <= 0.8 <= found.upper
    assert hits >= 33


def test_bootstrap_is_the_same_each_time_and_says_nothing_of_one_parcel():
    said, truth, groups = parcels(np.random.default_rng(2), 30, 5, 0.7)
    first, again = (scores_of(said, truth, groups=groups)[1] for _ in range(2))
    assert first.kappa == again.kappa and first.overall == again.overall
    lonely = scores_of([1, 1, 2], [1, 2, 2], groups=[7, 7, 7])[1]
    assert lonely.overall.value == pytest.approx(2 / 3) and math.isnan(lonely.overall.lower)


def test_classes_right_everywhere_get_the_interval_of_as_many_parcels():
    said = truth = np.repeat([0, 0, 0, 1, 1, 1, 1], 50)
    found = scores_of(said, truth, groups=np.repeat(np.arange(7), 50))[1]
    assert found.users.value.tolist() == [1, 1]
    assert found.users.lower == pytest.approx(wilson(np.array([3, 4]), np.array([3, 4])).lower)
    assert found.overall.lower == pytest.approx(7 / (7 + 1.96**2))


def test_labels_of_any_kind():
    matrix, found = scores_of(["maize", "wheat"], ["maize", "maize"], classes=["wheat", "maize"])
    assert matrix.classes == ("wheat", "maize") and matrix.counts.tolist() == [[0, 1], [0, 1]]
    assert found.overall.value == 0.5
    with pytest.raises(ValueError, match="outside classes: rye"):
        scores_of(["maize"], ["rye"], classes=["maize"])
    with pytest.raises(ValueError, match="one length"):
        scores_of(["maize"], ["maize", "rye"])
