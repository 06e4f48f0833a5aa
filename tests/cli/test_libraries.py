"""What libraries write past Python does not reach the terminal."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize("debug, shown", [(False, "own\nafter\n"), (True, "library\nown\nafter\n")])
def test_lines_that_libraries_write_past_python_are_for_debugging(debug, shown, plugins_folder):
    script = f"""
import os, sys
from crop_attention.cli.libraries import quiet_libraries
with quiet_libraries({debug}):
    os.write(2, b"library\\n")
    print("own", file=sys.stderr)
os.write(2, b"after\\n")
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=plugins_folder, check=False
    )
    assert done.stderr == shown
