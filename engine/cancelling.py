"""Cancelling a run while something computes that never asks whether to stop."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from ..models.language import tr
from .feedback import Feedback

T = TypeVar("T")
LISTEN_EVERY = 0.2
"""Seconds between two looks at whether the analyst stopped, and between two steps of the progress."""

GIVEN_UP = "given up"
"""Name of a thread whose result nobody waits for."""

_given_up: list[threading.Thread] = []


def cancellable(work: Callable[[], T], feedback: Feedback) -> T:
    """Return what `work` returns, which never asks whether to stop; a cancel is heeded all the same.

    Work that an earlier run gave up ends first: torch draws chance for all threads from one place.

    Raises:
        Cancelled: the analyst stopped; the work ends by itself and nobody reads its result.
    """
    while _given_up:
        _await(_given_up[0], feedback)
        _given_up.pop(0)
    if type(feedback) is Feedback:
        return work()  # nobody listens
    thread, result = _started(work)
    try:
        _await(thread, feedback)
    except BaseException:
        thread.name = GIVEN_UP
        _given_up.append(thread)
        raise
    return result()


def within(seconds: float, feedback: Feedback, work: Callable[[], T]) -> T:
    """Return what `work` returns, which may be silent for ever; a cancel is heeded all the same.

    Raises:
        Cancelled: the analyst stopped.
        TimeoutError: it took longer; what it still does is nobody's any more.
    """
    thread, result = _started(work)
    if not _await(thread, feedback, seconds):
        raise TimeoutError(tr("no answer in {seconds:g} seconds").format(seconds=seconds))
    return result()


def _started(work: Callable[[], T]) -> tuple[threading.Thread, Callable[[], T]]:
    """Return the thread in which the work is done, and what gives its result, or raises its error, in the end."""
    found: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            found.append(work())
        except BaseException as error:
            errors.append(error)

    def result() -> T:
        if errors:
            raise errors[0]
        return found[0]

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread, result


def _await(thread: threading.Thread, feedback: Feedback, seconds: float = math.inf) -> bool:
    """Return whether a thread ended in time."""
    limit = time.monotonic() + seconds
    while thread.is_alive() and time.monotonic() < limit:
        feedback.check()
        thread.join(LISTEN_EVERY)
    return not thread.is_alive()
