"""What an earlier step has set, for the reader and the type checker."""

from __future__ import annotations

from typing import TypeVar

T = TypeVar("T")


def known(value: T | None) -> T:
    """Return a value that is there by now.

    Raises:
        ValueError: it is None, which is a fault of the caller.
    """
    if value is None:
        raise ValueError("What an earlier step has to set is missing.")
    return value
