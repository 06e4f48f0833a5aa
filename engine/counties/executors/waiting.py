"""Waiting for Dask: never longer than is said, and never deaf to the analyst."""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

from ....models.language import tr
from ...cancelling import GIVEN_UP, LISTEN_EVERY
from ...feedback import Feedback

LEAVE_SECONDS = 0.5
"""What Dask gets to close in when the analyst stopped."""

T = TypeVar("T")


def put_away(work: Callable[[], Any], seconds: float, then: Callable[[], None] | None = None) -> None:
    """Close what belongs to Dask, and wait for that so long at most.

    Args:
        then: called when it has begun to close.
    """

    def close() -> None:
        with contextlib.suppress(Exception):  # Dask raises what it likes of what is gone
            work()

    closing = threading.Thread(target=close, name=GIVEN_UP, daemon=True)
    closing.start()
    if then is not None:
        then()
    closing.join(seconds)


def within(seconds: float, feedback: Feedback, work: Callable[[], T]) -> T:
    """Return what some work returns, in a thread of its own, so that the analyst is heard and silence has an end.

    Raises:
        TimeoutError: it took longer; what it still does is nobody's any more.
    """
    answers: queue.SimpleQueue[tuple[bool, Any]] = queue.SimpleQueue()

    def run() -> None:
        try:
            answers.put((True, work()))
        except BaseException as error:
            answers.put((False, error))

    threading.Thread(target=run, name="crop-attention-dask", daemon=True).start()
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        feedback.check()
        with contextlib.suppress(queue.Empty):
            fine, found = answers.get(timeout=LISTEN_EVERY)
            if fine:
                return found
            raise found
    raise TimeoutError(tr("no answer in {seconds:g} seconds").format(seconds=seconds))
