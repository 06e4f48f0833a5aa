"""Whether this Python has what a command needs; looked for without importing it."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec

from ..engine.errors import DeviceError
from ..models.language import listed, tr
from ..models.torch_version import problem

TRAINING = ("torch",)
SIMULATION = ("scipy",)


def lacking(packages: Sequence[str]) -> str:
    """Return what is missing and the remedy in a sentence, "" if all is there."""
    missing = [name for name in packages if find_spec(name) is None]
    old = problem() if "torch" in packages and not missing else ""
    if old:
        return tr("{old}{old_2}; run 'python -m pip install --upgrade torch' with the same Python.").format(
            old=old[0].upper(), old_2=old[1:]
        )
    if not missing:
        return ""
    return tr(
        "This Python lacks {missing}; run 'python -m pip install {missing_2}' with the same Python and "
        "keep its NumPy as it is."
    ).format(missing=listed(missing), missing_2=" ".join(missing))


def check_packages(packages: Sequence[str]) -> None:
    """Raise DeviceError when a package is missing."""
    sentence = lacking(packages)
    if sentence:
        raise DeviceError(sentence)
