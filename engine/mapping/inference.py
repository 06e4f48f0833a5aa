"""The network over the blocks of a tile: side by side on a CPU, in batches on a GPU."""

from __future__ import annotations

import copy
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch

from ...models.blocks import ready_for_inference
from ...models.checkpoint import Checkpoint
from ..feedback import Feedback
from ..options import BLOCK
from ..series.cube import Cube
from .device import Device, cpu

GPU_SHARE = 0.5
"""Share of the free GPU memory that a batch may take; the desktop needs the rest."""

GPU_BYTES_A_BLOCK = 200 * 2**20
"""First guess of what one block takes on a GPU; halved batches correct it."""


@dataclass
class BlockResult:
    """The network's answer for one block of H x W pixels.

    Attributes:
        classes: (H, W) int64 index of the winning class, from 0.
        probabilities: (K, H, W) float32.
        temporal, channel, spatial, s1_share: (T, H, W), (B, H, W), (1, H, W), (1, H, W); None unless asked for.
    """

    classes: np.ndarray
    probabilities: np.ndarray
    temporal: np.ndarray | None = None
    channel: np.ndarray | None = None
    spatial: np.ndarray | None = None
    s1_share: np.ndarray | None = None


class BlockRunner:
    """Runs a checkpoint on blocks of one fixed shape, so that the arithmetic never depends on the tile.

    On a CPU each block is the work of one thread, and threads share blocks, not the loops inside one: how many there
    are then changes no rounding, and none waits for another inside a convolution.

    Attributes:
        device: where it runs now; becomes the CPU when a GPU fails on the way.
        margin: pixels of surroundings that a block needs on each side.
        batch: blocks that go through the network at once.
    """

    def __init__(
        self, checkpoint: Checkpoint, device: Device, threads: int | None, attention: bool, feedback: Feedback
    ):
        self.checkpoint = checkpoint
        self.attention = attention
        self._threads = threads
        self.feedback = feedback
        self.margin: int = checkpoint.network.margin
        self._move(device)

    def run(self, cubes: list[Cube]) -> list[BlockResult]:
        """Classify blocks with their margins: each cube is BLOCK + 2 * margin pixels a side."""
        results: list[BlockResult] = []
        while len(results) < len(cubes):
            self.feedback.check()
            batch = cubes[len(results) : len(results) + self.batch]
            try:
                results += self._run_batch(batch)
            except RuntimeError as error:
                self._recover(error)
        return results

    def close(self) -> None:
        """Let the threads go."""
        self._pool.shutdown()

    def _move(self, device: Device) -> None:
        self.device = device
        network = ready_for_inference(copy.deepcopy(self.checkpoint.network))
        self._network = network.to(device.torch)
        self.batch = device.threads
        # torch keeps its thread count a thread.
        self._pool = ThreadPoolExecutor(device.threads, "crop-attention-network", torch.set_num_threads, (1,))
        if not device.is_cpu:
            free, _ = torch.cuda.mem_get_info(device.torch)
            self.batch = max(1, int(free * GPU_SHARE // GPU_BYTES_A_BLOCK))

    def _recover(self, error: RuntimeError) -> None:
        """Try a smaller batch, then the CPU; an error of the CPU itself is not ours to hide."""
        if self.device.is_cpu:
            raise error
        if isinstance(error, torch.cuda.OutOfMemoryError) and self.batch > 1:
            self.batch //= 2
            torch.cuda.empty_cache()
            return
        reason = str(error).splitlines()[0]
        message = f"{self.device.label} failed during the run ({reason}); the CPU does the rest."
        self.feedback.warning(message)
        self.close()
        self._move(cpu(self._threads, message))

    def _run_batch(self, cubes: list[Cube]) -> list[BlockResult]:
        if self.device.is_cpu:
            return [result for (result,) in self._pool.map(lambda cube: self._forward([cube]), cubes)]
        return self._forward(cubes)

    def _forward(self, cubes: list[Cube]) -> list[BlockResult]:
        with torch.inference_mode():
            inputs = (
                self._stack([getattr(cube, name) for cube in cubes]) for name in ("s2", "s2_valid", "s1", "s1_valid")
            )
            output = self._network(*inputs, attention=self.attention)
            scaled = output.logits / self.checkpoint.card.temperature
            classes = scaled.argmax(dim=1).cpu().numpy()
            arrays = [torch.softmax(scaled, dim=1).cpu().numpy()]
            for name in ("temporal", "channel", "spatial", "s1_share"):
                arrays.append(getattr(output, name).float().cpu().numpy() if self.attention else [None] * len(cubes))
        return [BlockResult(classes[i], *(array[i] for array in arrays)) for i in range(len(cubes))]

    def _stack(self, arrays: list[np.ndarray | None]) -> torch.Tensor | None:
        if arrays[0] is None:
            return None
        return torch.from_numpy(np.stack(arrays)).to(self.device.torch)


def cut(cube: Cube, row: int, col: int, margin: int) -> Cube:
    """Return the block whose upper left pixel is (row, col) of a cube read with `margin`, with its own margin."""
    side = BLOCK + 2 * margin
    return cube.cut(slice(row, row + side), slice(col, col + side))
