"""From the engine's feedback to QGIS's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from qgis.core import QgsProcessingFeedback

from ..engine.feedback import Feedback

SMALLEST_STEP = 0.1
"""Percent; finer progress would only keep the window busy."""


class ProcessingFeedback(Feedback):
    """Shows progress and messages in a dialog or a terminal; progress never runs backwards."""

    def __init__(self, feedback: QgsProcessingFeedback) -> None:
        """Wrap the feedback of one run."""
        self._feedback = feedback
        self._first, self._last = 0.0, 1.0
        self._shown = 0.0
        self._said: set[str] = set()

    def progress(self, fraction: float) -> None:
        """Show the share of the present part that is done, 0 to 1."""
        fraction = min(max(fraction, 0.0), 1.0)
        percent = 100 * (self._first + fraction * (self._last - self._first))
        if percent >= self._shown + SMALLEST_STEP or percent >= 100 > self._shown:
            self._shown = percent
            self._feedback.setProgress(percent)

    def info(self, message: str) -> None:
        """Show a message, once a run."""
        if self._new(message):
            self._feedback.pushInfo(message)

    def warning(self, message: str) -> None:
        """Show a warning, once a run."""
        if self._new(message):
            self._feedback.pushWarning(message)

    def cancelled(self) -> bool:
        """Return whether the analyst asked to stop."""
        return self._feedback.isCanceled()

    @contextmanager
    def part(self, first: float, last: float, title: str = "") -> Iterator[ProcessingFeedback]:
        """Let progress 0 to 1 mean `first` to `last` of the whole run until the block ends.

        Raises:
            Cancelled: the analyst asked to stop before the part began; once it has ended, its work stands.
        """
        before = self._first, self._last
        if title:
            self._feedback.setProgressText(title)
        self._first, self._last = first, last
        self.check()
        try:
            yield self
            self.progress(1.0)
        finally:
            self._first, self._last = before

    def _new(self, message: str) -> bool:
        if message in self._said:
            return False
        self._said.add(message)
        return True


def shares(seconds: Mapping[str, float], first: float = 0.0) -> dict[str, tuple[float, float]]:
    """Return part -> (first, last) share of the whole, by expected seconds, in the given order from `first` on."""
    total = sum(seconds.values()) or 1.0
    found, begin = {}, first
    for name, expected in seconds.items():
        end = begin + (1.0 - first) * expected / total
        found[name] = (begin, min(end, 1.0))
        begin = end
    return found
