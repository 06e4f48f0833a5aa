"""Steps of a long fit in a log: loss and time left, every two percent."""

from __future__ import annotations

import logging
import time

from ...engine.feedback import Feedback
from ...engine.training.loop import Fitting

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


def fit_logged(fitting: Fitting, log: logging.Logger, what: str, feedback: Feedback | None = None) -> None:
    """Do all steps of a fit; its network holds the running mean of the weights in the end.

    Raises:
        Cancelled: the analyst stopped.
    """
    told = StepLog(log, what, fitting.steps)
    while fitting.step < fitting.steps:
        told.step(fitting.advance(feedback or told))
    fitting.network.load_state_dict(fitting.mean)
