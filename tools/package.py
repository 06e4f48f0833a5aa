"""Build dist/crop_attention.zip: the one folder that QGIS installs."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NAME = "crop_attention"
FILES = """__init__.py __main__.py metadata.txt LICENSE README.md CHANGELOG.md requirements.txt
.secrets.baseline""".split()
FOLDERS = ("plugin", "algorithms", "cli", "engine", "models", "resources")
REFUSED = (".so", ".dll", ".dylib", ".exe", ".sh", ".bat", ".pyd")
LEFT_OUT = (".pyc", ".aux.xml", ".log", "~")
LIMIT = 25 * 2**20
"""Bytes that the plugin repository accepts."""

FIXED_TIME = (2026, 1, 1, 0, 0, 0)
"""The same sources give the same archive."""


def shipped_files(root: Path) -> list[Path]:
    """Return what the archive holds, relative to `root`, sorted.

    Raises:
        ValueError: a file of a kind that the plugin repository refuses lies in a shipped folder.
    """
    found = [Path(name) for name in FILES if (root / name).is_file()]
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            hidden = any(part == "__pycache__" or part.startswith(".") for part in path.relative_to(root).parts)
            if path.is_file() and not hidden and not path.name.endswith(LEFT_OUT):
                found.append(path.relative_to(root))
    refused = [str(path) for path in found if path.suffix.lower() in REFUSED]
    if refused:
        raise ValueError(f"The plugin repository refuses {', '.join(refused)}; move or remove these files.")
    return sorted(found)


def build(root: Path, target: Path) -> int:
    """Write the archive and return its size in bytes.

    Raises:
        ValueError: a file is refused, or the archive is larger than `LIMIT`.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in shipped_files(root):
            entry = zipfile.ZipInfo(f"{NAME}/{path.as_posix()}", FIXED_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, (root / path).read_bytes())
    size = target.stat().st_size
    if size > LIMIT:
        raise ValueError(f"{target.name} has {size / 2**20:.1f} MB; the plugin repository accepts 25 MB.")
    return size


def main() -> int:
    """Build the archive of this checkout."""
    target = ROOT / "dist" / f"{NAME}.zip"
    size = build(ROOT, target)
    print(f"dist/{target.name}: {len(shipped_files(ROOT))} files, {size / 2**20:.2f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
