"""From what a person asked for to an executor; counties in processes beside this one (never from inside QGIS)."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from importlib.util import find_spec
from typing import TYPE_CHECKING

from ....models.language import tr
from ...cores import usable_cores
from ...feedback import Feedback
from ..county import classify_county
from ..request import CountiesOptions
from .base import Executor, ExecutorError, Job, SerialExecutor
from .cluster import SILENCE, ClusterExecutor
from .connection import check_dask

if TYPE_CHECKING:
    from ..county import CountyTask
    from ..outcome import CountyOutcome


def executor_for(scheduler: str = "", workers: int | None = None, attempts: int = CountiesOptions.attempts) -> Executor:
    """Return what runs the counties.

    Args:
        scheduler: address of a Dask scheduler; empty for this computer.
        workers: processes to start on this computer, never from inside QGIS; None or 0 takes this process.
        attempts: tries of a county whose worker dies.

    Raises:
        ExecutorError: both are given, or one of them makes no sense, or Dask is not installed.
    """
    scheduler = scheduler.strip()
    if scheduler and workers:
        raise ExecutorError(tr("Give either the address of a scheduler or a number of workers, not both."))
    if not scheduler and not workers:
        return SerialExecutor()
    if scheduler:
        executor: Executor = ClusterExecutor(scheduler, attempts)
    else:
        executor = LocalExecutor(workers or 0, attempts)
    check_dask()
    return executor


HOST = "127.0.0.1"


class LocalExecutor:
    """Starts a Dask cluster on the loopback interface for the time of one run."""

    def __init__(
        self,
        workers: int,
        attempts: int = CountiesOptions.attempts,
        silence: float = SILENCE,
        job: Job = classify_county,
    ) -> None:
        """Choose how many counties run at a time; see `ClusterExecutor`.

        Raises:
            ExecutorError: fewer than one worker.
        """
        if workers < 1:
            raise ExecutorError(
                tr("{workers} workers cannot classify counties; give at least 1.").format(workers=workers)
            )
        self._workers, self._attempts, self._silence, self._job = workers, attempts, silence, job

    def run(self, tasks: Sequence[CountyTask], feedback: Feedback) -> Iterator[CountyOutcome]:
        if not tasks:
            return
        check_dask()
        from distributed import LocalCluster, Security

        # Without encryption any user of this computer could send code to the workers.
        security = Security.temporary() if find_spec("cryptography") else Security()
        with tempfile.TemporaryDirectory(prefix="crop_attention_") as scratch:
            try:
                cluster = LocalCluster(
                    n_workers=min(self._workers, len(tasks)),
                    threads_per_worker=1,
                    processes=True,
                    host=HOST,
                    security=security,
                    dashboard_address=None,
                    memory_limit=0,
                    local_directory=scratch,
                    preload=[f"{__package__}.ignore_interrupt"],
                    silence_logs=logging.CRITICAL,
                )
            except (OSError, RuntimeError) as error:
                raise ExecutorError(
                    tr("The workers cannot be started ({error}); run without workers.").format(error=error)
                ) from error
            with cluster:
                shared = [_with_threads(task, min(self._workers, len(tasks))) for task in tasks]
                inner = ClusterExecutor(cluster.scheduler_address, self._attempts, self._silence, self._job, security)
                yield from inner.run(shared, feedback)


def _with_threads(task: CountyTask, workers: int) -> CountyTask:
    """Share the cores out among the workers, unless the analyst said how many threads each takes."""
    if task.mapping_options.threads is not None:
        return task
    threads = max(1, usable_cores() // workers)
    return replace(task, mapping_options=replace(task.mapping_options, threads=threads))
