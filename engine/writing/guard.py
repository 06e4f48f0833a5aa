"""Nothing that a job reads may be written over: both lists held against each other before the first byte."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from osgeo import gdal

from ...models.language import tr
from ..errors import OutputError
from ..feedback import Feedback
from ..provenance import is_own_output
from ..safety.sources import files_behind
from ..walk import walk
from .commit import finish

gdal.UseExceptions()

SIDECARS = (".aux.xml", ".ovr", ".msk", "-wal", "-shm", "-journal", ".vat.dbf", ".vat.cpg", ".lock")
"""Endings of files that GDAL, SQLite and QGIS keep beside one of the name before them."""

SHAPEFILE_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg", ".qix", ".sbn", ".sbx", ".qpj")
TWINS = (".qml", ".qmd", ".aux", ".rrd", ".tfw", ".tifw", ".wld", ".hdr")
"""Endings of files that belong to one of the same name with another ending."""

NOT_READ = frozenset(
    ".html .htm .gpkg .shp .shx .dbf .prj .cpg .geojson .fgb .parquet .safetensors .qml .qmd .log .txt .pdf .png "
    ".svg".split()
)
"""Endings of files in a folder of rasters that no series is read from."""


def refuse_overwriting(
    reads: Iterable[str | os.PathLike[str] | None], writes: Iterable[str | os.PathLike[str] | None]
) -> None:
    """Refuse a run that would write over what it reads, or give two outputs one file.

    Call it before anything is written, with everything: a name that is given for nothing ("" or None) is passed over.
    Files are compared by what they are, not by how they are spelt: links, other cases and relative paths are one file.
    What a killed run left half put in place beside the inputs is put in order first.

    Args:
        reads: files, folders, members of archives, parts of files and layers as GDAL and QGIS name them. What virtual
            rasters lead to counts too. In a folder, files that a series may be read from must not be replaced, unless
            they are outputs of Crop Attention.
        writes: every output, and every file that the job writes under a name of its own.

    Raises:
        OutputError: with the first output that may not be written, or what a killed run left cannot be put in order.
    """
    given = [text for entry in reads if entry is not None and (text := os.fspath(entry).strip())]
    for folder in dict.fromkeys(text if os.path.isdir(text) else os.path.dirname(text) or "." for text in given):
        finish(folder)
    inputs = _Inputs(given)
    taken: dict[object, str] = {}
    for entry in writes:
        place = os.fspath(entry).strip() if entry is not None else ""
        if not place:
            continue
        place = os.path.abspath(place)
        inputs.refuse(place)
        for key in (_identity(place), _alike(place)):
            other = taken.setdefault(key, place)
            if other is not place:
                same = "" if other == place else tr(" and {other}, which are one file").format(other=other)
                raise OutputError(
                    tr("Two outputs of this run are named {place}{same}: give each its own name.").format(
                        place=place, same=same
                    )
                )


def series_files(inputs: Iterable[str | os.PathLike[str]]) -> list[str]:
    """Return what a series reads besides its folders and files themselves: all that its virtual rasters lead to."""
    found: list[str] = []
    for entry in (os.fspath(given) for given in inputs):
        found.append(entry)
        found += _virtual(entry) if os.path.isdir(entry) else files_behind(entry)
    return found


def _virtual(folder: str) -> list[str]:
    return [
        source
        for root, _, names in walk(folder, Feedback())
        for name in names
        if name.lower().endswith(".vrt")
        for source in files_behind(os.path.join(root, name))
    ]


def same_file(one: str | os.PathLike[str], other: str | os.PathLike[str]) -> bool:
    """Return whether two names are one file, which need not exist."""
    first, second = os.path.abspath(one), os.path.abspath(other)
    return _identity(first) == _identity(second) or _path_key(first) == _path_key(second)


class _Inputs:
    """What a run reads, to be asked what an output would do to it."""

    def __init__(self, reads: Iterable[str]) -> None:
        self._files: dict[object, str] = {}
        self._twins: dict[tuple[str, str], str] = {}
        self._folders: list[str] = []
        for text in reads:
            if os.path.isdir(text):
                self._folders.append(os.path.realpath(text))
                continue
            for file in files_behind(text) or [text]:
                self._add(os.path.abspath(file))

    def _add(self, file: str) -> None:
        for key in (_identity(file), _path_key(file)):
            self._files.setdefault(key, file)
        for spelt in {file, os.path.realpath(file)}:
            self._twins.setdefault(_stem(spelt), file)

    def refuse(self, place: str) -> None:
        """Raise OutputError when writing a file would change what is read."""
        suffix = os.path.splitext(place)[1].lower()
        for written in (place, *_sidecars(place)):
            found = self._holding(written)
            if found and written == place:
                raise OutputError(
                    tr("The output {place} is also an input of this run: choose another name.").format(place=place)
                )
            if found:
                raise OutputError(
                    tr(
                        "The output {place} comes with a file {written}, which is also an input of this run: choose "
                        "another name."
                    ).format(place=place, written=os.path.basename(written))
                )
        base = _base(place)
        found = self._holding(base) if base else None
        if found is None and suffix in (*TWINS, *SHAPEFILE_PARTS):
            found = self._twin(place, suffix)
        if found:
            raise OutputError(
                tr(
                    "The output {place} would be taken for a part of {found}, an input of this run: choose another "
                    "name."
                ).format(place=place, found=found)
            )
        self._refuse_in_folder(place, suffix)

    def _holding(self, place: str) -> str | None:
        return self._files.get(_identity(place)) or self._files.get(_path_key(place))

    def _twin(self, place: str, suffix: str) -> str | None:
        found = self._twins.get(_stem(place)) or self._twins.get(_stem(os.path.realpath(place)))
        if found is None or suffix in TWINS or found.lower().endswith(SHAPEFILE_PARTS):
            return found
        return None

    def _refuse_in_folder(self, place: str, suffix: str) -> None:
        if suffix in NOT_READ or not os.path.isfile(place):
            return
        real = os.path.realpath(place)
        linked = os.stat(place).st_nlink > 1
        for folder in self._folders:
            inside = _within(real, folder) or _within(place, folder) or (linked and _links_into(place, folder))
            if not inside or is_own_output(place):
                continue
            raise OutputError(
                tr(
                    "The output {place} is also an input of this run, as a file of the folder {folder}: choose "
                    "another name."
                ).format(place=place, folder=folder)
            )


def _links_into(place: str, folder: str) -> bool:
    """Return whether a file lies in a folder under another name too."""
    wanted = _identity(place)
    return any(
        _identity(os.path.join(root, name)) == wanted for root, _, names in walk(folder, Feedback()) for name in names
    )


def _sidecars(place: str) -> list[str]:
    """Return the files that come or go with an output."""
    stem, suffix = os.path.splitext(place)
    found = [place + end for end in SIDECARS]
    if suffix.lower() == ".shp":
        found += [stem + end for end in SHAPEFILE_PARTS if end != ".shp"]
    return found


def _base(place: str) -> str:
    """Return the file that a sidecar belongs to, "" for a file that is none."""
    lower = place.lower()
    return next((place[: -len(end)] for end in SIDECARS if lower.endswith(end)), "")


def _identity(place: str) -> object:
    """Return what is equal for two names of one file that exists; the name itself where there is no such file."""
    try:
        status = os.stat(place)
    except (OSError, ValueError):
        return _path_key(place)
    return (status.st_dev, status.st_ino) if status.st_ino else _path_key(place)


def _path_key(place: str) -> str:
    folder, name = os.path.split(place)
    return os.path.normcase(os.path.join(os.path.realpath(folder), name))


def _alike(place: str) -> str:
    """Return what is equal for names that some file systems take for one another."""
    return unicodedata.normalize("NFC", _path_key(place)).casefold()


def _stem(place: str) -> tuple[str, str]:
    folder, name = os.path.split(place)
    return os.path.realpath(folder), os.path.splitext(name)[0].casefold()


def _within(path: str, folder: str) -> bool:
    try:
        return Path(path).is_relative_to(folder)
    except ValueError:
        return False
