"""The lock on the output folder of a run over counties, and whether the run of a worker still holds it."""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
from pathlib import Path
from types import TracebackType
from typing import Any

from ...models.language import tr
from ..errors import OutputError
from ..provenance import now
from ..writing.lock import FileLock, Foreign, in_the_way, read_note

NAME = ".counties.lock"


class FolderLock:
    """Holds the output folder of a run over counties.

    Attributes:
        token: names this run; a worker writes only while the lock still carries it.
    """

    def __init__(self, folder: str) -> None:
        """Name the folder; `with` takes the lock."""
        self.folder = Path(folder)
        self.token = secrets.token_hex(8)
        self._lock = FileLock(self.folder / NAME)
        self._made: list[Path] = []

    def __enter__(self) -> FolderLock:
        """Take the lock.

        Raises:
            OutputError: the folder cannot be written, another run works in it, or the lock's name is taken.
        """
        self._made = [entry for entry in (self.folder, *self.folder.parents) if not entry.exists()]
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._take()
        except Foreign:
            self._remove_made()
            raise in_the_way(self._lock.place) from None
        except OSError as error:
            self._leave()
            raise OutputError(
                tr("The folder {folder} cannot be written ({strerror}): choose another output folder.").format(
                    folder=self.folder, strerror=error.strerror or error
                )
            ) from error
        except OutputError:
            self._remove_made()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go; a folder that was made for nothing goes too."""
        self._leave()

    def _take(self) -> None:
        before = self._lock.read()
        if not self._lock.take():
            raise self._taken(self._lock.read())
        if before and before.get("host") != socket.gethostname():
            # Whether that one still runs cannot be told from here.
            holder, place = self._lock.read() or before, self._lock.place
            if holder:
                self._lock.leave()
                raise self._taken(holder, tr(" If that run is over, remove {place}.").format(place=place))
        self._lock.write({"host": socket.gethostname(), "process": os.getpid(), "since": now(), "token": self.token})

    def _taken(self, holder: dict[str, Any], remedy: str = "") -> OutputError:
        who = tr("another run")
        if holder:
            who = tr("a run that began at {get} (process {get_2} on {get_3})").format(
                get=holder.get("since"), get_2=holder.get("process"), get_3=holder.get("host")
            )
        return OutputError(
            tr(
                "The folder {folder} is in use by {who}: wait until it ends, or choose another output folder.{remedy}"
            ).format(folder=self.folder, who=who, remedy=remedy)
        )

    def _leave(self) -> None:
        self._lock.release()
        self._remove_made()

    def _remove_made(self) -> None:
        for folder in self._made:
            with contextlib.suppress(OSError):
                folder.rmdir()


def check_token(folder: str, token: str) -> None:
    """Raise OutputError when the run of a worker no longer holds the output folder; "" is not checked."""
    if token and read_note(Path(folder) / NAME).get("token") != token:
        raise OutputError(
            tr(
                "The run that this county belongs to no longer holds {folder}, so its outputs were not written; "
                "the next run makes them."
            ).format(folder=folder)
        )
