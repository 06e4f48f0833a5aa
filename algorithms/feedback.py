"""From the engine's feedback to QGIS's."""

from __future__ import annotations

from qgis.core import QgsProcessingFeedback

from ..engine.feedback import Feedback
from ..models.language import tidy
from .base import tr

SMALLEST_STEP = 0.1
"""Percent; finer progress would only keep the window busy."""


class ProcessingFeedback(Feedback):
    """Shows progress and messages in a dialog or a terminal; progress never runs backwards."""

    def __init__(self, feedback: QgsProcessingFeedback) -> None:
        """Wrap the feedback of one run."""
        self._feedback = feedback
        self._shown = 0.0
        self._said: set[str] = set()

    def progress(self, fraction: float) -> None:
        """Show the share of the work that is done, 0 to 1."""
        percent = 100 * min(max(fraction, 0.0), 1.0)
        if percent >= self._shown + SMALLEST_STEP or percent >= 100 > self._shown:
            self._shown = percent
            self._feedback.setProgress(percent)

    def title(self, text: str) -> None:
        """Show which part of the run begins."""
        self._feedback.setProgressText(tr(text))

    def info(self, message: str) -> None:
        """Show a message, once a run."""
        if self._new(message):
            self._feedback.pushInfo(tidy(message))

    def warning(self, message: str) -> None:
        """Show a warning, once a run."""
        if self._new(message):
            self._feedback.pushWarning(tidy(message))

    def cancelled(self) -> bool:
        """Return whether the analyst asked to stop."""
        return self._feedback.isCanceled()

    def _new(self, message: str) -> bool:
        if message in self._said:
            return False
        self._said.add(message)
        return True
