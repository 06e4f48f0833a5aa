"""Ctrl-C and the signals that end a process become a wish to stop, which a run hears at its next look."""

from __future__ import annotations

import _thread
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
"""Those that the system has are heard; one that is ignored, as under nohup, stays so."""


PATIENCE = 1.5
"""Seconds in which a run that was asked to stop looks up; then it is broken off."""

AGAIN = 5.0
"""Seconds until it is broken off once more."""


class Stop:
    """Whether somebody asked to stop, and whether the run has noticed."""

    def __init__(self) -> None:
        self.asked = False
        self.heard = False

    def hear(self, number: int, frame: object) -> None:
        """Take a signal; the second one breaks off what does not look up, and still leaves nothing half.

        Raises:
            KeyboardInterrupt: it is the second.
        """
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
        self._wait(PATIENCE)

    def _wait(self, seconds: float) -> None:
        timer = threading.Timer(seconds, self._insist)
        timer.daemon = True
        timer.start()

    def _insist(self) -> None:
        """Break off what has not looked up in time, as a second signal would: an import, or a library at work.

        An exception can be lost in the import of a compiled module or in a call that a library makes; so once more
        later, when what was begun had the time to be put away.
        """
        if not self.heard:
            self._wait(AGAIN)
            if os.name == "posix":
                os.kill(os.getpid(), signal.SIGINT)
            else:
                _thread.interrupt_main()


@contextmanager
def listening() -> Iterator[Stop]:
    """Yield what tells whether to stop; the handlers from before come back in the end."""
    stop = Stop()
    before = {}
    if threading.current_thread() is threading.main_thread():
        for name in SIGNALS:
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) != signal.SIG_IGN:
                before[number] = signal.signal(number, stop.hear)
    try:
        yield stop
    finally:
        stop.heard = True  # whatever waits for an answer has it: the run is over
        for number, handler in before.items():
            signal.signal(number, handler)
