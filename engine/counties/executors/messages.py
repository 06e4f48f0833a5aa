"""What a run and its workers know of each other, and the sign of life that workers watch."""

from __future__ import annotations

import threading
import time
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ....models.language import tr
from .base import ExecutorError

if TYPE_CHECKING:
    from distributed import Client

STOP = "stop"
"""What the pulse says when the run is cancelled; a number that grows otherwise."""

BEGIN, PROGRESS, TITLE, WARNING, END = "begin", "progress", "title", "warning", "end"
"""Kinds of messages from a worker."""


@dataclass(frozen=True)
class Talk:
    """Names and rules of one run on a Dask scheduler.

    Attributes:
        version: of the plugin that orders the counties; a worker with another one refuses.
        attempts: tries of a county whose worker dies.
        silence: seconds without a pulse after which a worker takes the run for dead and stops.
        run: names the run on its scheduler.
    """

    version: str
    attempts: int
    silence: float
    run: str = field(default_factory=lambda: uuid.uuid4().hex[:12])

    @property
    def topic(self) -> str:
        """Where workers put their messages."""
        return f"crop-attention-{self.run}"

    @property
    def pulse(self) -> str:
        """The variable that says that the run is alive, or that it is to stop."""
        return f"crop-attention-pulse-{self.run}"

    def claims(self, key: str) -> str:
        """The queue that holds the address of each worker that began a county; it outlives the workers."""
        return f"crop-attention-claims-{self.run}-{key}"


BEAT_EVERY = 2.0
ANSWER_SECONDS = 10.0


class Pulse:
    """Beats in a thread of its own, so that nothing the run waits for can be taken for its death."""

    def __init__(self, client: Client, talk: Talk) -> None:
        """Name the variable; nothing is sent before `start`."""
        from distributed import Variable

        self._variable = Variable(talk.pulse, client=client)
        self._client = client
        self._ended, self._due = threading.Event(), threading.Event()
        self._stopped = False
        self._answered = time.monotonic()
        self._thread = threading.Thread(target=self._beat, daemon=True)

    def start(self) -> None:
        """Send the first beat, then one every few seconds.

        Raises:
            ExecutorError: the scheduler does not take it.
        """
        try:
            self._set(0)
        except Exception as error:  # Dask raises what it likes, and nothing can run without a pulse
            raise ExecutorError(
                tr(
                    "The Dask scheduler rejects messages ({name}: {error}); use the same version of Dask on the "
                    "scheduler, the workers and here."
                ).format(name=type(error).__name__, error=error)
            ) from error
        self._thread.start()

    def stop(self) -> None:
        """Tell all workers of the run to stop, without waiting for a scheduler that may be gone."""
        self._stopped = True
        self._due.set()

    def end(self) -> None:
        """Beat no more; the word to stop is left for workers that have not seen it."""
        self._ended.set()
        self._due.set()
        if not self._stopped and self._client.status == "running":
            self._variable.delete()

    def silent_for(self) -> float:
        """Return the seconds since the scheduler took a beat."""
        return time.monotonic() - self._answered

    def _beat(self) -> None:
        number = 0
        while not self._ended.is_set():
            self._due.wait(BEAT_EVERY)
            self._due.clear()
            number += 1
            if not self._ended.is_set():
                self._send(STOP if self._stopped else number)

    def _send(self, value: int | str) -> None:
        try:
            self._set(value)
        except Exception:  # a scheduler that is gone shows itself in many ways; all mean that nobody answered
            return
        self._answered = time.monotonic()

    def _set(self, value: int | str) -> None:
        self._variable.set(value, callback_timeout=ANSWER_SECONDS)
