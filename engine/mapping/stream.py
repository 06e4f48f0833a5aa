"""Tiles to classified blocks as a stream: the next tile is read and blocks are classified while others are written."""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Callable, Iterator, Optional

import numpy as np

from ...models.known import known
from ..options import BLOCK
from ..series.cube.cube import Cube
from ..series.files.grid import Grid, Window
from .forward import BlockResult
from .inference import BlockRunner, Ticket, cut
from .progress import Progress

if TYPE_CHECKING:
    from ..series.cube.reader import CubeReader
    from ..series.preprocessing.prepared import PreparedSeries

Inside = Optional[Callable[[Window], np.ndarray]]
"""Window of the grid -> bool (H, W): pixels outside stay nodata; None keeps all."""

Tile = tuple[Window, list[tuple[int, int]]]
"""A window of the grid and the upper left corners (row, col) of its wanted blocks."""


@dataclass
class Block:
    """One block of a tile, ready for the network.

    Attributes:
        window: the pixels on the grid that it maps.
        inner: what was seen there; None as soon as the next block is asked for, so that its tile can go.
        valid: (H, W) bool, pixels that get a class; where there is none, the network is left out.
        ends_tile: whether it is the last of its tile.
    """

    window: Window
    inner: Cube | None
    valid: np.ndarray
    ends_tile: bool


def wanted_tiles(grid: Grid, size: int, wanted: np.ndarray | None) -> list[Tile]:
    """Return tiles with their wanted blocks, column of tiles by column, downwards; tiles without any are left out.

    Tiles are wide and low, and each lies right below the one before, so that what both see of the files is read once.

    Args:
        size: side of the square that a tile has about the area of, a multiple of BLOCK.
        wanted: bool (rows, columns) of BLOCK-sized blocks; None wants all.
    """
    tiles = []
    for tile in _tiles(grid, size):
        corners = [
            (row, col)
            for row in range(tile.row, tile.row + tile.height, BLOCK)
            for col in range(tile.col, tile.col + tile.width, BLOCK)
            if wanted is None or wanted[row // BLOCK, col // BLOCK]
        ]
        if corners:
            tiles.append((tile, corners))
    return tiles


def classified(
    prepared: PreparedSeries, tiles: list[Tile], runner: BlockRunner, inside: Inside, progress: Progress
) -> Iterator[tuple[Block, BlockResult | None]]:
    """Yield every wanted block in order with the network's answer, None for a block without a valid pixel.

    Memory holds the tile being read, the tile being classified, and the answers of a few blocks.
    """
    waiting: deque[tuple[int, Block, Ticket | None]] = deque()

    def answers(left: Callable[[], bool]) -> Iterator[tuple[Block, BlockResult | None]]:
        while waiting and left():
            _, block, ticket = waiting.popleft()
            yield block, None if ticket is None else runner.result(ticket, progress)
            block.inner = None

    with _Ahead(prepared, runner.margin, progress) as ahead:
        following: Window | None = tiles[0][0] if tiles else None
        for index, (tile, corners) in enumerate(tiles):
            if following is not None:
                ahead.start(following)
            cube = ahead.take()
            following = tiles[index + 1][0] if index + 1 < len(tiles) else None
            for block, whole in _blocks(cube, tile, corners, prepared.grid, runner.margin, inside):
                waiting.append((index, block, runner.submit(whole) if block.valid.any() else None))
                del whole
                # Not before the tile before this one is let go: two tiles are all that memory is meant to hold.
                if following is not None and waiting[0][0] == index:
                    ahead.start(following)
                    following = None
                yield from answers(lambda: len(waiting) > runner.ahead)
            del cube, block
            yield from answers(lambda: following is not None and waiting[0][0] < index)  # noqa: B023
        yield from answers(lambda: True)


def _tiles(grid: Grid, size: int) -> Iterator[Window]:
    """Yield the tiles of a grid.

    The first of a column is a block lower than the others: blocks of files often end where those of the grid do, and
    the surroundings of a tile then end before them.
    """
    width = min(2 * size if size > BLOCK else size, -(-grid.width // BLOCK) * BLOCK)
    height = min(max(size * size // (width * BLOCK), 1) * BLOCK, 2 * size)
    edges = [0, *range(height - BLOCK if height > BLOCK else height, grid.height, height), grid.height]
    for col in range(0, grid.width, width):
        for top, bottom in zip(edges, edges[1:]):
            yield Window(top, col, bottom - top, min(width, grid.width - col))


def _blocks(
    cube: Cube, tile: Window, corners: list[tuple[int, int]], grid: Grid, margin: int, inside: Inside
) -> Iterator[tuple[Block, Cube]]:
    """Yield each block of a tile and what the network takes of it, with margins."""
    for row, col in corners:
        whole = cut(cube, row - tile.row, col - tile.col, margin)
        window = Window(row, col, min(BLOCK, grid.height - row), min(BLOCK, grid.width - col))
        inner = whole.cut(slice(margin, margin + window.height), slice(margin, margin + window.width))
        valid = _any_look(inner)
        if inside is not None:
            valid &= inside(window)
        yield Block(window, inner, valid, (row, col) == corners[-1]), whole


def _any_look(cube: Cube) -> np.ndarray:
    looks = [valid.any(axis=0) for valid in (cube.s2_valid, cube.s1_valid) if valid is not None]
    return np.logical_or.reduce(looks)


class _Ahead:
    """Reads one tile in a thread of its own; GDAL's datasets belong to the thread that opened them."""

    def __init__(self, prepared: PreparedSeries, margin: int, progress: Progress) -> None:
        self._prepared, self._margin, self._progress = prepared, margin, progress
        self._cube: Future[Cube] | None = None

    def __enter__(self) -> _Ahead:
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="crop-attention-read")
        self._reader: CubeReader = self._pool.submit(self._prepared.reader).result()
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.submit(self._reader.close).result()
        self._pool.shutdown()

    def start(self, tile: Window) -> None:
        """Begin to read a tile."""
        self._cube = self._pool.submit(self._read, tile)

    def take(self) -> Cube:
        """Return the tile that was begun, and forget it."""
        future, self._cube = self._cube, None
        return self._progress.wait_for(known(future))

    def _read(self, tile: Window) -> Cube:
        # Whole blocks, also at the border of the grid: the network always sees one shape.
        height, width = (-(-side // BLOCK) * BLOCK for side in (tile.height, tile.width))
        return self._reader.read(
            Window(tile.row, tile.col, height, width).grown(self._margin), self._progress.reading()
        )
