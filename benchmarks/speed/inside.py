"""The bundled networks in a process of QGIS, whose libraries may take NumPy's BLAS: no torch is needed.

    python3 -m crop_attention.benchmarks.speed.inside [--threads 2] [--seconds 6] [--outside]

Prints as JSON, for each checkpoint, pixels a second with all attentions: by the clock, and by the processor time that
the threads got, which counts where the machine does other things too.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from ctypes.util import find_library
from typing import Iterator

import numpy as np

from crop_attention.benchmarks.speed.table import Row
from crop_attention.engine.cores import usable_cores
from crop_attention.engine.options import BLOCK
from crop_attention.models.card import Card
from crop_attention.models.checkpoint import bundled, load
from crop_attention.models.cpu.blas import one_thread
from crop_attention.models.cpu.products import ways
from crop_attention.models.registry import numpy_form

MODULE, LIBRARY = "crop_attention.benchmarks.speed.inside", "qgis_analysis"
SEEN = {"s2": 0.54, "s1": 0.96}
"""Share of steps with an observation, as in a real French year."""


def window(card: Card, side: int) -> list[np.ndarray]:
    """Return both sensors and their validity on a square window of noise."""
    draw, parts = np.random.default_rng(1), []
    for sensor, bands in (("s2", card.s2_bands), ("s1", card.s1_bands)):
        moments = np.array([card.normalisation[band] for band in bands], np.float32)[:, :, None, None]
        valid = draw.random((card.season.steps, side, side)) < SEEN[sensor]
        noise = draw.standard_normal((card.season.steps, len(bands), side, side), np.float32)
        parts += [(moments[:, 0] + moments[:, 1] * noise) * valid[:, None], valid]
    return parts


def speed(form, inputs: list[np.ndarray], threads: int, seconds: float) -> tuple[float, float]:
    """Return pixels a second by the clock and by processor time, a block a thread as a run does it."""

    def repeat(_: int) -> int:
        count = 0
        while time.perf_counter() - began < seconds:
            form(*inputs, attention=True)
            count += 1
        return count

    with one_thread(), ThreadPoolExecutor(threads) as pool:
        form(*inputs, attention=True)
        began, busy = time.perf_counter(), time.process_time()
        pixels = sum(pool.map(repeat, range(threads))) * BLOCK**2
        spent, busy = time.perf_counter() - began, time.process_time() - busy
    return pixels / spent, pixels / busy * threads


def inside(threads: int, seconds: float) -> Iterator[Row]:
    """Yield what a process of QGIS reaches; nothing where Python does not see QGIS."""
    if find_library(LIBRARY) is None:
        return
    command = [sys.executable, "-m", MODULE]
    asked = ["--threads", str(threads), "--seconds", str(seconds)]
    printed = subprocess.run([*command, *asked], capture_output=True, text=True, check=True).stdout
    for name, found in json.loads(printed).items():
        for how in ("clock", "processor"):
            yield Row("network", f"{name} inside QGIS, {found['ways']}, by the {how}", found[how], "pixels/s")


def main() -> None:
    """Measure each bundled checkpoint."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=usable_cores())
    parser.add_argument("--seconds", type=float, default=6.0)
    parser.add_argument("--outside", action="store_true", help="without QGIS, to compare")
    arguments = parser.parse_args()
    if not arguments.outside and "LD_PRELOAD" not in os.environ:
        # Before NumPy, as in QGIS: whose BLAS NumPy gets is settled when it is loaded.
        environment = {**os.environ, "LD_PRELOAD": find_library(LIBRARY) or sys.exit("QGIS is not found")}
        os.execve(sys.executable, [sys.executable, "-m", MODULE, *sys.argv[1:]], environment)  # noqa: S606
    found = {}
    for path in bundled():
        checkpoint = load(path)
        card, form = checkpoint.card, numpy_form(checkpoint.card, checkpoint.arrays)
        clock, processor = speed(form, window(card, BLOCK + 2 * form.margin), arguments.threads, arguments.seconds)
        found[path.stem] = {"ways": ways().name, "clock": clock, "processor": processor}
    print(json.dumps(found))


if __name__ == "__main__":
    main()
