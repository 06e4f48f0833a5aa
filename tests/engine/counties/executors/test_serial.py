"""Counties one after the other in this process."""

from __future__ import annotations

import pytest

import county_jobs
from county_jobs import tasks
from crop_attention.engine.counties.executors.base import SerialExecutor, WholeProgress, expected_cost
from crop_attention.engine.counties.executors.local import executor_for
from crop_attention.engine.feedback import Feedback


class Ear(Feedback):
    """Keeps what is said; cancelled once that much is done."""

    def __init__(self, stop_at: float = 2.0):
        self.steps, self.titles, self.warnings, self._stop_at = [0.0], [], [], stop_at

    def progress(self, fraction):
        self.steps.append(fraction)

    def title(self, text):
        self.titles.append(text)

    def warning(self, message):
        self.warnings.append(message)

    def cancelled(self):
        return self.steps[-1] >= self._stop_at


def test_progress_of_each_county_weighs_what_it_is_expected_to_cost(tmp_path):
    ear = Ear()
    found = list(SerialExecutor(county_jobs.short).run(tasks(tmp_path, "A", "B", "C"), ear))
    assert [(outcome.key, outcome.status) for outcome in found] == [("a", "done"), ("b", "done"), ("c", "done")]
    assert ear.steps == pytest.approx([0, 0.5 / 6, 1 / 6, 2 / 6, 3 / 6, 4.5 / 6, 1])
    assert ear.titles == ["A: Working", "B: Working", "C: Working"]
    assert ear.warnings == ["A: half", "B: half", "C: half"]


def test_what_was_not_begun_when_the_run_is_cancelled_is_cancelled(tmp_path):
    found = list(SerialExecutor(county_jobs.short).run(tasks(tmp_path, "A", "B", "C"), Ear(stop_at=0.5)))
    assert [outcome.status for outcome in found] == ["done", "done", "cancelled"]


def test_county_without_area_counts_like_the_others(tmp_path):
    flat = [county for county in tasks(tmp_path, "A", "B")]
    object.__setattr__(flat[0], "shape_wkb", b"")
    object.__setattr__(flat[1], "shape_wkb", b"")
    assert [expected_cost(county) for county in flat] == [0, 0]
    ear = Ear()
    WholeProgress(flat, ear).report("a", 1.0)
    assert ear.steps[-1] == 0.5


def test_nothing_asked_for_is_this_process():
    assert isinstance(executor_for(), SerialExecutor)
    assert isinstance(executor_for("", 0), SerialExecutor)
