"""A prepared series through a checkpoint to rasters: read, classify, write, forget, tile by tile."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from typing import TYPE_CHECKING, Callable, Iterator, Optional

import numpy as np

from ...models.checkpoint import Checkpoint, load
from ..feedback import Feedback
from ..gdal_cache import bounded_cache
from ..options import BLOCK, MappingOptions
from ..outputs import PendingOutputs
from ..provenance import describe_run
from ..series.cube import Cube
from ..series.grid import Grid, Window
from .device import choose_device, exact_arithmetic
from .estimate import disk_megabytes, tile_for_memory
from .inference import BlockResult, BlockRunner, cut
from .outputs import Outputs
from .progress import Progress
from .result import MappingResult
from .tally import Tally
from .writer import CLASSES, FLOAT, PERCENT, SHARE, RasterWriter

if TYPE_CHECKING:
    from ..series.prepared import PreparedSeries
    from ..series.reader import CubeReader

Inside = Optional[Callable[[Window], np.ndarray]]
"""Window of the grid -> bool (H, W): pixels outside stay nodata; None keeps all."""


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
            tiles = _wanted_tiles(grid, tile_for_memory(options, prepared), wanted_blocks)
            progress = Progress(feedback, prepared, len(tiles), sum(len(blocks) for _, blocks in tiles))
            for cube, (tile, blocks) in _read_ahead(prepared, tiles, runner.margin, progress):
                for block in _batches(blocks, runner):
                    mapped += _map_blocks(
                        runner, cube, tile, block, grid, writers, tally if with_statistics else None, inside
                    )
                    progress.mapped(len(block))
            for writer in writers.values():
                feedback.check()
                writer.close(feedback)
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


def _wanted_tiles(grid: Grid, size: int, wanted: np.ndarray | None) -> list[tuple[Window, list[tuple[int, int]]]]:
    """Tiles with the upper left corners (row, col on the grid) of their wanted blocks; tiles without any left out."""
    tiles = []
    for tile in grid.tiles(size):
        corners = [
            (row, col)
            for row in range(tile.row, tile.row + tile.height, BLOCK)
            for col in range(tile.col, tile.col + tile.width, BLOCK)
            if wanted is None or wanted[row // BLOCK, col // BLOCK]
        ]
        if corners:
            tiles.append((tile, corners))
    return tiles


def _read_ahead(
    prepared: PreparedSeries, tiles: list[tuple[Window, list[tuple[int, int]]]], margin: int, progress: Progress
) -> Iterator[tuple[Cube, tuple[Window, list[tuple[int, int]]]]]:
    """Read the next tile in a second thread while the network works on this one."""

    def read(tile: Window) -> Cube:
        # Whole blocks, also at the border of the grid: the network always sees one shape.
        height, width = (-(-side // BLOCK) * BLOCK for side in (tile.height, tile.width))
        return reader.read(Window(tile.row, tile.col, height, width).grown(margin), progress.reading())

    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="crop-attention-read") as pool:
        # GDAL's datasets belong to the thread that opened them.
        reader: CubeReader = pool.submit(prepared.reader).result()
        try:
            ahead = pool.submit(read, tiles[0][0]) if tiles else None
            for index, entry in enumerate(tiles):
                cube = progress.wait_for(ahead)
                if index + 1 < len(tiles):
                    ahead = pool.submit(read, tiles[index + 1][0])
                yield cube, entry
                del cube
        finally:
            pool.submit(reader.close).result()


def _batches(blocks: list[tuple[int, int]], runner: BlockRunner) -> Iterator[list[tuple[int, int]]]:
    size = runner.batch
    for first in range(0, len(blocks), size):
        yield blocks[first : first + size]


def _map_blocks(
    runner: BlockRunner,
    cube: Cube,
    tile: Window,
    corners: list[tuple[int, int]],
    grid: Grid,
    writers: dict[str, RasterWriter],
    tally: Tally | None,
    inside: Inside = None,
) -> int:
    """Classify and write blocks of one tile; return the number of pixels that got a class."""
    margin = runner.margin
    jobs = []
    for row, col in corners:
        block = cut(cube, row - tile.row, col - tile.col, margin)
        window = Window(row, col, min(BLOCK, grid.height - row), min(BLOCK, grid.width - col))
        inner = block.cut(slice(margin, margin + window.height), slice(margin, margin + window.width))
        valid = _any_look(inner)
        if inside is not None:
            valid &= inside(window)
        if valid.any():
            jobs.append((window, block, inner, valid))
        else:
            # Written like any other block, so that a map without a look is nodata and not a hole in the file.
            _write_nothing(writers, window)
    results = runner.run([block for _, block, _, _ in jobs])
    mapped = 0
    for (window, _, inner, valid), result in zip(jobs, results):
        result = _trim(result, window)
        _write(writers, window, result, valid, runner.checkpoint)
        if tally is not None:
            tally.add(window, inner, result, valid)
        mapped += int(valid.sum())
    return mapped


def _any_look(cube: Cube) -> np.ndarray:
    looks = [valid.any(axis=0) for valid in (cube.s2_valid, cube.s1_valid) if valid is not None]
    return np.logical_or.reduce(looks)


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
