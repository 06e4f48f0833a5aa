"""The stream of blocks: in order, no more than two tiles in memory, and a GPU that fails on the way."""

from __future__ import annotations

import gc
import weakref
from dataclasses import dataclass

import numpy as np
import pytest
import torch

from crop_attention.engine.errors import Cancelled
from crop_attention.engine.feedback import Feedback
from crop_attention.engine.mapping.device import Device, cpu
from crop_attention.engine.mapping.inference import BlockRunner
from crop_attention.engine.mapping.progress import Progress
from crop_attention.engine.mapping.stream import classified, wanted_tiles
from crop_attention.engine.options import BLOCK, SeriesOptions
from crop_attention.engine.series.cube.cube import Cube
from crop_attention.engine.series.files.grid import Grid
from crop_attention.models.card import Card, CropClass, Season
from crop_attention.models.checkpoint import Checkpoint
from crop_attention.models.cpu.products import ways
from crop_attention.models.registry import build

S2, S1, STEPS, SIDE = ("B02", "B04"), ("VV", "VH"), 4, 4 * BLOCK
CARD = Card(
    name="test",
    title="Test",
    version="0",
    architecture="attention_3dcnn",
    config={"width": 4, "depth": 8, "heads": 2},
    classes=tuple(CropClass(code, f"Crop {code}", "#102030") for code in range(1, 5)),
    s2_bands=S2,
    s1_bands=S1,
    season=Season(10, 1, STEPS, 30),
    normalisation={**dict.fromkeys(S2, (0.3, 0.2)), **dict.fromkeys(S1, (-15.0, 4.0))},
)


class Reader:
    """Noise that hangs on the place alone; knows how many of its cubes are alive when it begins one."""

    def __init__(self):
        self.cubes: list[weakref.ref] = []
        self.most = 0

    def read(self, window, feedback):
        gc.collect()
        self.most = max(self.most, sum(reference() is not None for reference in self.cubes))
        rows, columns = np.ogrid[: window.height, : window.width]
        wave = np.sin((rows + window.row) * 0.7 + (columns + window.col) * 0.3).astype(np.float32)
        s2 = np.broadcast_to(0.3 + 0.2 * wave, (STEPS, len(S2), *wave.shape)).copy()
        s1 = np.broadcast_to(-15 + 4 * wave, (STEPS, len(S1), *wave.shape)).copy()
        valid = np.ones((STEPS, *wave.shape), bool)
        self.cubes.append(weakref.ref(s2))
        return Cube(s2, valid, s1, valid.copy())

    def close(self):
        pass


@dataclass
class Prepared:
    """What the stream needs of a prepared series."""

    source: Reader
    grid: Grid = Grid("", 0, 0, 10, SIDE, SIDE)
    options: SeriesOptions = SeriesOptions()
    card: Card = CARD
    s2: None = None
    s1: None = None

    def reader(self):
        return self.source


class FakeGpu(Device):
    """A device that is not a CPU, and computes on one."""

    is_cpu = False


@pytest.fixture(scope="module")
def checkpoint():
    torch.manual_seed(2)
    return Checkpoint.of_network(CARD, build(CARD).eval())


@pytest.fixture
def gpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (2**31, 2**31))
    return FakeGpu("cpu", "a GPU")


