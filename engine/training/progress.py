"""How a run speaks on its way: the share that is done, loss and score of each epoch, the time left."""

from __future__ import annotations

import math
import time
from typing import Sequence

from ...models.language import tr
from ..feedback import Feedback
from .result import Epoch

SAY_EVERY = 30.0
"""Seconds between two messages within an epoch."""

ENOUGH = 5
"""Steps of an epoch from which its loss and speed are worth telling."""


class TrainingProgress:
    """Turns steps and epochs into progress and messages."""

    def __init__(self, feedback: Feedback, spent: float = 0.0) -> None:
        """Begin; `spent` are the seconds of an earlier part of this run."""
        self._feedback = feedback
        self._began = time.monotonic() - spent
        self._said = time.monotonic()

    @property
    def seconds(self) -> float:
        """Time of this run and of the part before it was taken up."""
        return time.monotonic() - self._began

    def step(self, done: int, steps: int, share: float, losses: Sequence[float]) -> None:
        """Tell of one step: the share of the whole run that is done, and now and then the loss."""
        self._feedback.progress(share)
        if len(losses) >= ENOUGH and time.monotonic() - self._said >= SAY_EVERY:
            self._said = time.monotonic()
            recent = losses[-10:]
            loss = sum(recent) / len(recent)
            self._feedback.info(
                tr("Step {done:,} of {steps:,}: loss {loss:.3f}, about {left} left.").format(
                    done=done, steps=steps, loss=loss, left=self._left(done, steps)
                )
            )

    def epoch(self, epoch: Epoch, epochs: int, done: int, steps: int) -> None:
        """Tell of one epoch."""
        self._said = time.monotonic()
        told = [tr("loss {loss:.3f}").format(loss=epoch.loss)]
        if not math.isnan(epoch.validation_loss):
            told += [
                tr("validation loss {validation_loss:.3f}").format(validation_loss=epoch.validation_loss),
                tr("{parcel_accuracy:.0f} % of parcels correct").format(parcel_accuracy=100 * epoch.parcel_accuracy),
            ]
        left = tr("; {done} left at most").format(done=self._left(done, steps)) if epoch.number < epochs else ""
        self._feedback.info(
            tr("Epoch {number} of {epochs}: {told}{left}.").format(
                number=epoch.number, epochs=epochs, told=tr(", ").join(told), left=left
            )
        )

    def _left(self, done: int, steps: int) -> str:
        seconds = self.seconds / max(done, 1) * (steps - done)
        if seconds < 90:
            return tr("{seconds} s").format(seconds=f"{seconds:.0f}")
        return tr("{minutes} min").format(minutes=f"{seconds / 60:.0f}")
