"""What the system refuses beside the outputs is a sentence: no room for results, no folder to be in."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(not os.path.exists("/dev/full"), reason="only where devices are files")


def run(words: list[str], plugins: Path, before: str = "", stdout=subprocess.PIPE) -> subprocess.CompletedProcess:
    code = f"import os, sys, tempfile\n{before}\nfrom crop_attention.cli.main import main\nsys.exit(main({words!r}))"
    return subprocess.run(
        [sys.executable, "-c", code],
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(plugins)},
        check=False,
    )


def test_results_that_find_no_room_are_told_and_the_outputs_stand(country, out, plugins_folder):
    words = ["labels", "--crop-map", str(out / "map.tif"), "--parcels", country.parcels, "--parcel-labels"]
    made = run(["classify", *country.inputs, "--crop-map", words[2]], plugins_folder)
    assert made.returncode == 0, made.stderr
    with open("/dev/full", "w") as full:
        told = run([*words, str(out / "labels.gpkg")], plugins_folder, stdout=full)
    assert told.returncode == 1 and (out / "labels.gpkg").is_file()
    assert told.stderr.splitlines()[-1] == (
        "error: The run is done, and its results cannot be written to standard output (No space left on device)."
    )


def test_a_current_folder_that_is_gone_is_a_sentence(country, out, plugins_folder):
    gone = f"os.mkdir({str(out / 'gone')!r}); os.chdir({str(out / 'gone')!r}); os.rmdir({str(out / 'gone')!r})"
    told = run(["classify", *country.inputs, "--crop-map", "map.tif"], plugins_folder, gone)
    assert told.returncode == 1
    assert told.stderr.splitlines()[-1].startswith("error: The system refused a file or folder (No such file or dir")


def test_no_folder_for_temporary_files_is_a_sentence(country, out, plugins_folder):
    none = "tempfile._get_default_tempdir = lambda: (_ for _ in ()).throw(FileNotFoundError(2, 'No usable folder'))"
    words = ["classify", *country.inputs, "--crop-map", str(out / "map.tif"), "--parcels", country.parcels]
    told = run([*words, "--parcel-labels", str(out / "labels.gpkg")], plugins_folder, none)
    assert told.returncode == 1 and os.listdir(out) == []
    assert "The system refused a file or folder (No usable folder): check that its disk has room" in told.stderr
    assert "unforeseen" not in told.stderr
