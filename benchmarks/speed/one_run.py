"""One mapping run in a process of its own: python -m crop_attention.benchmarks.speed.one_run FOLDER THREADS.

Prints as JSON the pixels, seconds, peak megabytes, and the seconds of processor time by what they were spent on.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from pathlib import Path

from crop_attention.benchmarks.speed.memory import SOURCES
from crop_attention.benchmarks.speed.peak import peak_megabytes
from crop_attention.engine.feedback import Feedback
from crop_attention.engine.mapping.classify import classify
from crop_attention.engine.mapping.decision import Decision
from crop_attention.engine.mapping.inference import BlockRunner
from crop_attention.engine.mapping.tally import Tally
from crop_attention.engine.mapping.writer import RasterWriter
from crop_attention.engine.options import MappingOptions, SeriesOptions
from crop_attention.engine.series.cube.composite import BackscatterMean, OpticalMean
from crop_attention.engine.series.cube.reader import CubeReader
from crop_attention.engine.series.cube.resample import Resampled
from crop_attention.engine.series.files.pool import DatasetPool
from crop_attention.engine.series.inputs import SeriesInputs
from crop_attention.engine.series.preprocessing.prepare import prepare
from crop_attention.models.checkpoint import default_checkpoint, read_card

OUTPUTS = ("crop_map", "confidence", "probabilities", "temporal", "channel", "spatial")
WATCHED = {
    "reading": [(CubeReader, "read")],
    "decode": [(DatasetPool, "read")],
    "warp": [(Resampled, "bands"), (Resampled, "flags"), (Resampled, "box")],
    "composite": [(kind, name) for kind in (OpticalMean, BackscatterMean) for name in ("add", "finish")],
    "network": [(BlockRunner, "_forward")],
    "decision": [(Decision, "__call__")],
    "statistics": [(Tally, "add")],
    "write": [(RasterWriter, name) for name in ("write", "flush", "close")],
}
"""What is timed, by the processor time of the thread that does it; compression has threads of its own."""


def watch(spent: Counter) -> None:
    """Add up the processor time of what is watched."""
    for what, places in WATCHED.items():
        for owner, name in places:
            setattr(owner, name, _timed(getattr(owner, name), what, spent))


def _timed(function, what: str, spent: Counter):
    def timed(*arguments, **settings):
        began = time.thread_time()
        try:
            return function(*arguments, **settings)
        finally:
            spent[what] += time.thread_time() - began

    return timed


def main() -> None:
    """Map a folder with all outputs and statistics."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("threads", type=int)
    arguments = parser.parse_args()
    folder, checkpoint = arguments.folder, str(default_checkpoint())
    inputs = SeriesInputs((str(folder / "sentinel2"),), (str(folder / "sentinel1"),))
    began, busy = time.perf_counter(), time.process_time()
    prepared = prepare(inputs, read_card(checkpoint), SeriesOptions(allow_folder=str(folder / SOURCES)))
    preparing = {"preparing": time.perf_counter() - began, "preparing_processor": time.process_time() - busy}
    outputs = folder / f"out-{time.monotonic_ns()}"
    outputs.mkdir()
    spent: Counter = Counter()
    watch(spent)
    began, busy = time.perf_counter(), time.process_time()
    paths = {name: str(outputs / f"{name}.tif") for name in OUTPUTS}
    classify(prepared, checkpoint, paths, MappingOptions(threads=arguments.threads), Feedback())
    found = {
        "pixels": prepared.grid.width * prepared.grid.height,
        "seconds": time.perf_counter() - began,
        **preparing,
        "processor": time.process_time() - busy,
        "megabytes": peak_megabytes(),
        "spent": spent,
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
