"""The state of a run on disk, from which a killed run goes on: one safetensors file with its numbers as JSON."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any, Sequence

import numpy as np
import torch

from ...models.language import tr
from ...models.tensors import TensorsError, read_arrays, read_texts, write
from ..errors import OutputError
from .dataset import LabelledCube
from .options import TrainingOptions

NUMBERS = "numbers"
FILE = "state.safetensors"
STRIDE = 7
"""Every so many pixels of the values go into the fingerprint; labels and masks all do."""

FREE = ("minutes", "save_seconds")
"""Options that may change between a run and its resumption."""


def state_folder(place: str | os.PathLike[str]) -> Path:
    """Return the hidden folder beside a checkpoint that holds the state until the checkpoint is there."""
    final = Path(os.path.abspath(place))
    return final.with_name(f".{final.stem}.training")


def fingerprint(parts: Sequence[Sequence[LabelledCube]], options: TrainingOptions, *others: str) -> str:
    """Return a SHA-256 that changes with the samples, their split, the options or anything in `others`."""
    digest = hashlib.sha256()
    plain = {name: value for name, value in asdict(options).items() if name not in FREE}
    digest.update(json.dumps([plain, *others, torch.__version__], sort_keys=True).encode())
    for part in parts:
        digest.update(f"{len(part)} windows".encode())
        for labelled in part:
            digest.update(f"{labelled.block} {labelled.labels.shape}".encode())
            s2, s2_valid, s1, s1_valid = labelled.cube.arrays
            arrays = (labelled.labels, labelled.parcels, s2_valid, s1_valid)
            for array in (*arrays, s2[..., ::STRIDE, ::STRIDE], s1[..., ::STRIDE, ::STRIDE]):
                digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


class StateFile:
    """Where a run keeps its state."""

    def __init__(self, folder: Path) -> None:
        """Name the folder; it is made when there is something to save."""
        self.folder = folder
        self.path = folder / FILE

    def save(self, tensors: dict[str, torch.Tensor], numbers: dict[str, Any]) -> None:
        """Write the state, whole or not at all.

        Raises:
            OutputError: the folder cannot be written.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            plain = {name: value.detach().cpu().numpy() for name, value in tensors.items()}
            write(self.path, plain, {NUMBERS: json.dumps(numbers)})
        except OSError as error:
            raise OutputError(
                tr(
                    "The state of the training cannot be saved in {folder} ({error}): free space, or choose another "
                    "folder for the checkpoint."
                ).format(folder=self.folder, error=error)
            ) from error

    def load(self, expected: str) -> tuple[dict[str, torch.Tensor], dict[str, Any]] | None:
        """Return the state of an earlier run with this fingerprint, None where there is none."""
        try:
            numbers = json.loads(read_texts(self.path).get(NUMBERS, "{}"))
            if numbers.get("fingerprint") != expected:
                return None
            return {name: torch.from_numpy(value) for name, value in read_arrays(self.path).items()}, numbers
        except (OSError, TensorsError, ValueError):
            return None

    def exists(self) -> bool:
        """Return whether an earlier run left a state."""
        return self.path.is_file()

    def remove(self) -> None:
        """Remove the state and its folder."""
        with contextlib.suppress(OSError):
            shutil.rmtree(self.folder)
