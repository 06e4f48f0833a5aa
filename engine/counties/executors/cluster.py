"""Counties on a Dask cluster that is reached by its address: tasks out, messages and outcomes in."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ....models.language import tr
from ...feedback import Feedback
from ...provenance import version
from ..county import classify_county
from ..outcome import CANCELLED, CountyOutcome, cancelled, failed
from ..request import CountiesOptions
from .base import CountyFeedback, Job, WholeProgress, expected_cost
from .connection import check_address, check_workers, connect
from .messages import BEGIN, END, PROGRESS, TITLE, WARNING, Pulse, Talk
from .worker import given_up, work

if TYPE_CHECKING:
    from distributed import Client, Future, Security

    from ..county import CountyTask
    from ..outcome import CountyOutcome

POLL = 0.25
FETCH_SECONDS = 10.0

STOP_SECONDS = 0.8
"""What running counties get to tell that they stopped; a worker that does not stops later, and writes nothing more."""


class ClusterRun:
    """Everything that arrives lands in one box, which the thread that asks for outcomes empties."""

    def __init__(
        self, client: Client, address: str, tasks: Sequence[CountyTask], talk: Talk, job: Job, feedback: Feedback
    ) -> None:
        """Keep what the run needs; nothing is sent before it is entered."""
        self._client, self._address, self._talk, self._job, self._feedback = client, address, talk, job, feedback
        self._box: queue.SimpleQueue[Any] = queue.SimpleQueue()
        whole = WholeProgress(tasks, feedback)
        self._voices = {task.key: CountyFeedback(task, whole, feedback) for task in tasks}
        self._open = {task.key: task for task in tasks}
        self._tries = dict.fromkeys(self._open, 0)
        self._claims: dict[str, Any] = {}
        self._futures: dict[str, tuple[str, Future]] = {}
        self._pulse = Pulse(client, talk)
        self._gone = False

    def __enter__(self) -> ClusterRun:
        from distributed import Queue

        self._client.subscribe_topic(self._talk.topic, lambda event: self._box.put(event[1]))
        self._pulse.start()
        # The largest first, so that no worker ends long after the others.
        for task in sorted(self._open.values(), key=expected_cost, reverse=True):
            if self._feedback.cancelled():
                break
            self._claims[task.key] = Queue(self._talk.claims(task.key), client=self._client)
            self._submit(task)
        return self

    def __exit__(self, *error: object) -> None:
        """Stop what still runs and leave nothing on the scheduler."""
        for _ in self._wind_down() if self._open and not self._lost() else ():
            continue
        self._pulse.end()
        if self._client.status == "running":
            self._client.cancel([future for _, future in self._futures.values()])
            self._client.unsubscribe_topic(self._talk.topic)
            for claims in self._claims.values():
                claims.close()

    def outcomes(self) -> Iterator[CountyOutcome]:
        """Yield an outcome a task."""
        while self._open:
            yield from self._arrived()
            if self._open and self._lost():
                yield from self._close_all(self._forsaken)
            elif self._open and self._feedback.cancelled():
                yield from self._wind_down()
                yield from self._close_all(cancelled)

    def _wind_down(self) -> Iterator[CountyOutcome]:
        """Tell the workers to stop, and yield the outcomes of counties that end in the seconds they get for it."""
        self._pulse.stop()
        began = time.monotonic()
        while self._open and not self._lost():
            yield from self._arrived()
            if time.monotonic() - began > STOP_SECONDS:
                return

    def _arrived(self) -> Iterator[CountyOutcome]:
        """Empty the box, after a short wait."""
        entry = None
        try:
            entry = self._box.get(timeout=POLL)
            while True:
                outcome = self._hear(entry) if isinstance(entry, dict) else self._settle(*entry)
                if outcome is not None:
                    yield self._close(outcome)
                entry = self._box.get_nowait()
        except queue.Empty:
            return

    def _submit(self, task: CountyTask) -> None:
        self._tries[task.key] += 1
        name = f"county-{task.key}-{self._talk.run}-{self._tries[task.key]}"
        future = self._client.submit(work, task, self._talk, self._job, key=name, pure=False)
        self._futures[name] = (task.key, future)
        self._watch(name, future)

    def _watch(self, name: str, future: Future) -> None:
        future.add_done_callback(lambda _: self._box.put((name, future)))

    def _hear(self, message: dict[str, Any]) -> CountyOutcome | None:
        """Pass on what a worker says of a county that is still open; return its outcome if it says that."""
        key, kind, value = message["county"], message["kind"], message["value"]
        if key not in self._open:
            return None
        if kind == END:
            outcome = CountyOutcome.from_dict(value)
            return None if self._stray(outcome) else outcome
        voice = self._voices[key]
        if kind == BEGIN:
            if value > 1:
                voice.warning(
                    tr("Its worker died; this is attempt {value} of {attempts}.").format(
                        value=value, attempts=self._talk.attempts
                    )
                )
        elif kind == PROGRESS:
            voice.progress(value)
        else:
            {TITLE: voice.title, WARNING: voice.warning}[kind](value)
        return None

    def _settle(self, name: str, future: Future) -> CountyOutcome | None:
        """Return the outcome of a future that has ended, None where there is none yet."""
        from distributed import KilledWorker, TimeoutError

        key, _ = self._futures.get(name, ("", None))
        if key not in self._open:
            return None
        task = self._open[key]
        if future.status == "finished":
            try:
                outcome = future.result(timeout=FETCH_SECONDS)
            except TimeoutError:
                # The worker that held it is gone; Dask makes it again.
                self._watch(name, future)
                return None
            return self._again(name, task) if self._stray(outcome) else outcome
        if future.status == "error":
            error = future.exception(timeout=FETCH_SECONDS)
            if isinstance(error, KilledWorker):
                return self._again(name, task)
            return failed(
                task,
                tr("Its worker failed ({name}: {split}).").format(
                    name=type(error).__name__, split=" ".join(str(error).split())
                ),
            )
        self._gone = True
        return None

    def _stray(self, outcome: CountyOutcome) -> bool:
        """Return whether a worker stopped a county because it lost touch, not because anybody asked it to."""
        return outcome.status == CANCELLED and not self._feedback.cancelled()

    def _again(self, name: str, task: CountyTask) -> CountyOutcome | None:
        """Submit a county whose worker was lost once more, unless it has had its tries."""
        del self._futures[name]
        lost = max(self._tries[task.key], self._claims[task.key].qsize())
        if lost >= self._talk.attempts:
            return given_up(task, lost)
        self._submit(task)
        return None

    def _close(self, outcome: CountyOutcome) -> CountyOutcome:
        del self._open[outcome.key]
        self._futures = {name: entry for name, entry in self._futures.items() if entry[0] != outcome.key}
        if outcome.status != CANCELLED:
            self._voices[outcome.key].progress(1.0)
        return outcome

    def _forsaken(self, task: CountyTask) -> CountyOutcome:
        return failed(
            task,
            tr("The Dask scheduler at {address} stopped answering during the run; start it and run again.").format(
                address=self._address
            ),
        )

    def _close_all(self, verdict: Callable[[CountyTask], CountyOutcome]) -> Iterator[CountyOutcome]:
        for task in list(self._open.values()):
            yield self._close(verdict(task))

    def _lost(self) -> bool:
        return self._gone or self._client.status != "running" or self._pulse.silent_for() > self._talk.silence


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
        if not tasks:
            return
        with connect(self._address, feedback, self._security) as client:
            check_workers(client, tasks, feedback)
            talk = Talk(version(), self._attempts, self._silence)
            with ClusterRun(client, self._address, tasks, talk, self._job, feedback) as run:
                yield from run.outcomes()
