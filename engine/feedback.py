"""How a run talks to whoever started it: progress, messages, cancel."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from .errors import Cancelled


class Feedback:
    """Silent default; front ends override what they can show."""

    def progress(self, fraction: float) -> None:
        """Report the share of the work that is done, 0 to 1."""

    def title(self, text: str) -> None:
        """Report which part of the run begins."""

    def info(self, message: str) -> None:
        """Report something worth knowing."""

    def warning(self, message: str) -> None:
        """Report something that lowers the quality of the result."""

    def cancelled(self) -> bool:
        """Return whether the analyst asked to stop."""
        return False

    def check(self) -> None:
        """Raise Cancelled when the analyst asked to stop."""
        if self.cancelled():
            raise Cancelled

    @contextmanager
    def part(self, first: float, last: float, title: str = "") -> Iterator[Feedback]:
        """Yield a feedback whose progress 0 to 1 means `first` to `last` of this one.

        Raises:
            Cancelled: the analyst asked to stop before the part began; once it has ended, its work stands.
        """
        if title:
            self.title(title)
        self.check()
        part = Part(self, first, last)
        yield part
        part.progress(1.0)


class Part(Feedback):
    """Progress 0 to 1 means `start` to `end` of the whole; messages pass unless it is `mute`."""

    def __init__(self, whole: Feedback, start: float, end: float, mute: bool = False) -> None:
        """Wrap the feedback of the whole."""
        self._whole, self._start, self._end, self._mute = whole, start, end, mute

    def progress(self, fraction: float) -> None:
        """Report the share of this part that is done."""
        fraction = min(max(fraction, 0.0), 1.0)
        self._whole.progress(self._end if fraction == 1.0 else self._start + fraction * (self._end - self._start))

    def title(self, text: str) -> None:
        """Pass on what begins."""
        if not self._mute:
            self._whole.title(text)

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


def shares(seconds: Mapping[str, float], first: float = 0.0) -> dict[str, tuple[float, float]]:
    """Return part -> (first, last) share of the whole, by expected seconds, in the given order from `first` on."""
    total = sum(seconds.values()) or 1.0
    found, begin = {}, first
    for name, expected in seconds.items():
        # Rounded, so that the last part ends at 1 and not a breath before it.
        end = min(round(begin + (1.0 - first) * expected / total, 9), 1.0)
        found[name] = (begin, end)
        begin = end
    return found
