"""Faults while a run goes on: full disks, files that vanish or rot, clocks that jump, two runs at once, odd places."""

from __future__ import annotations

import os
import random
import resource
import shutil
import subprocess
import time
from dataclasses import replace
from pathlib import Path
from typing import Callable

from .judge import Lost, check_sentence
from .runs import DONE, REFUSED, Child, Ending, Job, held, hidden, pixels
from .table import Row

ODD_NAMES = (
    "two  blanks ", "Été 2018 (comté)", "山东省", "d'été \"q\" & <b>", "%s {0} $HOME", "a;b,c=d", "-rf", "~", "#1",
    "emoji 🌾", "e\u0301 composed", "[1] * ?", "trailing.", "tab\there",
)  # fmt: skip
NOBODY = 65534


def verdict(ending: Ending, folder: Path, whole: dict[str, str], before: dict[str, str] | None = None) -> str:
    """Return "" where a run gave the outputs of an undisturbed one, or refused in a sentence and left all as it was."""
    found = held(folder)
    if hidden(folder):
        return f"left {hidden(folder)}"
    if ending.how == DONE:
        return "" if found == whole else f"another result: {[name for name in found if found[name] != whole.get(name)]}"
    if ending.how != REFUSED:
        return f"{ending.how}: {ending.said[:300]}"
    try:
        check_sentence(ending.said)
    except Lost as error:
        return str(error)
    return "" if found == (before or {}) else f"refused, and left {sorted(found)}"


def same_pixels(folder: Path, reference: Path) -> str:
    """Return "" where the rasters of two folders hold the same numbers, and nothing hidden is left."""
    found, expected = pixels(folder), pixels(reference)
    wrong = [name for name in found if found[name] != expected[name]]
    return f"other numbers in {wrong}, left {hidden(folder)}" if wrong or hidden(folder) else ""


def copied(job: Job, scratch: Path) -> Job:
    """Return the job on a copy of its series, with an empty folder for its outputs."""
    shutil.rmtree(scratch, ignore_errors=True)
    (scratch / "out").mkdir(parents=True)
    for sensor, source in (("s2", job.s2), ("s1", job.s1)):
        shutil.copytree(source, scratch / sensor)
    return replace(job, s2=str(scratch / "s2"), s1=str(scratch / "s1"), folder=str(scratch / "out"))


def file_size_limit(job: Job, whole: dict[str, str], scratch: Path, limits: tuple[int, ...]) -> Row:
    """Let no file grow beyond a size: what a quota does, and a full disk, at any place in any output."""
    row, refused = Row("disk", "no file may grow beyond 100 bytes to 1 MB", job.inputs), 0
    for limit in limits:
        folder = scratch / "full"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()

        def act(limit: int = limit, place: Path = folder) -> None:
            most = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, most))
            try:
                replace(job, folder=str(place)).run()
            finally:
                # What the child says goes into a file too.
                resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))

        ending = Child(act, scratch / "log.txt").wait()
        refused += ending.how == REFUSED
        row.add(verdict(ending, folder, whole))
    row.seen = f"{refused} refused in a sentence, the others had room"
    return row


def full_disk(job: Job, whole: dict[str, str], scratch: Path, count: int) -> Row:
    """Fill a small disk while a run writes to it; needs the right to mount one."""
    row, refused = Row("disk", "a 3 MB disk filled by another program", job.inputs), 0
    place = scratch / "disk"
    place.mkdir(exist_ok=True)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "none", str(place)], capture_output=True)
    if mounted.returncode:
        row.seen = "not run: no right to mount"
        return row
    try:
        chance = random.Random(5)
        for _ in range(count):
            folder = place / "out"
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            child = Child(replace(job, folder=str(folder)).run, scratch / "log.txt")
            while not child.ended() and not any("partial" in name for name in hidden(folder)):
                time.sleep(0.005)
            time.sleep(chance.uniform(0, 0.3))
            filler = place / "filler"
            with open(filler, "wb", buffering=0) as file:
                try:
                    while not child.ended():
                        file.write(bytes(65536))
                except OSError:
                    pass
            ending = child.wait()
            filler.unlink()
            refused += ending.how == REFUSED
            row.add(verdict(ending, folder, whole))
        row.seen = f"{refused} refused in a sentence, {count - refused} had written before"
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)
    return row


def while_running(
    job: Job, whole: dict[str, str], scratch: Path, count: int, seconds: float, title: str, harm: Callable[[Path], None]
) -> Row:
    """Do harm to one random file of the series at a random moment of each run."""
    row, chance, refused, before = Row("series", title), random.Random(7), 0, 0
    for _ in range(count):
        mine = copied(job, scratch / "harmed")
        files = sorted(path for place in (mine.s2, mine.s1) for path in Path(place).glob("*.tif"))
        child = Child(mine.run, scratch / "log.txt")
        time.sleep(chance.uniform(0, 0.9 * seconds))
        row.seal(*mine.inputs)
        victim = chance.choice(files)
        harm(victim)
        row.accept(victim)
        ending = child.wait()
        refused += ending.how == REFUSED
        out = Path(mine.folder)
        loss = same_pixels(out, scratch / "whole") if ending.how == DONE else verdict(ending, out, whole)
        if loss and ending.how == DONE:
            # The harm may have come before the run looked into the folder: then it is a run on what is there now.
            later = replace(mine, folder=str(scratch / "later"))
            shutil.rmtree(later.folder, ignore_errors=True)
            Path(later.folder).mkdir()
            found = Child(later.run, scratch / "log.txt").wait()
            loss = same_pixels(out, Path(later.folder)) if found.how == DONE else loss
            before += not loss
        row.add(loss)
    row.seen = (
        f"{refused} refused with the name of the file, {before} harmed before the folder was listed, the others had "
        "read it before"
    )
    return row


