"""Counties on a Dask cluster that is reached by its address."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ...feedback import Feedback
from ...provenance import version
from ..county import classify_county
from ..options import CountiesOptions
from .base import Job
from .cluster_run import ClusterRun
from .connection import check_address, connect
from .inspection import check_workers
from .talk import Talk

if TYPE_CHECKING:
    from distributed import Security

    from ..outcome import CountyOutcome
    from ..task import CountyTask

SILENCE = 30.0


class ClusterExecutor:
    """Classifies counties on the workers of a Dask scheduler, as many at a time as there are workers."""

    def __init__(
        self,
        address: str,
        attempts: int = CountiesOptions.attempts,
        silence: float = SILENCE,
        job: Job = classify_county,
        security: Security | None = None,
    ) -> None:
        """Check the address.

        Args:
            address: such as tcp://host:8786.
            attempts: tries of a county whose worker dies.
            silence: seconds without a sign of life after which either side takes the other for gone.
            job: what is done with a county.
            security: certificates for TLS; None takes those of Dask's own configuration.

        Raises:
            ExecutorError: the text is no address.
        """
        check_address(address)
        self._address, self._attempts, self._silence = address, attempts, silence
        self._job, self._security = job, security

    def run(self, tasks: Sequence[CountyTask], feedback: Feedback) -> Iterator[CountyOutcome]:
        """Yield one outcome a task; see `Executor.run`."""
        if not tasks:
            return
        with connect(self._address, feedback, self._security) as client:
            check_workers(client, tasks, feedback)
            talk = Talk(version(), self._attempts, self._silence)
            with ClusterRun(client, self._address, tasks, talk, self._job, feedback) as run:
                yield from run.outcomes()
