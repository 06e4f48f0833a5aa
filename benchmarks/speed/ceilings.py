"""What the machine can do at all: matrix products, and reading files from one end to the other."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Callable, Iterator

import torch

from .table import Row

SIDE = 1024
CHUNK = 1 << 20


def rate(work: Callable[[], object], threads: int, seconds: float) -> float:
    """Return how often a second `work` is done by so many threads, each of which does all of it alone."""

    def repeat(_: int) -> float:
        torch.set_num_threads(1)
        with torch.inference_mode():
            work()
            count, began = 0, time.perf_counter()
            while (spent := time.perf_counter() - began) < seconds:
                work()
                count += 1
        return count / spent

    with ThreadPoolExecutor(threads) as pool:
        return sum(pool.map(repeat, range(threads)))


def gflops(threads: int, seconds: float) -> float:
    """Return the GFLOP/s of float32 matrix products side by side."""
    left, right = torch.randn(SIDE, SIDE), torch.randn(SIDE, SIDE)
    return rate(lambda: left @ right, threads, seconds) * 2 * SIDE**3 / 1e9


def read_all(folder: Path) -> tuple[float, float]:
    """Read every file below a folder in order; return bytes and seconds."""
    total, began = 0, time.perf_counter()
    for path in sorted(folder.rglob("*.tif")):
        with open(path, "rb", buffering=0) as file:
            while chunk := file.read(CHUNK):
                total += len(chunk)
    return float(total), time.perf_counter() - began


def ceilings(threads: int, seconds: float, county: Path, pixels: int) -> Iterator[Row]:
    """Yield the ceilings; files are in the system's cache, as after a first look at them."""
    one = gflops(1, seconds)
    yield Row("ceilings", "float32 matrix product, 1 thread", one, "GFLOP/s")
    yield Row("ceilings", f"float32 matrix product, {threads} threads", every := gflops(threads, seconds), "GFLOP/s",
              every / one, "1 thread")  # fmt: skip
    read_all(county)
    size, spent = read_all(county)
    yield Row("ceilings", "input files read end to end", size / spent / 2**20, "MB/s")
    yield Row("ceilings", "input files read end to end", pixels / spent, "pixels/s")
