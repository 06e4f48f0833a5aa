"""Check dist/crop_attention.zip as the plugin repository does: bandit, detect-secrets, metadata, no leftovers."""

from __future__ import annotations

import configparser
import json
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from .package import NAME, ROOT, build

REQUIRED = "name description about version qgisMinimumVersion author email repository tracker icon".split()


def check(folder: Path) -> list[str]:
    """Return a sentence for each finding in an unpacked archive.

    Args:
        folder: holds the one folder of the plugin.
    """
    if [entry.name for entry in folder.iterdir()] != [NAME]:
        return [f"The archive must hold the one folder {NAME}."]
    return [*_metadata(folder / NAME), *_bandit(folder / NAME), *_secrets(folder / NAME)]


def _metadata(plugin: Path) -> list[str]:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(plugin / "metadata.txt", encoding="utf-8")
    if not parser.has_section("general"):
        return ["metadata.txt has no section [general]."]
    general = parser["general"]
    found = [f"metadata.txt says nothing for {key}." for key in REQUIRED if not general.get(key, "").strip()]
    icon = general.get("icon", "")
    return found if (plugin / icon).is_file() else [*found, f"The icon {icon} is not in the archive."]


def _bandit(plugin: Path) -> list[str]:
    done = _run("bandit", "--recursive", ".", "--format", "json", "--quiet", cwd=plugin)
    results = json.loads(done)["results"]
    return [
        f"bandit {each['test_id']}: {each['filename']}:{each['line_number']} {each['issue_text']}" for each in results
    ]


def _secrets(plugin: Path) -> list[str]:
    baseline = plugin / ".secrets.baseline"
    known = json.loads(baseline.read_text("utf-8"))["results"] if baseline.is_file() else {}
    listed = {(file, each["hashed_secret"]) for file, entries in known.items() for each in entries}
    found = json.loads(_run("detect_secrets", "scan", "--all-files", ".", cwd=plugin))["results"]
    return [
        f"detect-secrets: {file}:{each['line_number']} {each['type']}"
        for file, entries in found.items()
        for each in entries
        if (file, each["hashed_secret"]) not in listed
    ]


def _run(module: str, *words: str, cwd: Path) -> str:
    """Return what a tool of this Python prints; its exit status only says that it found something."""
    done = subprocess.run([sys.executable, "-m", module, *words], capture_output=True, text=True, cwd=cwd, check=False)
    if not done.stdout.strip():
        raise RuntimeError(f"{module} did not run: {done.stderr.strip()[-500:]}")
    return done.stdout


def main() -> int:
    """Build the archive of this checkout in a temporary folder and check it."""
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / f"{NAME}.zip"
        size = build(ROOT, archive)
        unpacked = Path(folder) / "unpacked"
        with zipfile.ZipFile(archive) as file:
            file.extractall(unpacked)
        findings = check(unpacked)
    for finding in findings:
        print(finding)
    print(f"package: {size / 2**20:.2f} MB, {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
