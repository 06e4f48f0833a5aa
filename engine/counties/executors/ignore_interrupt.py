"""Loaded by local workers when they start: Ctrl+C in the terminal is for the run alone, which tells them to stop."""

from __future__ import annotations

import signal
from typing import Any


def dask_setup(worker: Any) -> None:
    """Ignore the interrupt that a terminal sends to all processes of a command."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
