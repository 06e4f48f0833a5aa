"""Attention held against the calendar of the canopy."""

from __future__ import annotations

import numpy as np
import pytest

from crop_attention.benchmarks.accuracy.page import document, phenology_section
from crop_attention.benchmarks.accuracy.phenology import HEAD, canopy, courses, unseen, verdicts
from step_network import CARD, SEASON, checkpoint, sample

MAIZE, RAPESEED, GRASS = 4, 5, 11
MIDDLE_OF_JUNE, EARLY_AUGUST, JANUARY = 17, 20, 6


@pytest.fixture(scope="module")
def calendars():
    return canopy(SEASON)


def test_canopies_follow_their_calendars(calendars) -> None:
    assert set(calendars) == set(range(1, 13))
    for code in range(1, 11):
        assert calendars[code].phases.sum(axis=0) == pytest.approx(1.0)
    maize, wheat, rapeseed = (calendars[code] for code in (MAIZE, 1, RAPESEED))
    assert maize.growing[JANUARY] == 0.0 and maize.cover[EARLY_AUGUST] > 0.85
    assert maize.phases[:, JANUARY].argmax() == 0 and maize.phases[:, MIDDLE_OF_JUNE].argmax() == 1
    assert maize.phases[:, EARLY_AUGUST].argmax() == 2
    assert wheat.phases[:, -1].argmax() == 4 and wheat.cover[14] > 0.9
    assert rapeseed.growing[0] > 0.9 and rapeseed.cover[-1] == 0.0
    assert calendars[GRASS].phases is None and calendars[GRASS].cover.min() > 0.4


@pytest.mark.parametrize(
    ("step", "phase", "turning"),
    [
        (JANUARY, "before emergence", 0),
        (MIDDLE_OF_JUNE, "emergence to full cover", 1),
        (EARLY_AUGUST, "full cover", 0),
    ],
)
def test_the_peak_falls_into_its_phase(step: int, phase: str, turning: int) -> None:
    (course,) = courses([(checkpoint(20, step), sample(np.full(8, MAIZE)))])
    assert (course.entry.name, course.pixels, course.peak, course.peak_phase) == ("Maize", 8, step, phase)
    assert course.attention[step] == pytest.approx(1 / 1.23) and course.even == pytest.approx(1 / 24)
    (verdict,) = verdicts([course])
    grows = int(phase != "before emergence")
    assert (verdict.crops, verdict.growing, verdict.turning, verdict.more) == (1, grows, turning, grows)
    assert (course.inside()[0] > 0.8) == bool(grows) and 0.2 < course.inside()[1] < 0.45


def test_grass_has_a_peak_and_no_calendar() -> None:
    labels = np.repeat([MAIZE, GRASS, 8], (6, 5, 4))
    found = courses([(checkpoint(20, EARLY_AUGUST), sample(labels))])
    assert [course.entry.code for course in found] == [MAIZE, GRASS], "four pixels are too few"
    assert found[1].row()[3:] == ("stands all year", "", "", "", "")
    assert found[1].row()[2] == "28\u00a0Jul to 11\u00a0Aug" and len(found[0].row()) + 1 == len(HEAD)
    assert verdicts(found)[0].crops == 1


def test_folds_are_averaged() -> None:
    whole = sample(np.full(8, MAIZE))
    halves = [whole.pick(np.arange(8) < 4), whole.pick(np.arange(8) >= 4)]
    (course,) = courses([(checkpoint(20, step), half) for step, half in zip((JANUARY, EARLY_AUGUST), halves)])
    assert course.attention[[JANUARY, EARLY_AUGUST]] == pytest.approx(1.01 / 1.23 / 2) and course.pixels == 8


def test_unseen_counties_give_a_pixel_a_parcel() -> None:
    found = unseen(CARD, counties=1, size=48)
    assert len(found) > 3 and len(set(found.parcels)) == len(found) and set(found.labels) <= set(range(1, 14))
    assert found.s2.shape[1:] == (24, 10) and found.first.isoformat() == "2021-10-01"


def test_both_samples_are_drawn_together() -> None:
    first, second = (sample(np.full(6, MAIZE), name=name) for name in ("one", "two"))
    found = [course for part in (first, second) for course in courses([(checkpoint(20, EARLY_AUGUST), part)])]
    page = document([phenology_section(found)], "a test")
    # One drawing and the legend.
    assert page.count("<svg") == 2 and page.count("<polygon") == 1
    assert page.count("full cover") == 2 and "two: of 1 crop with a calendar, 1 are looked at most" in page
