"""Progress that moves with time: reading and the network each in proportion to what they cost."""

from __future__ import annotations

from concurrent.futures import Future, TimeoutError
from typing import TYPE_CHECKING, TypeVar

from ..feedback import Feedback
from .estimate import reading_share

if TYPE_CHECKING:
    from ..series.preprocessing.prepared import PreparedSeries

T = TypeVar("T")

FINISHING = 0.03
"""Share of the progress that overviews and renaming take."""

GLANCE_SECONDS = 0.2


class Progress:
    """Counts the acquisitions read and the blocks mapped of one run.

    The reading thread only counts; the thread that runs the network does all the talking.
    """

    def __init__(self, feedback: Feedback, prepared: PreparedSeries, tiles: int, blocks: int):
        self._feedback = feedback
        self._reading_share = reading_share(prepared)
        looks = sum(
            len(acquisition.parts)
            for series in (prepared.s2, prepared.s1)
            if series is not None
            for acquisition in series.acquisitions
        )
        self._looks = max(1, looks * tiles)
        self._blocks = max(1, blocks)
        self._read = 0
        self._mapped = 0

    def reading(self) -> Feedback:
        """Return what a reader reports to: it asks once a part whether to stop, and is counted by that."""
        return _ReadCounter(self)

    def count_read(self) -> None:
        """Count one part of an acquisition, and stop the reader when the analyst asked for it."""
        self._feedback.check()
        self._read += 1

    def wait_for(self, work: Future[T]) -> T:
        """Wait for what another thread makes, telling how it goes."""
        while True:
            try:
                return work.result(timeout=GLANCE_SECONDS)
            except TimeoutError:
                if work.done():
                    raise
                self._tell()

    def check(self) -> None:
        """Raise Cancelled when the analyst asked to stop."""
        self._feedback.check()

    def mapped(self, blocks: int) -> None:
        """Count blocks that are written."""
        self._mapped += blocks
        self._tell()

    def _tell(self) -> None:
        self._feedback.check()
        read = min(1.0, self._read / self._looks)
        done = self._reading_share * read + (1 - self._reading_share) * self._mapped / self._blocks
        self._feedback.progress((1 - FINISHING) * done)


class _ReadCounter(Feedback):
    """The feedback of a reader."""

    def __init__(self, progress: Progress):
        self._progress = progress

    def check(self) -> None:
        self._progress.count_read()
