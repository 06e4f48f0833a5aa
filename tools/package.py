"""Build dist/crop_attention.zip: the one folder that QGIS installs."""

from __future__ import annotations

import configparser
import re
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NAME = "crop_attention"
FILES = """__init__.py __main__.py metadata.txt LICENSE README.md README.zh_CN.md CHANGELOG.md requirements.txt
.secrets.baseline""".split()
FOLDERS = ("plugin", "algorithms", "cli", "engine", "models", "resources", "docs")
REFUSED = (".so", ".dll", ".dylib", ".exe", ".sh", ".bat", ".pyd")
LEFT_OUT = (".pyc", ".aux.xml", ".log", "~")
LIMIT = 25_000_000
"""Bytes that the plugin repository accepts."""

PAGES = ("homepage", "repository", "tracker")
"""Addresses in metadata.txt, their one home; the plugin repository refuses those that do not answer."""

PLACEHOLDER = re.compile(r"(?:^|[/.@])example\.(?:org|com|net)\b|^$")
OVERRIDE = "--allow-placeholders"
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


def placeholders(root: Path) -> list[str]:
    """Return which addresses in metadata.txt are not real yet."""
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(root / "metadata.txt", encoding="utf-8")
    general = parser["general"]
    return [key for key in (*PAGES, "email") if PLACEHOLDER.search(general.get(key, "").strip())]


def changelog(root: Path) -> str:
    """Return the newest part of CHANGELOG.md as metadata.txt holds it: one line a change, indented."""
    text = (root / "CHANGELOG.md").read_text("utf-8")
    newest = re.search(r"^## (\S+).*?$(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    if newest is None:
        return ""
    entries = re.findall(r"^- (.*?)(?=^- |^#|\Z)", newest.group(2), re.MULTILINE | re.DOTALL)
    # No line of a value may look like a key of its own, and links and code marks mean nothing there.
    plain = [re.sub(r"\[([^]]*)\]\([^)]*\)|`", r"\1", " ".join(entry.split())) for entry in entries]
    return "\n".join([newest.group(1), *(f"    - {entry}" for entry in plain)])


def with_changelog(metadata: str, changes: str) -> str:
    """Return the text of metadata.txt with other changes in it."""
    return re.sub(r"^changelog=.*(?:\n[ \t].*)*", lambda _: f"changelog={changes}", metadata, flags=re.MULTILINE)


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
            data = (root / path).read_bytes()
            if path.as_posix() == "metadata.txt":
                data = with_changelog(data.decode("utf-8"), changelog(root)).encode("utf-8")
            archive.writestr(entry, data)
    size = target.stat().st_size
    if size > LIMIT:
        raise ValueError(f"{target.name} has {size:,} bytes; the plugin repository accepts {LIMIT:,}.")
    return size


def main() -> int:
    """Build the archive of this checkout; refused while addresses are placeholders, unless a test asks for it."""
    absent = placeholders(ROOT)
    if absent and OVERRIDE not in sys.argv[1:]:
        sys.stderr.write(
            f"metadata.txt holds placeholders for {', '.join(absent)}: write the real addresses there, which the "
            f"plugin repository visits (make package ARGS={OVERRIDE} builds an archive for tests).\n"
        )
        return 1
    target = ROOT / "dist" / f"{NAME}.zip"
    size = build(ROOT, target)
    print(f"dist/{target.name}: {len(shipped_files(ROOT))} files, {size / 2**20:.2f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
