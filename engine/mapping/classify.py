"""A prepared series through a checkpoint to rasters: read, classify, write, forget, tile by tile."""

from __future__ import annotations

import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from ...models.checkpoint import load
from ...models.known import known
from ...models.language import counted, tr
from ..accuracy.population import grid_pixel_area
from ..feedback import Feedback
from ..gdal_cache import bounded_cache
from ..options import MappingOptions
from ..products import CODES, Product, check_heatmaps, chosen
from ..provenance import DEVICE_TAG, describe_run, device_in_words, device_tag
from ..series.files.grid import Window
from ..writing.outputs import PendingOutput, PendingOutputs
from .decision import Decision
from .device import choose_device, exact_arithmetic
from .estimate import disk_megabytes, threads_for_memory, tile_for_memory
from .forward import BlockResult
from .inference import BlockRunner
from .progress import Progress
from .result import MappingResult
from .stream import Inside, classified, wanted_tiles
from .tally import Tally
from .writer import RasterWriter

TOLD = {"temporal", "channel", "s1_share"}
"""Attentions that the report tells in any case."""

if TYPE_CHECKING:
    from ...models.card import Card
    from ..series.preprocessing.prepared import PreparedSeries


def classify(
    prepared: PreparedSeries,
    checkpoint_path: str,
    outputs: Mapping[str, str],
    options: MappingOptions,
    feedback: Feedback,
    wanted_blocks: np.ndarray | None = None,
    with_statistics: bool = True,
    inside: Inside = None,
    created: str = "",
) -> MappingResult:
    """Map crops; all outputs appear together at the end, or none.

    Args:
        outputs: name of a raster in `products` -> file to write.
        prepared, checkpoint_path, options, feedback, wanted_blocks, with_statistics, inside, created: see
            `classify_into`.

    Raises:
        CropAttentionError, CheckpointError: see `classify_into`.
    """
    with PendingOutputs(prepared.files()) as pending:
        check_heatmaps(prepared.card, outputs)
        members = reserve(pending, prepared, outputs, options.cog)
        result = classify_into(
            prepared, checkpoint_path, members, options, feedback, wanted_blocks, with_statistics, inside, created
        )
        pending.commit()
    feedback.progress(1.0)
    return result


def reserve(
    pending: PendingOutputs, prepared: PreparedSeries, outputs: Mapping[str, str], cog: bool = False
) -> dict[str, PendingOutput]:
    """Take a place for each raster among the outputs of a run.

    Args:
        pending: the outputs of the run.
        prepared: the series, for the size of the rasters.
        outputs: name of a product -> file; those that are no rasters are left alone.
        cog: every file is copied once more.

    Raises:
        OutputError: a file cannot be written, or the disk is too full.
    """
    members = {}
    for product in chosen(outputs):
        bands = product.bands(prepared.card, prepared.placed)
        megabytes = disk_megabytes(prepared.grid, product, len(bands))
        members[product.name] = pending.add(outputs[product.name], megabytes * (1 + cog))
    return members


