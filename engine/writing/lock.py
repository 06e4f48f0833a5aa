"""One run at a time in an output folder: the lock goes with the process that holds it, however it ends."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import secrets
import socket
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from ..errors import OutputError
from ..provenance import now

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None
    import msvcrt

NAME = ".counties.lock"
_FAR = 1 << 30
"""Windows bars others from reading what is locked, so a byte behind the content is."""

_TRIES = 5
_HELD = (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES, errno.EDEADLK)


class FolderLock:
    """Holds the output folder of a run over counties. The operating system lets go of it when the process dies.

    Attributes:
        token: names this run; a worker writes only while the lock still carries it.
    """

    def __init__(self, folder: str) -> None:
        """Name the folder; `with` takes the lock."""
        self.folder = Path(folder)
        self.token = secrets.token_hex(8)
        self._file: IO[str] | None = None
        self._made: list[Path] = []

    def __enter__(self) -> FolderLock:
        """Take the lock.

        Raises:
            OutputError: the folder cannot be written, or another run works in it.
        """
        self._made = [entry for entry in (self.folder, *self.folder.parents) if not entry.exists()]
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._file = self._locked()
            self._refuse_other_host()
            self._write()
        except OSError as error:
            self._close()
            raise OutputError(
                f"The folder {self.folder} cannot be written ({error.strerror or error}): choose another output folder."
            ) from error
        except OutputError:
            self._close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go; a folder that was made for nothing goes too."""
        place = self.folder / NAME
        if fcntl is not None:  # while it is still locked, so that nobody else's is removed
            with contextlib.suppress(OSError):
                place.unlink()
            self._close()
        else:
            self._close()
            with contextlib.suppress(OSError):
                place.unlink()
        for folder in self._made:
            with contextlib.suppress(OSError):
                folder.rmdir()

    def _locked(self) -> IO[str]:
        """Open and lock the file that lies in the folder now."""
        place = self.folder / NAME
        for _ in range(_TRIES):
            file = open(place, "a+", encoding="utf-8")
            if not _lock(file):
                file.close()
                raise self._taken(_read(place))
            # The holder before may have removed it between opening and locking.
            with contextlib.suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(file.fileno()), os.stat(place)):
                    return file
            file.close()
        raise self._taken(_read(place))

    def _refuse_other_host(self) -> None:
        """Refuse a lock left by another computer: whether that one still runs cannot be told from here."""
        holder = _read(self.folder / NAME)
        if holder and holder.get("host") != socket.gethostname():
            raise self._taken(holder, f" If that run is over, remove {self.folder / NAME}.")

    def _taken(self, holder: dict[str, Any], remedy: str = "") -> OutputError:
        who = "another run"
        if holder:
            who = f"a run that began at {holder.get('since')} (process {holder.get('process')} on {holder.get('host')})"
        return OutputError(
            f"The folder {self.folder} is in use by {who}: wait until it ends, or choose another output folder.{remedy}"
        )

    def _write(self) -> None:
        content = {"host": socket.gethostname(), "process": os.getpid(), "since": now(), "token": self.token}
        self._file.truncate(0)
        self._file.write(json.dumps(content))
        self._file.flush()

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def check_token(folder: str, token: str) -> None:
    """Raise OutputError when the run of a worker no longer holds the output folder; "" is not checked."""
    if token and _read(Path(folder) / NAME).get("token") != token:
        raise OutputError(
            f"The run that this county belongs to no longer holds {folder}, so its outputs were not written; "
            "the next run makes them."
        )


def _read(place: Path) -> dict[str, Any]:
    try:
        found = json.loads(place.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _lock(file: IO[str]) -> bool:
    """Lock an open file for this process, at once; return whether nobody else has it."""
    try:
        if fcntl is not None:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        else:
            os.lseek(file.fileno(), _FAR, os.SEEK_SET)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
            os.lseek(file.fileno(), 0, os.SEEK_SET)
    except OSError as error:
        if error.errno in _HELD:
            return False
        return not _alive(_read(Path(file.name)))  # a file system that knows no locks
    return True


def _alive(holder: dict[str, Any]) -> bool:
    """Return whether the process that holds a lock runs on this computer."""
    process = holder.get("process")
    if holder.get("host") != socket.gethostname() or not isinstance(process, int) or fcntl is None:
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return process != os.getpid()
