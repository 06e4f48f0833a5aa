"""What counts as survived: a result, or one of our errors said in one sentence, soon and in little memory."""

from __future__ import annotations

import signal
import tracemalloc
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Callable, Iterator

from crop_attention.engine.errors import CropAttentionError
from crop_attention.engine.series.files.describe import Unreadable
from crop_attention.engine.series.recognise.dates import DateProblem
from crop_attention.models.card import CheckpointError

from .table import digests

OURS = (CropAttentionError, CheckpointError, DateProblem, Unreadable)
LONGEST_SECONDS = 5.0
LONGEST_SENTENCE = 6000
MOST_BYTES = 64 * 2**20


class Lost(AssertionError):
    """A fault was not survived; the text says how."""


class _Hang(BaseException):
    """Raised by the alarm: nothing may catch it by chance."""


@contextmanager
def limited(seconds: float = LONGEST_SECONDS) -> Iterator[None]:
    """Fail what takes more of the processor, however busy it is; regular expressions notice the alarm too."""

    def ring(*_: object) -> None:
        raise _Hang

    before = signal.signal(signal.SIGPROF, ring)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    except _Hang:
        raise Lost(f"takes more than {seconds:g} seconds") from None
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


@contextmanager
def unchanged(*places: Path | str) -> Iterator[None]:
    """Fail what changes a file that it reads."""
    before = digests(places)
    try:
        yield
    finally:
        if digests(places) != before:
            raise Lost("changes its inputs")


def survives(call: Callable[..., Any], *values: Any, memory: bool = False) -> Any:
    """Return what a call gives, None where it refuses in one sentence.

    Args:
        memory: measure Python's allocations too, which is slow.

    Raises:
        Lost: another exception, an answer of several lines, a hang, a large allocation, or a value that was changed.
    """
    before = repr(values)
    if memory:
        tracemalloc.start()
    try:
        with limited():
            return call(*values)
    except OURS as error:
        check_sentence(str(error))
        return None
    except Lost:
        raise
    except Exception as error:
        raise Lost(f"{type(error).__name__}: {error}") from error
    finally:
        if memory:
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            if peak > MOST_BYTES:
                raise Lost(f"takes {peak / 2**20:.0f} MB")
        if repr(values) != before:
            raise Lost("changes what it is given")


def check_sentence(text: str) -> None:
    """Raise Lost unless a text can be shown to an analyst as it is."""
    if not text.strip():
        raise Lost("says nothing")
    if "Traceback" in text or len(text) > LONGEST_SENTENCE:
        raise Lost(f"says too much: {text[:200]!r}")
    if any(mark in text for mark in "\n\r\0"):
        raise Lost(f"says more than a line: {text[:200]!r}")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise Lost(f"says what no screen can show: {text[:200]!r}") from None
