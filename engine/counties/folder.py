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

from ..errors import OutputError
from ..writing.partials import write_out
from .order import FILES, PARCEL_LABELS
from .outcome import CountyOutcome

gdal.UseExceptions()
ogr.UseExceptions()

MARKER = "county.json"
FORMAT = 1
STAGE = ".partial-"
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
        found = self._read_marker()
        if found is None or found["fingerprint"] != fingerprint:
            return None
        if not all(self._fits(name, entry, found["outcome"]) for name, entry in found["files"].items()):
            return None
        return found["outcome"]

    def tidy(self) -> None:
        """Remove what killed runs left: staged files, and outputs without a marker.

        Raises:
            OutputError: a file cannot be removed.
        """
        if not self.path.is_dir():
            return
        for entry in self.path.glob(f"{STAGE}*"):
            shutil.rmtree(entry, ignore_errors=True)
        if self._read_marker() is None:
            self._remove_outputs(())
        with contextlib.suppress(OSError):
            self.path.rmdir()

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
            raise OutputError(
                f"The folder {self.path} cannot be written ({error.strerror}): choose another output folder."
            ) from error
        try:
            yield staged
        finally:
            shutil.rmtree(staged, ignore_errors=True)
            with contextlib.suppress(OSError):
                self.path.rmdir()

    def commit(self, staged: Path, outcome: CountyOutcome, fingerprint: str) -> None:
        """Put what was staged in the place of what stood there, the marker last.

        Raises:
            OutputError: a file cannot be put in place; the county is then not whole and has no outputs.
        """
        places = sorted(entry for entry in staged.iterdir() if entry.is_file())
        names = [entry.name for entry in places]
        try:
            files = {entry.name: {"bytes": entry.stat().st_size, "sha256": _sha256(entry)} for entry in places}
            marker = staged / MARKER
            content = {"format": FORMAT, "fingerprint": fingerprint, "outcome": outcome.to_dict(), "files": files}
            marker.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n")
            for entry in (*places, marker):
                write_out(entry)
            self._remove_outputs(self._marked())
            for entry in places:
                os.replace(entry, self.path / entry.name)
            write_out(self.path)
            os.replace(marker, self.marker)
            write_out(self.path)
        except OSError as error:
            with contextlib.suppress(OutputError):
                self._remove_outputs(names)
            raise OutputError(
                f"The outputs of {self.path} cannot be put in place ({error.strerror or error}): free disk space, or "
                "close the programs that use them."
            ) from error

    def holds_older(self) -> bool:
        """Return whether outputs of an earlier run stand, whatever they were made from."""
        return self._read_marker() is not None

    def _marked(self) -> tuple[str, ...]:
        found = self._read_marker()
        return tuple(found["files"]) if found else ()

    def _remove_outputs(self, others: tuple[str, ...] | list[str]) -> None:
        """Remove marker and outputs, the marker first: without it nothing counts."""
        own = [name for file in FILES.values() for name in (file, file + SIDECAR, f"{file}-wal", f"{file}-shm")]
        for name in dict.fromkeys((MARKER, *own, *others)):
            try:
                (self.path / name).unlink()
            except FileNotFoundError:
                continue
            except OSError as error:
                raise OutputError(
                    f"{self.path / name} cannot be replaced ({error.strerror or error}): close the programs that use "
                    "it."
                ) from error

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


def _plain_name(name: str) -> str:
    if not name or name != os.path.basename(name) or name in (".", "..") or "\\" in name:
        raise ValueError("no name of a file")
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
