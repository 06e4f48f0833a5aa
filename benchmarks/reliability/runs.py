"""A small county, the job of mapping it, and child processes to do the job and to be disturbed."""

from __future__ import annotations

import hashlib
import os
import re
import resource
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

from osgeo import gdal

from crop_attention.cli.libraries import quiet_libraries
from crop_attention.engine.errors import CropAttentionError
from crop_attention.engine.feedback import Feedback
from crop_attention.engine.jobs.map import MapRequest, map_crops
from crop_attention.engine.jobs.series import SeriesRequest
from crop_attention.engine.options import MappingOptions, SeriesOptions
from crop_attention.engine.series.inputs import Extent, SeriesInputs
from crop_attention.models.card import CheckpointError
from crop_attention.models.checkpoint import default_checkpoint

OUTPUTS = {
    "crop_map": "map é.tif",
    "confidence": "confidence.tif",
    "temporal": "temporal.tif",
    "channel": "channel.tif",
    "spatial": "spatial.tif",
}
REPORT = "report.html"
FINAL = (*OUTPUTS.values(), "map é.tif.aux.xml", REPORT)
"""Everything that a finished run leaves, and nothing else."""

CREATED = "2024-01-01T00:00:00+00:00"
DONE, REFUSED, BROKEN, KILLED = "done", "refused", "broken", "killed"
LONGEST = 540
"""Seconds of the processor after which a child hangs, or ten times as many by the clock: machines may be busy."""

REFUSED_CODE = 3
_CODES = {0: DONE, REFUSED_CODE: REFUSED}
_SECONDS = re.compile(r"\d[\d.,]* seconds?|\d+ min(?:utes?)?")


@dataclass(frozen=True)
class Job:
    """One mapping run: series, outputs, and what else is to be said of it."""

    s2: str
    s1: str
    folder: str
    tile_size: int = 64
    skip_broken: bool = False
    extent: Extent | None = None
    allow_folder: str = ""
    optical_scale: float | None = None
    optical_offset: float | None = None

    @property
    def inputs(self) -> tuple[str, ...]:
        """All that it reads."""
        return tuple(filter(None, (self.s2, self.s1, str(default_checkpoint()))))

    def run(self) -> None:
        """Do it in this process."""
        folder = Path(self.folder)
        request = MapRequest(
            SeriesRequest(
                SeriesInputs((self.s2,) if self.s2 else (), (self.s1,) if self.s1 else ()),
                str(default_checkpoint()),
                extent=self.extent,
                options=SeriesOptions(
                    skip_broken=self.skip_broken,
                    allow_folder=self.allow_folder,
                    optical_scale=self.optical_scale,
                    optical_offset=self.optical_offset,
                ),
            ),
            {**{name: str(folder / place) for name, place in OUTPUTS.items()}, "report": str(folder / REPORT)},
            MappingOptions(tile_size=self.tile_size, threads=1, device="cpu"),
            created=CREATED,
        )
        map_crops(request, Feedback())


@dataclass(frozen=True)
class Ending:
    """How a child ended, what it said, and what it took."""

    how: str
    said: str
    seconds: float
    megabytes: float


class Child:
    """A forked process that does one thing and writes what it says into a file.

    Forking keeps the imports of the parent; the parent itself must not have run a network before.
    """

    def __init__(self, action: Callable[[], None], log: Path) -> None:
        """Start."""
        self._log, self._began = log, time.monotonic()
        self.pid = os.fork()
        if self.pid == 0:
            os._exit(_act(action, log))

    def kill(self) -> None:
        """Kill it as a power cut would: no handler, no clean-up."""
        os.kill(self.pid, signal.SIGKILL)

    def ended(self) -> bool:
        """Return whether it has ended, without taking the ending."""
        found = os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        return found is not None

    def wait(self) -> Ending:
        """Wait for the end; a child that hangs is killed and counts as broken."""
        while not self.ended() and time.monotonic() - self._began < 10 * LONGEST and _spent(self.pid) < LONGEST:
            time.sleep(0.01)
        if not self.ended():
            self.kill()
            os.wait4(self.pid, 0)
            return Ending(BROKEN, f"still running after {LONGEST} seconds of the processor", LONGEST, 0.0)
        _, status, usage = os.wait4(self.pid, 0)
        how = KILLED if os.WIFSIGNALED(status) else _CODES.get(os.WEXITSTATUS(status), BROKEN)
        said = self._log.read_text("utf-8", "replace") if self._log.exists() else ""
        return Ending(how, said, time.monotonic() - self._began, usage.ru_maxrss / 1024)


def _spent(pid: int) -> float:
    """Return the seconds of the processor that a process has had; 0 where the system does not tell so."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _act(action: Callable[[], None], log: Path) -> int:
    try:
        with open(log, "w", encoding="utf-8", errors="replace") as stream:
            os.dup2(stream.fileno(), 1)
            os.dup2(stream.fileno(), 2)
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            try:
                with quiet_libraries():
                    action()
            except (CropAttentionError, CheckpointError) as error:
                stream.write(str(error))
                return REFUSED_CODE
            except BaseException as error:
                stream.write(f"{type(error).__name__}: {error}")
                import traceback

                traceback.print_exc(file=stream)
                return 4
            return 0
    except BaseException:
        return 5


def county(folder: Path, size: int = 64, dates: int = 6) -> Job:
    """Simulate a county and return the job that maps it."""
    from crop_attention.engine.simulation.county import CountyOptions, simulate_county

    simulate_county(folder, CountyOptions(seed=3, size=size, s2_dates=dates, s1_dates=dates), Feedback())
    return Job(str(folder / "sentinel2"), str(folder / "sentinel1"), "")


def held(folder: Path) -> dict[str, str]:
    """Return visible file -> digest of its bytes; of the report without the seconds that it names."""
    found = {}
    for path in sorted(folder.iterdir()):
        if not path.name.startswith("."):
            data = path.read_bytes()
            if path.name == REPORT:
                data = _SECONDS.sub("", data.decode("utf-8")).encode("utf-8")
            found[path.name] = digest(data.decode("latin-1"))
    return found


def pixels(folder: Path) -> dict[str, list[int]]:
    """Return raster -> checksum of each band; the tags may speak of inputs that have changed since."""
    found = {}
    for name in OUTPUTS.values():
        dataset = gdal.Open(str(folder / name))
        found[name] = [dataset.GetRasterBand(number).Checksum() for number in range(1, dataset.RasterCount + 1)]
    return found


def digest(text: str) -> str:
    """Return the digest of a text."""
    return hashlib.sha256(text.encode("latin-1")).hexdigest()


def hidden(folder: Path) -> list[str]:
    """Return the hidden files of a folder."""
    return sorted(path.name for path in folder.iterdir() if path.name.startswith("."))
