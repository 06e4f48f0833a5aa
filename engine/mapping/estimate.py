"""What a run will cost, before it runs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...models.language import tr
from ...models.naming import called
from ...models.registry import supports_numpy
from ..cores import usable_cores
from ..errors import DeviceError
from ..memory_limits import address_memory, container_memory
from ..options import BLOCK, MappingOptions
from ..products import Product, chosen
from ..series.cube.resample import MAX_POSITIONS
from ..series.files.grid import Grid
from ..series.files.pool import MAX_KEPT

if TYPE_CHECKING:
    from ..series.acquisition import Acquisition
    from ..series.preprocessing.prepared import PreparedSeries

NETWORK_PIXELS_A_SECOND_A_CORE = 55_000
READ_PIXELS_A_SECOND = 36e6
"""Pixels of one band that a core reads, masks and averages."""

JPEG2000_PIXELS_A_SECOND = 12e6
"""The same of JPEG 2000 files, a band a file, with the bands at 10 and at 20 m counted alike; decoded once."""

JPEG2000 = (".jp2", ".j2k")

WRITE_PIXELS_A_SECOND = 6e6
"""Pixels of one band that a core counts, compresses and makes overviews of. All measured with all cores at work."""

START_SECONDS = 4.0
FIXED_MEGABYTES, FIXED_TORCH_MEGABYTES = 180, 350
"""Python and GDAL's libraries with their own buffers; with torch, for networks that run there alone."""

THREAD_MEGABYTES, THREAD_TORCH_MEGABYTES = 38, 150
"""The network on one block: 23 and 26 measured for the bundled checkpoints in NumPy, 34 and 38 with contribution."""

THREAD_ADDRESSES = 264
"""Megabytes of addresses besides, for each thread: OpenBLAS takes 128 at once and tries for ever where it gets none,
the C library keeps 128 for a thread, and 8 are its stack."""

LEAST_TILE = 256
"""Threads are given up before the tile gets smaller than this: small tiles read every file four times as often."""

CUBES = 2
"""One that the network works on, one that is being read."""

OVERVIEWS = 4 / 3


@dataclass(frozen=True)
class Estimate:
    """Seconds, megabytes of memory at the peak, megabytes of disk for all outputs."""

    seconds: float
    megabytes_memory: float
    megabytes_disk: float


def estimate(prepared: PreparedSeries, outputs: Iterable[str], options: MappingOptions, share: float = 1.0) -> Estimate:
    """Say what a run on the CPU will cost.

    Args:
        prepared: the series on their grid.
        outputs: names of what would be written; what is no raster costs nothing here.
        options: tile size and memory limit.
        share: share of the blocks that would be classified.
    """
    grid = prepared.grid
    pixels = grid.width * grid.height * share
    cores = threads_for_memory(options, prepared)
    network, reading = _seconds_a_pixel(prepared, cores)
    bands = {product: len(product.bands(prepared.card, prepared.placed)) for product in chosen(outputs)}
    writing = sum(bands.values()) / WRITE_PIXELS_A_SECOND
    # All of it overlaps, but wants the same cores; one thread alone reads.
    seconds = START_SECONDS + pixels * max(reading, network + (reading + writing) / cores)
    tile = tile_for_memory(options, prepared)
    disk = sum(disk_megabytes(grid, product, count) for product, count in bands.items())
    return Estimate(seconds, _memory(prepared, options, tile, cores), disk)


def reading_share(prepared: PreparedSeries) -> float:
    """Return the share of reading in the time of a run, 0..1."""
    network, reading = _seconds_a_pixel(prepared, usable_cores())
    return reading / (network + reading)


def tile_for_memory(options: MappingOptions, prepared: PreparedSeries) -> int:
    """Return the tile size, a multiple of BLOCK, that fits the memory limit."""
    return _plan(options, prepared)[0]


