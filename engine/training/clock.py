"""Progress by time: the seconds spent against those expected to be left, which are learnt on the way."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from ..cancelling import LISTEN_EVERY
from ..feedback import Feedback, Part

_END = 0.999


class Clock:
    """Parts the progress of a run among stages by the seconds that they take.

    A stage that was guessed wrong is put right by the progress that it reports. Between two reports the time that is
    left shrinks ever more slowly, so that the progress moves whenever somebody asks whether to stop, and never ends
    before the run does.
    """

    def __init__(self, feedback: Feedback, stages: Mapping[str, float | tuple[str, float]]) -> None:
        """Begin.

        Args:
            stages: in their order, the seconds that are guessed, or another stage and the multiple of its time.
        """
        self._feedback, self._stages = feedback, dict(stages)
        self._took: dict[str, float] = {}
        self._left: dict[str, float] = {}
        self._began = self._told = time.monotonic()
        self._shown = 0.0

    @contextmanager
    def stage(self, name: str, title: str = "") -> Iterator[Feedback]:
        """Yield the feedback of a stage; its progress of 0 to 1 corrects what was guessed."""
        if title:
            self._feedback.title(title)
        stage = _Stage(self._feedback, self, name, self._guess(name))
        self._left[name] = self._guess(name)
        yield stage
        self._took[name], self._left[name] = stage.seconds, 0.0
        self.tell()

    def tell(self) -> None:
        """Report the progress of the whole."""
        self._told = time.monotonic()
        spent, left = self._told - self._began, sum(map(self._guess, self._stages))
        self._shown = min(max(self._shown, spent / max(spent + left, 1e-9)), _END)
        self._feedback.progress(self._shown)

    def expect(self, name: str, took: float, left: float) -> None:
        """Take what a stage knows of itself."""
        self._took[name], self._left[name] = took, left
        if time.monotonic() - self._told >= LISTEN_EVERY:
            self.tell()

    def _guess(self, name: str) -> float:
        """Return the seconds that a stage still takes."""
        if name in self._left:
            return self._left[name]
        given = self._stages[name]
        if not isinstance(given, tuple):
            return given
        other, times = given
        return times * (self._took.get(other, 0.0) + self._guess(other))


class _Stage(Part):
    """The feedback of one stage."""

    def __init__(self, whole: Feedback, clock: Clock, name: str, guess: float) -> None:
        super().__init__(whole, 0.0, 1.0)
        self._clock, self._name = clock, name
        self._began = self._heard = time.monotonic()
        self._left = guess
        self._first: tuple[float, float] | None = None

    @property
    def seconds(self) -> float:
        """Time since the stage began."""
        return time.monotonic() - self._began

    def progress(self, fraction: float) -> None:
        """Learn from the share that is done how long the rest will take."""
        first, since = self._first = self._first or (fraction, self.seconds)
        if fraction >= 1:
            self._heard, self._left = time.monotonic(), 0.0
        elif fraction > first and self.seconds > since:
            self._heard = time.monotonic()
            self._left = (self.seconds - since) / (fraction - first) * (1 - fraction)
        self._tick()

    def cancelled(self) -> bool:
        """Return whether the analyst asked to stop; time goes on meanwhile."""
        self._tick()
        return super().cancelled()

    def _tick(self) -> None:
        since = time.monotonic() - self._heard
        left = self._left**2 / (self._left + since) if self._left > 0 else 0.0
        self._clock.expect(self._name, self.seconds, left)
