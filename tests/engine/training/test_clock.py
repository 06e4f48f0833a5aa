"""Progress by time: it moves with what is really spent, and a stop is heard while others compute."""

from __future__ import annotations

import time

import pytest

from crop_attention.engine.cancelling import cancellable
from crop_attention.engine.errors import Cancelled
from crop_attention.engine.feedback import Feedback
from crop_attention.engine.training import clock as clocks
from crop_attention.engine.training.clock import Clock


class Recorder(Feedback):
    def __init__(self):
        self.shown = []

    def progress(self, fraction):
        self.shown.append((time.monotonic(), fraction))


@pytest.fixture
def hours(monkeypatch):
    """A clock that is put forward by hand."""
    now = [100.0]
    monkeypatch.setattr(clocks.time, "monotonic", lambda: now[0])
    return now


def run(hours, guessed, real):
    """Go through stages in steps of a second; return (time, progress) as shares."""
    recorder = Recorder()
    clock = Clock(recorder, guessed)
    total = sum(real.values())
    for name, seconds in real.items():
        with clock.stage(name) as stage:
            for second in range(seconds):
                hours[0] += 1
                if name != "silent":
                    stage.progress((second + 1) / seconds)
                stage.check()
    return [((at - 100) / total, fraction) for at, fraction in recorder.shown]


def test_progress_follows_the_time_where_the_guess_is_right(hours):
    shown = run(hours, {"fit": 60.0, "judge": 30.0, "write": 10.0}, {"fit": 60, "judge": 30, "write": 10})
    assert max(abs(spent - fraction) for spent, fraction in shown) < 0.01


def test_a_wrong_guess_is_put_right_by_what_the_stages_report(hours):
    shown = run(hours, {"fit": 1000.0, "judge": ("fit", 0.5), "write": 10.0}, {"fit": 60, "judge": 30, "write": 10})
    assert [fraction for _, fraction in shown] == sorted(fraction for _, fraction in shown)
    assert max(abs(spent - fraction) for spent, fraction in shown if spent > 0.02) < 0.05


def test_a_stage_that_says_nothing_moves_all_the_same_and_never_ends_too_soon(hours):
    shown = run(hours, {"fit": 50.0, "silent": 10.0}, {"fit": 50, "silent": 50})
    late = [fraction for spent, fraction in shown if spent > 0.5]
    assert all(after > before for before, after in zip(late, late[1:])) and late[-2] < 1


def test_a_stop_is_heard_while_work_that_never_asks_goes_on():
    class Stopped(Feedback):
        def cancelled(self):
            return time.monotonic() > began + 0.3

    began = time.monotonic()
    with pytest.raises(Cancelled):
        cancellable(lambda: time.sleep(3), Stopped())
    assert time.monotonic() - began < 2
    with pytest.raises(ZeroDivisionError):
        cancellable(lambda: 1 // 0, Feedback())
    assert cancellable(lambda: 7, Feedback()) == 7
