"""What has no end, or no room: archives, folders, memory, and Ctrl-C at any moment; each in a process of its own."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from .runs import Job
from .table import Row

LONGEST_SECONDS, LONGEST_STOP = 60.0, 2.0
MEGABYTE = 2**20
LIMITS = (50, 100, 150, 200, 225, 250, 275, 300, 350, 400, 450, 500, 600, 700, 800, 900, 1000, 1250, 1500, 2000)
NAMES = (
    "a\x1b[31mred",
    "bell\x07",
    "back\x08\x08\x08",
    "line\nerror: done",
    "\u202eevil",
    "csi\x9b2J",
    "tab\tx",
    "\x7fdel",
)
STARTS = tuple("9999-12-31 9999 0001-01-01 1000 9998-06-01 2023-02-29 -1 99999 1e4 \u0662\u0660\u0662\u0663".split())


@dataclass(frozen=True)
class Said:
    """What a command of the terminal did."""

    code: int
    text: str
    seconds: float


def command(words: Sequence[str], limit: Callable[[], None] | None = None, stop: float | None = None) -> Said:
    """Run a command in a process of its own; `stop` is when it gets Ctrl-C, its seconds count from then."""

    def before() -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        if limit is not None:
            limit()

    child = subprocess.Popen(
        [sys.executable, "-m", "crop_attention", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        preexec_fn=before,
    )
    began = time.monotonic()
    if stop is not None:
        time.sleep(stop)
        began = time.monotonic()
        child.send_signal(signal.SIGINT)
    try:
        said, _ = child.communicate(timeout=LONGEST_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.communicate()
        return Said(-1, "hangs", LONGEST_SECONDS)
    return Said(child.returncode, said.decode("utf-8", "replace"), time.monotonic() - began)


def judged(words: Sequence[str], codes: Sequence[int], out: Path | None = None, text: str = "", **more) -> str:
    """Run a command; return how it went wrong, "" where it ended as it may and left nothing half."""
    said = command(words, **more)
    shown = f"{' '.join(words[:1])}: {said.text[-200:]}"
    if said.code not in codes:
        return f"{shown}: ended with {said.code}"
    if "Traceback" in said.text or "unforeseen" in said.text:
        return shown
    if any(not (letter.isprintable() or letter == "\n") for letter in said.text):
        return f"control characters: {ascii(said.text[-200:])}"
    if said.code and text not in said.text:
        return f"{shown}: does not say {text!r}"
    left = [entry.name for entry in out.iterdir()] if out is not None and out.is_dir() else []
    return f"{shown}: left {left}" if said.code and left else ""


def campaign(job: Job, scratch: Path) -> Iterator[Row]:
    """Yield a row for each kind."""
    home = Path(job.s2).parent
    series = ["--s2", job.s2, "--s1", job.s1]
    out = scratch / "bounded"

    def mapped(*more: str) -> list[str]:
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir()
        return ["classify", *series, "--crop-map", str(out / "map.tif"), "--report", str(out / "report.html"), *more]

    row = Row("memory", "ulimit -v from 50 MB to 2 GB", (home,))
    for megabytes in LIMITS:

        def limit(most: int = megabytes * MEGABYTE) -> None:
            resource.setrlimit(resource.RLIMIT_AS, (most, most))

        row.add(judged(mapped(), (0, 1), out, "memory", limit=limit))
    yield row

    row = Row("Ctrl-C", "at 0.1 to 4 s of a run", (home,))
    for tenth in range(1, 41):
        said = command(mapped(), stop=tenth / 10)
        fine = said.code in (0, 130) and said.seconds <= LONGEST_STOP and "Traceback" not in said.text
        fine = fine and (said.code == 0 or ("cancelled" in said.text and not list(out.iterdir())))
        row.add("" if fine else f"at {tenth / 10} s: {said.code} after {said.seconds:.1f} s: {said.text[-200:]}")
    yield row

    row = Row("calendar", "seasons at its ends, and days that are none", (home,))
    for start in STARTS:
        for verb in ("classify", "check"):
            words = mapped(f"--season-start={start}")
            words = words if verb == "classify" else ["check", *series, f"--season-start={start}"]
            row.add(judged(words, (1, 2), out))
    yield row
    yield _archives(scratch / "archives")
    yield _folders(scratch / "folders", Path(job.s2))
    yield _letters(scratch / "letters", Path(job.s2))


def _archives(home: Path) -> Row:
    home.mkdir()
    row = Row("archives", "that unpack to far more than they are", (home,))
    zeros = bytes(MEGABYTE)
    for name in ("S2_20190601.tif", "S2_20190601.vrt", "fields.gpkg", "deep/er/S2_20190601.jp2"):
        place = home / f"{Path(name).stem}{Path(name).suffix[1:]}.zip"
        with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as archive:
            with archive.open(name, "w", force_zip64=True) as file:
                for _ in range(1200):
                    file.write(zeros)
        row.seal()
        for words in (
            ["check", "--s2", str(place)],
            ["check", "--s2", f"/vsizip/{place}/{name}"],
            [
                "labels",
                "--crop-map",
                f"/vsizip/{place}/{name}",
                "--parcels",
                str(place),
                "--parcel-labels",
                str(place) + ".gpkg",
            ],
        ):
            row.add(judged(words, (1, 2)))
        place.unlink()
    return row


def _folders(home: Path, series: Path) -> Row:
    row = Row("folders", "without a bottom: links, depth, pipes", (series,))

    def deep(folder: Path) -> None:
        for _ in range(60):
            folder = folder / "d"
        folder.mkdir(parents=True)

    def loops(folder: Path) -> None:
        for number in range(20):
            (folder / f"up{number}").symlink_to(folder)
        (folder / "self").symlink_to("self")

    def pipes(folder: Path) -> None:
        os.mkfifo(folder / "S2_20190601.tif")
        os.mkfifo(folder / "S2_20190701.zip")

    def everything(folder: Path) -> None:
        (folder / "system").symlink_to("/proc")

    for make, text in ((deep, "deep"), (loops, "No raster"), (pipes, "No raster"), (everything, "")):
        for sensor in ("--s2", "--s1"):
            shutil.rmtree(home, ignore_errors=True)
            home.mkdir()
            make(home)
            row.add(judged(["check", sensor, str(home)], (1,), None, text))
    shutil.rmtree(home, ignore_errors=True)
    return row


def _letters(home: Path, series: Path) -> Row:
    home.mkdir()
    row = Row("letters", "that a terminal obeys, in names of files and folders", (home,))
    for name in NAMES:
        folder = home / name
        folder.mkdir()
        (folder / f"S2_20190601_{name}.tif").write_bytes(b"II*\0nothing")
        row.seal()
        for words in (("--s2", folder), ("--s1", folder), ("--s2", folder / "no")):
            row.add(judged(["check", *map(str, words)], (1, 2)))
    return row
