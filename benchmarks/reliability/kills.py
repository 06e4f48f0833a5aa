"""kill -9 at random moments, and at every step of putting the outputs in place."""

from __future__ import annotations

import os
import random
import shutil
import signal
import time
from dataclasses import replace
from pathlib import Path
from typing import Callable, Iterable, Iterator, Sequence

from crop_attention.engine.writing.guard import refuse_overwriting
from crop_attention.engine.writing.outputs import PendingOutputs

from .runs import BROKEN, DONE, FINAL, KILLED, OUTPUTS, REFUSED, REPORT, Child, Ending, Job, held, hidden
from .table import Row

STEPS = ("replace", "unlink", "link", "fsync", "open", "ftruncate", "write", "close")


def undisturbed(job: Job, folder: Path, log: Path) -> tuple[dict[str, str], Ending]:
    """Run once in peace; return what it leaves.

    Raises:
        RuntimeError: it fails.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    ending = Child(replace(job, folder=str(folder)).run, log).wait()
    found = held(folder)
    if ending.how != DONE or set(found) != set(FINAL) or hidden(folder):
        raise RuntimeError(f"the undisturbed run: {ending.how}, {sorted(found)}, {hidden(folder)}: {ending.said}")
    return found, ending


def judge_folder(folder: Path, before: dict[str, str], whole: dict[str, str]) -> str:
    """Return "" where a folder holds what it held, or all outputs of an undisturbed run; else what it holds."""
    found = held(folder)
    if found in (before, whole):
        return ""
    torn = [name for name in found if found[name] not in (before.get(name), whole.get(name))]
    missing = sorted(set(before or whole) - set(found))
    return f"torn {torn}, missing {missing}, old beside new in {len(found)} files"


def random_kills(job: Job, whole: dict[str, str], seconds: float, scratch: Path, count: int, seed: int) -> Row:
    """Kill runs at random moments in one folder, each after the other; then let one run in peace.

    Every fourth kill starts from an empty folder, the others from what the last run left. What stands half must be put
    in order by the next command that reads one of the files.
    """
    row, chance, when = Row("kill -9", "at a random moment of a run", job.inputs), random.Random(seed), []
    folder = scratch / "killed"
    most = half = 0
    for number in range(count):
        if number % 4 == 0:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            if number % 8 == 4:
                for name in FINAL:
                    (folder / name).write_text("old")
        before = held(folder)
        child = Child(replace(job, folder=str(folder)).run, scratch / "log.txt")
        moment = chance.uniform(0, 1.02 * seconds)
        _sleep_until(child, moment)
        child.kill()
        ending = child.wait()
        when.append(ending.how)
        most = max(most, len(hidden(folder)))
        if judge_folder(folder, before, whole):
            half += 1
            Child(lambda: refuse_overwriting([folder / REPORT], ()), scratch / "log.txt").wait()
        row.add(ending.said if ending.how in (BROKEN, REFUSED) else judge_folder(folder, before, whole))
    after = Child(replace(job, folder=str(folder)).run, scratch / "log.txt").wait()
    row.add("" if after.how == DONE and held(folder) == whole and not hidden(folder)
            else f"the run after the kills: {after.how} {after.said} {hidden(folder)}")  # fmt: skip
    row.seen = (
        f"{when.count(KILLED)} killed, {when.count(DONE)} ended before; {half} stood half until the next command; at "
        f"most {most} hidden files left, none after the next run"
    )
    return row


def commit_kills(scratch: Path, stride: int = 1) -> Iterator[Row]:
    """Kill before each step of putting a group of outputs in place.

    Into an empty folder, over old outputs, and over old outputs in two folders. What stands half after the kill must be
    whole, or as it was, after any command that reads one of the outputs. A file of somebody else stands beside them.

    Args:
        stride: try every so many steps only.
    """
    for title, old, apart in (
        ("before each step of the commit, empty folder", False, False),
        ("... over old outputs", True, False),
        ("... over old outputs in two folders", True, True),
    ):
        row, step, half, ended = Row("kill -9", title), 1 - stride, 0, False
        while not ended:
            step += stride
            folder = scratch / "commit"
            shutil.rmtree(folder, ignore_errors=True)
            (folder / "other").mkdir(parents=True)
            # The first is put in place last; every other one lies in the other folder.
            outputs = [
                folder / ("other" if apart and number % 2 else "") / name
                for number, name in enumerate((*OUTPUTS.values(), REPORT))
            ]
            whole = {place: f"new {place.name}" for place in outputs} | {_beside(outputs[0], ".aux.xml"): "new sidecar"}
            whole |= {_beside(place, ".ovr"): "" for place in outputs[:2]}
            for place in whole if old else ():
                place.write_text(f"old {place.name}")
            theirs = folder / "parcels.gpkg"
            theirs.write_text("theirs")
            row.seal(theirs)
            before = _texts(whole)
            dies = _dies_at(step, lambda outputs=outputs: _write_all(outputs))
            ended = Child(dies, scratch / "log.txt").wait().how == DONE
            loss, found = "", _texts(whole)
            if any(found[place] not in (before[place], whole[place]) for place in whole):
                loss = "torn"
            half += found not in (before, whole)
            for reads in outputs[-1:], outputs[:1]:
                after = Child(lambda reads=reads: refuse_overwriting(reads, ()), scratch / "log.txt").wait()
                if after.how != DONE or _texts(whole) not in (before, whole):
                    loss = loss or f"the command after: {after.how} {after.said}, {list(_texts(whole).values())}"
            after = Child(lambda outputs=outputs: _write_all(outputs), scratch / "log.txt").wait()
            if after.how != DONE or _texts(whole) != whole or any(hidden(place.parent) for place in outputs[:2]):
                loss = loss or f"the run after: {after.how} {after.said} {hidden(folder)}"
            row.add(loss)
        row.seen = f"killed at {row.cases - 1} steps; {half} stood half until the next command read one of the files"
        yield row


def _beside(place: Path, ending: str) -> Path:
    return place.with_name(place.name + ending)


def _texts(places: Iterable[Path]) -> dict[Path, str]:
    return {place: place.read_text() if place.exists() else "" for place in places}


def _write_all(outputs: Sequence[Path]) -> None:
    """Write the outputs of a run, without the work."""
    with PendingOutputs() as group:
        for place in outputs:
            pending = group.add(place)
            Path(pending.path).write_text(f"new {place.name}")
            if place == outputs[0]:
                Path(f"{pending.path}.aux.xml").write_text("new sidecar")
        group.commit()


def _dies_at(step: int, action: Callable[[], None]) -> Callable[[], None]:
    """Return an action whose process is killed before its `step`-th call that changes names or writes out."""

    def act() -> None:
        calls = 0
        for name in STEPS:
            real = getattr(os, name)

            def counted(*values, _real=real, **named):
                nonlocal calls
                calls += 1
                if calls == step:
                    os.kill(os.getpid(), signal.SIGKILL)
                return _real(*values, **named)

            setattr(os, name, counted)
        action()

    return act


def _sleep_until(child: Child, moment: float) -> None:
    end = time.monotonic() + moment
    while time.monotonic() < end and not child.ended():
        time.sleep(min(0.02, max(end - time.monotonic(), 0)))
