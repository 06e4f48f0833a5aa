"""What a run over counties writes under names of its own, and that none of it is somebody else's."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from ...models.language import tr
from ..errors import OutputError
from ..writing.guard import refuse_overwriting, series_files
from .collection import NAME as COLLECTION
from .county import CountyTask
from .fingerprint import NAME as MANIFEST
from .fingerprint import is_manifest
from .folder import MARKER
from .folder_lock import NAME as LOCK
from .request import COUNTY, FILES, CountiesRequest
from .summary import CSV, GPKG, INDEX

TABLES = (GPKG, CSV, INDEX, COLLECTION)


def check_folder(request: CountiesRequest, tasks: Sequence[CountyTask] = ()) -> None:
    """Check that nothing is lost in the output folder.

    Args:
        tasks: the counties, once they are planned.

    Raises:
        OutputError: a file that the run would write is one that it reads, or that no run over counties has written.
    """
    folder = Path(request.folder)
    if folder.exists() and not folder.is_dir():
        raise OutputError(tr("{folder} is a file: choose a folder for the counties.").format(folder=folder))
    writes = [folder / name for name in (*TABLES, MANIFEST, LOCK)]
    writes += [folder / task.key / name for task in tasks for name in (MARKER, *FILES.values())]
    patterns = [path for path in (*request.s2, *request.s1) if COUNTY not in path]
    own = [path for task in tasks for path in (*task.s2, *task.s1)]
    reads = series_files(dict.fromkeys((*patterns, *own)))
    refuse_overwriting([*reads, request.counties, request.parcels, request.checkpoint], writes)
    foreign = [name for name in TABLES if os.path.lexists(folder / name)]
    if os.path.lexists(folder / MANIFEST):
        foreign = [] if is_manifest(folder / MANIFEST) else [MANIFEST]
    if foreign:
        raise OutputError(
            tr(
                "The folder {folder} holds {foreign}, which no run over counties has written: choose another "
                "output folder."
            ).format(folder=folder, foreign=", ".join(foreign))
        )
