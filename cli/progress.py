"""How far a run is: a bar where a person looks on, a line every ten percent elsewhere."""

from __future__ import annotations

import os
import time
from typing import Protocol, TextIO

from ..engine.safety.text import plain
from ..models.language import duration, tr
from .text import say

BAR, WIDEST, NARROWEST = 24, 100, 40
REDRAW = 0.1
"""Seconds between two drawings of the bar."""

EVERY = 10
"""Percent between two lines."""

TELLING, SOON = 0.02, 2.0
"""Share and seconds from which the time left is worth telling."""


class Clock:
    """Tells the time left, from the time gone."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def left(self, fraction: float) -> str:
        """Return "3 min 5 s left" for a share that is done, "" while nobody can know."""
        gone = time.monotonic() - self._began
        if fraction < TELLING or gone < SOON or fraction >= 1.0:
            return ""
        return tr("{time} left").format(time=duration(gone / fraction * (1.0 - fraction)))


class Progress(Protocol):
    """Shows a share, 0 to 1, and what is being done."""

    def show(self, fraction: float, title: str) -> None:
        """Show where the run is."""

    def clear(self) -> None:
        """Make room for a line of text."""


class Silence:
    """Shows nothing."""

    def show(self, fraction: float, title: str) -> None:
        """Show nothing."""

    def clear(self) -> None:
        """There is nothing to clear."""


class Bar:
    """One line of a terminal, drawn again and again."""

    def __init__(self, stream: TextIO) -> None:
        """Draw on a stream that is a terminal."""
        self._stream, self._clock = stream, Clock()
        self._drawn, self._next = 0, 0.0
        self._title = ""

    def show(self, fraction: float, title: str) -> None:
        """Draw, unless it was just now."""
        now = time.monotonic()
        if now < self._next and title == self._title and fraction < 1.0:
            return
        self._next, self._title = now + REDRAW, title
        filled = int(BAR * fraction)
        ending = f" [{'#' * filled}{'.' * (BAR - filled)}] {100 * fraction:3.0f} %"
        left = self._clock.left(fraction)
        ending += f"  {left}" if left else ""
        title = plain(title)
        line = f"{title[: max(self._width() - len(ending), 0)]}{ending}"[: self._width()]
        say(self._stream, f"\r{line.ljust(self._drawn)}", "\r")
        self._drawn = len(line)

    def clear(self) -> None:
        """Empty the line."""
        if self._drawn:
            say(self._stream, f"\r{' ' * self._drawn}\r", "\r")
            self._drawn = 0

    def _width(self) -> int:
        """Return the letters that fit; a full line would wrap."""
        try:
            columns = os.get_terminal_size(self._stream.fileno()).columns
        except (OSError, ValueError):
            columns = 0
        return min(max(columns - 1, NARROWEST), WIDEST) if columns else WIDEST - 20


class Lines:
    """A line now and then, for logs."""

    def __init__(self, stream: TextIO) -> None:
        """Write to any stream."""
        self._stream, self._clock = stream, Clock()
        self._next = EVERY

    def show(self, fraction: float, title: str) -> None:
        """Write when another ten percent are done."""
        percent = 100 * fraction
        if percent < self._next:
            return
        self._next = int(percent // EVERY + 1) * EVERY
        told = ", ".join(filter(None, [title, self._clock.left(fraction)]))
        say(self._stream, f"{percent:3.0f} %  {told}".rstrip() + "\n")

    def clear(self) -> None:
        """Lines stay."""


def progress_on(stream: TextIO | None, quiet: bool) -> Progress:
    """Return what fits a stream."""
    if quiet or stream is None:
        return Silence()
    return Bar(stream) if stream.isatty() and os.environ.get("TERM") != "dumb" else Lines(stream)
