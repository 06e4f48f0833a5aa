"""Worker processes of this computer: what dies is tried again, what is cancelled stops and leaves nothing."""

from __future__ import annotations

import logging
import os
import time

import pytest

import county_jobs
from county_jobs import tasks
from crop_attention.engine.counties.executors.local import LocalExecutor
from crop_attention.engine.feedback import Feedback

pytest.importorskip("distributed")


class Ear(Feedback):
    """Keeps what is said; cancelled once all `wait_for` exist."""

    def __init__(self, wait_for=()):
        self.steps, self.infos, self.warnings, self.wait_for, self.stopped = [0.0], [], [], wait_for, None

    def progress(self, fraction):
        self.steps.append(fraction)

    def info(self, message):
        self.infos.append(message)

    def warning(self, message):
        self.warnings.append(message)

    def cancelled(self):
        if self.stopped is None and self.wait_for and all(path.exists() for path in self.wait_for):
            self.stopped = time.monotonic()
        return self.stopped is not None


def test_county_whose_worker_dies_is_tried_again_elsewhere_and_in_the_end_fails_alone(tmp_path):
    ear = Ear()
    executor = LocalExecutor(2, attempts=2, job=county_jobs.mortal)
    found = {outcome.key: outcome for outcome in executor.run(tasks(tmp_path, "A", "Once", "Always", "B"), ear)}
    assert {key: outcome.status for key, outcome in found.items()} == {
        "a": "done", "once": "done", "always": "failed", "b": "done"
    }  # fmt: skip
    assert found["always"].message.startswith("Its worker died 2 times; see the worker's log")
    assert "Once: Its worker died; this is attempt 2 of 2." in ear.warnings
    assert {"A: half", "B: half", "Once: half"} <= set(ear.warnings)
    assert os.getpid() not in {int(found[key].message) for key in ("a", "once", "b")}
    assert ear.infos == ["2 Dask workers."]
    assert ear.steps == sorted(ear.steps) and ear.steps[-1] == pytest.approx(1)
    assert sorted(os.listdir(tmp_path)) == ["always.mark", "once.mark"]


def test_cancel_stops_all_workers_within_seconds_and_leaves_nothing(tmp_path):
    ear = Ear([tmp_path / "b.held", tmp_path / "c.held"])
    found = list(LocalExecutor(2, job=county_jobs.long).run(tasks(tmp_path, "A", "B", "C"), ear))
    assert time.monotonic() - ear.stopped < 4
    assert {outcome.key: outcome.status for outcome in found} == dict.fromkeys("abc", "cancelled")
    assert os.listdir(tmp_path) == []


def test_workers_listen_on_this_computer_alone_and_encrypt(monkeypatch, tmp_path):
    import distributed

    pytest.importorskip("cryptography")
    asked = {}

    def cluster(**values):
        asked.update(values)
        raise OSError("enough seen")

    monkeypatch.setattr(distributed, "LocalCluster", cluster)
    with pytest.raises(Exception, match="The workers cannot be started \\(enough seen\\); run without workers."):
        list(LocalExecutor(5, job=county_jobs.short).run(tasks(tmp_path, "A", "B"), Ear()))
    assert asked["host"] == "127.0.0.1" and asked["dashboard_address"] is None and asked["processes"] is True
    assert asked["n_workers"] == 2 and asked["threads_per_worker"] == 1
    assert asked["security"].require_encryption
    assert asked["silence_logs"] == logging.CRITICAL
