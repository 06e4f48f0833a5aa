"""Whether this Python has what a command needs; looked for without importing it."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec

from ..engine.errors import DeviceError

NETWORK = ("torch", "safetensors", "scipy")
SERIES = ("safetensors", "scipy")
SIMULATION = ("scipy",)


def lacking(packages: Sequence[str] = NETWORK) -> str:
    """Return what is missing and the remedy in a sentence, "" if all is there."""
    missing = [name for name in packages if find_spec(name) is None]
    if not missing:
        return ""
    return (
        f"This Python lacks {' and '.join(missing)}; run 'python -m pip install {' '.join(missing)}' with the same "
        "Python and keep its NumPy as it is."
    )


def check_packages(packages: Sequence[str] = NETWORK) -> None:
    """Raise DeviceError when a package is missing."""
    sentence = lacking(packages)
    if sentence:
        raise DeviceError(sentence)
