"""A run that is killed, starved or disturbed leaves all of its outputs or none; the long campaign is a benchmark."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from crop_attention.benchmarks.reliability import kills
from crop_attention.engine.errors import OutputError
from crop_attention.engine.writing import lock, partials
from crop_attention.engine.writing.outputs import PendingOutput, PendingOutputs

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs forked processes")

CAMPAIGN = """
import importlib, json, sys
from pathlib import Path
from crop_attention.benchmarks.reliability import faults, kills, runs
for name in ("mapping.classify", "mapping.estimate", "report.classification", "series.preprocessing.summary"):
    importlib.import_module(f"crop_attention.engine.{name}")
scratch = Path(sys.argv[1])
ending = runs.Child(lambda: runs.county(scratch / "county", dates=3) and None, scratch / "log.txt").wait()
assert ending.how == runs.DONE, ending.said
job = runs.Job(str(scratch / "county" / "sentinel2"), str(scratch / "county" / "sentinel1"), "")
whole, ending = kills.undisturbed(job, scratch / "whole", scratch / "log.txt")
rows = [
    kills.random_kills(job, whole, ending.seconds, scratch, 2, 4),
    faults.file_size_limit(job, whole, scratch, (1600,)),
    faults.together(job, whole, scratch, 1, 2),
    faults.while_running(job, whole, scratch, 1, ending.seconds, "vanishes", Path.unlink),
]
print(json.dumps([[row.fault, row.cases, row.losses] for row in rows]))
"""


@pytest.fixture(scope="module")
def rows(tmp_path_factory, plugins_folder):
    """A small campaign, in a process that has run no network and can fork."""
    scratch = tmp_path_factory.mktemp("campaign é")
    done = subprocess.run(
        [sys.executable, "-c", CAMPAIGN, str(scratch)], capture_output=True, text=True, cwd=plugins_folder, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.strip().splitlines()[-1])


def test_no_run_of_a_small_campaign_is_lost(rows):
    assert [cases for _, cases, _ in rows] == [3, 1, 1, 1]
    assert {fault: losses for fault, _, losses in rows if losses} == {}


def test_no_step_of_the_commit_loses_or_tears_an_output(tmp_path):
    for row in kills.commit_kills(tmp_path, stride=11):
        assert row.losses == []
        assert row.cases >= 8


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def dead_process() -> int:
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    return pid


def test_what_a_dead_run_left_goes_at_once_and_what_a_living_one_writes_stays(tmp_path):
    here, dead = partials.mark("partial").rsplit("-", 1)[1], dead_process()
    gone = [
        f".map.partial-{dead}-1-{here}.tif",
        f"..map.partial-{dead}-1-{here}.partial-{dead}-2-{here}.tif.aux.xml",
        f".other.tif.previous-{dead}-3-{here}",
        ".killed.tif.in-use",
    ]
    kept = [
        f".map.partial-{os.getpid()}-77-{here}.tif",
        f".map.partial-{dead}-1-0123abcd.tif",
        ".map.partial-7-1.tif",
        ".partial-notes.txt",
        "map.partial.tif",
    ]
    for name in (*gone, *kept):
        (tmp_path / name).write_text("" if name.endswith(".in-use") else "x")
    PendingOutput(tmp_path / "new.tif").discard()
    assert names(tmp_path) == sorted(kept)


def test_a_clock_that_jumps_makes_no_living_file_old(tmp_path, monkeypatch):
    other = tmp_path / ".map.partial-7-1-0123abcd.tif"
    other.write_text("written on another computer now")
    monkeypatch.setattr("time.time", lambda: 4e9)
    PendingOutput(tmp_path / "map.tif").discard()
    assert names(tmp_path) == [other.name]


def test_the_second_run_on_an_output_is_refused_until_the_first_ends(tmp_path):
    with PendingOutputs() as first:
        first.add(tmp_path / "map.tif")
        with pytest.raises(OutputError, match="Another run is writing .*map.tif now"):
            PendingOutput(tmp_path / "map.tif")
        PendingOutput(tmp_path / "map.gpkg").discard()
    PendingOutput(tmp_path / "map.tif").discard()
    assert names(tmp_path) == []


def test_of_many_threads_on_one_output_one_writes(tmp_path):
    held, refused, start = [], [], threading.Barrier(8)

    def take():
        start.wait()
        try:
            held.append(PendingOutput(tmp_path / "map.tif"))
        except OutputError as error:
            refused.append(error)

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(held), len(refused)) == (1, 7)


def test_a_forgotten_output_gives_its_claim_back(tmp_path):
    PendingOutput(tmp_path / "map.tif")
    assert names(tmp_path) == []


def test_a_file_system_without_locks_is_written_all_the_same(tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(lock.fcntl, "flock", refuse)
    with PendingOutput(tmp_path / "map.tif") as pending:
        Path(pending.path).write_text("new")
        pending.commit()
    assert names(tmp_path) == ["map.tif"]


def test_a_disk_that_fails_when_it_is_to_write_out_keeps_the_old_output(tmp_path, monkeypatch):
    (tmp_path / "map.tif").write_text("old")

    def fail(_):
        raise OSError(28, "No space left on device")

    with PendingOutput(tmp_path / "map.tif") as pending:
        Path(pending.path).write_text("new")
        monkeypatch.setattr(os, "fsync", fail)
        with pytest.raises(OutputError, match="No space left on device"):
            pending.commit()
    assert names(tmp_path) == ["map.tif"] and (tmp_path / "map.tif").read_text() == "old"


def test_a_report_that_finds_no_room_is_one_sentence(tmp_path, monkeypatch):
    import builtins

    from crop_attention.engine.report import html

    real = builtins.open

    def full(path, *values, **named):
        if "partial" in str(path):
            raise OSError(28, "No space left on device")
        return real(path, *values, **named)

    monkeypatch.setattr(builtins, "open", full)
    with pytest.raises(OutputError, match="report.html cannot be written .No space left"):
        html.write(str(tmp_path / "report.html"), "text")
    monkeypatch.undo()
    assert names(tmp_path) == []
