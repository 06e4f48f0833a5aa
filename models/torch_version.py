"""Whether a torch is there that this version was tested with; torch itself is not imported to learn that."""

from __future__ import annotations

import re
from importlib import metadata
from importlib.util import find_spec

from .language import tr

LEAST = (2, 1)
"""The oldest torch that is taken; older ones lack what training and the compared networks use."""

TESTED = "2.13.0"


def problem() -> str:
    """Return what is wrong with the torch of this Python in a sentence without its end, "" if nothing is."""
    if find_spec("torch") is None:
        return tr("torch is not installed")
    try:
        found = metadata.version("torch")
    except metadata.PackageNotFoundError:
        return ""
    number = re.match(r"(\d+)\.(\d+)", found)
    if number and tuple(map(int, number.groups())) < LEAST:
        return tr("torch {found} is too old, at least {str} is needed ({tested} is tested)").format(
            found=found, str=".".join(map(str, LEAST)), tested=TESTED
        )
    return ""
