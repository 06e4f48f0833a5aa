"""Whether an output can be written where the analyst wants it, asked before the work starts."""

from __future__ import annotations

import errno
import math
import os
import re
import shutil
import tempfile
from pathlib import Path

from ...models.language import size, tr
from ..errors import OutputError, PlaceError
from ..safety.text import one_line

_FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", -1)}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}
_IN_USE = {errno.EBUSY, errno.ETXTBSY if hasattr(errno, "ETXTBSY") else -1}
_WINDOWS_IN_USE = (32, 33)
_FULL_TEXT = re.compile(r"no space left|disk (?:is )?full|disk quota", re.IGNORECASE)
_IN_USE_TEXT = re.compile(r"\b(?:locked|busy)\b|permission denied|read-?only", re.IGNORECASE)
_LARGE_TEXT = re.compile(r"file too large|file size limit|\bEFBIG\b", re.IGNORECASE)

MEGABYTE = 1024 * 1024
LONGEST_NAME = 200
"""Bytes of a file name, which must leave room for the name of a partial file; file systems hold 255."""


def checked_place(final_path: str | os.PathLike[str]) -> Path:
    """Return the absolute path of a file that may be named so, else raise OutputError."""
    text = os.fspath(final_path)
    if not text.strip():
        raise OutputError(tr("An output has no name: choose a file."))
    if text.startswith("/vsi"):
        raise OutputError(
            tr("The output {text} is not on a disk of this computer: choose a file in a folder.").format(text=text)
        )
    if "\0" in text or text != text.encode("utf-8", "replace").decode("utf-8"):
        raise OutputError(
            tr("The output {text} has characters in its name that no file can have: choose another name.").format(
                text=text
            )
        )
    final = Path(os.path.abspath(text))
    if len(os.fsencode(final.name)) > LONGEST_NAME:
        raise OutputError(
            tr(
                "The name of the output {final} is too long: choose one of at most {longest_name} "
                "characters (fewer with accents)."
            ).format(final=final, longest_name=LONGEST_NAME)
        )
    if final.is_dir():
        raise OutputError(tr("The output {final} is a folder: choose a file name inside it.").format(final=final))
    return final


def check_geotiff(place: str) -> None:
    """Raise OutputError when a raster under this name could not hold its legend."""
    if Path(place).suffix.lower() not in (".tif", ".tiff"):
        raise OutputError(
            tr("The output '{place}' must be a GeoTIFF; give it a name that ends in .tif.").format(place=place)
        )


def check_report(place: str) -> None:
    """Raise OutputError when the name of a report says that it is no web page; "" is none."""
    if place and Path(place).suffix.lower() not in (".html", ".htm"):
        raise OutputError(
            tr("The report '{place}' is a web page; give it a name that ends in .html.").format(place=place)
        )


def check_item(place: str) -> None:
    """Raise OutputError when the name of a STAC item says that it is no JSON; "" is none."""
    if place and Path(place).suffix.lower() not in (".json", ".geojson"):
        raise OutputError(
            tr("The STAC item '{place}' is a JSON file; give it a name that ends in .json.").format(place=place)
        )


def ensure_folder(final: Path) -> list[Path]:
    """Create the missing folders above a file and return them, the innermost first."""
    missing = [folder for folder in final.parents if not folder.exists()]
    try:
        final.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            tr("The folder {parent} cannot be created ({strerror}): choose another output folder.").format(
                parent=final.parent, strerror=error.strerror
            )
        ) from error
    return missing


def check_writable(final: Path) -> None:
    """Raise OutputError when the folder cannot be written or the file that stands there cannot be replaced."""
    # Access flags lie on network drives and Windows; only a trial tells.
    try:
        tempfile.TemporaryFile(dir=final.parent).close()
        os.scandir(final.parent).close()
    except OSError as error:
        raise _closed(final.parent, error) from error
    if final.exists():
        try:
            open(final, "r+b").close()
        except OSError as error:
            reason = error.strerror or str(error)
            raise PlaceError(
                final,
                lambda place: tr(
                    "{final} exists and cannot be replaced ({strerror}): close the programs that use it or choose "
                    "another name."
                ).format(final=place, strerror=reason),
            ) from error


def _closed(folder: Path, error: OSError) -> PlaceError:
    return PlaceError(
        folder,
        lambda place: tr("The folder {parent} cannot be written ({strerror}): choose another output folder.").format(
            parent=place, strerror=error.strerror
        ),
    )


def check_space(needs: dict[Path, float]) -> None:
    """Check the megabytes wanted in each folder, summed over the folders of one disk."""
    disks: dict[int, tuple[Path, float]] = {}
    for folder, megabytes in needs.items():
        disk = folder.stat().st_dev
        disks[disk] = (folder, disks.get(disk, (folder, 0.0))[1] + megabytes)
    for folder, megabytes in disks.values():
        free = shutil.disk_usage(folder).free / MEGABYTE
        if megabytes > free:
            raise _too_full(folder, free, megabytes)


def _too_full(folder: Path, free: float, megabytes: float) -> PlaceError:
    return PlaceError(
        folder,
        lambda place: tr(
            "The disk of {folder} has {free} free and this run needs {needed}: free space or choose another output "
            "folder."
        ).format(folder=place, free=size(free, math.floor), needed=size(megabytes, math.ceil)),
    )


def unwritable(final: str | os.PathLike[str], error: BaseException | str) -> PlaceError:
    """Return what to say of an output that could not be written, with the remedy that fits the reason.

    Args:
        final: the output as the analyst named it.
        error: what the system or GDAL said.
    """
    number = _number(error)
    # GDAL tells of a full disk and of a limit in words of its own insides.
    reason = os.strerror(number) if number else getattr(error, "strerror", None) or str(error)
    reason = one_line(reason) or tr("no reason given")
    return PlaceError(
        Path(final),
        lambda place: tr("The output {final} cannot be written ({reason}): {remedy}.").format(
            final=place, reason=reason, remedy=_remedy(place, error)
        ),
    )


def _number(error: BaseException | str) -> int:
    """Return the number of the system's error that a disk or a limit was full, 0 of all others."""
    number, text = getattr(error, "errno", None), str(error)
    if number in _FULL or _FULL_TEXT.search(text):
        return number if number in _FULL else errno.ENOSPC
    return errno.EFBIG if number == errno.EFBIG or _LARGE_TEXT.search(text) else 0


def _remedy(final: Path, error: BaseException | str) -> str:
    number = _number(error) or getattr(error, "errno", None)
    if number in _FULL or is_full(final.parent):
        return tr("free space on the disk of {parent} or choose a folder on another").format(parent=final.parent)
    if number == errno.EFBIG:
        return tr("the disk or a limit of this account takes no file of that size; choose a folder on another disk")
    in_use = getattr(error, "winerror", None) in _WINDOWS_IN_USE or (not number and _IN_USE_TEXT.search(str(error)))
    if number in _IN_USE or in_use:
        return tr("close the programs that use it or choose another name")
    if number in _FORBIDDEN:
        return tr("choose a folder that you may write to")
    if number == errno.ENOENT or not final.parent.is_dir():
        return tr("the folder {parent} is gone or was never there; make it or choose another").format(
            parent=final.parent
        )
    return tr("check the disk and its connection, or choose another folder")


def is_full(folder: Path) -> bool:
    """Return whether the disk of a folder has no room that would be worth naming."""
    try:
        return shutil.disk_usage(folder).free < MEGABYTE
    except OSError:
        return False
