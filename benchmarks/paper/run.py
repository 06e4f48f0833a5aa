"""All cells of a plan, some at a time; what is finished is passed over, what fails is told and hidden by nobody."""

from __future__ import annotations

import multiprocessing
import time
import traceback
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Callable, Iterator, Sequence

from . import record
from .cells import Machine, Places, run_cell
from .plan import Budget, is_current
from .record import WHOLE, Key, Record

Tell = Callable[[str], None]


def run(
    keys: Sequence[Key], budget: Budget, places: Places, machine: Machine, path: Path, tell: Tell, jobs: int = 1
) -> list[Key]:
    """Run the cells that a file does not hold yet; return those that failed.

    Args:
        keys: in their order.
        budget: of the cells; lines of another budget count for nothing.
        places, machine: what they need.
        path: of the records.
        tell: hears one line a cell.
        jobs: cells at a time, each in a process of its own; their number changes no result.
    """
    left = unfinished(keys, budget, path)
    tell(f"{len(keys)} cells, {len(keys) - len(left)} of them finished; budget {budget.fingerprint()} of {path.name}")
    failed = []
    work = (left, budget, places, machine)
    tried = _side_by_side(*work, jobs) if jobs > 1 else _one_by_one(*work)
    for number, (key, found, spent) in enumerate(tried, start=1):
        head = f"{number}/{len(left)} {told(key)}"
        if isinstance(found, Record):
            record.append(path, found)
            tell(f"{head}: {_scores(found)}, {spent:.0f} s")
        else:
            failed.append(key)
            tell(f"{head}: FAILED\n{''.join(traceback.format_exception(type(found), found, found.__traceback__))}")
    return failed


def unfinished(keys: Sequence[Key], budget: Budget, path: Path) -> list[Key]:
    """Return the cells that a file does not hold yet, those of a network that has changed since among them."""
    done = record.finished(filter(is_current, record.read(path, budget.fingerprint())))
    return [key for key in keys if key not in done]


Tried = Iterator[tuple[Key, "Record | Exception", float]]
"""Cells with their record, or why there is none, and the seconds that all of it took."""


def _one_by_one(keys: Sequence[Key], budget: Budget, places: Places, machine: Machine) -> Tried:
    for key in keys:
        began = time.monotonic()
        try:
            found: Record | Exception = run_cell(key, budget, places, machine)
        except Exception as error:
            found = error
        yield key, found, time.monotonic() - began


def _side_by_side(keys: Sequence[Key], budget: Budget, places: Places, machine: Machine, jobs: int) -> Tried:
    with ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn")) as pool:
        tasks: dict[Future, Key] = {pool.submit(_timed, key, budget, places, machine): key for key in keys}
        try:
            for task in as_completed(tasks):
                error = task.exception()
                found, spent = (error, 0.0) if error else task.result()
                yield tasks[task], found, spent
        finally:
            pool.shutdown(cancel_futures=True)


def _timed(key: Key, budget: Budget, places: Places, machine: Machine) -> tuple[Record, float]:
    began = time.monotonic()
    return run_cell(key, budget, places, machine), time.monotonic() - began


def told(key: Key) -> str:
    """Return a key in words."""
    return f"{key.site} {key.system}{f' {key.variant}' if key.variant else ''} seed {key.seed} fold {key.fold}"


def _scores(found: Record) -> str:
    return ", ".join(
        f"OA {_accuracy(part.pixels):.3f}" if name == WHOLE else f"{name} {_accuracy(part.pixels):.3f}"
        for name, part in found.judged.items()
    )


def _accuracy(pixels: dict[str, list[list[int]]]) -> float:
    triples = [triple for block in pixels.values() for triple in block]
    total = sum(number for *_, number in triples)
    return sum(number for truth, mapped, number in triples if truth == mapped) / total if total else float("nan")
