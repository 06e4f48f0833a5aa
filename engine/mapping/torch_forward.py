"""A checkpoint on blocks in torch: on a GPU, and on a CPU for networks that have no NumPy form."""

from __future__ import annotations

import copy
from collections.abc import Collection

import numpy as np
import torch

from ...models.checkpoint import Checkpoint
from ...models.networks.blocks import ready_for_inference
from ..series.cube.cube import Cube
from .device import Device
from .forward import BlockResult

ATTENTIONS = ("temporal", "channel", "spatial", "s1_share", "contribution")


class TorchNetwork:
    """Blocks in batches.

    Attributes:
        margin, label: as of `NumpyNetwork`.
    """

    label = f"torch {torch.__version__}"

    def __init__(self, checkpoint: Checkpoint, shown: Collection[str], device: Device):
        """Take a checkpoint, which of `ATTENTIONS` are wanted, and where to run."""
        trained = checkpoint.network
        self._device = device.torch
        self._network = ready_for_inference(copy.deepcopy(trained)).to(self._device)
        self._temperature, self._shown = checkpoint.card.temperature, shown
        self.margin: int = trained.margin

    def __call__(self, cubes: list[Cube]) -> list[BlockResult]:
        """Classify blocks with their margins at once."""
        if self._device.type == "cpu":
            # torch keeps its thread count a thread; blocks are shared among threads already.
            torch.set_num_threads(1)
        with torch.inference_mode():
            inputs = (
                self._stack([getattr(cube, name) for cube in cubes]) for name in ("s2", "s2_valid", "s1", "s1_valid")
            )
            output = self._network(*inputs, attention=bool(self._shown))
            scaled = output.logits / self._temperature
            classes = scaled.argmax(dim=1).cpu().numpy()
            chances, parts = torch.softmax(scaled, dim=1).cpu().numpy(), {}
            for name in ATTENTIONS:
                part = getattr(output, name) if name in self._shown else None
                if part is not None:
                    parts[name] = part.float().cpu().numpy()
        return [
            BlockResult(classes[i], chances[i], **{name: part[i] for name, part in parts.items()})
            for i in range(len(cubes))
        ]

    def _stack(self, arrays: list[np.ndarray | None]) -> torch.Tensor | None:
        there = [array for array in arrays if array is not None]
        if not there:
            return None
        # One block needs no copy.
        stacked = there[0][None] if len(there) == 1 else np.stack(there)
        return torch.from_numpy(stacked).to(self._device)


def free_bytes(device: Device) -> int:
    """Return the free memory of a GPU."""
    return torch.cuda.mem_get_info(device.torch)[0]


def is_out_of_memory(error: RuntimeError) -> bool:
    """Return whether a GPU was full, and empty what torch keeps of it."""
    if not isinstance(error, torch.cuda.OutOfMemoryError):
        return False
    torch.cuda.empty_cache()
    return True
