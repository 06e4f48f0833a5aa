"""A prepared series through a checkpoint to rasters: read, classify, write, forget, tile by tile."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from typing import TYPE_CHECKING

import numpy as np

from ...models.checkpoint import Checkpoint, load
from ..feedback import Feedback
from ..gdal_cache import bounded_cache
from ..options import MappingOptions
from ..provenance import describe_run
from ..series.files.grid import Window
from ..writing.outputs import PendingOutputs
from .device import choose_device, exact_arithmetic
from .estimate import disk_megabytes, tile_for_memory
from .inference import BlockResult, BlockRunner
from .outputs import Outputs, check_heatmaps
from .progress import Progress
from .result import MappingResult
from .stream import Inside, classified, wanted_tiles
from .tally import Tally
from .writer import CLASSES, FLOAT, PERCENT, SHARE, RasterWriter

if TYPE_CHECKING:
    from ..series.settle.prepared import PreparedSeries


def classify(
    prepared: PreparedSeries,
    checkpoint_path: str,
    outputs: Outputs,
    options: MappingOptions,
    feedback: Feedback,
    wanted_blocks: np.ndarray | None = None,
    with_statistics: bool = True,
    inside: Inside = None,
    created: str = "",
) -> MappingResult:
    """Map crops; all outputs appear together at the end, or none.

    Args:
        prepared: the series on their grid and season.
        checkpoint_path: a checkpoint whose card `prepared` was made for.
        outputs: what to write.
        options: tile size, memory, device, threads.
        feedback: progress and cancel.
        wanted_blocks: bool (rows, columns) of BLOCK-sized blocks; False stays nodata. None wants all.
        with_statistics: gather the sums that a report needs.
        inside: which pixels to keep; the network sees the others as surroundings, the outputs and sums do not.
        created: time on the outputs, ISO 8601; empty for now.

    Raises:
        CropAttentionError: an input cannot be read, an output cannot be written, or the run was cancelled.
        CheckpointError: the checkpoint cannot be used.
    """
    began = time.monotonic()
    checkpoint = load(checkpoint_path)
    check_heatmaps(checkpoint.card, outputs.chosen())
    grid = prepared.grid
    with exact_arithmetic(), bounded_cache(options.gdal_cache), PendingOutputs(prepared.files()) as pending:
        device = choose_device(options.device, options.threads, feedback)
        attention = outputs.attention or with_statistics
        runner = BlockRunner(checkpoint, device, options.threads, attention, feedback)
        tags = describe_run(prepared, checkpoint.card.name, checkpoint.sha256, device.label, created)
        writers = _open_writers(pending, outputs, prepared, checkpoint, tags)
        tally = Tally(
            grid,
            len(checkpoint.card.classes),
            prepared.placed.season.steps,
            checkpoint.card.s2_bands,
            checkpoint.card.s1_bands,
        )
        try:
            mapped = 0
            tiles = wanted_tiles(grid, tile_for_memory(options, prepared), wanted_blocks)
            progress = Progress(feedback, prepared, len(tiles), sum(len(blocks) for _, blocks in tiles))
            for block, result in classified(prepared, tiles, runner, inside, progress):
                if result is None:
                    # Written like any other block, so that a map without a look is nodata and not a hole in the file.
                    _write_nothing(writers, block.window)
                else:
                    result = _trim(result, block.window)
                    _write(writers, block.window, result, block.valid, checkpoint)
                    if with_statistics:
                        tally.add(block.window, block.inner, result, block.valid)
                    mapped += int(block.valid.sum())
                if block.ends_tile:
                    for writer in writers.values():
                        writer.flush(block.window.row + block.window.height)
                progress.mapped(1)
            _close(list(writers.values()), feedback, progress)
            feedback.check()
            pending.commit()
        finally:
            runner.close()
            for writer in writers.values():
                writer.abandon()
    feedback.progress(1.0)
    return MappingResult(
        device=runner.device.label,
        seconds=time.monotonic() - began,
        pixel_area=grid.pixel**2,
        nodata_pixels=grid.width * grid.height - mapped,
        statistics=tally.statistics if with_statistics else None,
        sha256=checkpoint.sha256,
        warnings=tuple(filter(None, (runner.device.fallback,))),
    )


def _open_writers(
    pending: PendingOutputs, outputs: Outputs, prepared: PreparedSeries, checkpoint: Checkpoint, tags: dict[str, str]
) -> dict[str, RasterWriter]:
    card, placed = checkpoint.card, prepared.placed
    bands = [*card.s2_bands, *card.s1_bands]
    layouts = {
        "crop_map": (CLASSES, ["Crop class"]),
        "confidence": (PERCENT, ["Confidence (%)"]),
        "probabilities": (FLOAT, [entry.name for entry in card.classes]),
        "temporal": (SHARE, [placed.step_label(step) for step in range(placed.season.steps)]),
        "channel": (SHARE, [*bands, "Share of Sentinel-1"]),
        "spatial": (SHARE, ["Share of the 5 x 5 neighbourhood"]),
    }
    writers: dict[str, RasterWriter] = {}
    try:
        for name, path in outputs.chosen().items():
            kind, names = layouts[name]
            place = pending.add(path, disk_megabytes(prepared.grid, name, len(names)))
            writers[name] = RasterWriter(place.path, path, prepared.grid, kind, names, tags)
        writers["crop_map"].colour(card.classes)
    except BaseException:
        for writer in writers.values():
            writer.abandon()
        raise
    return writers


def _close(writers: list[RasterWriter], feedback: Feedback, progress: Progress) -> None:
    """Finish all files, two at a time: the overviews of one are the work of one thread."""
    progress.check()
    # The largest first, or the other thread would wait for it at the end.
    writers = sorted(writers, key=lambda writer: -writer.bands)
    with ThreadPoolExecutor(2, thread_name_prefix="crop-attention-close") as pool:
        closing = [pool.submit(writer.close, feedback) for writer in writers]
        try:
            for future in closing:
                progress.wait_for(future)
        finally:
            for future in closing:
                future.cancel()


def _trim(result: BlockResult, window: Window) -> BlockResult:
    rows, cols = slice(0, window.height), slice(0, window.width)
    values = (getattr(result, field.name) for field in fields(result))
    return BlockResult(*(None if value is None else value[..., rows, cols] for value in values))


def _write(
    writers: dict[str, RasterWriter], window: Window, result: BlockResult, valid: np.ndarray, checkpoint: Checkpoint
) -> None:
    codes = np.array([entry.code for entry in checkpoint.card.classes], dtype=np.uint8)
    makers = {
        "crop_map": lambda: codes[result.classes][None],
        "confidence": lambda: np.rint(100 * result.probabilities.max(axis=0))[None],
        "probabilities": lambda: result.probabilities,
        "temporal": lambda: result.temporal,
        "channel": lambda: np.concatenate((result.channel, result.s1_share)),
        "spatial": lambda: result.spatial,
    }
    for name, writer in writers.items():
        writer.write(window, makers[name](), valid)


def _write_nothing(writers: dict[str, RasterWriter], window: Window) -> None:
    shape = (window.height, window.width)
    for writer in writers.values():
        writer.write(window, np.zeros((writer.bands, *shape)), np.zeros(shape, dtype=bool))
