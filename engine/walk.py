"""Walking a folder to its bottom, within bounds and stopped by a cancel."""

from __future__ import annotations

import os
from collections.abc import Iterator

from ..models.language import tr
from .errors import SeriesError
from .feedback import Feedback

DEEPEST, MOST = 40, 500_000
"""Folders one inside the other, and names of files and folders; a season of products has some ten thousand."""


def walk(folder: str, feedback: Feedback) -> Iterator[tuple[str, list[str], list[str]]]:
    """Yield each folder with the names of its folders and files, as `os.walk` does from the top.

    Links are followed, and each folder is entered once. A folder on which another file system is mounted is not entered
    and told; one that a link leads to was put there on purpose.

    Args:
        folder: where to begin; folders that the caller takes out of a list of names are not entered.

    Raises:
        SeriesError: there are too many files, or folders too deep.
    """
    seen: set[str] = set()
    top, count = folder.rstrip(os.sep).count(os.sep), 0
    for root, folders, files in os.walk(folder, followlinks=True):
        feedback.check()
        real = os.path.realpath(root)
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        folders[:] = [name for name in folders if not _mounted(os.path.join(root, name), root, feedback)]
        folders.sort()
        yield root, folders, files
        count += len(folders) + len(files)
        if count > MOST or root.rstrip(os.sep).count(os.sep) - top > DEEPEST:
            raise SeriesError(
                tr(
                    "The folder {folder} holds more than {most:,} files, or folders more than {deepest} deep: name the "
                    "folder that holds the series itself."
                ).format(folder=folder, most=MOST, deepest=DEEPEST)
            )


def _mounted(place: str, above: str, feedback: Feedback) -> bool:
    try:
        elsewhere = not os.path.islink(place) and os.stat(place).st_dev != os.stat(above).st_dev
    except OSError:
        return False
    if elsewhere:
        feedback.warning(
            tr(
                "The folder {place} lies on another file system and was not searched; name it among the inputs if it "
                "holds rasters of the series."
            ).format(place=place)
        )
    return elsewhere
