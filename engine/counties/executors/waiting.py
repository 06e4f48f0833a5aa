"""Waiting for Dask: closing what belongs to it takes no longer than is said."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from typing import Any

from ...cancelling import GIVEN_UP

LEAVE_SECONDS = 0.5
"""What Dask gets to close in when the analyst stopped."""


def put_away(work: Callable[[], Any], seconds: float, then: Callable[[], None] | None = None) -> None:
    """Close what belongs to Dask, and wait for that so long at most.

    Args:
        then: called when it has begun to close.
    """

    def close() -> None:
        with contextlib.suppress(Exception):  # Dask raises what it likes of what is gone
            work()

    closing = threading.Thread(target=close, name=GIVEN_UP, daemon=True)
    closing.start()
    if then is not None:
        then()
    closing.join(seconds)
