"""How long work speaks to whoever started it: a dialog, a terminal or nobody."""

from __future__ import annotations

from .errors import Cancelled


class Feedback:
    """Silent default; front ends override what they can show."""

    def progress(self, fraction: float) -> None:
        """Report the share of the work that is done, 0 to 1."""

    def info(self, message: str) -> None:
        """Report something worth knowing."""

    def warning(self, message: str) -> None:
        """Report something that lowers the quality of the result."""

    def cancelled(self) -> bool:
        """Return whether the analyst asked to stop."""
        return False

    def check(self) -> None:
        """Raise Cancelled when the analyst asked to stop."""
        if self.cancelled():
            raise Cancelled
