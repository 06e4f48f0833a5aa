"""The set-up of torch with the real pip: from a folder of wheels without network, and through a proxy with accounts."""

from __future__ import annotations

import base64
import os
import sys
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pip
import pytest

from torch_stand_in import TORCH, log_when_idle

WHEEL = "torch-2.13.0-py3-none-any.whl"
USER, PASSWORD = "ann", "a@b:c"


def write_wheel(folder: Path) -> Path:
    """Write a wheel of a torch that can nothing but add three ones."""
    folder.mkdir(parents=True, exist_ok=True)
    info = "torch-2.13.0.dist-info"
    parts = {
        "torch/__init__.py": TORCH,
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: torch\nVersion: 2.13.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    with zipfile.ZipFile(folder / WHEEL, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
        archive.writestr(f"{info}/RECORD", "".join(f"{name},,\n" for name in [*parts, f"{info}/RECORD"]))
    return folder / WHEEL


@pytest.fixture
def window(qgis_app, tmp_path, monkeypatch):
    """The window with a Python that has pip and nothing else, in an environment without settings of pip."""
    from crop_attention.plugin import torch_folder, torch_window

    for name in [name for name in os.environ if name.upper().startswith("PIP_") or name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    for name, value in {"PIP_CONFIG_FILE": os.devnull, "PIP_RETRIES": "0", "PIP_TIMEOUT": "20"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(torch_folder, "activate", lambda folder: None)
    alone = tmp_path / "alone"
    alone.mkdir()
    (alone / "pip").symlink_to(Path(pip.__file__).parent)
    program = tmp_path / "python"
    program.write_text(f'#!/bin/sh\nPYTHONPATH="{alone}" exec "{sys.executable}" -S "$@"\n')
    program.chmod(0o755)
    made = torch_window.TorchWindow(folder=tmp_path / "profile" / "crop_attention_torch")
    made.folder.parent.mkdir()
    made.program = str(program)
    yield made
    made.reject()


def finished(qgis_app, window) -> str:
    """Let pip work to its end, also on a machine that does much else; return the log."""
    return log_when_idle(qgis_app, window, 300)


def test_torch_comes_from_a_folder_of_wheels_without_network(window, qgis_app, tmp_path, monkeypatch):
    from qgis.PyQt.QtWidgets import QFileDialog, QMessageBox

    wheels, asked = write_wheel(tmp_path / "my wheels").parent, []
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(wheels))
    monkeypatch.setattr(
        QMessageBox, "question", lambda *values: asked.append(values[2]) or QMessageBox.StandardButton.Yes
    )
    window.buttons["wheels"].click()
    log = finished(qgis_app, window)
    assert str(wheels) in asked[0] and "Successfully installed torch-2.13.0" in log and "torch is ready" in log
    assert (window.folder / "torch" / "__init__.py").read_text() == TORCH


def test_a_folder_without_its_wheel_leaves_the_torch_that_was_there(window, qgis_app, tmp_path):
    (tmp_path / "empty").mkdir()
    window.folder.mkdir()
    (window.folder / "old").write_text("")
    window.install("wheels", str(tmp_path / "empty"))
    log = finished(qgis_app, window)
    assert "No matching distribution found for torch" in log and "installation failed" in log
    assert [entry.name for entry in window.folder.iterdir()] == ["old"]


@pytest.fixture
def proxy(tmp_path):
    """A proxy that knows one user and serves an index of one wheel, whatever host is asked for; what it was asked."""
    wheel, asked = write_wheel(tmp_path / "served").read_bytes(), []
    known = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append((self.path, self.headers.get("Proxy-Authorization")))
            page = f'<a href="{WHEEL}">{WHEEL}</a>'.encode()
            body, kind = (wheel, "application/zip") if self.path.endswith(".whl") else (page, "text/html")
            self.send_response(200 if asked[-1][1] == known else 407)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_CONNECT(self) -> None:
            asked.append((self.path, self.headers.get("Proxy-Authorization")))
            self.send_error(502)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port, asked, known
    server.shutdown()
    server.server_close()


@pytest.fixture
def proxy_in_settings(qgis_app, proxy):
    """QGIS's settings name the proxy, as its options dialog stores them."""
    from qgis.core import QgsSettings

    settings = QgsSettings()
    values = {"Enabled": True, "Type": "HttpProxy", "Host": "127.0.0.1", "Port": str(proxy[0]), "User": USER}
    values["Password"] = PASSWORD
    for name, value in values.items():
        settings.setValue(f"proxy/proxy{name}", value)
    yield
    for name in values:
        settings.remove(f"proxy/proxy{name}")


def test_torch_comes_through_the_proxy_of_qgis(window, qgis_app, proxy, proxy_in_settings, monkeypatch):
    _, asked, known = proxy
    # A host that no network knows: what comes can come through the proxy alone.
    monkeypatch.setenv("PIP_INDEX_URL", "http://wheels.invalid/simple")
    monkeypatch.setenv("PIP_TRUSTED_HOST", "wheels.invalid")
    monkeypatch.setattr("crop_attention.plugin.torch_folder.sys.platform", "linux")
    window.install("cuda")
    log = finished(qgis_app, window)
    assert "torch is ready" in log and (window.folder / "torch").is_dir()
    assert [place for place, _ in asked] == [
        "http://wheels.invalid/simple/torch/",
        f"http://wheels.invalid/simple/torch/{WHEEL}",
    ]
    assert {account for _, account in asked} == {known}


def test_the_index_of_torch_is_asked_through_the_proxy(window, qgis_app, proxy, proxy_in_settings):
    _, asked, known = proxy
    window.install("cpu")
    log = finished(qgis_app, window)
    assert "installation failed" in log and PASSWORD not in log and "a%40b" not in log
    assert set(asked) == {("download.pytorch.org:443", known)}
    assert not window.folder.exists()
