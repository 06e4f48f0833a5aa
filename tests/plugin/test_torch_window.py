"""The set-up of torch with a pip that only pretends: what it is asked, what is kept, what is left of a failure."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest

from torch_stand_in import TORCH, log_when_idle

PIP = """import pathlib, sys, time
arguments = sys.argv[1:]
if arguments[0] == "-c":
    sys.argv = arguments[1:]
    exec(arguments[1])
    raise SystemExit
print("Collecting torch", flush=True)
target = pathlib.Path(arguments[arguments.index("--target") + 1])
(target / "torch").mkdir(parents=True)
(target / "numpy").mkdir()
(target / "numpy-9.9.dist-info").mkdir()
(target / "torch" / "__init__.py").write_text({torch!r})
{then}
"""


@pytest.fixture
def window(qgis_app, tmp_path, monkeypatch):
    """A function that opens the window with a pip that ends in some way."""
    from crop_attention.plugin import torch_folder, torch_window

    monkeypatch.setattr(torch_folder, "activate", lambda folder: None)
    opened = []

    def open_window(then: str = "", torch: str = TORCH):
        program = tmp_path / "python"
        # Nothing of this environment: the torch of the tests must not be found.
        script = tmp_path / "pip.py"
        script.write_text(PIP.format(torch=torch, then=then))
        # By a shell: the line of an interpreter holds no path with blanks.
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -S "{script}" "$@"\n')
        program.chmod(program.stat().st_mode | stat.S_IEXEC)
        made = torch_window.TorchWindow(folder=tmp_path / "profile" / "crop_attention_torch")
        made.folder.parent.mkdir(exist_ok=True)
        made.program = str(program)
        opened.append(made)
        return made

    yield open_window
    for made in opened:
        made.reject()


def wait(qgis_app, window) -> str:
    """Let the window work to its end; return its log."""
    return log_when_idle(qgis_app, window, 30)


def test_torch_is_installed_into_its_own_folder_without_numpy(window, qgis_app):
    opened = window()
    opened.install("cpu")
    assert not opened.buttons["cpu"].isEnabled() and opened.buttons["cancel"].isEnabled()
    log = wait(qgis_app, opened)
    assert "torch 2.13.0" in log and "torch is ready" in log and "numpy" in log
    assert sorted(entry.name for entry in opened.folder.iterdir() if entry.name != "__pycache__") == ["torch"]
    assert [entry.name for entry in opened.folder.parent.iterdir()] == ["crop_attention_torch"]
    assert opened.buttons["remove"].isEnabled()
    opened.remove()
    assert not opened.folder.exists()


@pytest.mark.parametrize(
    "then, torch, said",
    [("raise SystemExit(1)", TORCH, "installation failed"), ("", "raise OSError('no such DLL')", "does not load here")],
)
def test_a_failure_leaves_the_torch_that_was_there(window, qgis_app, then, torch, said):
    opened = window(then, torch)
    opened.folder.mkdir()
    (opened.folder / "old").write_text("")
    opened.install("cpu")
    assert said in wait(qgis_app, opened)
    assert [entry.name for entry in opened.folder.parent.iterdir()] == ["crop_attention_torch"]
    assert (opened.folder / "old").is_file()


def test_cancel_leaves_nothing(window, qgis_app):
    opened = window("time.sleep(60)")
    opened.install("cpu")
    while "Collecting" not in opened.log.toPlainText():
        qgis_app.processEvents()
    opened.cancel()
    assert "Cancelled" in wait(qgis_app, opened)
    assert list(opened.folder.parent.iterdir()) == []


def test_a_python_that_is_not_there_is_said(window, qgis_app):
    opened = window()
    opened.program = "/nowhere/python"
    opened.check()
    assert "/nowhere/python" in wait(qgis_app, opened)


def test_nothing_is_downloaded_without_a_click_that_names_it(window, monkeypatch):
    from qgis.PyQt.QtWidgets import QMessageBox

    asked, opened = [], window()
    monkeypatch.setattr(
        QMessageBox, "question", lambda *values: asked.append(values[2]) or QMessageBox.StandardButton.No
    )
    opened.buttons["cuda"].click()
    assert "about 3 GB" in asked[0] and str(opened.folder) in asked[0]
    assert opened._process is None


def test_pip_is_asked_for_one_folder_alone(qgis_app, monkeypatch):
    from crop_attention.plugin import torch_folder as own

    monkeypatch.setattr(own.sys, "platform", "linux")
    target = Path("/t")
    assert own.pip_arguments(own.CPU, target)[-3:] == ["--index-url", own.CPU_INDEX, "torch"]
    assert "--index-url" not in own.pip_arguments(own.CUDA, target)
    assert own.pip_arguments(own.WHEELS, target, "/w")[-4:] == ["--no-index", "--find-links", "/w", "torch"]
    assert all("--target" in own.pip_arguments(kind, target) for kind in (own.CPU, own.CUDA, own.WHEELS))


def test_a_check_without_torch_says_so_and_starts_nothing(window, monkeypatch):
    from crop_attention.models import torch_version
    from crop_attention.plugin import torch_window

    for module in (torch_version, torch_window):
        monkeypatch.setattr(module, "find_spec", lambda name: None)
    opened = window()
    opened.check()
    assert opened._process is None
    assert opened.log.toPlainText() == "torch is not installed."


def test_the_proxy_is_that_of_qgis_and_its_password_is_quoted():
    from crop_attention.plugin.torch_folder import proxy_of

    settings = {"proxy/proxyEnabled": "true", "proxy/proxyType": "HttpProxy", "proxy/proxyHost": "proxy.example.org",
                "proxy/proxyPort": "8080", "proxy/proxyUser": "ann", "proxy/proxyPassword": "a@b:c"}  # fmt: skip
    assert proxy_of(settings).url == "http://ann:a%40b%3Ac@proxy.example.org:8080"
    assert proxy_of({**settings, "proxy/proxyType": "Socks5Proxy"}).url.startswith("socks5://")
    assert proxy_of({**settings, "proxy/proxyEnabled": False}).environment() == {}


def test_the_diagnosis_names_versions_and_the_folder(window):
    from qgis.PyQt.QtWidgets import QApplication

    opened = window()
    opened.copy()
    text = QApplication.clipboard().text()
    assert "NumPy: " in text and "QGIS: " in text and str(opened.folder) in text
