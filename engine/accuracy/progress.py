"""A share of the whole progress, and a voice that keeps quiet."""

from __future__ import annotations

from ..feedback import Feedback


class Part(Feedback):
    """Progress 0 to 1 means `start` to `end` of the whole; messages pass unless it is `mute`."""

    def __init__(self, whole: Feedback, start: float, end: float, mute: bool = False) -> None:
        """Wrap the feedback of the whole."""
        self._whole, self._start, self._end, self._mute = whole, start, end, mute

    def progress(self, fraction: float) -> None:
        """Report the share of this part that is done."""
        self._whole.progress(self._start + fraction * (self._end - self._start))

    def info(self, message: str) -> None:
        """Pass on something worth knowing."""
        if not self._mute:
            self._whole.info(message)

    def warning(self, message: str) -> None:
        """Pass on a warning."""
        if not self._mute:
            self._whole.warning(message)

    def cancelled(self) -> bool:
        """Return whether the analyst asked to stop."""
        return self._whole.cancelled()
