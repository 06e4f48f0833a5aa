"""What tests let workers do with a county in place of classifying it; workers import this by its name."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from osgeo import ogr

from crop_attention.engine.counties.county import CountyTask
from crop_attention.engine.counties.executors.worker import examine
from crop_attention.engine.counties.outcome import DONE, CountyOutcome, cancelled
from crop_attention.engine.errors import Cancelled

LONG_SECONDS = 60


def tasks(folder: Path, *names: str) -> list[CountyTask]:
    """Return counties of 1, 2, 3, ... square units."""
    found = []
    for number, name in enumerate(names, 1):
        ring = f"0 0,{number} 0,{number} 1,0 1,0 0"
        shape = bytes(ogr.CreateGeometryFromWkt(f"POLYGON(({ring}))").ExportToWkb(ogr.wkbNDR))
        found.append(CountyTask(name, name.lower(), str(folder), shape, "", (), (), str(folder)))
    return found


def short(task: CountyTask, feedback) -> CountyOutcome:
    """Take a moment, say something, tell which process it was."""
    feedback.title("Working")
    feedback.progress(0.5)
    feedback.warning("half")
    return CountyOutcome(task.name, task.key, DONE, str(os.getpid()))


def mortal(task: CountyTask, feedback) -> CountyOutcome:
    """Kill the worker: once for the county 'once', always for the county 'always'."""
    mark = Path(task.folder) / f"{task.key}.mark"
    if task.key == "always" or (task.key == "once" and not mark.exists()):
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    # The interrupt that a terminal sends to all processes of a command.
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(0.2)
    return short(task, feedback)


def long(task: CountyTask, feedback) -> CountyOutcome:
    """Hold a file as long as the county is in work."""
    held = Path(task.folder) / f"{task.key}.held"
    held.touch()
    try:
        for _ in range(LONG_SECONDS * 10):
            feedback.check()
            time.sleep(0.1)
    except Cancelled:
        return cancelled(task)
    finally:
        held.unlink()
    return CountyOutcome(task.name, task.key, DONE)


def broken(task: CountyTask, feedback) -> CountyOutcome:
    """Raise what no county may raise."""
    raise ValueError(f"no {task.name}")


def mixed(task: CountyTask, feedback) -> CountyOutcome:
    """Be long for the county 'long' and short for others."""
    return long(task, feedback) if task.key == "long" else short(task, feedback)


def blind(folder: str, paths: list[str]) -> dict:
    """Stand in for a worker on which another folder has the same path."""
    return {**examine(folder, paths), "unseen": paths}