def threads_for_memory(options: MappingOptions, prepared: PreparedSeries) -> int:
    """Return the threads that fit the memory limit; as many as the analyst asked for, whatever the limit.

    Raises:
        DeviceError: a limit of the system leaves less memory than the smallest tile needs.
    """
    tile, threads = _plan(options, prepared)
    for needed, room in (
        (_memory(prepared, options, tile, threads), container_memory()),
        (_addresses(prepared, options, tile, threads), address_memory()),
    ):
        if needed > room:
            raise DeviceError(
                tr(
                    "A limit of this system (of a container, a batch system or ulimit -v) leaves {room:,.0f} MB of "
                    "memory, and the network needs {needed:,.0f} MB on {threads} threads: raise the limit, or set "
                    "fewer threads ({option})."
                ).format(option=called("threads"), room=max(room, 0), needed=needed, threads=threads)
            )
    return threads


def _plan(options: MappingOptions, prepared: PreparedSeries) -> tuple[int, int]:
    """Return tile and threads: a smaller tile down to `LEAST_TILE`, then fewer threads, then a still smaller tile."""
    size = max(BLOCK, -(-options.tile_size // BLOCK) * BLOCK)
    size, threads = min(size, _side(prepared.grid)), options.threads or usable_cores()
    limit, room = min(options.memory_limit, container_memory()), address_memory()

    def too_much() -> bool:
        needed, addresses = (part(prepared, options, size, threads) for part in (_memory, _addresses))
        return needed > limit or addresses > room

    while size > LEAST_TILE and too_much():
        size -= BLOCK
    while options.threads is None and threads > 1 and too_much():
        threads -= 1
    while size > BLOCK and too_much():
        size -= BLOCK
    return size, threads


def disk_megabytes(grid: Grid, product: Product, bands: int) -> float:
    """Return about how large an output will be."""
    return grid.width * grid.height * bands * product.bytes_a_pixel * OVERVIEWS / 2**20


def _seconds_a_pixel(prepared: PreparedSeries, cores: int) -> tuple[float, float]:
    """Seconds of the network and of reading, a pixel."""
    reading = sum(
        (len(series.bands) + 1) / (JPEG2000_PIXELS_A_SECOND if _is_jpeg2000(acquisition) else READ_PIXELS_A_SECOND)
        for series in (prepared.s2, prepared.s1)
        if series is not None
        for acquisition in series.acquisitions
    )
    return 1 / (NETWORK_PIXELS_A_SECOND_A_CORE * cores), reading


def _is_jpeg2000(acquisition: Acquisition) -> bool:
    first = next(iter(acquisition.parts[0].bands.values()))
    return first.path.lower().endswith(JPEG2000)


def _memory(prepared: PreparedSeries, options: MappingOptions, tile: int, threads: int) -> float:
    alone = supports_numpy(prepared.card.architecture)
    fixed, each = (FIXED_MEGABYTES, THREAD_MEGABYTES) if alone else (FIXED_TORCH_MEGABYTES, THREAD_TORCH_MEGABYTES)
    reading = options.gdal_cache + (MAX_KEPT + MAX_POSITIONS) / 1e6
    return fixed + each * threads + reading + CUBES * _cube_megabytes(prepared, tile)


def _addresses(prepared: PreparedSeries, options: MappingOptions, tile: int, threads: int) -> float:
    """Return the megabytes of addresses that a run takes besides those that Python and its libraries have."""
    return _memory(prepared, options, tile, threads) - FIXED_MEGABYTES + THREAD_ADDRESSES * (threads + 1)


def _side(grid: Grid) -> int:
    return -(-max(grid.width, grid.height) // BLOCK) * BLOCK


def _cube_megabytes(prepared: PreparedSeries, side: int) -> float:
    card = prepared.card
    bytes_a_step = 4 * (len(card.s2_bands) + len(card.s1_bands)) + 2
    return side * side * card.season.steps * bytes_a_step / 2**20
