"""What each condition takes from a series: as much as it says, the same for everybody."""

import numpy as np
import pytest

from crop_attention.benchmarks.paper.conditions import blinded, under
from crop_attention.benchmarks.paper.record import WHOLE
from crop_attention.engine.series.cube.cube import Cube
from crop_attention.engine.training.dataset import LabelledCube

STEPS = 12


def window(block=3, size=4, clear=10):
    s2_valid = np.zeros((STEPS, size, size), bool)
    s2_valid[:clear, 0] = True
    cube = Cube(
        np.ones((STEPS, 10, size, size), np.float32), s2_valid,
        np.ones((STEPS, 2, size, size), np.float32), np.ones((STEPS, size, size), bool),
    )  # fmt: skip
    return LabelledCube(cube, np.ones((size, size), np.uint8), np.ones((size, size), np.int32), block)


def steps_of(valid):
    return set(np.flatnonzero(valid.any(axis=(1, 2))).tolist())


def test_all_is_seen_as_it_is():
    given = window()
    assert under(given, WHOLE) is given and blinded(given, "") is given


@pytest.mark.parametrize("percent, left", [(20, 8), (40, 6), (60, 4), (80, 2)])
def test_a_share_of_the_clear_looks_is_hidden(percent, left):
    found = under(window(), f"hidden {percent}").cube
    assert len(steps_of(found.s2_valid)) == left and found.s1_valid.all()
    assert (found.s2_valid.sum(axis=(1, 2))[list(steps_of(found.s2_valid))] == 4).all()


def test_what_is_hidden_stays_hidden_when_more_is_and_is_the_same_each_time():
    seen = [steps_of(under(window(), f"hidden {percent}").cube.s2_valid) for percent in (20, 40, 60, 80)]
    assert seen[0] > seen[1] > seen[2] > seen[3]
    assert seen[1] == steps_of(under(window(), "hidden 40").cube.s2_valid)
    others = {frozenset(steps_of(under(window(block), "hidden 60").cube.s2_valid)) for block in range(20)}
    assert len(others) > 10


def test_points_of_one_block_lose_different_looks():
    points = [window(size=1) for _ in range(10)]
    for number, point in enumerate(points):
        point.parcels[:] = number
    assert len({frozenset(steps_of(under(point, "hidden 40").cube.s2_valid)) for point in points}) > 5


def test_later_steps_are_hidden_for_both_sensors():
    found = under(window(), "until 6").cube
    assert steps_of(found.s2_valid) == set(range(6)) == steps_of(found.s1_valid)


def test_a_sensor_is_hidden():
    assert not blinded(window(), "s1").cube.s1_valid.any() and blinded(window(), "s1").cube.s2_valid.any()
    assert not blinded(window(), "s2").cube.s2_valid.any() and blinded(window(), "s2").cube.s1_valid.all()


def test_an_unknown_condition_is_refused():
    with pytest.raises(ValueError, match="rain"):
        under(window(), "rain 3")
