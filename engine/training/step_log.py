"""Steps of a long fit in a log: loss and time left, every two percent."""

from __future__ import annotations

import logging
import time

from ..feedback import Feedback

EVERY = 50
"""Parts of a fit after which it speaks."""


class StepLog(Feedback):
    """Tells a log how far a fit has come."""

    def __init__(self, log: logging.Logger, what: str, steps: int) -> None:
        self._log, self._what, self._steps = log, what, steps
        self._began = time.monotonic()
        self._losses: list[float] = []

    def step(self, loss: float) -> None:
        """Take the loss of one more step."""
        self._losses.append(loss)
        done = len(self._losses)
        every = max(1, self._steps // EVERY)
        if done % every == 0:
            recent = self._losses[-every:]
            left = (time.monotonic() - self._began) / done * (self._steps - done)
            self._log.info(
                "%s %d of %d: loss %.3f, %.0f s left", self._what, done, self._steps, sum(recent) / len(recent), left
            )
