"""From files on disk to all outputs: by layout of the files, by workers, by area."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from statistics import median
from typing import Iterator

import numpy as np

from crop_attention.models.checkpoint import default_checkpoint, load

from .forms import fast_on_cpu
from .layouts import LAYOUTS, rewrite
from .memory import repeated
from .networks import pixels_a_second
from .table import Row
from .turns import ROUNDS

SHOWN = ("network", "decode", "warp", "composite", "decision", "statistics", "write")


def start(folder: Path, threads: int) -> subprocess.Popen:
    """Begin a run in a process of its own, so that its peak of memory is its own."""
    command = [sys.executable, "-m", "crop_attention.benchmarks.speed.one_run", str(folder), str(threads)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def finish(process: subprocess.Popen) -> dict:
    """Return what a run found.

    Raises:
        RuntimeError: it failed; it has said why.
    """
    printed, _ = process.communicate()
    if process.returncode:
        raise RuntimeError(f"the run failed with {process.returncode}")
    return json.loads(printed.splitlines()[-1])


def layouts(county: Path, scratch: Path, threads: int, seconds: float) -> Iterator[Row]:
    """Yield pixels a second, the share of the network alone, and where the processor time goes: of the median run."""
    part = "end to end"
    checkpoint = load(default_checkpoint())
    network = fast_on_cpu(checkpoint.network, checkpoint.card)
    folders = {"tiled TIFF, 10 m": county}
    for number, (name, layout) in enumerate(LAYOUTS.items()):
        folders[name] = rewrite(county, scratch / f"layout{number}", layout)
    alones, runs = [], []
    for _ in range(ROUNDS):
        alones.append(pixels_a_second(network, checkpoint.card, threads, seconds / ROUNDS, attention=True))
        runs.append({name: finish(start(folder, threads)) for name, folder in folders.items()})
    alone = median(alones)
    yield Row(part, "network alone, with its attentions", alone, "pixels/s")
    for name in folders:
        found = sorted((ran[name] for ran in runs), key=lambda run: run["seconds"])[ROUNDS // 2]
        rate = found["pixels"] / found["seconds"]
        yield Row(part, name, rate, "pixels/s", rate / alone, "network alone")
        by_processor = found["pixels"] / found["processor"] * threads
        yield Row(part, "  by processor time", by_processor, "pixels/s")
        spent = found["spent"]
        spent["mask, placing"] = spent["reading"] - sum(spent.get(what, 0) for what in ("decode", "warp", "composite"))
        spent["rest (compression, start)"] = found["processor"] - sum(
            spent.get(what, 0) for what in ("reading", "network", "decision", "statistics", "write")
        )
        for what in (*SHOWN, "mask, placing", "rest (compression, start)"):
            share = spent.get(what, 0) / found["processor"]
            yield Row(part, f"  of it: {what}", spent.get(what, 0) / found["pixels"] * 1e6, "us/pixel", share, "all")
        yield Row(part, "  before it: opening and sampling all files", found["preparing"], "s")
        yield Row(part, "  before it, processor time", found["preparing_processor"], "s")
        yield Row(part, "  peak memory", found["megabytes"], "MB")


def workers(county: Path) -> Iterator[Row]:
    """Yield the throughput of two workers of one thread against one."""
    one = finish(start(county, 1))
    single = one["pixels"] / one["seconds"]
    yield Row("scale", "1 worker of 1 thread", single, "pixels/s")
    both = [finish(process) for process in [start(county, 1) for _ in range(2)]]
    found = sum(run["pixels"] for run in both) / max(run["seconds"] for run in both)
    yield Row("scale", "2 workers of 1 thread", found, "pixels/s", found / single, "1 worker")


def areas(county: Path, side: int, scratch: Path, times: tuple[int, ...], threads: int) -> Iterator[Row]:
    """Yield the time against the area, and the exponent that fits."""
    pixels, seconds = [], []
    for number in times:
        found = finish(start(repeated(county, scratch / f"area{number}", number), threads))
        pixels.append(found["pixels"])
        seconds.append(found["seconds"])
        rate = found["pixels"] / found["seconds"]
        yield Row("scale", f"{side * number} x {side * number} pixels", rate, "pixels/s")
    if len(times) > 1:
        exponent = np.polyfit(np.log(pixels), np.log(seconds), 1)[0]
        yield Row("scale", "exponent of time over area", float(exponent), "", float(exponent), "linear")
