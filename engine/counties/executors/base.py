"""What all executors share, and the one that runs counties one after the other in this process."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

from osgeo import ogr

from ...errors import CropAttentionError
from ...feedback import Feedback
from ..county import classify_county
from ..outcome import CountyOutcome, cancelled

if TYPE_CHECKING:
    from ..county import CountyTask
    from ..outcome import CountyOutcome

Job = Callable[["CountyTask", Feedback], "CountyOutcome"]
"""Classifies one county and says how it went; raises nothing that is wrong with the county."""


class ExecutorError(CropAttentionError):
    """The counties cannot be run where they were asked to be."""


class Executor(Protocol):
    """Runs counties somewhere."""

    def run(self, tasks: Sequence[CountyTask], feedback: Feedback) -> Iterator[CountyOutcome]:
        """Yield one outcome a task, in any order.

        Raises:
            ExecutorError: nothing can be run; raised before the first county begins.
        """


def expected_cost(task: CountyTask) -> float:
    """Return a number that grows with the pixels of a county: the area of its polygon in units of its CRS."""
    return ogr.CreateGeometryFromWkb(task.shape_wkb).GetArea() if task.shape_wkb else 0.0


class WholeProgress:
    """The progress of many counties as one number, each weighted by what it is expected to cost."""

    def __init__(self, tasks: Sequence[CountyTask], feedback: Feedback) -> None:
        """Start at 0."""
        costs = {task.key: expected_cost(task) for task in tasks}
        total = sum(costs.values())
        even = 1.0 / max(len(costs), 1)
        self._weights = {key: cost / total if total else even for key, cost in costs.items()}
        self._done = dict.fromkeys(costs, 0.0)
        self._feedback = feedback

    def report(self, key: str, fraction: float) -> None:
        """Say that a county has come so far, 0 to 1; it never runs backwards."""
        self._done[key] = max(self._done[key], min(fraction, 1.0))
        self._feedback.progress(min(sum(self._weights[each] * done for each, done in self._done.items()), 1.0))


class CountyFeedback(Feedback):
    """The feedback of one county among others."""

    def __init__(self, task: CountyTask, whole: WholeProgress, feedback: Feedback) -> None:
        """Wrap the feedback of the run."""
        self._task, self._whole, self._feedback = task, whole, feedback

    def progress(self, fraction: float) -> None:
        """Report the share of this county that is done."""
        self._whole.report(self._task.key, fraction)

    def title(self, text: str) -> None:
        """Pass on what begins."""
        self._feedback.title(f"{self._task.name}: {text}")

    def info(self, message: str) -> None:
        """Keep to yourself how a series was read: the county's report tells it, and hundreds would bury the log."""

    def warning(self, message: str) -> None:
        """Pass on a warning."""
        self._feedback.warning(f"{self._task.name}: {message}")

    def cancelled(self) -> bool:
        """Return whether the analyst asked to stop."""
        return self._feedback.cancelled()


class SerialExecutor:
    """Classifies counties in their order."""

    def __init__(self, job: Job = classify_county) -> None:
        """Choose what is done with a county."""
        self._job = job

    def run(self, tasks: Sequence[CountyTask], feedback: Feedback) -> Iterator[CountyOutcome]:
        whole = WholeProgress(tasks, feedback)
        for task in tasks:
            if feedback.cancelled():
                yield cancelled(task)
                continue
            yield self._job(task, CountyFeedback(task, whole, feedback))
            whole.report(task.key, 1.0)
