"""Cancelling a run while something computes that never asks whether to stop."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

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
    found: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            found.append(work())
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        _await(thread, feedback)
    except BaseException:
        thread.name = GIVEN_UP
        _given_up.append(thread)
        raise
    if errors:
        raise errors[0]
    return found[0]


def _await(thread: threading.Thread, feedback: Feedback) -> None:
    while thread.is_alive():
        feedback.check()
        thread.join(LISTEN_EVERY)
