#!/usr/bin/env bash
# Install what is missing (Debian, Ubuntu) or say what is missing, then build .venv.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${PYTHON:-/usr/bin/python3}
torch=${TORCH:-torch==2.13.0}

missing() {
    local packages=()
    "$python" -c 'import qgis.core' 2>/dev/null || packages+=(python3-qgis)
    "$python" -c 'from osgeo import gdal, gdal_array' 2>/dev/null || packages+=(python3-gdal)
    "$python" -c 'import venv, ensurepip' 2>/dev/null || packages+=(python3-venv)
    command -v qgis_process >/dev/null || packages+=(qgis)
    command -v gdalinfo >/dev/null || packages+=(gdal-bin)
    command -v xvfb-run >/dev/null || packages+=(xvfb xauth)
    [ -n "$(find /usr/share/fonts -name '*.ttf' -print -quit 2>/dev/null)" ] || packages+=(fonts-dejavu-core)
    echo "${packages[@]:-}"
}

install_packages() {
    local sudo=() packages
    read -ra packages <<<"$1"
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || { echo "Run this as root: apt-get install -y ${packages[*]}" >&2; exit 1; }
        sudo=(sudo)
    fi
    echo "Installing ${packages[*]}"
    "${sudo[@]}" apt-get update -qq
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}"
}

say_what_is_missing() {
    cat >&2 <<TEXT
Missing here: $1 (names as in Debian).
Install QGIS 3.22 or newer with its Python bindings and qgis_process, and the GDAL command line tools. Then run make
again with the Python that QGIS uses, for example
    Fedora   sudo dnf install qgis python3-qgis gdal python3-gdal xorg-x11-server-Xvfb
    Arch     sudo pacman -S qgis python-gdal xorg-server-xvfb
    macOS    make venv PYTHON=/Applications/QGIS.app/Contents/MacOS/bin/python3
TEXT
    exit 1
}

needed=$(missing)
if [ -n "$needed" ]; then
    if command -v apt-get >/dev/null && command -v dpkg >/dev/null; then
        install_packages "$needed"
        needed=$(missing)
    fi
    # A virtual screen is only wanted by one test, which skips without it.
    needed=$(echo "$needed" | sed 's/xvfb xauth//; s/^ *//; s/ *$//')
    [ -z "$needed" ] || say_what_is_missing "$needed"
fi

[ -x .venv/bin/python ] || "$python" -m venv --system-site-packages .venv
pip() { .venv/bin/python -m pip --disable-pip-version-check --quiet "$@"; }

if [ "$torch" = torch==2.13.0 ] && .venv/bin/python -c 'import torch' 2>/dev/null; then
    echo "Using torch $(.venv/bin/python -c 'import torch; print(torch.__version__)'), which is there already"
else
    echo "Installing $torch"
    # shellcheck disable=SC2086  # TORCH may hold options of pip
    pip install -c constraints.txt $torch
fi
echo "Installing test tools"
pip install -c constraints.txt safetensors scipy scikit-image scikit-learn distributed hypothesis pytest pytest-qgis pytest-xdist babel \
    ruff mypy bandit detect-secrets

.venv/bin/python - <<'PYTHON'
import sys

import numpy
import qgis.core
import torch
from osgeo import gdal, gdal_array  # noqa: F401

print(
    f"Ready: Python {sys.version.split()[0]}, QGIS {qgis.core.Qgis.QGIS_VERSION}, GDAL {gdal.__version__}, "
    f"numpy {numpy.__version__}, torch {torch.__version__}"
)
PYTHON
