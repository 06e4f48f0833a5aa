"""One run at a time in an output folder."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time

import pytest

from crop_attention.engine.counties.folder_lock import NAME, FolderLock, check_token
from crop_attention.engine.errors import OutputError
from crop_attention.engine.writing.lock import claim
from crop_attention.engine.writing.partials import remove_abandoned

HOLD = """
import sys, time
from crop_attention.engine.counties.folder_lock import FolderLock
with FolderLock(sys.argv[1]):
    print("held", flush=True)
    time.sleep(60)
"""


def test_the_second_run_is_told_who_is_at_work(tmp_path):
    with FolderLock(str(tmp_path)) as lock:
        who = rf"process {os.getpid()} on {socket.gethostname()}\): wait until it ends"
        with pytest.raises(OutputError, match=who):
            FolderLock(str(tmp_path)).__enter__()
        check_token(str(tmp_path), lock.token)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(OutputError, match="no longer holds"):
        check_token(str(tmp_path), lock.token)


def test_a_lock_goes_with_its_process(tmp_path):
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(OutputError, match=f"process {holder.pid} on"):
            FolderLock(str(tmp_path)).__enter__()
        os.kill(holder.pid, signal.SIGKILL)
    finally:
        holder.wait()
    assert (tmp_path / NAME).exists()
    with FolderLock(str(tmp_path)) as lock:
        assert json.loads((tmp_path / NAME).read_text())["token"] == lock.token


def test_a_lock_of_another_computer_is_not_taken_over(tmp_path):
    (tmp_path / NAME).write_text(json.dumps({"host": "elsewhere", "process": 1, "since": "today", "token": "x"}))
    with pytest.raises(OutputError, match=r"process 1 on elsewhere\).* If that run is over, remove"):
        FolderLock(str(tmp_path)).__enter__()
    assert json.loads((tmp_path / NAME).read_text())["token"] == "x"


def test_where_files_cannot_be_locked_a_living_process_is_respected(tmp_path, monkeypatch):
    from crop_attention.engine.writing import lock as module

    def unable(*_):
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(module.fcntl, "flock", unable)
    sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    (tmp_path / NAME).write_text(json.dumps({"host": socket.gethostname(), "process": sleeper.pid, "since": "today"}))
    try:
        with pytest.raises(OutputError, match=f"process {sleeper.pid} on"):
            FolderLock(str(tmp_path)).__enter__()
    finally:
        sleeper.kill()
        sleeper.wait()
    with FolderLock(str(tmp_path)):
        assert json.loads((tmp_path / NAME).read_text())["process"] == os.getpid()


def test_a_folder_that_was_made_for_nothing_goes(tmp_path):
    with FolderLock(str(tmp_path / "new" / "out")):
        assert (tmp_path / "new" / "out").is_dir()
    assert list(tmp_path.iterdir()) == []
    began = time.monotonic()
    with FolderLock(str(tmp_path / "out")):
        (tmp_path / "out" / "result").touch()
    assert (tmp_path / "out" / "result").exists() and time.monotonic() - began < 5


@pytest.mark.parametrize("kind", ["link", "hard link", "broken link", "file", "folder", "pipe"])
def test_what_is_no_lock_is_refused_and_nothing_is_truncated(tmp_path, kind):
    held = tmp_path / "held.txt"
    held.write_text("of value")
    folder = tmp_path / "out"
    folder.mkdir()
    for place in (folder / NAME, folder / ".map.tif.in-use"):
        if kind == "link":
            place.symlink_to(held)
        elif kind == "hard link":
            os.link(held, place)
        elif kind == "broken link":
            place.symlink_to(tmp_path / "absent")
        elif kind == "file":
            place.write_text("of value")
        elif kind == "folder":
            place.mkdir()
        else:
            os.mkfifo(place)
    with pytest.raises(OutputError, match="is a link or not a lock"):
        FolderLock(str(folder)).__enter__()
    with pytest.raises(OutputError, match="is a link or not a lock"):
        claim(folder / "map.tif", tmp_path)
    remove_abandoned(folder)
    assert held.read_text() == "of value" and not (tmp_path / "absent").exists()
    assert len(list(folder.iterdir())) == 2
