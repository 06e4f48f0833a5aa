"""The window that sets torch up, for training and for GPUs; mapping needs none of it."""

from __future__ import annotations

import shutil
from importlib.util import find_spec
from pathlib import Path
from typing import Callable

from qgis.core import QgsSettings
from qgis.PyQt.QtCore import QProcess, QProcessEnvironment
from qgis.PyQt.QtWidgets import (
    QApplication,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QMessageBox,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from ..algorithms.base import tr
from ..models.torch_version import problem
from . import torch_folder as own

LINES = 2000
"""Lines of the log that are kept."""


class TorchWindow(QDialog):
    """Shows what is there; installs, checks and removes torch in a folder of the plugin's own."""

    def __init__(self, parent: QWidget | None = None, folder: Path | None = None) -> None:
        """Build the window; `folder` is where torch goes, the user's profile by default."""
        super().__init__(parent)
        self.folder = folder or own.torch_folder()
        self.partial = self.folder.with_name(f"{self.folder.name}.partial")
        self.program, self._process, self._then = own.interpreter(), None, None
        self.setWindowTitle(tr("Set up torch"))
        self.resize(640, 420)
        layout = QVBoxLayout(self)
        text = tr(
            "Mapping needs nothing but QGIS. torch is needed to train a checkpoint and to use an NVIDIA GPU. It is "
            "installed into a separate folder; the packages of QGIS stay as they are."
        )
        self.state, self.log, self.bar = QLabel(), QPlainTextEdit(), QProgressBar()
        for label in (QLabel(text), self.state):
            label.setWordWrap(True)
            layout.addWidget(label)
        self.log.setReadOnly(True)
        self.log.setMaximumBlockCount(LINES)
        layout.addWidget(self.log)
        self.bar.setTextVisible(False)
        layout.addWidget(self.bar)
        self.buttons: dict[str, QPushButton] = {}
        rows = (
            (
                ("cpu", tr("Install for the CPU"), lambda: self.ask_and_install(own.CPU)),
                ("cuda", tr("Install for CUDA"), lambda: self.ask_and_install(own.CUDA)),
                ("wheels", tr("Install from a folder..."), lambda: self.ask_and_install(own.WHEELS)),
            ),
            (
                ("check", tr("Check"), self.check),
                ("remove", tr("Remove"), self.remove),
                ("copy", tr("Copy diagnosis"), self.copy),
                ("cancel", tr("Cancel"), self.cancel),
            ),
        )
        for row in rows:
            line = QHBoxLayout()
            for name, title, act in row:
                self.buttons[name] = QPushButton(title)
                self.buttons[name].clicked.connect(lambda _=False, act=act: act())
                line.addWidget(self.buttons[name])
            layout.addLayout(line)
        self._show_state()

    def ask_and_install(self, kind: str) -> None:
        """Name what would be downloaded and how large it is, and install when the user agrees."""
        wheels = ""
        if kind == own.WHEELS:
            wheels = QFileDialog.getExistingDirectory(self, tr("Folder that holds the wheels of torch"))
            if not wheels:
                return
            question = tr("Install torch from the wheels in {} into {}? Nothing is downloaded.").format(
                wheels, self.folder
            )
        else:
            question = tr("Download torch and the packages that it needs, {}, and install them into {}?").format(
                tr(own.SIZES[kind]), self.folder
            )
        yes = QMessageBox.StandardButton.Yes
        if QMessageBox.question(self, self.windowTitle(), question) == yes:
            self.install(kind, wheels)

    def install(self, kind: str, wheels: str = "") -> None:
        """Install beside the place where torch goes, check it there, then put it in its place."""
        shutil.rmtree(self.partial, ignore_errors=True)
        self._run(own.pip_arguments(kind, self.partial, wheels), self._installed)

    def check(self) -> None:
        """Load torch in a process of its own, from the plugin's folder or wherever QGIS's Python has it."""
        if not self.folder.is_dir() and find_spec("torch") is None:
            self._say(tr("{sentence}.").format(sentence=problem()))
            return
        self._run(["-c", own.CHECK, str(self.folder)], self._checked)

    def remove(self) -> None:
        """Remove the plugin's folder."""
        try:
            if self.folder.exists():
                shutil.rmtree(self.folder)
            self._say(tr("Removed; start QGIS again."))
        except OSError as error:
            self._say(tr("It is in use ({}): start QGIS again and remove it before anything else.").format(error))
        self._show_state()

    def copy(self) -> None:
        """Put a diagnosis on the clipboard."""
        QApplication.clipboard().setText(own.diagnosis(self.folder, self.log.toPlainText()[-4000:]))

    def cancel(self) -> None:
        """Stop what runs; what it has written goes."""
        if self._process is not None:
            self._then = None
            self._process.kill()
            self._say(tr("Cancelled; nothing was changed."))

    def reject(self) -> None:
        """Closing the window stops what runs."""
        self.cancel()
        super().reject()

    def _run(self, arguments: list[str], then: Callable[[bool], None]) -> None:
        if self._process is not None:
            return
        environment = QProcessEnvironment.systemEnvironment()
        settings = QgsSettings()
        keys = {key: settings.value(key) for key in settings.allKeys() if key.startswith("proxy/")}
        variables = {**own.proxy_of(keys).environment(), "PIP_USER": "0", "PYTHONNOUSERSITE": "", "PIP_NO_INPUT": "1"}
        for name, value in variables.items():
            environment.insert(name, value)
        self._process, self._then = QProcess(self), then
        self._process.setProcessEnvironment(environment)
        self._process.setProcessChannelMode(QProcess.ProcessChannelMode.MergedChannels)
        self._process.readyReadStandardOutput.connect(self._read)
        self._process.finished.connect(lambda code, _status: self._finished(code == 0))
        self._process.errorOccurred.connect(self._failed)
        self.bar.setRange(0, 0)
        self._show_state()
        self._process.start(self.program, arguments)

    def _read(self) -> None:
        text = bytes(self._process.readAllStandardOutput()).decode("utf-8", "replace").strip()
        if text:
            self._say(text)

    def _failed(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart:
            self._say(tr("Python cannot be started: {}").format(self.program))
            self._finished(False)

    def _finished(self, good: bool) -> None:
        if self._process is None:
            return
        self._read()
        self._process.deleteLater()
        self._process, then, self._then = None, self._then, None
        self.bar.setRange(0, 1)
        self.bar.setValue(int(good))
        if then is None:
            shutil.rmtree(self.partial, ignore_errors=True)
        else:
            then(good)
        self._show_state()

    def _installed(self, good: bool) -> None:
        if not good:
            shutil.rmtree(self.partial, ignore_errors=True)
            self._say(tr("The installation failed; nothing was changed. The lines above say why."))
            return
        left_out = own.keep_out(self.partial)
        if left_out:
            self._say(tr("Left out, because QGIS brings it: {}").format(", ".join(left_out)))
        self._run(["-c", own.CHECK, str(self.partial)], self._taken_over)

    def _taken_over(self, good: bool) -> None:
        if not good:
            shutil.rmtree(self.partial, ignore_errors=True)
            self._say(tr("The torch that was installed does not load here; nothing was changed."))
            return
        try:
            own.take_over(self.partial, self.folder)
        except OSError as error:
            shutil.rmtree(self.partial, ignore_errors=True)
            self._say(tr("The old torch is in use ({}): start QGIS again and repeat.").format(error))
            return
        own.activate(self.folder)
        self._say(tr("torch is ready."))

    def _checked(self, good: bool) -> None:
        self._say(tr("torch works.") if good else tr("torch does not load; the lines above say why."))

    def _say(self, text: str) -> None:
        self.log.appendPlainText(text)

    def _show_state(self) -> None:
        there = self.folder.is_dir()
        lines = [tr("In this QGIS: {}").format(problem() or tr("torch is there"))]
        size = f" ({own.megabytes(self.folder):.0f} MB)" if there else f" ({tr('absent')})"
        lines.append(tr("Own folder: {}").format(self.folder) + size)
        self.state.setText("\n".join(lines))
        busy = self._process is not None
        for name, button in self.buttons.items():
            button.setEnabled(busy if name == "cancel" else not busy)
        self.buttons["remove"].setEnabled(there and not busy)
        self.buttons["copy"].setEnabled(True)
