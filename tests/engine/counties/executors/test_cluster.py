"""A Dask scheduler by its address: workers that cannot do the work are refused, and either side may vanish."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, Callable

import pytest

import county_jobs
from county_jobs import tasks
from crop_attention.engine.counties.executors import connection
from crop_attention.engine.counties.executors.base import ExecutorError
from crop_attention.engine.counties.executors.cluster import ClusterExecutor
from crop_attention.engine.feedback import Feedback

pytest.importorskip("distributed")
TESTS = Path(county_jobs.__file__).parent
DEADLINE = 30


class Dask:
    """A scheduler and its workers, each a process of its own."""

    def __init__(self, folder: Path, plugins: Path):
        self.folder, self.plugins = folder, plugins
        self.place = folder / "scheduler.json"
        self.processes: list[subprocess.Popen] = []
        options = ("--host", "127.0.0.1", "--port", "0", "--no-dashboard")
        self.scheduler = self.start("scheduler", *options)
        until(self.place.exists)
        self.address = self.call(lambda client: client.scheduler.address)

    def start(self, what: str, *options: str, package: bool = True) -> subprocess.Popen:
        paths = os.pathsep.join([str(self.plugins), str(TESTS)]) if package else ""
        command = [sys.executable, "-m", f"distributed.cli.dask_{what}", *options, "--scheduler-file", str(self.place)]
        environment = {**os.environ, "PYTHONPATH": paths, "DASK_TEMPORARY_DIRECTORY": str(self.folder)}
        log = open(self.folder / f"{what}-{len(self.processes)}.log", "w", encoding="utf-8")
        with log:
            process = subprocess.Popen(command, env=environment, cwd=self.folder, stdout=log, stderr=log)
        self.processes.append(process)
        return process

    def worker(self, threads: int = 1, package: bool = True) -> subprocess.Popen:
        process = self.start("worker", "--nthreads", str(threads), "--no-nanny", "--no-dashboard", package=package)
        self.wait_for(sum(each.poll() is None for each in self.processes) - 1)
        return process

    def wait_for(self, workers: int) -> None:
        """Wait until the scheduler knows so many workers."""
        until(lambda: self.call(lambda client: len(client.nthreads())) == workers)

    def call(self, question: Callable[[Any], Any]) -> Any:
        """Return what a client of the scheduler answers."""
        from distributed import Client

        with Client(scheduler_file=str(self.place), set_as_default=False) as client:
            return question(client)

    def stop(self, process: subprocess.Popen) -> None:
        process.kill()
        process.wait()


def until(condition) -> None:
    """Wait for something that other processes bring about."""
    limit = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < limit, "waited in vain"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def dask(tmp_path_factory, plugins_folder):
    """A scheduler and a worker of two threads; the last test of this file ends the scheduler."""
    made = Dask(tmp_path_factory.mktemp("dask"), plugins_folder)
    made.worker(threads=2)
    yield made
    for process in made.processes:
        made.stop(process)


@pytest.fixture
def counties(tmp_path) -> Path:
    """An empty output folder."""
    folder = tmp_path / "counties"
    folder.mkdir()
    return folder


class Ear(Feedback):
    """Keeps what is said."""

    def __init__(self):
        self.warnings: list[str] = []

    def warning(self, message):
        self.warnings.append(message)


def refused(dask: Dask, counted, executor=None) -> str:
    """Return why a run does not begin; nothing may be left where it would have gone."""
    with pytest.raises(ExecutorError) as caught:
        list((executor or ClusterExecutor(dask.address, job=county_jobs.short)).run(counted, Feedback()))
    assert os.listdir(counted[0].folder) == [] and "\n" not in str(caught.value)
    return str(caught.value)


def test_workers_that_cannot_do_the_work_are_refused_before_a_county_runs(dask, counties, monkeypatch):
    asked = tasks(counties, "A", "B")
    bare = dask.worker(package=False)
    reason = refused(dask, asked)
    assert "A Dask worker cannot load Crop Attention" in reason and "No module named 'crop_attention'" in reason
    assert "put the folder that holds the package 'crop_attention'" in reason
    dask.stop(bare)
    dask.wait_for(1)
    with monkeypatch.context() as patch:
        patch.setattr(connection, "version", lambda: "99.0")
        assert "of Crop Attention, this computer 99.0; install the same version on all." in refused(dask, asked)
    # What only this process sees stands for a disk that the worker does not have.
    with monkeypatch.context() as patch:
        patch.setattr(connection.os.path, "exists", lambda path: True)
        unseen = [replace(asked[0], s2=("/nowhere/S2.tif",))]
        assert "cannot see /nowhere/S2.tif; put the inputs on a file system" in refused(dask, unseen)
    with monkeypatch.context() as patch:
        patch.setattr(connection, "examine", county_jobs.blind)
        assert f"cannot write into the output folder {counties}" in refused(dask, asked)

    ear = Ear()
    found = list(ClusterExecutor(dask.address, job=county_jobs.broken).run(asked, ear))
    assert [(each.status, each.message) for each in sorted(found, key=lambda each: each.key)] == [
        ("failed", "Its worker failed (ValueError: no A)."), ("failed", "Its worker failed (ValueError: no B).")
    ]  # fmt: skip
    assert "1 of 1 Dask workers have more than one thread" in ear.warnings[0]
    # Both threads of the worker take a county, one waits for the other.
    executor = ClusterExecutor(dask.address, job=county_jobs.short)
    assert [each.status for each in executor.run(asked, ear)] == ["done", "done"]


def test_workers_stop_when_the_run_that_they_work_for_is_killed(dask, counties):
    code = f"""
import sys
import county_jobs
from pathlib import Path
from crop_attention.engine.counties.executors.cluster import ClusterExecutor
from crop_attention.engine.feedback import Feedback
counted = county_jobs.tasks(Path({str(counties)!r}), "A", "B")
list(ClusterExecutor({dask.address!r}, silence=3.0, job=county_jobs.long).run(counted, Feedback()))
"""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(dask.plugins), str(TESTS)])}
    run = subprocess.Popen([sys.executable, "-c", code], env=environment)
    until(lambda: list(counties.glob("*.held")))
    run.send_signal(signal.SIGKILL)
    run.wait()
    until(lambda: os.listdir(counties) == [])


def test_run_that_is_left_in_the_middle_stops_its_workers(dask, counties):
    executor = ClusterExecutor(dask.address, job=county_jobs.mixed)
    run = executor.run(tasks(counties, "Long", "Short"), Feedback())
    assert next(run).key == "short"
    until(lambda: list(counties.glob("long.held")))
    run.close()
    assert os.listdir(counties) == []


def test_scheduler_that_goes_away_ends_the_run_with_a_reason_for_what_is_open(dask, counties):
    run = ClusterExecutor(dask.address, job=county_jobs.long).run(tasks(counties, "A", "B"), KillsAt(dask, counties))
    found = {outcome.key: outcome for outcome in run}
    reason = f"The Dask scheduler at {dask.address} stopped answering during the run; start it and run again."
    assert {key: (each.status, each.message) for key, each in found.items()} == dict.fromkeys("ab", ("failed", reason))
    # The worker notices as well, stops its county and leaves nothing.
    until(lambda: os.listdir(counties) == [])


class KillsAt(Feedback):
    """Ends the scheduler when the first county is in work."""

    def __init__(self, dask: Dask, counties: Path):
        self._dask, self._counties = dask, counties

    def cancelled(self):
        if list(self._counties.glob("*.held")) and self._dask.scheduler.poll() is None:
            self._dask.stop(self._dask.scheduler)
        return False
