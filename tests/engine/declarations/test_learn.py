"""What the declarations teach of a map that takes one crop for another."""

from __future__ import annotations

import numpy as np

from crop_attention.engine.declarations.alike import alike, hardly_told, in_words
from crop_attention.engine.declarations.judge import Evidence, group_places, judge, sentences
from crop_attention.engine.declarations.learn import FOLDS, LEAST, learnt
from crop_attention.engine.declarations.options import DeclarationOptions

NAMES = ("Wheat", "Barley", "Maize")
ALONE = group_places(NAMES, ())


def seen(count: int, noise: float = 0.2) -> tuple[Evidence, np.ndarray]:
    """Wheat, barley and maize in turn; the map shows all barley as wheat, only less surely so than true wheat."""
    rng = np.random.default_rng(3)
    truth = np.arange(count) % 3
    typical = np.array([[0.94, 0.04, 0.02], [0.6, 0.2, 0.2], [0.02, 0.03, 0.95]])
    probability = typical[truth] * np.exp(rng.normal(0, noise, (count, 3)))
    probability /= probability.sum(axis=1, keepdims=True)
    ones = np.ones(count)
    mapped = probability.argmax(axis=1)
    return Evidence(probability, mapped, np.full(count, -1), ones, 0 * ones, np.full(count, 40)), truth


def test_a_crop_that_the_map_takes_for_another_is_told_by_the_declarations():
    evidence, truth = seen(300)
    assert set(judge(evidence, truth, ALONE).lights[truth == 1]) == {"yellow"}
    taught = learnt(evidence, truth, ALONE)
    found = judge(taught, truth, ALONE)
    assert (taught.observed[truth == 1] == 1).mean() > 0.95 and (found.lights == "green").mean() > 0.95
    one = int(np.flatnonzero((truth == 1) & (taught.observed == 1))[0])
    assert sentences(found, taught, truth, NAMES)[one] == (
        "The map shows Wheat, as in other parcels here that declare Barley."
    )
    np.testing.assert_allclose(taught.probability.sum(axis=1), 1)


def test_a_wrong_declaration_is_red_and_does_not_speak_for_itself():
    evidence, truth = seen(300)
    wrong = truth.copy()
    wrong[:6] = (truth[:6] + 2) % 3
    taught = learnt(evidence, wrong, ALONE)
    lights = judge(taught, wrong, ALONE).lights
    # Wheat declared as maize is red, and maize as barley, of which the map alone is never sure; barley as wheat agrees
    # with the map, and agreement is never doubted.
    assert lights[:6].tolist() == ["red", "green", "red"] * 2
    assert "red" not in lights[6:]
    other = wrong.copy()
    other[0] = truth[0]
    # What the others declare tells how the first parcel is seen; how sure the map may be is told by all together.
    again = learnt(evidence, other, ALONE).probability
    np.testing.assert_allclose(again[::FOLDS], taught.probability[::FOLDS], atol=0.02)


def test_as_many_correct_declarations_are_red_as_are_allowed():
    evidence, truth = seen(3000, noise=1.5)
    rng = np.random.default_rng(5)
    wrong = np.where(rng.random(len(truth)) < 0.05, (truth + rng.integers(1, 3, len(truth))) % 3, truth)
    taught = learnt(evidence, wrong, ALONE)
    right = wrong == truth
    shares = {}
    for allowed in (0.0, 0.002, 0.01, 0.03):
        found = judge(taught, wrong, ALONE, DeclarationOptions(wrong_reds=allowed))
        shares[allowed] = (found.lights[right] == "red").mean()
        # +1: where hardly any is allowed, chance decides.
        assert 0.4 < (found.expected_wrong_reds + 1) / ((found.lights[right] == "red").sum() + 1) < 2.5
        # As if each parcel were declared to be of each crop, as often as it is.
        cases = np.repeat(np.arange(len(truth)), 3), np.tile(np.arange(3), len(truth))
        every = judge(_rows(taught, cases[0]), cases[1], ALONE, DeclarationOptions(), found.red_below)
        red = every.lights.reshape(-1, 3) == "red"
        assert (taught.probability * red).sum(axis=1).mean() <= allowed + 1e-12
    assert shares[0.0] == 0 and shares[0.002] <= shares[0.01] <= shares[0.03] and 0.01 < shares[0.03] < 0.05, shares
    assert judge(evidence, wrong, ALONE).red_below == DeclarationOptions().red_declared


def _rows(evidence: Evidence, which: np.ndarray) -> Evidence:
    return Evidence(**{name: part[which] for name, part in vars(evidence).items()})


def test_crops_that_declarations_show_to_be_alike_are_named():
    evidence, truth = seen(300)
    rng = np.random.default_rng(1)
    shuffled = np.where(truth < 2, rng.integers(0, 2, len(truth)), 2)
    taught = learnt(evidence, shuffled, ALONE)
    assert in_words(alike(taught, shuffled, ALONE), NAMES) == "Wheat + Barley"
    assert "apart here: Wheat + Barley. Given" in hardly_told(taught, shuffled, ALONE, NAMES)
    given = group_places(NAMES, [[0, 1]])
    assert hardly_told(learnt(evidence, shuffled, given), shuffled, given, NAMES) == ""
    assert hardly_told(learnt(evidence, truth, ALONE), truth, ALONE, NAMES) == ""
    assert hardly_told(evidence, shuffled, ALONE, NAMES) == "", "what was not learnt says nothing of the declarations"
    few = np.where((shuffled == 1) & (np.cumsum(shuffled == 1) >= 10), 2, shuffled)
    assert in_words(alike(taught, few, ALONE), NAMES) == "", "nine parcels are too few"


def test_few_declarations_parcels_without_one_and_small_parcels_teach_nothing():
    evidence, truth = seen(LEAST - 1)
    assert learnt(evidence, truth, ALONE) is evidence
    evidence, truth = seen(2 * LEAST)
    assert learnt(evidence, np.where(np.arange(len(truth)) < LEAST - 1, truth, -1), ALONE) is evidence
    assert learnt(evidence, truth, ALONE, min_pixels=41) is evidence
    undeclared = np.where(np.arange(len(truth)) < LEAST, truth, -1)
    assert np.isfinite(learnt(evidence, undeclared, ALONE).probability).all()
