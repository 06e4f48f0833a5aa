"""What a run says on its way, on the stream for errors: the other one is kept for results."""

from __future__ import annotations

from typing import TextIO

from ..engine.feedback import Feedback
from ..models.language import N_, tidy, tr
from .progress import progress_on
from .stop import Stop
from .text import say

STOPPING = N_("Stopping; unfinished outputs are removed. Press again to quit at once.")


class Console(Feedback):
    """Progress and messages for a terminal or a log."""

    def __init__(self, stream: TextIO | None, stop: Stop, quiet: bool = False) -> None:
        """Open.

        Args:
            stop: who knows whether to go on.
            quiet: show warnings and errors alone.
        """
        self._stream, self._stop, self._quiet = stream, stop, quiet
        self._shown = progress_on(stream, quiet)
        self._fraction, self._title = 0.0, ""
        self._said: set[str] = set()

    def progress(self, fraction: float) -> None:
        """Show the share of the work that is done; it never runs backwards."""
        self._fraction = max(self._fraction, min(fraction, 1.0))
        self._shown.show(self._fraction, self._title)

    def title(self, text: str) -> None:
        """Show which part of the run begins."""
        self._title = text
        self._shown.show(self._fraction, text)

    def info(self, message: str) -> None:
        """Show a message, once a run."""
        if not self._quiet:
            self._once(message)

    def warning(self, message: str) -> None:
        """Show a warning, once a run."""
        self._once(tr("warning: {message}").format(message=message))

    def error(self, message: str) -> None:
        """Show why a run ended."""
        self._write(tr("error: {message}").format(message=message))

    def trace(self, text: str) -> None:
        """Show where an error came from."""
        self._write(text.rstrip("\n"))

    def cancelled(self) -> bool:
        """Return whether the analyst asked to stop, and say once that it was heard."""
        if self._stop.asked and not self._quiet:
            self._once(tr(STOPPING))
        self._stop.heard = self._stop.heard or self._stop.asked
        return self._stop.asked

    def close(self) -> None:
        """Leave the line to whoever writes next."""
        self._shown.clear()

    def _once(self, line: str) -> None:
        if line not in self._said:
            self._said.add(line)
            self._write(line)

    def _write(self, line: str) -> None:
        self._shown.clear()
        say(self._stream, f"{tidy(line)}\n")
