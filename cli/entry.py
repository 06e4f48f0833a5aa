"""The door of the command `crop-attention`: says in a sentence when GDAL is missing, before anything is imported."""

from __future__ import annotations

import os
import signal
import sys
import threading
from importlib import import_module
from importlib.util import find_spec

from ..models import naming
from ..models.language import N_, of_environment, tr, use

MISSING = N_(
    "error: This Python has no GDAL (the module osgeo): install the system's (python3-gdal on Debian and Ubuntu, gdal "
    "of conda-forge elsewhere) and give this Python access to it, as by 'python3 -m venv --system-site-packages'.\n"
)


UNLOADED = N_(
    "error: The program cannot be loaded ({}): give it more memory where that is limited (ulimit -v, a batch system, a "
    "container), else install that package again.\n"
)
LEAST_ADDRESSES = 288 << 20
STOPPED = 130
CANCELLED = N_("error: The run was cancelled; nothing was written.\n")
"""What the commands say themselves once they have begun."""


def main() -> int:
    """Run a command and return the exit status; Ctrl-C is heard while the program is still being loaded too."""
    before = signal.getsignal(signal.SIGINT)
    if before is signal.default_int_handler:
        signal.signal(signal.SIGINT, _leave)
    try:
        naming.speak_to(naming.TERMINAL)
        use(_asked(sys.argv[1:]) or of_environment())
        if find_spec("osgeo") is None:
            sys.stderr.write(tr(MISSING))
            return 1
        try:
            _prepare_for_limit()
            run = import_module(".main", __package__).main
        except Exception as error:  # without memory an import ends in any of them
            sys.stderr.write(tr(UNLOADED).format(" ".join(str(error).split()) or type(error).__name__))
            return 1
        status: int = run()
        if status == STOPPED:
            _end_with_given_up()
        return status
    finally:
        signal.signal(signal.SIGINT, before)


def _end_with_given_up() -> None:
    """End at once where a library still computes what was given up: it aborts a process that ends in order."""
    from ..engine.cancelling import GIVEN_UP

    if any(each.name == GIVEN_UP for each in threading.enumerate()):
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(STOPPED)


def _prepare_for_limit() -> None:
    """Refuse a limit of addresses under which NumPy waits for ever, and keep it from threads that cost more of them.

    Raises:
        MemoryError: the limit is too low.
    """
    try:
        import resource

        limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    except (ImportError, AttributeError):  # not on Windows
        return
    if limit != resource.RLIM_INFINITY:
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        if limit < LEAST_ADDRESSES:
            raise MemoryError(f"{limit >> 20} MB of memory are allowed and {LEAST_ADDRESSES >> 20} needed")


def _leave(number: int, frame: object) -> None:
    """End at once: nothing was begun, and an exception could be lost in the import of a compiled module."""
    os.write(2, tr(CANCELLED).encode("utf-8", "replace"))
    os._exit(STOPPED)


def _asked(words: list[str]) -> str:
    """Return the value of --language; the parser checks it, when the sentences are in that language already."""
    for word, following in zip(words, [*words[1:], ""]):
        if word == "--language" or word.startswith("--language="):
            return word.partition("=")[2] or following
    return ""
