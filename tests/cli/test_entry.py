"""The command of an installed wheel."""

import os
import subprocess
import sys

from crop_attention.cli import entry


def test_a_python_without_gdal_says_so_in_one_sentence(monkeypatch, capsys):
    monkeypatch.setattr(entry, "find_spec", lambda name: None)
    assert entry.main() == 1
    said = capsys.readouterr().err
    assert said.startswith("error: This Python has no GDAL") and said.count("\n") == 1


def test_the_command_is_that_of_the_module(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["crop-attention", "checkpoints"])
    assert entry.main() == 0
    assert "temperate_europe" in capsys.readouterr().out


def test_a_lost_database_of_coordinate_systems_is_one_sentence(tmp_path, plugins_folder):
    done = subprocess.run(
        [sys.executable, "-m", "crop_attention", "check", "--s2", str(tmp_path)],
        env={**os.environ, "PROJ_LIB": "/nowhere", "PROJ_DATA": "/nowhere", "PYTHONPATH": str(plugins_folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("error: The database of coordinate systems cannot be read (PROJ")
    assert "unset the variables PROJ_LIB and PROJ_DATA" in done.stderr and done.stderr.count("\n") == 1
