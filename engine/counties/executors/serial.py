"""Counties one after the other, in this process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ...feedback import Feedback
from ..county import classify_county
from ..outcome import CountyOutcome, cancelled
from .base import CountyFeedback, Job, WholeProgress

if TYPE_CHECKING:
    from ..task import CountyTask


class SerialExecutor:
    """Classifies counties in their order."""

    def __init__(self, job: Job = classify_county) -> None:
        """Choose what is done with a county."""
        self._job = job

    def run(self, tasks: Sequence[CountyTask], feedback: Feedback) -> Iterator[CountyOutcome]:
        """Yield one outcome a task; see `Executor.run`."""
        whole = WholeProgress(tasks, feedback)
        for task in tasks:
            if feedback.cancelled():
                yield cancelled(task)
                continue
            yield self._job(task, CountyFeedback(task, whole, feedback))
            whole.report(task.key, 1.0)
