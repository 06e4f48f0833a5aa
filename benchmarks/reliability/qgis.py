"""kill -9 on qgis_process while it runs the main job, labels and report with it."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from crop_attention.models.checkpoint import default_checkpoint
from crop_attention.tools.qgis_process import QgisProcess, find_program

from .runs import held, hidden
from .table import Row

FILES = {
    "CROP_MAP": "map.tif",
    "CONFIDENCE": "confidence.tif",
    "PARCEL_LABELS": "labels.gpkg",
    "REPORT": "report.html",
}


def killed(scratch: Path, count: int, seed: int) -> Row:
    """Kill runs at random moments from their first file to their last; then let one run in peace."""
    row = Row("kill -9", "qgis_process in mid-run")
    if find_program() is None:
        row.seen = "not run: no qgis_process"
        return row
    plugins = Path(tempfile.mkdtemp(dir=scratch))
    (plugins / "crop_attention").symlink_to(Path(__file__).resolve().parents[2], target_is_directory=True)
    process = QgisProcess(scratch / "profile", plugins)
    process.enable()
    county, folder, chance = scratch / "county", scratch / "qgis", random.Random(seed)
    row.seal(county, default_checkpoint())
    seconds, writing = _run(process, county, folder, None)
    names = set(held(folder))
    if not names >= set(FILES.values()) or hidden(folder):
        row.add(f"the undisturbed run left {sorted(names)} and {hidden(folder)}")
        return row
    most = 0
    for _ in range(count):
        shutil.rmtree(folder)
        _run(process, county, folder, chance.uniform(0, writing))
        most = max(most, len(hidden(folder)))
        found = set(held(folder))
        row.add("" if found in (set(), names) else f"left {sorted(found)}")
    _run(process, county, folder, None)
    row.add("" if set(held(folder)) == names and not hidden(folder) else f"the run after left {hidden(folder)}")
    row.seen = (
        f"a run takes {seconds:.0f} s and writes for {writing:.1f} s; at most {most} hidden files left, none after the "
        "next run"
    )
    return row


def _run(process: QgisProcess, county: Path, folder: Path, kill_after: float | None) -> tuple[float, float]:
    """Run, and kill so many seconds after the first file appears; return the seconds of all and of writing."""
    folder.mkdir(exist_ok=True)
    values = {
        "S2_FOLDER": county / "sentinel2", "S1_FOLDER": county / "sentinel1", "PARCELS": county / "parcels.gpkg",
        **{key: folder / name for key, name in FILES.items()},
    }  # fmt: skip
    told = [f"{key}={value}" for key, value in values.items()]
    began = first = time.monotonic()
    with open(os.devnull, "w") as nowhere:
        running = subprocess.Popen(
            [find_program(), "run", "cropattention:classifycrops", "--", *told],
            env=process.environment(),
            stdout=nowhere,
            stderr=nowhere,
        )
        while running.poll() is None and not any("partial" in name for name in hidden(folder)):
            first = time.monotonic()
            time.sleep(0.005)
        try:
            running.wait(timeout=kill_after)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()
    return time.monotonic() - began, time.monotonic() - first