def classify_into(
    prepared: PreparedSeries,
    checkpoint_path: str,
    members: Mapping[str, PendingOutput],
    options: MappingOptions,
    feedback: Feedback,
    wanted_blocks: np.ndarray | None = None,
    with_statistics: bool = True,
    inside: Inside = None,
    created: str = "",
) -> MappingResult:
    """Map crops into files that are put in place later.

    Args:
        prepared: the series on their grid and season.
        checkpoint_path: a checkpoint whose card `prepared` was made for.
        members: name of a raster in `products` -> the file to write; others are left alone.
        options: tile size, memory, device, threads.
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
    card, grid = checkpoint.card, prepared.grid
    decide = Decision(checkpoint, prepared, options)
    for note in decide.notes:
        feedback.info(note)
    threads = threads_for_memory(options, prepared)
    device = choose_device(options.device, threads, feedback)
    with exact_arithmetic(), bounded_cache(options.gdal_cache):
        shown = {name for product in chosen(members) for name in product.attentions}
        runner = BlockRunner(checkpoint, device, threads, shown | (TOLD if with_statistics else set()), feedback)
        tags = describe_run(prepared, card.name, checkpoint.sha256, runner.label, created) | decide.tags
        writers = _open_writers(members, prepared, card, tags, options.cog)
        tally = Tally(grid, len(card.classes), prepared.placed.season.steps, card.s2_bands, card.s1_bands)
        feedback.info(tr("The network runs on {runner}.").format(runner=device_in_words(runner.label)))
        try:
            mapped = broken = 0
            tiles = wanted_tiles(grid, tile_for_memory(options, prepared), wanted_blocks)
            progress = Progress(feedback, prepared, len(tiles), sum(len(blocks) for _, blocks in tiles))
            for block, result in classified(prepared, tiles, runner, inside, progress):
                if result is None:
                    # Written like any other block, so that a map without an observation is nodata and not a hole.
                    _write_nothing(writers, block.window)
                else:
                    inner = known(block.inner)
                    result = decide(_trim(result, block.window), inner)
                    broken += _leave_out_broken(result, block.valid)
                    _write(writers, block.window, result, block.valid, card)
                    if with_statistics:
                        tally.add(block.window, inner, result, block.valid)
                    mapped += int(block.valid.sum())
                if block.ends_tile:
                    for _, writer in writers:
                        writer.flush(block.window.row + block.window.height)
                progress.mapped(1)
            if device is not runner.device:
                for _, writer in writers:
                    writer.tag(DEVICE_TAG, device_tag(runner.label))
            _close([writer for _, writer in writers], feedback, progress)
            feedback.check()
            for product in chosen(members):
                members[product.name].check_written()
        finally:
            runner.close()
            for _, writer in writers:
                writer.abandon()
    warnings = [runner.device.fallback]
    if broken:
        warnings.append(
            tr(
                "The network gave no finite numbers and no class at {pixels}; the values of the "
                "files there are far out of range: see Check series."
            ).format(pixels=counted(broken, "pixel"))
        )
        feedback.warning(warnings[-1])
    return MappingResult(
        device=runner.label,
        seconds=time.monotonic() - began,
        pixel_area=grid_pixel_area(grid),
        nodata_pixels=grid.width * grid.height - mapped,
        statistics=tally.statistics if with_statistics else None,
        sha256=checkpoint.sha256,
        warnings=tuple(filter(None, warnings)),
        notes=tuple(decide.notes),
        tags=decide.tags,
    )


def _open_writers(
    members: Mapping[str, PendingOutput], prepared: PreparedSeries, card: Card, tags: dict[str, str], cog: bool
) -> list[tuple[Product, RasterWriter]]:
    writers: list[tuple[Product, RasterWriter]] = []
    try:
        for product in chosen(members):
            place, names = members[product.name], product.bands(card, prepared.placed)
            writer = RasterWriter(place.path, str(place.final), prepared.grid, product.storage, names, tags, cog)
            writers.append((product, writer))
            if product.storage is CODES:
                writer.colour(card.classes)
    except BaseException:
        for _, writer in writers:
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
    values = {name: value[..., rows, cols] for name, value in vars(result).items() if value is not None}
    return BlockResult(**values)


def _leave_out_broken(result: BlockResult, valid: np.ndarray) -> int:
    """Take pixels whose probabilities are not finite out of `valid`, in place; return how many those were."""
    broken = valid & ~np.isfinite(result.probabilities).all(axis=0)
    count = int(np.count_nonzero(broken))
    if count:
        valid &= ~broken
    return count


def _write(
    writers: list[tuple[Product, RasterWriter]], window: Window, result: BlockResult, valid: np.ndarray, card: Card
) -> None:
    for product, writer in writers:
        writer.write(window, product.values(result, card), valid)


def _write_nothing(writers: list[tuple[Product, RasterWriter]], window: Window) -> None:
    shape = (window.height, window.width)
    for _, writer in writers:
        writer.write(window, np.zeros((writer.bands, *shape)), np.zeros(shape, dtype=bool))
