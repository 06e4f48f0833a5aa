"""What the process that orders counties and the workers that classify them know of each other."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

STOP = "stop"
"""What the pulse says when the run is cancelled; a number that grows otherwise."""

BEGIN, PROGRESS, TITLE, WARNING, END = "begin", "progress", "title", "warning", "end"
"""Kinds of messages from a worker."""


@dataclass(frozen=True)
class Talk:
    """Names and rules of one run on a Dask scheduler.

    Attributes:
        version: of the plugin that orders the counties; a worker with another one refuses.
        attempts: tries of a county whose worker dies.
        silence: seconds without a pulse after which a worker takes the run for dead and stops.
        run: names the run on its scheduler.
    """

    version: str
    attempts: int
    silence: float
    run: str = field(default_factory=lambda: uuid.uuid4().hex[:12])

    @property
    def topic(self) -> str:
        """Where workers put their messages."""
        return f"crop-attention-{self.run}"

    @property
    def pulse(self) -> str:
        """The variable that says that the run is alive, or that it is to stop."""
        return f"crop-attention-pulse-{self.run}"

    def claims(self, key: str) -> str:
        """The queue that holds the address of each worker that began a county; it outlives the workers."""
        return f"crop-attention-claims-{self.run}-{key}"
