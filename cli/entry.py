"""The door of the command `crop-attention`: says in a sentence when GDAL is missing, before anything is imported."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec

from ..models.language import of_environment, use

MISSING = (
    "error: This Python has no GDAL (the module osgeo): install the system's (python3-gdal on Debian and Ubuntu, gdal "
    "of conda-forge elsewhere) and give this Python access to it, as by 'python3 -m venv --system-site-packages'.\n"
)


def main() -> int:
    """Run a command and return the exit status."""
    if find_spec("osgeo") is None:
        sys.stderr.write(MISSING)
        return 1
    use(_asked(sys.argv[1:]) or of_environment())
    return import_module(".main", __package__).main()


def _asked(words: list[str]) -> str:
    """Return the value of --language; the parser checks it, when the sentences are in that language already."""
    for word, following in zip(words, [*words[1:], ""]):
        if word == "--language" or word.startswith("--language="):
            return word.partition("=")[2] or following
    return ""
