"""Copy the plugin into the QGIS profile of this user, or link it there."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import zipfile
from pathlib import Path

from .package import NAME, ROOT, build


def qgis_folders(platform: str, home: Path, appdata: str | None) -> list[Path]:
    """Return where QGIS 3 and QGIS 4 keep their profiles on this platform, whether they exist or not."""
    if platform == "win32":
        base = Path(appdata or home / "AppData" / "Roaming") / "QGIS"
    elif platform == "darwin":
        base = home / "Library" / "Application Support" / "QGIS"
    else:
        base = home / ".local" / "share" / "QGIS"
    return [base / "QGIS3", base / "QGIS4"]


def install(plugins: Path, link: bool) -> Path:
    """Put the package into `plugins`, in place of an older one, and return where it is."""
    target = plugins / NAME
    plugins.mkdir(parents=True, exist_ok=True)
    if target.is_symlink():
        target.unlink()
    elif target.exists():
        shutil.rmtree(target)
    if link:
        target.symlink_to(ROOT, target_is_directory=True)
        return target
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / f"{NAME}.zip"
        build(ROOT, archive)
        with zipfile.ZipFile(archive) as packed:
            packed.extractall(plugins)
    return target


def main() -> int:
    """Install into each QGIS of this user, QGIS 3 if none was started yet."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profile", default="default", help="name of the QGIS user profile")
    parser.add_argument("--link", action="store_true", help="link this checkout instead of copying it")
    arguments = parser.parse_args()
    folders = qgis_folders(sys.platform, Path.home(), os.environ.get("APPDATA"))
    for folder in [folder for folder in folders if folder.is_dir()] or folders[:1]:
        plugins = folder / "profiles" / arguments.profile / "python" / "plugins"
        print(f"Installed {install(plugins, arguments.link)}")
    print("Start QGIS and switch on Crop Attention in Plugins > Manage and Install Plugins > Installed.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