def rotten(job: Job, scratch: Path, count: int, skip: bool) -> Row:
    """Change 1 to 64 bytes in one file of the series before each run."""
    row = Row("series", f"1 to 64 bytes changed in a file{', broken ones skipped' if skip else ''}")
    chance, refused = random.Random(11), 0
    for _ in range(count):
        mine = copied(replace(job, skip_broken=skip), scratch / "rotten")
        files = sorted(path for place in (mine.s2, mine.s1) for path in Path(place).glob("*.tif"))
        victim = chance.choice(files)
        data = bytearray(victim.read_bytes())
        for _ in range(chance.choice((1, 4, 64))):
            data[chance.choice((chance.randrange(len(data)), chance.randrange(600)))] = chance.randrange(256)
        victim.write_bytes(data)
        row.seal(*mine.inputs)
        ending = Child(mine.run, scratch / "log.txt").wait()
        refused += ending.how == REFUSED
        # A number that was changed into another number is not an error that a reader could see.
        row.add(verdict(ending, Path(mine.folder), held(Path(mine.folder))))
    row.seen = f"{refused} refused in a sentence, {count - refused} mapped"
    return row


def clock(job: Job, whole: dict[str, str], scratch: Path, count: int) -> Row:
    """Let the wall clock jump by up to thirty days, either way, each time it is asked."""
    row = Row("clock", "jumps by up to 30 days, either way", job.inputs)
    for number in range(count):
        folder = scratch / "clock"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()

        def act(number: int = number, place: Path = folder) -> None:
            chance, real = random.Random(number), time.time
            time.time = lambda: real() + chance.uniform(-30, 30) * 86400
            replace(job, folder=str(place)).run()

        row.add(verdict(Child(act, scratch / "log.txt").wait(), folder, whole))
    return row


def together(job: Job, whole: dict[str, str], scratch: Path, count: int, runs: int) -> Row:
    """Start runs on the same outputs at once."""
    row, refused = Row("two runs", f"{runs} at once on the same outputs", job.inputs), 0
    for _ in range(count):
        folder = scratch / "shared"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        children = [Child(replace(job, folder=str(folder)).run, scratch / f"log{i}.txt") for i in range(runs)]
        endings = [child.wait() for child in children]
        refused += sum(ending.how == REFUSED for ending in endings)
        done = [ending for ending in endings if ending.how == DONE]
        loss = verdict(done[0], folder, whole) if done else "all were refused"
        others = [
            ending.said for ending in endings if ending.how != DONE and "Another run is writing" not in ending.said
        ]
        row.add(loss or " ".join(others))
    row.seen = f"{refused} of {count * runs} refused at their start, the others done; the outputs whole"
    return row


def odd_places(job: Job, whole: dict[str, str], scratch: Path) -> Row:
    """Read from and write to folders with odd names."""
    row = Row("places", "blanks, quotes, accents, other scripts in paths")
    for name in ODD_NAMES:
        mine = copied(job, scratch / "odd" / name)
        row.seal(*mine.inputs)
        ending = Child(mine.run, scratch / "log.txt").wait()
        found, rest = set(held(Path(mine.folder))), hidden(Path(mine.folder))
        fine = ending.how == DONE and not rest and found == set(whole)
        row.add(same_pixels(Path(mine.folder), scratch / "whole") if fine else f"{name!r} {ending.how} {ending.said}")
    row.seen = ", ".join(ascii(name) for name in ODD_NAMES[:5]) + " and the like"
    return row


def closed_places(job: Job, scratch: Path) -> Row:
    """Run as a user who may not write the outputs, or not read the series; needs to be the superuser."""
    row = Row("places", "folders that may not be written or read")
    if os.geteuid() != 0:
        row.seen = "not run: not the superuser"
        return row
    mine = copied(job, scratch / "closed")
    _open_to_all(scratch)
    out, series = Path(mine.folder), Path(mine.s2)
    cases = (
        ("outputs read-only", {out: 0o555}, REFUSED),
        ("outputs not listed", {out: 0o333}, ""),
        ("series read-only", {out: 0o777, series: 0o555}, DONE),
        ("series closed", {out: 0o777, series: 0o000}, REFUSED),
        ("one file closed", {out: 0o777, series: 0o777, sorted(series.glob("*.tif"))[1]: 0o000}, REFUSED),
    )
    row.seal(*mine.inputs)
    for title, modes, expected in cases:
        for path, mode in modes.items():
            path.chmod(mode)

        def act() -> None:
            os.setgroups([])
            os.setresgid(NOBODY, NOBODY, NOBODY)
            os.setresuid(NOBODY, NOBODY, NOBODY)
            mine.run()

        ending = Child(act, scratch / "log.txt").wait()
        loss = same_pixels(out, scratch / "whole") if ending.how == DONE else verdict(ending, out, {})
        row.add(loss or ("" if expected in ("", ending.how) else f"{title}: {ending.how} {ending.said}"))
        for path in out.iterdir():
            path.unlink()
    row.seen = "as a user without rights"
    return row


def _open_to_all(scratch: Path) -> None:
    for path in (scratch, *scratch.parents):
        if path.stat().st_uid == os.geteuid() and str(path).count("/") > 1:
            path.chmod(path.stat().st_mode | 0o011)
    for path in (scratch / "closed").rglob("*"):
        path.chmod(0o777 if path.is_dir() else 0o666)
    (scratch / "closed").chmod(0o777)
