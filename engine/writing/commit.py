"""Files appear under their names together; what a kill interrupts is finished by the next command."""

from __future__ import annotations

import contextlib
import filecmp
import os
import re
import shutil
import socket
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ...models.language import tr
from ..errors import OutputError
from .lock import FileLock, Foreign
from .partials import mark, write_out
from .place import unwritable

_NOTE = re.compile(r"\.outputs\.commit-\d{1,9}-\d+-[0-9a-f]{8}")
"""Name of the note on what is being put in place, the same in every folder that it is about."""

_ELSEWHERE_SECONDS = 3600
"""Age from which a run on another computer is taken for dead: drives there are that know no locks."""


def put_in_place(moves: Sequence[tuple[Path, Path]], stale: Iterable[Path] = ()) -> None:
    """Rename files that are whole to their final places, or leave everything as it was.

    Args:
        moves: each partial file and its place, in their order.
        stale: files to remove, unless one of the moves replaces them.

    Raises:
        OutputError: a file cannot be written or replaced; what stood before still stands.
    """
    ending = mark("previous")
    kept: list[tuple[Path, Path]] = []
    placed: list[Path] = []
    notes: list[FileLock] = []
    place = moves[-1][1] if moves else Path()
    try:
        # Whatever is put in place is replaced, and its place is never empty.
        targets = {target for _, target in moves}
        gone = [entry for entry in dict.fromkeys(stale) if entry not in targets and entry.is_file()]
        for part, _ in moves:
            write_out(part)
        for place in sorted({*gone, *targets}):
            if place.exists():
                kept.append((place, _set_aside(place, ending)))
        if len(moves) + len(gone) > 1:
            _note(moves, gone, ending, notes)
        for place in gone:
            place.unlink()
        for part, place in moves:
            os.replace(part, place)
            placed.append(place)
    except BaseException as error:
        # An interrupt too leaves what stood there before, or all that is new.
        _drop(notes)
        _restore(kept, placed)
        if isinstance(error, OSError):
            raise unwritable(place, error) from error
        raise
    for folder in {place.parent for place in placed}:
        write_out(folder)
    _drop(notes)
    for _, backup in kept:
        with contextlib.suppress(OSError):
            backup.unlink()


def finish(folder: str | os.PathLike[str]) -> None:
    """Put in place what a killed run had begun to put in place in a folder; what came there since stays.

    Raises:
        OutputError: it cannot be put in place.
    """
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry in entries if _NOTE.fullmatch(entry.name)]
    except OSError:
        return
    for name in names:
        lock = FileLock(Path(os.path.abspath(folder), name))
        try:
            if not lock.take(make=False):
                continue  # it is being put in place now
            note, since = lock.read(), lock.place.stat().st_mtime_ns
            if note.get("host") not in (None, socket.gethostname()) and _age(lock.place) < _ELSEWHERE_SECONDS:
                lock.leave()
            elif (lock.place.parent / str(note.get("head")) / name).is_file():
                for other, parts in _listed(note):
                    _follow(lock.place.parent / other, name, parts, str(note.get("previous")), since)
            lock.release()
        except (FileNotFoundError, Foreign):
            lock.leave()
        except OSError as error:
            lock.leave()
            raise OutputError(
                tr(
                    "A run was killed while it put its outputs into {folder}, some of which are old, and this cannot "
                    "be repaired now ({reason}): make the folder writable, or remove {place} and run again."
                ).format(folder=folder, reason=error.strerror or error, place=lock.place)
            ) from error


def _note(moves: Sequence[tuple[Path, Path]], gone: Sequence[Path], ending: str, notes: list[FileLock]) -> None:
    """Note in each folder what is to be done there; it counts once the folder of the last file has it too."""
    parts: dict[Path, list[str]] = {place.parent: [] for place in gone}
    for part, place in moves:
        parts.setdefault(place.parent, []).append(part.name)
    head = (moves[-1][1] if moves else gone[-1]).parent
    name = f".outputs{mark('commit')}"
    try:
        for folder in sorted(parts, key=lambda folder: folder == head):
            lock = FileLock(folder / name)
            if lock.take():
                notes.insert(0, lock)
                lock.write(
                    {
                        "process": os.getpid(),
                        "host": socket.gethostname(),
                        "head": _towards(head, folder),
                        "previous": ending,
                        "parts": {_towards(other, folder): names for other, names in parts.items()},
                    }
                )
                write_out(lock.place)
    except OSError:
        _drop(notes)  # no room for the note is no reason to throw the outputs away


def _drop(notes: list[FileLock]) -> None:
    """Remove the notes, the one that makes them count first."""
    while notes:
        notes.pop(0).release()


def _towards(folder: Path, start: Path) -> str:
    """Return the way from one folder to another, so that the folder above both may be moved."""
    try:
        return os.path.relpath(folder, start)
    except ValueError:  # on another drive of Windows
        return str(folder)


def _listed(note: Mapping[str, Any]) -> list[tuple[str, list[str]]]:
    parts = note.get("parts")
    return [(str(folder), [*map(str, names)]) for folder, names in parts.items()] if isinstance(parts, dict) else []


def _follow(folder: Path, name: str, parts: Sequence[str], ending: str, since: int) -> None:
    """Do in one folder what a note says, as far as it is about files of its own run."""
    process, computer = name.split("-")[1::2]
    if not re.fullmatch(rf"\.previous-{process}-\d+-{computer}", ending) or not folder.is_dir():
        return
    own = re.compile(rf"\.(.+)\.partial-{process}-\d+-{computer}(\..*)?", re.DOTALL)
    moves = {match[1] + (match[2] or ""): match[0] for match in map(own.fullmatch, parts) if match}
    backups = {entry.name[1 : -len(ending)]: entry for entry in folder.glob(".*") if entry.name.endswith(ending)}
    for target, backup in backups.items():
        if target not in moves and _same(folder / target, backup, since):
            (folder / target).unlink()
    for target, part in moves.items():
        place = folder / target
        if not place.exists() or (target in backups and _same(place, backups[target], since)):
            with contextlib.suppress(FileNotFoundError):
                os.replace(folder / part, place)
    for backup in backups.values():
        backup.unlink()
    write_out(folder)


def _same(place: Path, backup: Path, since: int) -> bool:
    """Return whether a file is still what was set aside, not written into since."""
    if not place.is_file():
        return False
    if os.path.samefile(place, backup):
        return place.stat().st_mtime_ns <= since
    return filecmp.cmp(place, backup, shallow=False)


def _age(place: Path) -> float:
    return abs(time.time() - place.stat().st_mtime)


def _set_aside(place: Path, ending: str) -> Path:
    """Keep the old file under a second name too, so that its place is never empty: by a link, else as a copy."""
    backup = place.with_name("." + place.name + ending)
    try:
        os.link(place, backup)
    except (OSError, NotImplementedError):
        shutil.copy2(place, backup)
    return backup


def _restore(kept: list[tuple[Path, Path]], placed: list[Path]) -> None:
    backups = dict(kept)
    for place in placed:
        if place not in backups:
            with contextlib.suppress(OSError):
                place.unlink()
    for place, backup in kept:
        with contextlib.suppress(OSError):
            os.replace(backup, place)
        # Renaming one link of a file onto another link of it leaves both.
        with contextlib.suppress(OSError):
            backup.unlink()
