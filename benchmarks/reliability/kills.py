"""kill -9 at random moments, and at every step of putting the outputs in place."""

from __future__ import annotations

import os
import random
import shutil
import signal
import time
from dataclasses import replace
from pathlib import Path
from typing import Callable

from crop_attention.engine.writing.outputs import PendingOutputs

from .runs import BROKEN, DONE, FINAL, KILLED, OUTPUTS, REFUSED, REPORT, Child, Ending, Job, digest, held, hidden
from .table import Row

STEPS = ("replace", "unlink", "link", "fsync")
HALF_WAY = "every file whole, some new, and the crop map, which comes last, not yet new"


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

    Every fourth kill starts from an empty folder, the others from what the last run left.
    """
    row, chance, when = Row("kill -9", "at a random moment of a run"), random.Random(seed), []
    folder = scratch / "killed"
    most = 0
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
        row.add(ending.said if ending.how in (BROKEN, REFUSED) else judge_folder(folder, before, whole))
    after = Child(replace(job, folder=str(folder)).run, scratch / "log.txt").wait()
    row.add("" if after.how == DONE and held(folder) == whole and not hidden(folder)
            else f"the run after the kills: {after.how} {after.said} {hidden(folder)}")  # fmt: skip
    row.seen = (
        f"{when.count(KILLED)} killed, {when.count(DONE)} ended before; at most {most} hidden files left, none after "
        "the next run"
    )
    return row


def commit_kills(scratch: Path, stride: int = 1) -> tuple[Row, Row]:
    """Kill before each step of putting a group of outputs in place: into an empty folder, and over old outputs.

    Args:
        stride: try every so many steps only.
    """
    rows = []
    whole = {name: digest(f"new {ascii(name)}") for name in FINAL}
    for title, old in (("before each step of the commit, empty folder", False), ("... over old outputs", True)):
        row, step, mixed, ended = Row("kill -9", title), 1 - stride, 0, False
        while not ended:
            step += stride
            folder = scratch / "commit"
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            for name in FINAL if old else ():
                (folder / name).write_text(f"old {name}")
            before = held(folder)
            ended = (
                Child(_dies_at(step, lambda place=folder: _write_all(place)), scratch / "log.txt").wait().how == DONE
            )
            found = held(folder)
            loss = judge_folder(folder, before, whole)
            if loss.startswith("torn []") and found.get(FINAL[0]) == before.get(FINAL[0]):
                mixed, loss = mixed + 1, HALF_WAY
            after = Child(lambda place=folder: _write_all(place), scratch / "log.txt").wait()
            if after.how != DONE or held(folder) != whole or hidden(folder):
                loss = loss or f"the run after: {after.how} {after.said} {hidden(folder)}"
            row.add(loss)
        row.seen = (
            f"killed at {row.cases - 1} steps; after {mixed} some files were new, the crop map not yet; none was torn"
        )
        rows.append(row)
    return rows[0], rows[1]


def _write_all(folder: Path) -> None:
    """Write the outputs of a run, without the work."""
    with PendingOutputs() as outputs:
        for name in (*OUTPUTS.values(), REPORT):
            pending = outputs.add(folder / name)
            Path(pending.path).write_text(f"new {ascii(name)}")
            if name == FINAL[0]:
                Path(f"{pending.path}.aux.xml").write_text(f"new {ascii(FINAL[5])}")
        outputs.commit()


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
