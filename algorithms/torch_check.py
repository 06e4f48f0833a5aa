"""Whether this Python can run the network; torch is looked for, never imported, before a run starts."""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import numpy

from ..engine.errors import DeviceError
from .base import tr

NETWORK = ("torch", "safetensors", "scipy")
SERIES = ("safetensors", "scipy")
SIMULATION = ("scipy",)
SHELLS = {
    "win32": ("OSGeo4W Shell", "python"),
    "darwin": ("Terminal", "/Applications/QGIS.app/Contents/MacOS/bin/python3"),
}


def missing_packages(packages: Sequence[str] = NETWORK) -> list[str]:
    """Return which packages this Python does not have; imports none of them."""
    return [name for name in packages if find_spec(name) is None]


def pip_line(packages: Sequence[str] = NETWORK) -> str:
    """Return the line that installs packages and keeps NumPy, on which QGIS's GDAL depends, as it is."""
    _, python = SHELLS.get(sys.platform, ("terminal", "python3"))
    managed = (Path(sysconfig.get_path("stdlib")) / "EXTERNALLY-MANAGED").is_file()
    options = "--user --break-system-packages" if managed else "--user"
    return f"{python} -m pip install {options} {' '.join(packages)} numpy=={numpy.__version__}"


def remedy(packages: Sequence[str] = NETWORK) -> str:
    """Return where to type which line."""
    shell, _ = SHELLS.get(sys.platform, ("terminal", "python3"))
    return tr("open the {} and run '{}', then start QGIS again").format(shell, pip_line(packages))


def check_installed(packages: Sequence[str] = NETWORK) -> None:
    """Raise DeviceError when a package is missing; cheap and safe at any time."""
    missing = missing_packages(packages)
    if missing:
        sentence = tr("This QGIS lacks the Python packages that are needed here ({} missing): {}.")
        raise DeviceError(sentence.format(" and ".join(missing), remedy(missing)))


def check_usable() -> None:
    """Import what the network needs; call it where QGIS prepares a run, in the thread of the window.

    Some builds of torch crash when their first tensor is made in one of QGIS's background threads.

    Raises:
        DeviceError: a package is missing or does not load; the text says what to do.
    """
    check_installed()
    for name in ("osgeo.gdal_array", *NETWORK):
        try:
            module = import_module(name)
            if name == "torch":
                module.tensor([0.0])
        except (ImportError, OSError, RuntimeError) as error:
            sentence = tr("The Python package {} is installed but does not load ({}): {}.")
            cause = " ".join(str(error).split())[:200]
            raise DeviceError(sentence.format(name, cause, _mend(name))) from error


def _mend(name: str) -> str:
    """Return what to do about a package that does not load; with GDAL's, NumPy is too new for it."""
    if name != "osgeo.gdal_array":
        return remedy([name])
    shell, python = SHELLS.get(sys.platform, ("terminal", "python3"))
    return tr("open the {} and run '{} -m pip install --user \"numpy<2\"', then start QGIS again").format(shell, python)
