"""A folder for what a run keeps on disk while it lasts."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator


@contextmanager
def scratch_folder(parent: str | None = None) -> Iterator[Path]:
    """Yield a new folder and remove it in the end; a file that another program still holds is no error.

    Args:
        parent: folder to make it in; None takes the system's folder for temporary files.
    """
    folder = tempfile.mkdtemp(prefix="crop_attention_", dir=parent)
    try:
        yield Path(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
