"""Epochs of the loop with a check on the validation blocks after each: when to stop, what to keep, how to go on."""

from __future__ import annotations

import copy
from dataclasses import asdict, dataclass, field
from typing import Any, Sequence

import torch
from torch import Tensor

from ...models.language import N_, tr
from ..cancelling import cancellable
from ..feedback import Feedback
from .calibration import fitted_temperature, likelihood_loss
from .dataset import LabelledCube
from .loop import Fitting
from .options import TrainingOptions
from .predict import labelled_pixels
from .progress import TrainingProgress
from .result import Epoch
from .scoring import parcel_accuracy
from .state import StateFile


@dataclass
class Course:
    """How far a run has come, beside its weights.

    Attributes:
        planned: epochs that fit into the time.
        best: number of the epoch with the lowest validation loss, 0 for the start.
        best_loss: of that epoch; None before any look.
        losses: of the steps of the present epoch.
        before: seconds until the first step.
        stopped: why the run ended.
    """

    planned: int
    epochs: list[Epoch] = field(default_factory=list)
    best: int = 0
    best_loss: float | None = None
    losses: list[float] = field(default_factory=list)
    seconds: float = 0.0
    before: float = 0.0
    stopped: str = N_("All planned epochs were done.")


class EpochRun:
    """Runs a `Fitting` epoch by epoch.

    Attributes:
        course: how far it has come.
        best: weights of the best epoch by name.
        warnings: sentences for the analyst.
    """

    def __init__(
        self,
        fitting: Fitting,
        steps_an_epoch: int,
        validation: Sequence[LabelledCube],
        codes: Sequence[int],
        options: TrainingOptions,
        state: StateFile,
        fingerprint: str,
        feedback: Feedback,
    ) -> None:
        """Take up a state with this fingerprint where there is one, else begin.

        Args:
            fitting: at step 0.
            steps_an_epoch: as many as show about as many patches as there are windows.
            state: where the run keeps its state.
            fingerprint: of everything that the run depends on.
        """
        self._fitting, self._every, self._validation, self._codes = fitting, steps_an_epoch, validation, codes
        self._options, self._state, self._fingerprint, self._feedback = options, state, fingerprint, feedback
        self._mean_network = copy.deepcopy(fitting.network)
        self.course = Course(options.epochs)
        self.best = {name: value.clone() for name, value in fitting.mean.items()}
        self.warnings: list[str] = []
        self._take_up()

    def run(self) -> None:
        """Go on until the plan is done or the validation loss no longer falls; the state is kept, come what may."""
        course, fitting = self.course, self._fitting
        progress = TrainingProgress(self._feedback, course.seconds)
        saved = progress.seconds
        try:
            if course.best_loss is None:
                self._look_at_start()
                course.before = progress.seconds
            while len(course.epochs) < course.planned and not self._patience_is_over():
                if fitting.step < self._every * (len(course.epochs) + 1) and not self._time_is_over(progress.seconds):
                    course.losses.append(fitting.advance(self._feedback))
                    progress.step(fitting.step, fitting.steps, self._share(progress.seconds), course.losses)
                    if not course.epochs:
                        self._shorten_first(progress.seconds)
                else:
                    self._end_epoch(progress)
                course.seconds = progress.seconds
                if course.seconds - saved >= self._options.save_seconds:
                    saved = course.seconds
                    self._save()
        finally:
            self._save()

    def _time_is_over(self, seconds: float) -> bool:
        """Return whether an epoch ends before its last step: the plan is spent, or the time, one step on."""
        spent = self._fitting.step >= self._fitting.steps or seconds >= 60 * self._options.minutes
        return bool(self.course.losses) and spent

    def _shorten_first(self, seconds: float) -> None:
        """Plan fewer steps where not even one epoch fits, so that the learning rate still falls to its end.

        To judge the validation blocks takes as long after the epoch as before it.
        """
        course, fitting = self.course, self._fitting
        left = 60 * self._options.minutes - seconds - course.before
        fits = fitting.step + max(int(left * fitting.step / max(seconds - course.before, 1e-9)), 0)
        if fits < self._every:
            fitting.steps = max(fits, fitting.step)

    def _share(self, seconds: float) -> float:
        """Return the share of the time that is over; the validation blocks are judged once more in the end."""
        spent = max(seconds - self.course.before, 1e-9)
        left = spent / max(self._fitting.step, 1) * (self._fitting.steps - self._fitting.step)
        left = max(min(left, 60 * self._options.minutes - seconds), 0.0) + self.course.before
        return seconds / (seconds + left)

    def _look_at_start(self) -> None:
        """Judge the weights before the first step: a base may know the ground better than what is learnt of it."""
        loss, right = self._judged()
        self.course.best_loss = loss
        self._feedback.info(
            tr("Before training: validation loss {loss:.3f}, {right:.0f} % of parcels correct.").format(
                loss=loss, right=100 * right
            )
        )

    def _judged(self) -> tuple[float, float]:
        """Return loss and parcel accuracy of the mean weights on the validation blocks."""
        self._mean_network.load_state_dict(self._fitting.mean)
        pixels = labelled_pixels(
            self._mean_network, self._validation, self._codes, self._feedback, self._fitting.device
        )
        # The temperature is fitted in the end anyway: to be less sure alone makes no epoch better.
        loss = cancellable(lambda: likelihood_loss(pixels, fitted_temperature(pixels)), self._feedback)
        return loss, parcel_accuracy(pixels)

    def _end_epoch(self, progress: TrainingProgress) -> None:
        course, number = self.course, len(self.course.epochs) + 1
        loss, right = self._judged()
        course.epochs.append(Epoch(number, sum(course.losses) / len(course.losses), loss, right))
        course.losses.clear()
        if course.best_loss is None or not loss >= course.best_loss:
            course.best, course.best_loss = number, loss
            self.best = {name: value.clone() for name, value in self._fitting.mean.items()}
        self._keep_to_time(progress.seconds, number)
        progress.epoch(course.epochs[-1], course.planned, self._fitting.step, self._fitting.steps)

    def _keep_to_time(self, seconds: float, done: int) -> None:
        """Plan as many epochs as the time will do for, so that the learning rate still falls to its end."""
        course, options = self.course, self._options
        rest = 60 * options.minutes - seconds
        fitting = done + max(int(rest * done / max(seconds - course.before, 1e-9)), 0)
        course.planned = min(options.epochs, fitting)
        self._fitting.steps = max(self._every * course.planned, self._fitting.step)
        course.stopped = tr("All planned epochs were done.")
        if course.planned < options.epochs:
            course.stopped = tr(
                "Only {planned} of {epochs} epochs fitted into {minutes:g} minutes; allow more minutes for all of them."
            ).format(planned=course.planned, epochs=options.epochs, minutes=options.minutes)
        if course.planned == 1 and self._fitting.step < self._every:
            course.stopped = tr(
                "Only {step} of {steps} steps of the first epoch fitted into {minutes:g} minutes; allow more minutes."
            ).format(step=self._fitting.step, steps=self._every, minutes=options.minutes)

    def _patience_is_over(self) -> bool:
        course, patience = self.course, self._options.patience
        if course.losses or len(course.epochs) - course.best < patience:
            return False
        course.stopped = tr("The validation loss had not fallen for {patience} epochs.").format(patience=patience)
        return True

    def _save(self) -> None:
        tensors, numbers = self._fitting.state()
        tensors = {**tensors, **{f"best/{name}": value for name, value in self.best.items()}}
        course = {**asdict(self.course), "losses": list(self.course.losses)}
        self._state.save(tensors, {**numbers, "course": course, "fingerprint": self._fingerprint})

    def _take_up(self) -> None:
        found = self._state.load(self._fingerprint)
        if found is None:
            if self._state.exists():
                self.warnings.append(
                    tr(
                        "An earlier run with this output was not finished, but its samples, options or base were "
                        "different: the training starts from the beginning."
                    )
                )
                self._feedback.warning(self.warnings[-1])
            return
        tensors, numbers = found
        self._fitting.restore(tensors, numbers)
        self.best = _part(tensors, "best/", self._fitting.device)
        self.course = _course(numbers["course"])
        self._feedback.info(
            tr("An earlier run is continued after {step:,} of {steps:,} steps.").format(
                step=self._fitting.step, steps=self._fitting.steps
            )
        )


def _part(tensors: dict[str, Tensor], prefix: str, device: torch.device) -> dict[str, Tensor]:
    return {name[len(prefix) :]: value.to(device) for name, value in tensors.items() if name.startswith(prefix)}


def _course(values: dict[str, Any]) -> Course:
    return Course(**{**values, "epochs": [Epoch(**entry) for entry in values["epochs"]]})
