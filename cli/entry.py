"""The door of the command `crop-attention`: says in a sentence when GDAL is missing, before anything is imported."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec

MISSING = (
    "error: This Python has no GDAL (the module osgeo): install the system's (python3-gdal on Debian and Ubuntu, gdal "
    "of conda-forge elsewhere) and give this Python access to it, as by 'python3 -m venv --system-site-packages'.\n"
)


def main() -> int:
    """Run a command and return the exit status."""
    if find_spec("osgeo") is None:
        sys.stderr.write(MISSING)
        return 1
    return import_module(".main", __package__).main()
