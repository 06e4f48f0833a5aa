"""Weights and card in one safetensors file; nothing is unpickled."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Mapping

import numpy as np

from .architectures import LINEAR
from .card import Card, CheckpointError
from .gaussian import PREFIX, Gaussian
from .language import N_, tr
from .registry import build, expected_arrays
from .spelling import meant
from .tensors import TensorsError, read_arrays, read_texts, write

if TYPE_CHECKING:
    from torch import nn

    from .networks.network import CropNetwork

CARD_KEY = "card"
FOLDER = Path(__file__).parent / "checkpoints"
DEFAULT = "temperate_europe.safetensors"
BUNDLED = {
    "temperate_europe.safetensors": N_("crops of temperate Europe"),
    "shandong.safetensors": N_("crops of Shandong, from simulation alone: not tested on real fields"),
}
"""The checkpoints that ship with the plugin, the default first, and what a dialog says of them."""


@dataclass(frozen=True)
class Checkpoint:
    """A card with its weights by name and the SHA-256 of its file.

    `gaussian` stands beside the network where the card says so; the linear learner is one itself.
    """

    card: Card
    arrays: Mapping[str, np.ndarray]
    sha256: str
    gaussian: Gaussian | None = None

    @classmethod
    def of_network(cls, card: Card, network: CropNetwork, sha256: str = "") -> Checkpoint:
        """Return a checkpoint that holds a torch network in memory."""
        checkpoint = cls(card, arrays_of(network), sha256)
        # Where `cached_property` keeps what it has made.
        checkpoint.__dict__["network"] = network
        return checkpoint

    @cached_property
    def network(self) -> CropNetwork:
        """The torch network, in evaluation mode on the CPU; imports torch."""
        import torch

        network = build(self.card)
        network.load_state_dict({name: torch.from_numpy(array.copy()) for name, array in self.arrays.items()})
        return network.eval()


def arrays_of(network: nn.Module) -> dict[str, np.ndarray]:
    """Return the weights of a torch network by name."""
    return {name: value.detach().cpu().numpy() for name, value in network.state_dict().items()}


def bundled() -> tuple[Path, ...]:
    """Return the checkpoints that ship with the plugin, the default first."""
    return tuple(FOLDER / name for name in BUNDLED if (FOLDER / name).is_file())


def find_checkpoint(text: str) -> Path:
    """Return the file that a path, or the name of a bundled checkpoint, stands for.

    Raises:
        CheckpointError: there is no such file.
    """
    if Path(text).is_file():
        return Path(text)
    name = text if text.endswith(".safetensors") else f"{text}.safetensors"
    if name in BUNDLED and (FOLDER / name).is_file():
        return FOLDER / name
    known = ", ".join(path.name for path in bundled())
    raise CheckpointError(
        tr(
            "The checkpoint '{text}' does not exist{stem}; choose a .safetensors file, or one that comes "
            "with the plugin: {known}."
        ).format(text=text, stem=meant(Path(text).stem, [path.stem for path in bundled()]), known=known)
    )


def default_checkpoint() -> Path:
    """Return the checkpoint that is used when none is chosen."""
    return FOLDER / DEFAULT


def sha256_of(path: str | os.PathLike[str]) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()


def read_card(path: str | os.PathLike[str]) -> Card:
    """Return the card alone, read once for as long as the file stays what it is; needs no torch.

    Raises:
        CheckpointError: the file is missing, broken, or holds no card of this version.
    """
    if not Path(path).is_file():
        raise CheckpointError(
            tr("The checkpoint '{path}' does not exist; choose a .safetensors file.").format(path=path)
        )
    state = os.stat(path)
    return _card_of(os.path.abspath(path), state.st_ino, state.st_size, state.st_mtime_ns)


@lru_cache(maxsize=8)
def _card_of(path: str, *_state: int) -> Card:
    name = Path(path).name
    try:
        text = read_texts(path).get(CARD_KEY)
    except (TensorsError, OSError) as error:
        raise CheckpointError(
            tr("The checkpoint '{name}' is broken or not a safetensors file ({error}); copy it again.").format(
                name=name, error=error
            )
        ) from error
    if text is None:
        raise CheckpointError(
            tr("'{name}' holds weights but no Crop Attention card; choose a checkpoint of this plugin.").format(
                name=name
            )
        )
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise CheckpointError(
            tr("The card inside '{name}' is not readable; copy the checkpoint again.").format(name=name)
        ) from error
    try:
        return Card.from_dict(values)
    except CheckpointError as error:
        raise CheckpointError(f"{name}: {error}") from error


def load(path: str | os.PathLike[str]) -> Checkpoint:
    """Read a checkpoint; needs no torch where the architecture has a NumPy form.

    Raises:
        CheckpointError: as `read_card`, or the weights do not fit the network that the card describes.
    """
    card = read_card(path)
    name = Path(path).name
    expected = expected_arrays(card)
    try:
        arrays = read_arrays(path)
    except (TensorsError, OSError) as error:
        raise CheckpointError(
            tr("The weights in '{name}' cannot be read ({error}); copy it again.").format(name=name, error=error)
        ) from error
    beside = None
    if card.gaussian and card.architecture != LINEAR:
        beside = Gaussian.of(card, {key: arrays.pop(key) for key in list(arrays) if key.startswith(PREFIX)})
    wrong = sorted(set(expected) ^ set(arrays))
    wrong += [key for key in expected if key in arrays and expected[key] != _kind(arrays[key])]
    if wrong:
        raise CheckpointError(
            tr(
                "The weights in '{name}' do not fit its card ({count_wrong} tensors differ, such as {ascii}); "
                "the file was altered or made by another version."
            ).format(name=name, count_wrong=len(wrong), ascii=ascii(wrong[0][:80]))
        )
    if any(not np.isfinite(value).all() for value in arrays.values()):
        raise CheckpointError(
            tr("The weights in '{name}' hold numbers that are not finite; train it again.").format(name=name)
        )
    return Checkpoint(card, arrays, sha256_of(path), beside)


def _kind(array: np.ndarray) -> tuple[tuple[int, ...], str]:
    return array.shape, array.dtype.name


def save(
    path: str | os.PathLike[str],
    network: nn.Module | Mapping[str, np.ndarray],
    card: Card,
    gaussian: Gaussian | None = None,
) -> None:
    """Write weights, of a torch network or as arrays, card, and the Gaussian beside them; whole or not at all."""
    card.check()
    arrays = dict(network) if isinstance(network, Mapping) else arrays_of(network)
    if gaussian is not None:
        arrays.update(gaussian.tensors())
    write(path, arrays, {CARD_KEY: json.dumps(card.to_dict(), ensure_ascii=False)})
