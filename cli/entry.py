"""The door of the command `crop-attention`: says in a sentence when GDAL is missing, before anything is imported."""

from __future__ import annotations

import os
import signal
import sys
from importlib import import_module
from importlib.util import find_spec

from ..models.language import of_environment, use

MISSING = (
    "error: This Python has no GDAL (the module osgeo): install the system's (python3-gdal on Debian and Ubuntu, gdal "
    "of conda-forge elsewhere) and give this Python access to it, as by 'python3 -m venv --system-site-packages'.\n"
)


UNLOADED = (
    "error: The program cannot be loaded ({}): give it more memory where that is limited (ulimit -v, a batch system, a "
    "container), else install that package again.\n"
)
STOPPED = 130
CANCELLED = b"error: The run was cancelled; nothing was written.\n"
"""What the commands say themselves once they have begun."""


def main() -> int:
    """Run a command and return the exit status; Ctrl-C is heard while the program is still being loaded too."""
    before = signal.getsignal(signal.SIGINT)
    if before is signal.default_int_handler:
        signal.signal(signal.SIGINT, _leave)
    try:
        if find_spec("osgeo") is None:
            sys.stderr.write(MISSING)
            return 1
        use(_asked(sys.argv[1:]) or of_environment())
        try:
            run = import_module(".main", __package__).main
        except (ImportError, MemoryError, OSError, SystemError) as error:
            sys.stderr.write(UNLOADED.format(" ".join(str(error).split()) or type(error).__name__))
            return 1
        return run()
    finally:
        signal.signal(signal.SIGINT, before)


def _leave(number: int, frame: object) -> None:
    """End at once: nothing was begun, and an exception could be lost in the import of a compiled module."""
    os.write(2, CANCELLED)
    os._exit(STOPPED)


def _asked(words: list[str]) -> str:
    """Return the value of --language; the parser checks it, when the sentences are in that language already."""
    for word, following in zip(words, [*words[1:], ""]):
        if word == "--language" or word.startswith("--language="):
            return word.partition("=")[2] or following
    return ""
