"""A run over counties in a terminal ends soon when it is told to, whatever its workers are at."""

from __future__ import annotations

import os
import select
import signal
import sys
import time

import pytest

pty = pytest.importorskip("pty", reason="only where terminals are files")
pytest.importorskip("distributed")

LONGEST = 20.0
"""Seconds until the end on a machine that does much else; the benchmark holds it to 2."""


class Terminal:
    """A command in a terminal of its own, which hears keys as a shell's foreground does."""

    def __init__(self, words: list) -> None:
        self.said = ""
        self.pid, self._screen = pty.fork()
        if self.pid == 0:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            os.execv(sys.executable, [sys.executable, "-m", "crop_attention", *map(str, words)])

    def read_until(self, text: str, seconds: float = 60.0) -> None:
        limit = time.monotonic() + seconds
        while text not in self.said:
            assert time.monotonic() < limit, self.said[-500:]
            self._read()

    def press(self, keys: bytes) -> None:
        os.write(self._screen, keys)

    def end(self, seconds: float) -> int:
        """Return the exit status."""
        limit = time.monotonic() + seconds
        while True:
            found, status = os.waitpid(self.pid, os.WNOHANG)
            if found:
                break
            if time.monotonic() > limit:
                os.kill(self.pid, signal.SIGKILL)
                os.waitpid(self.pid, 0)
                pytest.fail(f"still there after {seconds} s: {self.said[-500:]}")
            self._read()
        while self._read():
            continue
        os.close(self._screen)
        return os.waitstatus_to_exitcode(status)

    def _read(self) -> bool:
        if not select.select([self._screen], [], [], 0.05)[0]:
            return False
        try:
            more = os.read(self._screen, 65536)
        except OSError:  # the other side is gone
            return False
        self.said += more.decode("utf-8", "replace")
        return bool(more)


@pytest.fixture
def words(country, out) -> list:
    """A run over one county, by a worker process."""
    return ["counties", *country.inputs, "--counties", country.counties, "--county-field", "name",
            "--workers", "2", "--output-folder", out / "maps"]  # fmt: skip


@pytest.mark.parametrize(
    ("how", "moment"), [("key", 0.1), ("key", 0.6), ("key", 1.2), (signal.SIGTERM, 0.6), (signal.SIGHUP, 0.6)]
)
def test_a_stop_while_workers_start_or_work_ends_the_run_and_leaves_nothing_half(words, out, how, moment):
    run = Terminal(words)
    run.read_until("2 to do.")
    time.sleep(moment)
    if how == "key":
        run.press(b"\x03")
    else:
        os.kill(run.pid, how)
    assert run.end(LONGEST) == 130, run.said
    assert " of 2 counties are done and stay. The same command continues." in run.said
    assert "Traceback" not in run.said and "cannot be started" not in run.said
    assert [path.name for path in (out / "maps").rglob(".*")] == []


def test_what_was_stopped_so_goes_on(words, out):
    run = Terminal(words)
    run.read_until("2 to do.")
    run.press(b"\x03")
    assert run.end(LONGEST) == 130
    again = Terminal(words)
    assert again.end(120) == 0
    assert len(list((out / "maps").rglob("crop_map.tif"))) == 2 and "DONE=2" in again.said
