"""From what a person asked for to an executor; counties in processes beside this one (never from inside QGIS)."""

from __future__ import annotations

import contextlib
import logging
import signal
from collections.abc import Iterator, Sequence
from dataclasses import replace
from importlib.util import find_spec
from multiprocessing import active_children
from typing import TYPE_CHECKING

from ....models.language import tr
from ...cancelling import cancellable
from ...cores import usable_cores
from ...errors import Cancelled, OutputError
from ...feedback import Feedback
from ...writing.scratch import scratch_folder
from ..county import classify_county
from ..folder import CountyFolder
from ..request import CountiesOptions
from .base import Executor, ExecutorError, Job, SerialExecutor
from .cluster import SILENCE, ClusterExecutor
from .connection import check_dask
from .waiting import LEAVE_SECONDS, put_away

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

    from distributed import LocalCluster, Security

    from ..county import CountyTask
    from ..outcome import CountyOutcome


def executor_for(
    scheduler: str = "",
    workers: int | None = None,
    attempts: int = CountiesOptions.attempts,
    feedback: Feedback | None = None,
) -> Executor:
    """Return what runs the counties.

    Args:
        scheduler: address of a Dask scheduler; empty for this computer.
        workers: processes to start on this computer, never from inside QGIS; None or 0 takes this process.
        attempts: tries of a county whose worker dies.
        feedback: hears a stop while Dask is loaded.

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
    cancellable(check_dask, feedback or Feedback())
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
        cancellable(check_dask, feedback)
        from distributed import Security

        # Without encryption any user of this computer could send code to the workers.
        security = Security.temporary() if find_spec("cryptography") else Security()
        count = min(self._workers, len(tasks))
        with scratch_folder() as scratch:
            others, cluster, whole = set(active_children()), None, False
            try:
                cluster = cancellable(lambda: _started(count, security, str(scratch)), feedback)
                shared = [_with_threads(task, count) for task in tasks]
                inner = ClusterExecutor(cluster.scheduler_address, self._attempts, self._silence, self._job, security)
                yield from inner.run(shared, feedback)
                whole = not feedback.cancelled()
            finally:
                if cluster is None or not (whole and _closed(cluster, feedback)):
                    _end(cluster, set(active_children()) - others)
                    _tidy(tasks)


def _started(workers: int, security: Security, scratch: str) -> LocalCluster:
    """Start a scheduler and its workers, which never hear what a terminal sends to all processes of a command.

    Raises:
        ExecutorError: they do not start.
    """
    from distributed import LocalCluster

    try:
        with _deaf():
            return LocalCluster(
                n_workers=workers,
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


@contextlib.contextmanager
def _deaf() -> Iterator[None]:
    """Let threads and processes that begin meanwhile, and what these begin, never get Ctrl-C or a hang-up.

    A process that is still loading would die of them, and Dask would start it again, and again.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    from multiprocessing.resource_tracker import ensure_running

    ensure_running()  # which lets go of the signals where it is started later
    before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGHUP))
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _closed(cluster: LocalCluster, feedback: Feedback) -> bool:
    """Close the workers in order; return False where the analyst stopped meanwhile."""
    try:
        cancellable(cluster.close, feedback)
    except Cancelled:
        return False
    return True


def _end(cluster: LocalCluster | None, workers: set[BaseProcess]) -> None:
    """End the workers at once, while their scheduler closes, which would start them again."""

    def kill() -> None:
        for worker in workers:
            worker.kill()

    put_away(cluster.close if cluster is not None else lambda: None, LEAVE_SECONDS, kill)


def _tidy(tasks: Sequence[CountyTask]) -> None:
    """Remove what workers that were ended left of their counties."""
    for task in tasks:
        with contextlib.suppress(OutputError):
            CountyFolder(task.folder, task.key).tidy()


def _with_threads(task: CountyTask, workers: int) -> CountyTask:
    """Share the cores out among the workers, unless the analyst said how many threads each takes."""
    if task.mapping_options.threads is not None:
        return task
    threads = max(1, usable_cores() // workers)
    return replace(task, mapping_options=replace(task.mapping_options, threads=threads))
