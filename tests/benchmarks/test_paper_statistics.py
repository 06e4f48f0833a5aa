"""Scores and intervals of the paper's comparison, against what can be worked out by hand."""

from __future__ import annotations

import time

import numpy as np
import pytest

from crop_attention.benchmarks.paper import statistics as st
from crop_attention.benchmarks.paper.record import Judged
from crop_attention.engine.accuracy.confusion import ConfusionMatrix
from crop_attention.engine.accuracy.intervals import Estimate
from crop_attention.engine.accuracy.scores import scores

COUNTS = np.array([[40, 10, 0], [10, 30, 0], [0, 10, 0]])
"""Rows map, columns reference; the third class is mapped but nowhere in the reference."""


def test_scores_by_hand() -> None:
    # Reference 50, 50, 0; map 50, 40, 10; chance (50 * 50 + 40 * 50) / 100^2 = 0.45.
    assert st.overall(COUNTS) == pytest.approx(0.7)
    assert st.kappa(COUNTS) == pytest.approx((0.7 - 0.45) / 0.55)
    assert st.mean_iou(COUNTS) == pytest.approx((40 / 60 + 30 / 60) / 2)
    assert st.macro_f1(COUNTS) == pytest.approx((80 / 100 + 60 / 90) / 2)
    assert np.isnan(st.overall(np.zeros((3, 3)))) and np.isnan(st.macro_f1(np.zeros((3, 3))))


def test_scores_agree_with_those_of_the_assessment() -> None:
    random = np.random.default_rng(3).integers(1, 50, (4, 4))
    found = scores(ConfusionMatrix(random, tuple("abcd")))
    assert st.overall(random) == pytest.approx(found.overall.value)
    assert st.kappa(random) == pytest.approx(found.kappa.value)
    assert st.macro_f1(random) == pytest.approx(found.macro_f1.value)


def test_counts_come_out_of_pairs_and_folds_are_added() -> None:
    first = Judged({"a": [[0, 0, 5], [0, 1, 2]]}, [["a", 0, 1, 24], ["a", 1, 1, 25]])
    second = Judged({"b": [[1, 1, 3]]}, [["b", 0, 0, 9000]])
    one = st.sheet([[first, second]], 2)
    assert one.blocks == ("a", "b") and one.pixels[0, 0].tolist() == [[5, 0], [2, 0]]
    assert st.replicates(one, st.OA, 10)[0, 0] == pytest.approx(0.8)
    by_size = one.parcels.sum((0, 1, 3, 4))
    assert by_size.tolist() == [1, 1, 0, 0, 1]
    assert one.parcels[0, 0, 0, 1, 0] == 1, "true 0, mapped 1, smallest"
    assert st.replicates(one, st.LOST_IN_SMALL, 10)[0, 0] == 1.0


def test_seeds_are_averaged_and_share_the_blocks() -> None:
    seeds = [[Judged({"a": [[0, 0, right], [0, 1, 10 - right]], "b": [[0, 0, 10]]})] for right in (2, 6)]
    drawn = st.replicates(st.sheet(seeds, 2), st.OA)
    assert drawn[0].tolist() == [0.6, 0.8] and st.estimate(drawn, 2).value == pytest.approx(0.7)
    # Block a twice, once, or not at all: the draws of both seeds go together.
    assert {tuple(row) for row in drawn.round(3).tolist()} == {(0.2, 0.6), (0.6, 0.8), (1.0, 1.0)}
    found = st.estimate(drawn, 2)
    assert (found.lower, found.upper) == (pytest.approx(0.4), 1.0)


def test_an_interval_needs_blocks_that_differ() -> None:
    alone = st.replicates(st.sheet([[Judged({"a": [[0, 0, 3], [0, 1, 1]]})]], 2), st.OA)
    assert st.estimate(alone, 1).value == 0.75 and np.isnan(st.estimate(alone, 1).lower)
    assert np.isnan(st.difference(alone, alone - 0.1, 1).lower)
    same = st.replicates(st.sheet([[Judged({name: [[0, 0, 1]] for name in "abc"})]], 2), st.OA)
    assert np.isnan(st.estimate(same, 3).lower)


def test_a_paired_difference_is_told_where_the_scores_overlap() -> None:
    rng = np.random.default_rng(0)
    hard = rng.integers(20, 80, 12)

    def judged(gain: int) -> st.Sheet:
        right = {str(block): int(number) + gain for block, number in enumerate(hard)}
        cells = {block: [[0, 0, number], [0, 1, 100 - number]] for block, number in right.items()}
        return st.sheet([[Judged(cells)]], 2)

    ours, other = (st.replicates(judged(gain), st.OA) for gain in (3, 0))
    first, second = st.estimate(ours, 12), st.estimate(other, 12)
    assert first.lower < second.upper, "the intervals of the two overlap"
    ahead, behind = st.difference(ours, other, 12), st.difference(other, ours, 12)
    assert ahead.value == pytest.approx(0.03) and behind.value == pytest.approx(-0.03)
    assert (st.verdict(ahead), st.verdict(behind)) == (st.BETTER, st.WORSE)
    assert st.verdict(st.difference(ours, ours, 12)) == st.NOT_TOLD


@pytest.mark.parametrize(
    ("lower", "upper", "verdict"),
    [(0.01, 0.2, "better"), (-0.2, -0.01, "worse"), (-0.1, 0.2, "not told apart"), (np.nan, np.nan, "not told apart")],
)
def test_verdicts(lower: float, upper: float, verdict: str) -> None:
    assert st.verdict(Estimate(0.0, lower, upper)) == verdict


def test_draws_are_fixed_and_fast() -> None:
    weights = st.weights_of(12)
    assert weights.shape == (1001, 12) and weights[0].tolist() == [1.0] * 12 and (weights[1:].sum(1) == 12).all()
    st.weights_of.cache_clear()
    assert np.array_equal(st.weights_of(12), weights)
    rng = np.random.default_rng(0)
    pixels = rng.integers(1, 9, (1, 12, 14, 14)).astype(float)
    one = st.Sheet(tuple("abcdefghijkl"), pixels, np.zeros((1, 12, 5, 14, 14)))
    began = time.process_time()
    for _ in range(9):
        st.replicates(one, st.KAPPA)
    assert time.process_time() - began < 3.0
