"""What follows the network: the Gaussian of an unfinished season, expected shares, and what is said of either."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from types import SimpleNamespace

import numpy as np
import pytest

from crop_attention.engine.errors import SharesError
from crop_attention.engine.mapping.decision import Decision
from crop_attention.engine.mapping.forward import BlockResult
from crop_attention.engine.mapping.season_note import season_note, steps_seen
from crop_attention.engine.options import MappingOptions
from crop_attention.engine.series.cube.cube import Cube
from report_samples import START, make_card, make_prepared, make_series

CARD = make_card()
NAMES = [entry.name for entry in CARD.classes]


class Gaussian:
    """Always for the second class."""

    def logits(self, s2, s2_valid, s1, s1_valid):
        found = np.zeros((len(NAMES), *s2_valid.shape[1:]), np.float32)
        found[1] = 50.0
        return found


def prepared(until=None):
    made = make_prepared()
    if until is None:
        return made
    cut = {}
    for name in ("s2", "s1"):
        days = [a.date for a in getattr(made, name).acquisitions if a.date <= until]
        cut[name] = make_series(name.upper(), days, getattr(made, name).bands)
    return make_prepared(**cut)


def decided(until=None, options=MappingOptions(), **changes):
    card = replace(CARD, **changes)
    decision = Decision(SimpleNamespace(card=card, gaussian=Gaussian()), prepared(until), options)
    chances = np.full((len(NAMES), 2, 3), 0.4 / (len(NAMES) - 1), np.float32)
    chances[0] = 0.6
    cube = Cube(np.zeros((24, 10, 2, 3)), np.ones((24, 2, 3), bool), np.zeros((24, 2, 2, 3)), np.ones((24, 2, 3), bool))
    return decision, decision(BlockResult(chances.argmax(axis=0), chances, temporal="kept"), cube)


BESIDE = {"share": 0.5, "temperature": 4.0, "until": 20}


def test_a_whole_season_is_the_networks_alone():
    decision, result = decided(gaussian=BESIDE)
    assert (result.classes == 0).all() and result.probabilities[0, 0, 0] == np.float32(0.6)
    assert decision.notes == [] and decision.tags == {}


def test_an_unfinished_season_is_the_mean_of_both():
    decision, result = decided(date(2018, 5, 14), gaussian=BESIDE)
    assert (result.classes == 1).all() and result.temporal == "kept"
    np.testing.assert_allclose(result.probabilities[0], 0.3, rtol=1e-3)
    np.testing.assert_allclose(result.probabilities.sum(axis=0), 1.0, rtol=1e-5)
    assert any("not over: the mean of the network and of a Gaussian" in note for note in decision.notes)


def test_expected_shares_change_the_class_and_are_told():
    shares = {**dict.fromkeys(NAMES, 0.01), "Winter cereals": 0.87}
    options = MappingOptions(expected_shares=(("Winter cereals", 0.01), ("Maize", 0.87)))
    decision, result = decided(options=options, shares=shares)
    assert (result.classes == NAMES.index("Maize")).all()
    np.testing.assert_allclose(result.probabilities.sum(axis=0), 1.0, rtol=1e-5)
    assert decision.tags["EXPECTED_SHARES"].endswith("Power 0.5.") and "Maize 87.0 %" in decision.notes[0]
    with pytest.raises(SharesError, match="does not state the shares"):
        decided(options=options)


def test_the_note_says_until_when_and_what_can_be_told():
    card = replace(CARD, in_season={"15": {"Maize": 0.3, "Rapeseed": 0.8}, "18": {"Maize": 0.7, "Rapeseed": 0.85}})
    placed = prepared().placed
    (early,) = season_note(card, placed, date(2018, 5, 20))
    assert "seen until 2018-05-20 (step 16 of 24)" in early
    assert "By 2018-05-13 the checkpoint can distinguish, on ground that it never saw: Rapeseed." in early
    assert "Not yet distinguishable by then (F1 under 0.5): Maize." in early
    (late,) = season_note(card, placed, date(2018, 7, 5))
    assert "Maize and Rapeseed." in late and "Not yet" not in late
    (none,) = season_note(card, placed, date(2018, 2, 10))
    assert "was not measured so early" in none
    assert (
        "was not measured" in season_note(CARD, placed, date(2018, 2, 10))[0]
        and season_note(card, placed, date(2018, 9, 20)) == season_note(card, placed, None) == []
    )


def test_steps_are_counted_to_the_last_acquisition():
    assert steps_seen(prepared()) == 24 and steps_seen(prepared(date(2018, 5, 14))) == 15
    assert START == date(2017, 10, 1)
