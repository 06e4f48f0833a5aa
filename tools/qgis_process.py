"""Call qgis_process without a screen, in a private profile, with the packages of this Python."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sysconfig
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Mapping

OTHER_PROFILES = ("QGIS_CUSTOM_CONFIG_PATH", "QGIS_OPTIONS_PATH")


class ProcessError(RuntimeError):
    """qgis_process failed; the text is what it said."""


def find_program() -> str | None:
    """Return the program to call, None without QGIS.

    Debian's wrapper passes a flag that the program does not know, so the program behind it is preferred.
    """
    return shutil.which("qgis_process.bin") or shutil.which("qgis_process")


@dataclass(frozen=True)
class QgisProcess:
    """A private QGIS profile that serves one folder of plugins.

    Attributes:
        home: folder that stands in for the home folder.
        plugins: folder that holds the package under its name.
        peaks: megabytes of memory at the peak of each call so far.
    """

    home: Path
    plugins: Path
    peaks: list[float] = field(default_factory=list)

    def environment(self) -> dict[str, str]:
        """Return the variables of the process."""
        self.home.mkdir(parents=True, exist_ok=True)
        # Qt refuses a runtime folder that others can read.
        self.home.chmod(0o700)
        # These would lead to another profile.
        inherited = {key: value for key, value in os.environ.items() if key not in OTHER_PROFILES}
        return {
            **inherited,
            "HOME": str(self.home),
            "XDG_RUNTIME_DIR": str(self.home),
            "PYTHONPATH": sysconfig.get_paths()["purelib"],
            "QGIS_PLUGINPATH": str(self.plugins),
            "QT_QPA_PLATFORM": "offscreen",
        }

    def call(self, *arguments: str) -> str:
        """Run the program and return what it wrote.

        Raises:
            ProcessError: there is no such program, or it failed.
        """
        program = find_program()
        if program is None:
            raise ProcessError("qgis_process is not on the PATH; install QGIS 3.22 or newer.")
        with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
            process = subprocess.Popen([program, *arguments], env=self.environment(), stdout=out, stderr=err)
            try:
                _, status, usage = os.wait4(process.pid, 0)
            except BaseException:
                process.kill()
                raise
            process.returncode = os.waitstatus_to_exitcode(status)
            self.peaks.append(usage.ru_maxrss / 1024)
            written, said = (stream.seek(0) or stream.read() for stream in (out, err))
        if process.returncode:
            told = "\n".join(part[-4000:] for part in (written, said))
            raise ProcessError(f"qgis_process {' '.join(arguments)} failed:\n{told}")
        return written

    def enable(self) -> None:
        """Switch the plugin on, if it is not; its algorithms are known from then on."""
        try:
            self.call("plugins", "enable", "crop_attention")
        except ProcessError as error:
            if "already enabled" not in str(error):
                raise

    def run(self, algorithm: str, **inputs: Any) -> Mapping[str, Any]:
        """Run one algorithm and return its results; a list becomes a repeated parameter, None is left out.

        Raises:
            ProcessError: the algorithm failed or is unknown.
        """
        values = []
        for key, value in inputs.items():
            entries = value if isinstance(value, (list, tuple)) else [value]
            values += [f"{key}={entry}" for entry in entries if entry is not None]
        output = self.call("--json", "run", algorithm, "--", *values)
        return json.loads(output[output.index("{") :])["results"]
