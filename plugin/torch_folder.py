"""The plugin's own folder for torch: where it lies, what installs and checks it; QGIS's packages are never touched."""

from __future__ import annotations

import os
import platform
import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Mapping
from urllib.parse import quote

import numpy
from qgis.core import Qgis, QgsApplication

from ..algorithms.base import plugin_metadata
from ..models.language import N_
from ..models.torch_version import TESTED, problem

CPU, CUDA, WHEELS = "cpu", "cuda", "wheels"
CPU_INDEX = "https://download.pytorch.org/whl/cpu"
CUDA_INDEX = "https://download.pytorch.org/whl/cu128"
"""PyTorch's own index on Windows; on Linux the ordinary index holds the build with CUDA."""

SIZES = {CPU: N_("about 200 MB from download.pytorch.org"), CUDA: N_("about 3 GB")}
CHECK = (
    "import sys; sys.path.append(sys.argv[1]); import torch; "
    "print('torch', torch.__version__, '| CUDA', torch.version.cuda or 'no build', "
    "'| GPU', torch.cuda.get_device_name(0) if torch.cuda.is_available() else 'none', "
    "'| sum', torch.ones(3).sum().item())"
)
"""Run in a process of its own, because some builds crash when they are loaded."""

_KEPT_OUT = re.compile(r"(numpy|osgeo|gdal)([._-].*)?$", re.IGNORECASE)
"""What must not lie in the folder: QGIS brings it, and another one beside it breaks GDAL."""


@dataclass(frozen=True)
class Proxy:
    """QGIS's proxy settings, as far as pip can use them."""

    url: str = ""

    def environment(self) -> dict[str, str]:
        """Return variables for pip; a password never stands on a command line."""
        return {name: self.url for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy") if self.url}


def torch_folder() -> Path:
    """Return the folder, whether it exists or not: in the user's profile, beside the plugins."""
    return Path(QgsApplication.qgisSettingsDirPath()) / "crop_attention_torch"


def activate(folder: Path) -> None:
    """Let Python find what lies in the folder, after all that QGIS brings."""
    if folder.is_dir() and str(folder) not in sys.path:
        sys.path.append(str(folder))


def interpreter() -> str:
    """Return the Python of this QGIS, which may be QGIS itself by `sys.executable`."""
    own = Path(sys.executable)
    if own.name.lower().startswith("python"):
        return str(own)
    places = [Path(sys.exec_prefix) / name for name in ("python.exe", "python3.exe", "bin/python3")]
    places += [own.parent / name for name in ("python", "bin/python3", "python3")]
    found = next((str(place) for place in places if place.is_file()), None)
    return found or shutil.which("python3") or shutil.which("python") or "python3"


def pip_arguments(kind: str, target: Path, wheels: str = "") -> list[str]:
    """Return what pip is asked.

    Args:
        target: folder to install into; nothing else is written.
        wheels: folder of wheels, for an installation without network.
    """
    arguments = ["-m", "pip", "install", "--no-input", "--disable-pip-version-check", "--no-warn-script-location"]
    arguments += ["--progress-bar", "off", "--no-compile", "--target", str(target)]
    if kind == WHEELS:
        return [*arguments, "--no-index", "--find-links", wheels, "torch"]
    if kind == CPU and sys.platform != "darwin":
        arguments += ["--index-url", CPU_INDEX]
    if kind == CUDA and sys.platform == "win32":
        arguments += ["--index-url", CUDA_INDEX]
    return [*arguments, "torch"]


def proxy_of(settings: Mapping[str, object]) -> Proxy:
    """Return the proxy of QGIS's settings, named "proxy/proxyHost" and so on."""
    values = {name: str(settings.get(f"proxy/proxy{name}") or "") for name in ("Enabled", "Type", "Host", "Port")}
    if values["Enabled"].lower() not in ("true", "1") or not values["Host"]:
        return Proxy()
    user, password = (str(settings.get(f"proxy/proxy{name}") or "") for name in ("User", "Password"))
    scheme = "socks5" if "socks" in values["Type"].lower() else "http"
    account = f"{quote(user, safe='')}:{quote(password, safe='')}@" if user else ""
    port = f":{values['Port']}" if values["Port"] not in ("", "0") else ""
    return Proxy(f"{scheme}://{account}{values['Host']}{port}")


def keep_out(folder: Path) -> list[str]:
    """Remove from a fresh installation what QGIS brings itself; return its names."""
    wrong = [entry for entry in folder.iterdir() if _KEPT_OUT.fullmatch(entry.name)]
    for entry in wrong:
        shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    return sorted(entry.name for entry in wrong)


def take_over(partial: Path, folder: Path) -> None:
    """Put a checked installation in the place of an older one.

    Raises:
        OSError: the old one is in use; nothing is lost.
    """
    old = folder.with_name(f"{folder.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        os.replace(folder, old)
    os.replace(partial, folder)
    shutil.rmtree(old, ignore_errors=True)


def megabytes(folder: Path) -> float:
    """Return how large a folder is."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def diagnosis(folder: Path, last: str) -> str:
    """Return as text what a helper must know: versions, places, and what was printed last; no user or password."""
    lines = {
        "Crop Attention": plugin_metadata().get("version", ""),
        "QGIS": Qgis.QGIS_VERSION,
        "System": platform.platform(),
        "Python": f"{platform.python_version()} ({interpreter()})",
        "NumPy": numpy.__version__,
        "torch": problem() or "there",
        "torch tested": TESTED,
        "Own folder": f"{folder} ({f'{megabytes(folder):.0f} MB' if folder.is_dir() else 'absent'})",
    }
    return "\n".join([*(f"{name}: {value}" for name, value in lines.items()), "", last.strip()]).strip() + "\n"
