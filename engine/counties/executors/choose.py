"""From what a person asked for to an executor."""

from __future__ import annotations

from ..options import CountiesOptions
from .base import Executor, ExecutorError
from .serial import SerialExecutor


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
        raise ExecutorError("Give either the address of a scheduler or a number of workers, not both.")
    if not scheduler and not workers:
        return SerialExecutor()
    from .connection import check_dask

    if scheduler:
        from .cluster import ClusterExecutor

        executor: Executor = ClusterExecutor(scheduler, attempts)
    else:
        from .local import LocalExecutor

        executor = LocalExecutor(workers or 0, attempts)
    check_dask()
    return executor
