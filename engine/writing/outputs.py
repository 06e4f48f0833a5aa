"""An output appears whole or not at all: written beside its place, then renamed."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType

from ...models.language import tr
from ..errors import OutputError
from .commit import finish, put_in_place
from .guard import same_file
from .lock import claim
from .partials import mark, remove_abandoned
from .place import check_space, check_writable, checked_place, ensure_folder, unwritable

_SIDECARS = (".aux.xml", ".ovr", ".msk", "-wal", "-shm", "-journal", ".vat.dbf", ".vat.cpg")
_SHAPEFILE_PARTS = (".shx", ".dbf", ".prj", ".cpg", ".qix", ".sbn", ".sbx")


class PendingOutput:
    """One file under a temporary name beside its final place, with the same extension.

    Close every dataset on `path` before `commit()`. As a context manager it discards what was not committed.

    Attributes:
        final: where the output will appear.
        path: where to write it until then, as text (GDAL and OGR take text).
    """

    def __init__(self, final_path: str | os.PathLike[str], megabytes: float = 0) -> None:
        """Check the place and choose the temporary name; nothing is written yet.

        Args:
            final_path: the file as the analyst named it; its folder is created when absent.
            megabytes: free space that the folder must have.

        Raises:
            OutputError: the folder cannot be made or written, the disk is too full, the file cannot be replaced, or
                another run is writing it.
        """
        self.final = checked_place(final_path)
        self._made_folder = ensure_folder(self.final)
        try:
            check_writable(self.final)
            finish(self.final.parent)
            remove_abandoned(self.final.parent)
            check_space({self.final.parent: megabytes})
            self._claim = claim(self.final, self)
        except OutputError:
            self._remove_made_folders()
            raise
        self._token = f".{self.final.stem}{mark('partial')}"
        self.path = str(self.final.with_name(self._token + self.final.suffix))

    def __enter__(self) -> PendingOutput:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.discard()

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Turn what the disk refuses inside, or GDAL does, into one OutputError that names the final place."""
        try:
            yield
        except (OSError, RuntimeError) as error:
            raise unwritable(self.final, error) from error

    def check_written(self) -> None:
        """Raise OutputError unless the file was written and is still there."""
        if not os.path.exists(self.path):
            raise OutputError(
                tr("Nothing was written for {final}: run again with another output folder.").format(final=self.final)
            )

    def commit(self) -> None:
        """Put the file and its sidecars in their final place.

        Raises:
            OutputError: nothing was written, or the final file is locked; what stood there before still stands.
        """
        _commit([self], ())

    def discard(self) -> None:
        """Remove every partial file; does nothing after `commit()`."""
        for part in self._parts():
            with contextlib.suppress(OSError):
                part.unlink()
        self._release()
        self._remove_made_folders()

    def _release(self) -> None:
        """Let other runs write the output."""
        if self._claim is not None:
            self._claim()

    def _parts(self) -> list[Path]:
        """Partial files, the main one last, so that it appears when all the others are there."""
        if not self.final.parent.is_dir():
            return []
        mine = [
            entry
            for entry in self.final.parent.iterdir()
            if entry.name == self._token or entry.name.startswith(self._token + ".")
        ]
        return sorted(mine, key=lambda entry: (entry.name == Path(self.path).name, entry.name))

    def _place_of(self, part: Path) -> Path:
        return self.final.with_name(self.final.stem + part.name[len(self._token) :])

    def _stale(self) -> list[Path]:
        """Files of an earlier output under the final name that would be misread as parts of the new one."""
        names = [self.final.name + end for end in _SIDECARS]
        if self.final.suffix.lower() == ".shp":
            names += [self.final.stem + end for end in _SHAPEFILE_PARTS]
        return [place for name in names if (place := self.final.with_name(name)).is_file()]

    def _remove_made_folders(self) -> None:
        """Remove the folders made for this output, where nothing came to lie in them."""
        for folder in self._made_folder:
            with contextlib.suppress(OSError):
                folder.rmdir()


class PendingOutputs:
    """Several outputs that appear together or not at all, as far as a file system allows."""

    def __init__(self, protected: Iterable[str | os.PathLike[str]] = (), beside: PendingOutputs | None = None) -> None:
        """Start an empty group.

        Args:
            protected: the inputs of the run, which no output may replace.
            beside: another group of the run, for whose outputs the same disks must have room too.
        """
        self._protected = [Path(path) for path in protected]
        self._members: list[PendingOutput] = []
        self._needs: dict[Path, float] = {} if beside is None else beside._needs
        self._retired: list[Path] = []

    def __enter__(self) -> PendingOutputs:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.discard()

    def add(self, final_path: str | os.PathLike[str], megabytes: float = 0) -> PendingOutput:
        """Return a new member of the group.

        Args:
            final_path: the file as the analyst named it.
            megabytes: space it will take; summed over the group by disk.

        Raises:
            OutputError: as `PendingOutput`; or the file is an input or another output of the run.
        """
        final = checked_place(final_path)
        for other in self._protected:
            if same_file(final, other):
                raise OutputError(
                    tr("The output {final} is also an input of this run: choose another name.").format(final=final)
                )
        for member in self._members:
            if same_file(final, member.final):
                raise OutputError(
                    tr("Two outputs of this run are named {final}: give each its own name.").format(final=final)
                )
        needs = dict(self._needs)
        member = PendingOutput(final)
        needs[member.final.parent] = needs.get(member.final.parent, 0) + megabytes
        try:
            check_space(needs)
        except OutputError:
            member.discard()
            raise
        self._needs.update(needs)
        self._members.append(member)
        return member

    def drop(self, member: PendingOutput) -> None:
        """Take an output out of the group and remove what was written of it."""
        self._members = [other for other in self._members if other is not member]
        member.discard()

    def adopt(self, path: str | os.PathLike[str], final_path: str | os.PathLike[str]) -> PendingOutput:
        """Take a file that is whole as a new member; it is moved, so it must lie on the disk of its final place.

        Raises:
            OutputError: as `add`; or it cannot be moved.
        """
        member = self.add(final_path)
        with member.writing():
            os.replace(path, member.path)
        return member

    def retire(self, place: str | os.PathLike[str]) -> None:
        """Have a file of an earlier run removed when the outputs are put in place."""
        self._retired.append(Path(os.path.abspath(place)))

    def commit(self) -> None:
        """Put all outputs in place; when one cannot be, restore what stood before and raise OutputError."""
        _commit(self._members, self._retired)

    def discard(self) -> None:
        """Remove every partial file of every member."""
        for member in reversed(self._members):
            member.discard()


def _commit(members: list[PendingOutput], retired: Iterable[Path]) -> None:
    """Put all parts of all members in place and remove what has no successor, or put back what stood there."""
    for member in members:
        member.check_written()
    # The first output comes last: where it is new, all the others are there and new too.
    moves = [(part, member._place_of(part)) for member in reversed(members) for part in member._parts()]
    put_in_place(moves, [*(entry for member in members for entry in member._stale()), *retired])
    for member in members:
        member._made_folder = []
        member._release()
