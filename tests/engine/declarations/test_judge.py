"""Lights by rule: each parcel here is one rule."""

from __future__ import annotations

import numpy as np
import pytest

from crop_attention.engine.declarations.judge import (
    NOT_DECLARED,
    NOT_IN_MAP,
    Evidence,
    group_places,
    judge,
    sentences,
)
from crop_attention.engine.declarations.options import DeclarationOptions
from crop_attention.engine.errors import ParcelError

NAMES = ("Wheat", "Barley", "Maize")
ALONE = group_places(NAMES, ())


def one(probability, declared, second_share=0.0, pixels=50, observed=None) -> tuple[Evidence, np.ndarray]:
    order = np.argsort(probability)[::-1]
    seen = int(order[0]) if observed is None else observed
    evidence = Evidence(
        np.array([probability], float),
        np.array([seen]),
        np.array([int(order[1])]),
        np.array([1 - second_share]),
        np.array([second_share]),
        np.array([pixels]),
    )
    return evidence, np.array([declared])


RULES = DeclarationOptions(red_declared=0.02, red_observed=0.9)


@pytest.mark.parametrize(
    ("case", "light", "reason"),
    [
        (one([0.4, 0.35, 0.25], 0), "green", "The declared crop is observed."),
        (one([0.98, 0.01, 0.01], 2), "red", "Observed is Wheat; Maize is very improbable."),
        (one([0.6, 0.35, 0.05], 2), "yellow", "Observed is Wheat, but Maize is possible."),
        (one([0.49, 0.49, 0.02], 2), "yellow", "Maize is improbable, but the observed Barley is not certain."),
        (one([0.98, 0.01, 0.01], 2, second_share=0.4), "yellow", "Two crops are seen, Wheat and Maize; the parcel may"),
        (one([0.98, 0.01, 0.01], 2, pixels=7), "grey", "The parcel holds too few pixels to be judged."),
        (one([0.98, 0.01, 0.01], NOT_IN_MAP), "grey", "The map has no class for the declared crop."),
        (one([0.98, 0.01, 0.01], NOT_DECLARED), "grey", "No crop is declared."),
        (one([0.0, 0.0, 0.0], 1, observed=-1), "grey", "The map shows no crop in this parcel."),
    ],
)
def test_each_rule_gives_its_light_and_reason(case, light, reason):
    evidence, declared = case
    found = judge(evidence, declared, ALONE, RULES)
    assert found.lights.tolist() == [light]
    assert sentences(found, evidence, declared, NAMES)[0].startswith(reason)


def test_what_cannot_be_told_apart_agrees_and_its_probabilities_add_up():
    evidence, declared = one([0.6, 0.39, 0.01], 1)
    assert judge(evidence, declared, ALONE).lights.tolist() == ["yellow"]
    found = judge(evidence, declared, group_places(NAMES, [[0, 1]]))
    assert found.lights.tolist() == ["green"]
    assert found.declared == found.observed == pytest.approx(0.99)
    evidence, declared = one([0.5, 0.48, 0.02], 2)
    assert judge(evidence, declared, group_places(NAMES, [[0, 1]]), RULES).lights.tolist() == ["red"]
    with pytest.raises(ParcelError, match="'Barley' is in two groups"):
        group_places(NAMES, [[0, 1], [1, 2]])


def test_the_clearest_disagreement_comes_first_and_agreement_is_not_listed():
    probability = np.array([[0.9, 0.1, 0.0], [0.99, 0.01, 0.0], [0.7, 0.1, 0.2], [0.9, 0.05, 0.05]])
    evidence = Evidence(probability, np.zeros(4, int), np.ones(4, int), np.ones(4), np.zeros(4), np.full(4, 20))
    found = judge(evidence, np.array([2, 2, 2, 0]), ALONE)
    assert found.lights.tolist() == ["red", "red", "yellow", "green"]
    assert found.rank.tolist() == [2, 1, 3, 0]
    assert found.expected_wrong_reds == pytest.approx(0.0)


def test_the_least_probable_declaration_comes_first_however_sure_the_observed_crop_is():
    probability = np.array([[0.9, 0.1, 0.0], [0.55, 0.44, 0.01], [0.6, 0.37, 0.03]])
    evidence = Evidence(probability, np.zeros(3, int), np.ones(3, int), np.ones(3), np.zeros(3), np.full(3, 20))
    assert judge(evidence, np.array([1, 2, 2]), ALONE).rank.tolist() == [3, 1, 2]


def test_thresholds_are_options():
    evidence, declared = one([0.9, 0.06, 0.04], 2)
    assert judge(evidence, declared, ALONE).lights.tolist() == ["yellow"]
    assert judge(evidence, declared, ALONE, DeclarationOptions(red_declared=0.05)).lights.tolist() == ["red"]
    strict = DeclarationOptions(red_declared=0.05, red_observed=0.95)
    assert judge(evidence, declared, ALONE, strict).lights.tolist() == ["yellow"]
