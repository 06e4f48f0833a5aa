"""From the archive to styled layers in a real window, as `window_run` has it done."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import pytest

from crop_attention.tools.window_run import HIDDEN, NEEDED


@pytest.fixture(scope="module")
def visit(tmp_path_factory):
    """What was found, and the folder of the pictures."""
    missing = [program for program in (*NEEDED, "qgis_process") if shutil.which(program) is None]
    if missing:
        pytest.skip(f"{', '.join(missing)} not installed")
    pytest.importorskip("scipy")
    pictures = tmp_path_factory.mktemp("pictures")
    command = [sys.executable, "-m", "crop_attention.tools.window_run", "--json", "--size", "64", "--seconds", "240"]
    done = subprocess.run([*command, "--pictures", str(pictures)], capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1]), pictures


def test_a_click_on_run_brings_styled_layers_in_a_group_of_their_own(visit):
    found, _ = visit
    assert found["finished"] is True
    [group] = found["groups"]
    assert group.startswith("Temperate Europe 2023, ")
    shown = [(layer["name"], layer["valid"], layer["style"]) for layer in found["layers"]]
    assert shown == [
        ("Parcel labels", True, "categorizedSymbol"),
        ("Crop map", True, "paletted"),
        ("Confidence", True, "singlebandpseudocolor"),
    ]


def test_only_what_qgis_brings_was_there_and_the_times_are_told(visit):
    found, _ = visit
    assert found["hidden"] == sorted(HIDDEN)
    assert found["results"]["DEVICE_USED"].startswith("CPU")
    assert 0 < found["run"] <= found["click"] and found["install"] > 0 and found["process"] > 0


def test_the_pictures_show_dialog_and_map(visit):
    from qgis.PyQt.QtGui import QImage

    found, pictures = visit
    dialog, window = (QImage(str(pictures / name)) for name in ("dialog.png", "window.png"))
    assert dialog.width() > 400 and dialog.height() > 300
    assert window.width() >= 1000
    middle = {window.pixel(x, y) for x in range(500, 1000, 10) for y in range(300, 700, 10)}
    assert len(middle) > 20  # a map is drawn, not a blank canvas
