"""One lock for all: the operating system holds it for a process and lets go of it however that ends."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import socket
import stat
import time
import weakref
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...models.language import tr
from ..errors import OutputError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]
    import msvcrt

CLAIM = ".in-use"
_FAR = 1 << 30
"""Windows bars others from reading what is locked, so a byte behind the content is."""

_TRIES = 8
_PATIENCE, _PAUSE = 0.5, 0.02
"""Seconds that a claim of another run is waited for in all, and between two tries."""

_LONGEST = 1 << 20
_HELD = (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES, errno.EDEADLK)


class Foreign(Exception):
    """The name of a lock belongs to something that is no lock: nothing was opened, written or removed."""


class FileLock:
    """A lock that is a file: empty, or with a note on who holds it."""

    def __init__(self, place: Path) -> None:
        """Name the file; `take` makes and locks it."""
        self.place = place
        self._handle: int | None = None
        self._process = os.getpid()

    def take(self, make: bool = True) -> bool:
        """Lock the file; return False where another process holds it.

        Args:
            make: whether a lock that is absent is made.

        Raises:
            Foreign: a link, a folder, a device or somebody's file stands there.
            OSError: the file cannot be made; or the file system knows no locks, which `unsupported` tells apart.
        """
        for _ in range(_TRIES):
            handle = _open(self.place, make)
            try:
                locked = _lock(handle)
                if locked and os.path.samestat(os.fstat(handle), os.stat(self.place)):
                    self._handle, self._process = handle, os.getpid()
                    return True
            except FileNotFoundError:
                locked = True  # the holder before removed it between opening and locking
            except OSError:
                os.close(handle)
                raise
            os.close(handle)
            if not locked:
                return False
        return False

    def write(self, note: Mapping[str, Any]) -> None:
        """Put a note into the file that is held."""
        if self._handle is not None:
            os.ftruncate(self._handle, 0)
            os.lseek(self._handle, 0, os.SEEK_SET)
            content = json.dumps(dict(note)).encode()
            if os.write(self._handle, content) < len(content):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def read(self) -> dict[str, Any]:
        """Return the note of whoever holds it, {} where none can be read."""
        return read_note(self.place)

    def leave(self) -> None:
        """Let go, and let the file stand."""
        handle, self._handle = self._handle, None
        if handle is not None:
            os.close(handle)

    def release(self) -> None:
        """Remove the file and let go; does nothing in a forked child, which inherits the handle and not the lock."""
        handle, self._handle = self._handle, None
        if handle is None or os.getpid() != self._process:
            return
        if fcntl is not None:  # while it is still locked, so that nobody else's is removed
            with contextlib.suppress(OSError):
                os.unlink(self.place)
        with contextlib.suppress(OSError):
            os.close(handle)
        if fcntl is None:
            with contextlib.suppress(OSError):
                os.unlink(self.place)


def claim(final: Path, owner: object) -> weakref.finalize | None:
    """Say that `owner` writes `final` until what is returned is called, or `owner` or the process is gone.

    A claim that is only held for a moment, by the check or the clearing up of a run that starts at the same time, is
    waited for: two runs would refuse each other otherwise, and nobody would write.

    Returns:
        None where the file system knows no locks.

    Raises:
        OutputError: another run writes it.
    """
    lock = FileLock(final.with_name(f".{final.name}{CLAIM}"))
    try:
        until = time.monotonic() + _PATIENCE
        while not (taken := lock.take()) and time.monotonic() < until:
            time.sleep(_PAUSE)
    except Foreign:
        raise in_the_way(lock.place) from None
    except OSError:
        return None
    if not taken:
        raise OutputError(
            tr("Another run is writing {final} now: wait until it has ended or choose another name.").format(
                final=final
            )
        )
    return weakref.finalize(owner, lock.release)


def remove_claim(place: Path) -> None:
    """Remove a claim that nobody holds."""
    lock = FileLock(place)
    with contextlib.suppress(OSError, Foreign):
        if lock.take(make=False):
            lock.release()


def read_note(place: Path) -> dict[str, Any]:
    """Return the note in a lock, {} where there is none."""
    if not os.path.isfile(place):  # a pipe of that name would be waited for
        return {}
    try:
        with open(place, "rb") as file:
            found = json.loads(file.read(_LONGEST).decode("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def in_the_way(place: Path) -> OutputError:
    """Return what is said of a file that stands where a lock belongs."""
    return OutputError(
        tr(
            "The file {place} has the name of a run's lock file, but is a link or not a lock file: it was not "
            "changed; move it away or choose another folder."
        ).format(place=place)
    )


def _open(place: Path, make: bool) -> int:
    """Open a lock without touching what it holds.

    Raises:
        Foreign: it is no plain file of its own, or holds what no lock holds.
        OSError: it cannot be opened.
    """
    with contextlib.suppress(FileNotFoundError):
        _check(os.lstat(place), place)
    flags = os.O_RDWR | (os.O_CREAT if make else 0)
    for name in ("O_NOFOLLOW", "O_CLOEXEC", "O_NONBLOCK", "O_BINARY"):  # those that the system has
        flags |= getattr(os, name, 0)
    try:
        handle = os.open(place, flags, 0o666)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise Foreign from error
        raise
    try:
        _check(os.fstat(handle), place)
    except Foreign:
        os.close(handle)
        raise
    return handle


def _check(status: os.stat_result, place: Path) -> None:
    if not stat.S_ISREG(status.st_mode) or status.st_nlink > 1:
        raise Foreign
    if status.st_size and "process" not in read_note(place):
        raise Foreign


def _lock(handle: int) -> bool:
    """Lock an open file for this process, at once; return whether nobody else has it.

    Raises:
        OSError: the file system knows no locks and somebody may hold it.
    """
    try:
        if fcntl is not None:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        else:
            os.lseek(handle, _FAR, os.SEEK_SET)
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
            os.lseek(handle, 0, os.SEEK_SET)
    except OSError as error:
        if error.errno in _HELD:
            return False
        return _free_without_locks(handle, error)
    return True


def _free_without_locks(handle: int, error: OSError) -> bool:
    """Return whether the process that a note names is gone, on a file system that knows no locks."""
    os.lseek(handle, 0, os.SEEK_SET)
    try:
        holder = json.loads(os.read(handle, _LONGEST).decode("utf-8") or "{}")
    except (ValueError, RecursionError):
        holder = {}
    if not holder:
        return True
    process = holder.get("process")
    if holder.get("host") != socket.gethostname() or not isinstance(process, int) or fcntl is None:
        return True  # told apart by the note itself
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return process == os.getpid()
