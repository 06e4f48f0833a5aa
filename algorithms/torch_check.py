"""Whether this Python has what a run needs; torch is looked for, never imported, before a run starts."""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import numpy

from ..engine.errors import DeviceError
from ..engine.mapping import device
from ..models.language import N_, listed
from ..models.torch_version import problem
from .base import tr

TRAINING = ("torch",)
"""Mapping needs nothing but what QGIS brings; a GPU is used where torch is there."""

SIMULATION = ("scipy",)
SET_UP = N_("Plugins > Crop Attention > Set up torch")
"""Where the set-up window is; as QGIS names its menus."""

SHELLS = {
    "win32": ("OSGeo4W Shell", "python"),
    "darwin": ("Terminal", "/Applications/QGIS.app/Contents/MacOS/bin/python3"),
}


def missing_packages(packages: Sequence[str] = TRAINING) -> list[str]:
    """Return which packages this Python does not have; imports none of them."""
    return [name for name in packages if find_spec(name) is None]


def pip_line(packages: Sequence[str] = TRAINING) -> str:
    """Return the line that installs packages and keeps NumPy, on which QGIS's GDAL depends, as it is."""
    _, python = SHELLS.get(sys.platform, ("terminal", "python3"))
    managed = (Path(sysconfig.get_path("stdlib")) / "EXTERNALLY-MANAGED").is_file()
    options = "--user --break-system-packages" if managed else "--user"
    return f"{python} -m pip install {options} {' '.join(packages)} numpy=={numpy.__version__}"


def remedy(packages: Sequence[str] = TRAINING) -> str:
    """Return where to type which line."""
    shell, _ = SHELLS.get(sys.platform, ("terminal", "python3"))
    return tr("open the {} and run '{}', then start QGIS again").format(shell, pip_line(packages))


def check_installed(packages: Sequence[str] = TRAINING) -> None:
    """Raise DeviceError when a package is missing, or torch is too old; cheap and safe at any time."""
    missing = missing_packages(packages)
    if "torch" in missing:
        sentence = tr("This QGIS lacks the Python packages that are needed here ({} missing): choose {}, or {}.")
        raise DeviceError(sentence.format(listed(missing), tr(SET_UP), remedy(missing)))
    if missing:
        sentence = tr("This QGIS lacks the Python packages that are needed here ({} missing): {}.")
        raise DeviceError(sentence.format(listed(missing), remedy(missing)))
    old = problem() if "torch" in packages else ""
    if old:
        raise DeviceError(tr("{}: choose {}.").format(old[0].upper() + old[1:], tr(SET_UP)))


def check_gdal() -> None:
    """Import what a map needs; call it where QGIS prepares a run, in the thread of the window.

    Some builds of torch crash when their first tensor is made in one of QGIS's background threads: where torch was
    built for a GPU it is loaded here too.

    Raises:
        DeviceError: GDAL's arrays do not load; the text says what to do.
    """
    _load("osgeo.gdal_array")
    device.gpu_is_likely()


def check_usable() -> None:
    """Import what training needs, as `check_gdal`.

    Raises:
        DeviceError: a package is missing or does not load; the text says what to do.
    """
    check_installed()
    for name in ("osgeo.gdal_array", *TRAINING):
        _load(name)


def _load(name: str) -> None:
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
