"""What runs on a Dask worker: one county at a time, in touch with the process that ordered it."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from ....models.language import counted, tr
from ...errors import Cancelled, OutputError
from ...feedback import Feedback
from ...provenance import version
from ..folder import CountyFolder
from ..outcome import CountyOutcome, cancelled, failed
from .messages import BEGIN, END, PROGRESS, STOP, TITLE, WARNING, Talk

if TYPE_CHECKING:
    from ..county import CountyTask
    from .base import Job

LOOK_EVERY = 0.5
"""Seconds between looks at the pulse; progress is sent as often."""

PACKAGES = ("numpy", "osgeo.gdal_array")

_turn = threading.Lock()


def examine(folder: str, paths: Sequence[str]) -> dict[str, Any]:
    """Return what a worker is like, as plain values.

    Args:
        paths: files and folders that counties are made from.
    """
    return {
        "version": version(),
        "packages": [name for name in PACKAGES if not _importable(name)],
        "folder": os.path.isdir(folder) and os.access(folder, os.W_OK),
        "unseen": [path for path in paths if not os.path.exists(path)],
    }


def work(task: CountyTask, talk: Talk, job: Job) -> CountyOutcome:
    """Classify a county; the rest of the worker's threads wait for their turn."""
    from distributed import Queue, get_client, get_worker

    if version() != talk.version:
        return failed(
            task,
            tr("A worker runs version {version} of Crop Attention, this run is of {version_2}.").format(
                version=version(), version_2=talk.version
            ),
        )
    client, worker = get_client(), get_worker()
    line = Line(task.key, talk, worker)
    with line.open(client):
        try:
            with _my_turn(line):
                claims = Queue(talk.claims(task.key), client=client)
                claims.put(worker.address)
                attempt = claims.qsize()
                claims.close()
                if attempt > talk.attempts:
                    outcome = given_up(task, talk.attempts)
                else:
                    line.say(BEGIN, attempt)
                    outcome = job(task, line)
        except Cancelled:
            outcome = cancelled(task)
        # Told at once: the result waits in this process, which may die before it is fetched.
        line.say(END, outcome.to_dict())
        return outcome


def given_up(task: CountyTask, times: int) -> CountyOutcome:
    """Remove what the dead workers of a county left, and return its outcome."""
    with contextlib.suppress(OutputError):
        CountyFolder(task.folder, task.key).tidy()
    return failed(
        task,
        tr(
            "Its worker died {times}; see the worker's log, and give workers more memory or lower the memory limit."
        ).format(times=counted(times, "time")),
    )


class Line(Feedback):
    """Carries progress and messages of a county to the process that ordered it, and cancel back."""

    def __init__(self, key: str, talk: Talk, worker: Any) -> None:
        """Start silent; `open` begins to listen."""
        self._key, self._talk, self._worker = key, talk, worker
        self._stopped, self._closed = threading.Event(), threading.Event()
        self._fraction = self._sent = 0.0

    def say(self, kind: str, value: Any) -> None:
        """Send a message."""
        self._worker.log_event(self._talk.topic, {"county": self._key, "kind": kind, "value": value})

    def progress(self, fraction: float) -> None:
        """Keep the share of the work that is done, to be sent in time."""
        self._fraction = fraction

    def title(self, text: str) -> None:
        """Send what begins."""
        self.say(TITLE, text)

    def warning(self, message: str) -> None:
        """Send a warning."""
        self.say(WARNING, message)

    def cancelled(self) -> bool:
        """Return whether the run was cancelled or is gone, or the worker is to close."""
        return self._stopped.is_set() or _closing(self._worker)

    @contextmanager
    def open(self, client: Any) -> Iterator[None]:
        """Listen and send in a thread of its own, so that the county is never held up."""
        from distributed import Variable

        thread = threading.Thread(target=self._attend, args=(Variable(self._talk.pulse, client=client),), daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._closed.set()

    def _attend(self, pulse: Any) -> None:
        last, heard = None, time.monotonic()
        while not self._closed.is_set():
            beat = self._listen(pulse)
            if beat is not None and beat != last:
                last, heard = beat, time.monotonic()
            if beat == STOP or time.monotonic() - heard > self._talk.silence:
                self._stopped.set()
            if self._fraction != self._sent:
                self._sent = self._fraction
                self.say(PROGRESS, self._sent)
            self._closed.wait(LOOK_EVERY)

    def _listen(self, pulse: Any) -> Any:
        try:
            return pulse.get(timeout=self._talk.silence / 2)
        except Exception:  # a scheduler that is gone shows itself in many ways; all mean that nothing was heard
            return None


@contextmanager
def _my_turn(line: Line) -> Iterator[None]:
    """Wait until no other county runs in this process; memory is reckoned for one."""
    while not _turn.acquire(timeout=LOOK_EVERY):
        line.check()
    try:
        line.check()
        yield
    finally:
        _turn.release()


def _closing(worker: Any) -> bool:
    return getattr(worker.status, "name", "running") in ("closing", "closing_gracefully", "closed", "failed")


def _importable(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ImportError:
        return False
