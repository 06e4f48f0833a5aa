"""The folder of one county: outputs are staged beside their place, and whole once the marker stands."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from osgeo import gdal, ogr

from ...models.language import tr
from ..errors import OutputError
from ..writing.commit import finish
from ..writing.outputs import PendingOutput, PendingOutputs
from ..writing.place import unwritable
from .outcome import CountyOutcome
from .request import FILES, PARCEL_LABELS

gdal.UseExceptions()
ogr.UseExceptions()

MARKER = "county.json"
FORMAT = 1
STAGE = ".county-partial-"
SIDECAR = ".aux.xml"
_CHUNK = 1 << 20


class CountyFolder:
    """Where the outputs of one county lie. Its files are its own; what else lies there is left alone."""

    def __init__(self, folder: str, key: str) -> None:
        """Name the folder; it is made when something is written."""
        self.root, self.key = Path(folder), key
        self.path = self.root / key
        self.marker = self.path / MARKER

    def outcome(self, fingerprint: str) -> CountyOutcome | None:
        """Return how the county ended, if its outputs are whole and made from what the fingerprint stands for."""
        finish(self.path)
        found = self._read_marker()
        if found is None or found["fingerprint"] != fingerprint:
            return None
        if not all(self._fits(name, entry, found["outcome"]) for name, entry in found["files"].items()):
            return None
        return found["outcome"]

    def tidy(self) -> None:
        """Remove what killed runs left: staged files, and outputs that were being put in place for the first time.

        Raises:
            OutputError: a file cannot be removed, or files that no run has written stand where the outputs belong.
        """
        if not self.path.is_dir():
            return
        finish(self.path)
        for entry in self.path.glob(f"{STAGE}*"):
            shutil.rmtree(entry, ignore_errors=True)
        self._remove(self._unfinished())
        foreign = self.foreign()
        if foreign:
            raise OutputError(
                tr(
                    "The folder {path} holds {foreign}, which no run over counties has written: choose another "
                    "output folder, or move what lies there away."
                ).format(path=self.path, foreign=", ".join(foreign))
            )
        with contextlib.suppress(OSError):
            self.path.rmdir()

    def foreign(self) -> list[str]:
        """Return the names of files that stand where outputs belong and are not those of a run."""
        if self._read_marker() is not None or self._unfinished():
            return []
        return [name for name in (MARKER, *FILES.values()) if os.path.lexists(self.path / name)]

    @contextmanager
    def stage(self) -> Iterator[Path]:
        """Yield a folder to write the outputs into, on the disk of the county; it goes in any case.

        Raises:
            OutputError: the folder cannot be written.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            staged = Path(tempfile.mkdtemp(prefix=STAGE, dir=self.path))
        except OSError as error:
            raise unwritable(self.path, error) from error
        try:
            yield staged
        finally:
            shutil.rmtree(staged, ignore_errors=True)
            with contextlib.suppress(OSError):
                self.path.rmdir()

    def commit(self, staged: Path, outcome: CountyOutcome, fingerprint: str) -> None:
        """Put what was staged in the place of what stood there, the marker last.

        Raises:
            OutputError: a file cannot be put in place; what stood there before still stands.
        """
        places = sorted(entry for entry in staged.iterdir() if entry.is_file())
        first = self._read_marker() is None
        files: dict[str, dict] = {}
        content = {"format": FORMAT, "fingerprint": fingerprint, "outcome": outcome.to_dict(), "files": files}
        try:
            if first:
                self._write_marker({"format": FORMAT, "writing": [entry.name for entry in places]})
            with PendingOutputs() as pending:
                marker = pending.add(self.marker)
                for entry in places:
                    with marker.writing():
                        files[entry.name] = {"bytes": entry.stat().st_size, "sha256": _sha256(entry)}
                    pending.adopt(entry, self.path / entry.name)
                with marker.writing():
                    Path(marker.path).write_bytes(_json(content).encode("utf-8"))
                for name in self._owned():
                    pending.retire(self.path / name)
                pending.commit()
        except BaseException:
            if first:
                with contextlib.suppress(OSError, OutputError):
                    self._remove(self._unfinished())
            raise

    def holds_older(self) -> bool:
        """Return whether outputs of an earlier run stand, whatever they were made from."""
        return self._read_marker() is not None

    def _owned(self) -> tuple[str, ...]:
        """Return the names of all that earlier runs put here."""
        found = self._read_marker()
        if found is None:
            return ()
        own = tuple(f"{file}{end}" for file in FILES.values() for end in ("", SIDECAR, "-wal", "-shm"))
        return tuple(dict.fromkeys((*own, *found["files"])))

    def _unfinished(self) -> tuple[str, ...]:
        """Return the names of what a run was putting in place for the first time when it was killed, marker last."""
        try:
            found = json.loads(self.marker.read_text(encoding="utf-8"))
            if found["format"] == FORMAT:
                return (*map(_plain_name, found["writing"]), MARKER)
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return ()
        return ()

    def _remove(self, names: tuple[str, ...]) -> None:
        for name in names:
            try:
                (self.path / name).unlink()
            except FileNotFoundError:
                continue
            except OSError as error:
                raise unwritable(self.path / name, error) from error

    def _write_marker(self, content: dict) -> None:
        with PendingOutput(self.marker) as pending:
            with pending.writing():
                Path(pending.path).write_bytes(_json(content).encode("utf-8"))
            pending.commit()

    def _read_marker(self) -> dict | None:
        """Return fingerprint, outcome and files of the marker; None where it is not there or not readable."""
        try:
            found = json.loads(self.marker.read_text(encoding="utf-8"))
            if found["format"] != FORMAT:
                return None
            files = {_plain_name(name): (int(e["bytes"]), str(e["sha256"])) for name, e in found["files"].items()}
            outcome = CountyOutcome.from_dict(found["outcome"])
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return None
        return {"fingerprint": found.get("fingerprint"), "outcome": outcome, "files": files}

    def _fits(self, name: str, entry: tuple[int, str], outcome: CountyOutcome) -> bool:
        place = self.path / name
        try:
            status = place.stat()
            if name.endswith(SIDECAR):
                return True  # GDAL's statistics come and go with the programs that look at a raster
            untouched = status.st_mtime_ns <= self.marker.stat().st_mtime_ns and status.st_size == entry[0]
            if untouched or (status.st_size == entry[0] and _sha256(place) == entry[1]):
                return True
        except OSError:
            return False
        # SQLite writes into a file that is only looked at.
        return name == FILES[PARCEL_LABELS] and _features(place) == outcome.parcels


def relative_outputs(key: str, names: Mapping[str, str]) -> dict[str, str]:
    """Return output -> path relative to the output folder."""
    return {name: f"{key}/{file}" for name, file in names.items()}


def _json(content: dict) -> str:
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _plain_name(name: str) -> str:
    if not name or name != os.path.basename(name) or name in (".", "..") or "\\" in name:
        raise ValueError(tr("not a file name"))
    return name


def _features(place: Path) -> int | None:
    try:
        dataset = gdal.OpenEx(str(place), gdal.OF_VECTOR | gdal.OF_READONLY)
        return dataset.GetLayer(0).GetFeatureCount()
    except (RuntimeError, AttributeError):
        return None


def _sha256(place: Path) -> str:
    digest = hashlib.sha256()
    with open(place, "rb") as file:
        for chunk in iter(lambda: file.read(_CHUNK), b""):
            digest.update(chunk)
    return digest.hexdigest()
