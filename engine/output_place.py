"""Whether an output can be written where the analyst wants it, asked before the work starts."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from .errors import OutputError

MEGABYTE = 1024 * 1024


def checked_place(final_path: str | os.PathLike[str]) -> Path:
    """Return the absolute path of a file that may be named so, else raise OutputError."""
    text = os.fspath(final_path)
    if not text.strip():
        raise OutputError("An output has no name: choose a file.")
    if text.startswith("/vsi"):
        raise OutputError(f"The output {text} is not on a disk of this computer: choose a file in a folder.")
    final = Path(os.path.abspath(text))
    if final.is_dir():
        raise OutputError(f"The output {final} is a folder: choose a file name inside it.")
    return final


def ensure_folder(final: Path) -> list[Path]:
    """Create the missing folders above a file and return them, the innermost first."""
    missing = [folder for folder in final.parents if not folder.exists()]
    try:
        final.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"The folder {final.parent} cannot be created ({error.strerror}): choose another output folder."
        ) from error
    return missing


def check_writable(final: Path) -> None:
    """Raise OutputError when the folder cannot be written or the file that stands there cannot be replaced."""
    # Access flags lie on network drives and Windows; only a trial tells.
    try:
        tempfile.TemporaryFile(dir=final.parent).close()
    except OSError as error:
        raise OutputError(
            f"The folder {final.parent} cannot be written ({error.strerror}): choose another output folder."
        ) from error
    if final.exists():
        try:
            open(final, "r+b").close()
        except OSError as error:
            raise OutputError(
                f"{final} exists and cannot be replaced ({error.strerror}): close the programs that use it "
                "or choose another name."
            ) from error


def check_space(needs: dict[Path, float]) -> None:
    """Check the megabytes wanted in each folder, summed over the folders of one disk."""
    disks: dict[int, tuple[Path, float]] = {}
    for folder, megabytes in needs.items():
        disk = folder.stat().st_dev
        disks[disk] = (folder, disks.get(disk, (folder, 0.0))[1] + megabytes)
    for folder, megabytes in disks.values():
        free = shutil.disk_usage(folder).free / MEGABYTE
        if megabytes > free:
            raise OutputError(
                f"The disk of {folder} has {free:.0f} MB free and this run needs {megabytes:.0f} MB: "
                "free space or choose another output folder."
            )
