"""A folder for what a run keeps on disk while it lasts."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator

from .partials import mark, remove_abandoned


@contextmanager
def scratch_folder(parent: str | None = None) -> Iterator[Path]:
    """Yield a new folder and remove it in the end; a file that another program still holds is no error.

    What killed runs left beside it is removed first: samples of a training take gigabytes.

    Args:
        parent: folder to make it in; None takes the system's folder for temporary files.
    """
    place = parent or tempfile.gettempdir()
    remove_abandoned(Path(place))
    folder = tempfile.mkdtemp(prefix=f".crop_attention{mark('partial')}.", dir=place)
    try:
        yield Path(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
