"""What the declarations teach of a map that takes one crop for another."""

from __future__ import annotations

import numpy as np

from crop_attention.engine.declarations.judge import Evidence, group_places, judge, sentences
from crop_attention.engine.declarations.learn import FOLDS, LEAST, learnt

NAMES = ("Wheat", "Barley", "Maize")
ALONE = group_places(NAMES, ())


def seen(count: int) -> tuple[Evidence, np.ndarray]:
    """Wheat, barley and maize in turn; the map shows all barley as wheat, only less surely so than true wheat."""
    rng = np.random.default_rng(3)
    truth = np.arange(count) % 3
    typical = np.array([[0.94, 0.04, 0.02], [0.6, 0.2, 0.2], [0.02, 0.03, 0.95]])
    probability = typical[truth] * np.exp(rng.normal(0, 0.2, (count, 3)))
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
    # Wheat declared as maize is red; maize as barley, of which the map is never sure, is yellow; barley as wheat agrees
    # with the map, and agreement is never doubted.
    assert lights[:6].tolist() == ["red", "green", "yellow"] * 2
    assert "red" not in lights[6:]
    other = wrong.copy()
    other[0] = truth[0]
    # Only what the others declare tells how the first parcel is seen.
    np.testing.assert_array_equal(learnt(evidence, other, ALONE).probability[::FOLDS], taught.probability[::FOLDS])


def test_few_declarations_parcels_without_one_and_small_parcels_teach_nothing():
    evidence, truth = seen(LEAST - 1)
    assert learnt(evidence, truth, ALONE) is evidence
    evidence, truth = seen(2 * LEAST)
    assert learnt(evidence, np.where(np.arange(len(truth)) < LEAST - 1, truth, -1), ALONE) is evidence
    assert learnt(evidence, truth, ALONE, min_pixels=41) is evidence
    undeclared = np.where(np.arange(len(truth)) < LEAST, truth, -1)
    assert np.isfinite(learnt(evidence, undeclared, ALONE).probability).all()
