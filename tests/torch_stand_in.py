"""A torch that can nothing but add three ones, and a set-up window that is let work."""

from __future__ import annotations

import time

TORCH = """
class version: cuda = None
class cuda:
    is_available = staticmethod(lambda: False)
__version__ = "2.13.0"
class ones:
    def __init__(self, n): self.n = n
    def sum(self): return self
    def item(self): return float(self.n)
"""


def log_when_idle(qgis_app, window, seconds: float) -> str:
    """Let a window work until nothing runs, for so long at most; return its log."""
    until = time.monotonic() + seconds
    while window._process is not None:
        assert time.monotonic() < until
        qgis_app.processEvents()
        time.sleep(0.01)
    return window.log.toPlainText()
