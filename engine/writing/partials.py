"""Partial files: their names, their way to the disk, and what killed runs left behind."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import itertools
import os
import platform
import re
import shutil
import tempfile
from pathlib import Path

from .lock import CLAIM, remove_claim

_ABANDONED_DAYS = 7
_OURS = re.compile(r"\..+\.(?:partial|previous)-(\d{1,9})-\d+(?:-([0-9a-f]{8}))?(?:\..*)?", re.DOTALL)
_CLAIMS = re.compile(rf"\..+{re.escape(CLAIM)}", re.DOTALL)
_NO_SYNC = (errno.EINVAL, errno.ENOTSUP, errno.EACCES, errno.EPERM, errno.EBADF)
"""What file systems answer that cannot be asked to write out now."""

_COUNTER = itertools.count(1)


def mark(kind: str) -> str:
    """Return ".partial-<process>-<number>-<computer>", which no other file of any run has."""
    return f".{kind}-{os.getpid()}-{next(_COUNTER)}-{_computer()}"


def write_out(path: Path) -> None:
    """Have the disk hold what was written, so that a power cut cannot leave a name without its content."""
    try:
        # Windows wants a file that is open for writing, and opens no folder.
        handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    except OSError as error:
        if error.errno in _NO_SYNC:
            return
        raise
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in _NO_SYNC:
            raise
    finally:
        os.close(handle)


def remove_abandoned(folder: Path) -> None:
    """Remove what killed runs left in a folder: at once where their process is known to be gone, else after a week.

    The age is told by the clock of the file system, so that a clock that jumps does not make a running file old.
    """
    with contextlib.suppress(OSError):
        entries = [entry for entry in folder.iterdir() if _OURS.fullmatch(entry.name) or _CLAIMS.fullmatch(entry.name)]
        if not entries:
            return
        with tempfile.TemporaryFile(dir=folder) as trial:
            limit = os.fstat(trial.fileno()).st_mtime - _ABANDONED_DAYS * 86400
        for entry in entries:
            with contextlib.suppress(OSError):
                if _CLAIMS.fullmatch(entry.name):
                    remove_claim(entry)
                elif not _is_abandoned(entry, limit):
                    continue
                elif entry.is_file():
                    entry.unlink()
                elif entry.is_dir() and not entry.is_symlink():
                    shutil.rmtree(entry)


def _is_abandoned(entry: Path, limit: float) -> bool:
    match = _OURS.fullmatch(entry.name)
    if match is None:
        return False
    process, computer = int(match.group(1)), match.group(2)
    if computer == _computer() and os.name == "posix":
        return not _runs(process)
    return entry.stat().st_mtime < limit


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _computer() -> str:
    """Return a name for what a process number is valid in: this computer, or one container on it."""
    try:
        space = os.stat("/proc/self/ns/pid").st_ino
    except OSError:
        space = 0
    return hashlib.sha256(f"{platform.node()}|{space}".encode("utf-8", "replace")).hexdigest()[:8]
