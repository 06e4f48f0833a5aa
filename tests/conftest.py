"""What every test stands on: the package under its name, a private home, and the real samples if they are there."""

from __future__ import annotations

import gc
import os
import sys
import tempfile
from pathlib import Path
from typing import Callable

import hypothesis  # noqa: F401  # its plugin imports it at the end otherwise, when QGIS is gone, and the collector crashes
import pytest

ROOT = Path(__file__).resolve().parent.parent
REAL_DATA = ROOT.parent / "shared" / "data"

_keeper = tempfile.TemporaryDirectory(prefix="crop_attention_tests_")
PLUGINS = Path(_keeper.name) / "plugins"
HOME = Path(_keeper.name) / "home"
PLUGINS.mkdir()
HOME.mkdir()
(PLUGINS / "crop_attention").symlink_to(ROOT, target_is_directory=True)

# The checkout may have any name; spawned workers find the package by the same link.
sys.path[:0] = [str(PLUGINS), str(Path(__file__).parent)]
os.environ["PYTHONPATH"] = os.pathsep.join([str(PLUGINS), *filter(None, [os.environ.get("PYTHONPATH")])])
os.environ["HOME"] = str(HOME)
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


def pytest_unconfigure() -> None:
    """Remove the temporary folder, the link first."""
    _keeper.cleanup()


@pytest.fixture(scope="session", autouse=True)
def nothing_outlives_qgis(request: pytest.FixtureRequest):
    """Let go of layers and contexts in cycles before QGIS ends: it crashes on those that die after it."""
    try:
        request.getfixturevalue("qgis_app")
    except pytest.FixtureLookupError:  # without pytest-qgis there is nothing to end
        pass
    yield
    gc.collect()


@pytest.fixture(autouse=True)
def no_front_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no test find the front end that another one spoke for."""
    monkeypatch.setenv("CROP_ATTENTION_FRONT_END", "terminal")


@pytest.fixture(scope="session")
def root() -> Path:
    """The root of the repository."""
    return ROOT


@pytest.fixture(scope="session")
def plugins_folder() -> Path:
    """A folder that holds the package under its name, for QGIS_PLUGINPATH and PYTHONPATH."""
    return PLUGINS


@pytest.fixture(scope="session")
def real_data() -> Callable[[str], Path]:
    """A function from the name of a real sample to its path; the test skips where the sample is absent."""

    def find(name: str) -> Path:
        path = REAL_DATA / name
        if not path.exists():
            pytest.skip(f"the real sample {name} is not here")
        return path

    return find


@pytest.fixture(scope="session")
def qgis_process(tmp_path_factory: pytest.TempPathFactory):
    """A qgis_process that knows the plugin, in a profile of its own; the test skips without qgis_process."""
    from crop_attention.tools.qgis_process import QgisProcess, find_program

    if find_program() is None:
        pytest.skip("qgis_process is not installed")
    process = QgisProcess(tmp_path_factory.mktemp("profile"), PLUGINS)
    process.enable()
    return process