def run(checkpoint, device, tile=2 * BLOCK, feedback=None, meddle=lambda runner: None):
    """Return the windows in order, the logits' answer of each, the reader and the runner."""
    feedback = feedback or Feedback()
    prepared = Prepared(Reader())
    runner = BlockRunner(checkpoint, device, 2, (), feedback)
    meddle(runner)
    tiles = wanted_tiles(prepared.grid, tile, None)
    progress = Progress(feedback, prepared, len(tiles), (SIDE // BLOCK) ** 2)
    try:
        found = [
            (block.window, block.ends_tile, result.probabilities)
            for block, result in classified(prepared, tiles, runner, None, progress)
        ]
    finally:
        runner.close()
    return found, prepared.source, runner


@pytest.fixture(scope="module")
def reference(checkpoint):
    return run(checkpoint, cpu(1), SIDE)[0]


def by_place(found):
    return {(window.row, window.col): answer for window, _, answer in found}


def test_tiles_are_wide_and_run_downwards_and_cover_every_block_once():
    tiles = wanted_tiles(Grid("", 0, 0, 10, 1500, 600), 512, None)
    shapes = [(tile.row, tile.col, tile.height, tile.width) for tile, _ in tiles]
    left = [(0, 0, 192, 1024), (192, 0, 256, 1024), (448, 0, 152, 1024)]
    assert shapes == [*left, *((row, 1024, height, 476) for row, _, height, _ in left)]
    corners = [corner for _, members in tiles for corner in members]
    assert sorted(corners) == [(row, col) for row in range(0, 600, BLOCK) for col in range(0, 1500, BLOCK)]


@pytest.mark.parametrize(("width", "height"), [(1, 1), (64, 5000), (5000, 64), (130, 130), (700, 700)])
@pytest.mark.parametrize("size", [BLOCK, 2 * BLOCK, 3 * BLOCK, 512, 4096])
def test_tiles_cover_any_grid_and_hold_no_more_than_the_size_allows(width, height, size):
    tiles = wanted_tiles(Grid("", 0, 0, 10, width, height), size, None)
    assert sum(tile.height * tile.width for tile, _ in tiles) == width * height
    assert len({corner for _, members in tiles for corner in members}) == -(-width // BLOCK) * -(-height // BLOCK)
    assert all(tile.height * tile.width <= size**2 for tile, _ in tiles)


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_blocks_come_in_order_and_tiles_end_once(checkpoint, reference, threads):
    found, _, _ = run(checkpoint, cpu(threads))
    # Tiles of one row of four blocks.
    expected = [(row, col) for row in range(0, SIDE, BLOCK) for col in range(0, SIDE, BLOCK)]
    assert [(window.row, window.col) for window, _, _ in found] == expected
    assert [ends for _, ends, _ in found] == [False, False, False, True] * 4
    answers = by_place(reference)
    assert all(np.array_equal(answer, answers[window.row, window.col]) for window, _, answer in found)


@pytest.mark.parametrize("tile", [BLOCK, 2 * BLOCK, 3 * BLOCK])
def test_a_tile_is_read_while_one_other_is_in_memory_and_no_more(checkpoint, tile):
    _, reader, _ = run(checkpoint, cpu(3), tile)
    assert len(reader.cubes) >= 3
    assert reader.most <= 1


def test_a_gpu_gets_batches_and_gives_the_same(checkpoint, reference, gpu):
    sizes = []

    def spy(runner):
        assert runner.batch == 5 and runner.ahead == 4
        real = runner._forward
        runner._forward = lambda cubes: sizes.append(len(cubes)) or real(cubes)

    found, _, _ = run(checkpoint, gpu, SIDE, meddle=spy)
    assert sizes == [5, 5, 5, 1]
    assert max(np.abs(a - b).max() for (_, _, a), (_, _, b) in zip(found, reference)) < 1e-5


def test_a_gpu_that_fails_on_the_way_is_left_for_the_cpu(checkpoint, reference, gpu):
    heard = []

    class Hear(Feedback):
        def warning(self, message):
            heard.append(message)

    def break_later(runner):
        real, calls = runner._forward, iter(range(100))

        def forward(cubes):
            if not runner.device.is_cpu and next(calls) == 1:
                raise RuntimeError("the driver is gone\nmore of it")
            return real(cubes)

        runner._forward = forward

    found, _, runner = run(checkpoint, gpu, feedback=Hear(), meddle=break_later)
    assert heard == ["a GPU failed during the run (the driver is gone); the rest runs on the CPU."]
    assert runner.device.is_cpu and runner.device.fallback == heard[0]
    assert runner.label == f"a GPU (torch {torch.__version__}), then CPU ({ways().name}), 2 threads"
    answers = by_place(reference)
    assert len(found) == 16
    assert max(np.abs(answer - answers[window.row, window.col]).max() for window, _, answer in found) < 1e-5


def test_a_gpu_out_of_memory_gets_smaller_batches(checkpoint, gpu):
    sizes = []

    def tight(runner):
        real = runner._forward

        def forward(cubes):
            if len(cubes) > 2:
                raise torch.cuda.OutOfMemoryError("full")
            sizes.append(len(cubes))
            return real(cubes)

        runner._forward = forward

    found, _, runner = run(checkpoint, gpu, SIDE, meddle=tight)
    assert len(found) == 16 and max(sizes) == 2 and sum(sizes) == 16
    assert not runner.device.is_cpu


def test_an_error_of_the_network_on_a_cpu_is_raised(checkpoint):
    def break_it(runner):
        def forward(cubes):
            raise RuntimeError("no memory")

        runner._forward = forward

    with pytest.raises(RuntimeError, match="no memory"):
        run(checkpoint, cpu(2), meddle=break_it)


def test_cancel_stops_within_a_few_blocks(checkpoint):
    done = []

    class Stop(Feedback):
        def cancelled(self):
            return len(done) >= 3

    def count(runner):
        real = runner._one
        runner._one = lambda cube: done.append(1) or real(cube)

    with pytest.raises(Cancelled):
        run(checkpoint, cpu(2), SIDE, Stop(), count)
    assert len(done) <= 3 + 2 * 2 + 1
