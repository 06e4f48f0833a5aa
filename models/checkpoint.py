"""Weights and card in one safetensors file; nothing is unpickled."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .architectures import LINEAR
from .card import Card, CheckpointError
from .gaussian import PREFIX, Gaussian

if TYPE_CHECKING:
    from torch import Tensor, nn

CARD_KEY = "card"
FOLDER = Path(__file__).parent / "checkpoints"
DEFAULT = "temperate_europe.safetensors"
BUNDLED = {
    "temperate_europe.safetensors": "crops of temperate Europe",
    "shandong.safetensors": "crops of Shandong, from simulation alone: not tested on real fields",
}
"""The checkpoints that ship with the plugin, the default first, and what a dialog says of them."""


@dataclass(frozen=True)
class Checkpoint:
    """A network ready to run, in evaluation mode on the CPU, with the card and the SHA-256 of its file.

    `gaussian` stands beside the network where the card says so; the linear learner is one itself.
    """

    card: Card
    network: nn.Module
    sha256: str
    gaussian: Gaussian | None = None


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
        f"The checkpoint '{text}' does not exist; choose a .safetensors file, or one that comes with the plugin: "
        f"{known}."
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
    """Read the card alone; needs no torch.

    Raises:
        CheckpointError: the file is missing, broken, or holds no card of this version.
    """
    from safetensors import SafetensorError, safe_open

    name = Path(path).name
    if not Path(path).is_file():
        raise CheckpointError(f"The checkpoint '{path}' does not exist; choose a .safetensors file.")
    try:
        with safe_open(os.fspath(path), framework="numpy") as file:
            text = (file.metadata() or {}).get(CARD_KEY)
    except (SafetensorError, OSError) as error:
        raise CheckpointError(
            f"The checkpoint '{name}' is broken or no safetensors file ({error}); copy it again."
        ) from error
    if text is None:
        raise CheckpointError(f"'{name}' holds weights but no Crop Attention card; choose a checkpoint of this plugin.")
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise CheckpointError(f"The card inside '{name}' is not readable; copy the checkpoint again.") from error
    try:
        return Card.from_dict(values)
    except CheckpointError as error:
        raise CheckpointError(f"{name}: {error}") from error


def load(path: str | os.PathLike[str]) -> Checkpoint:
    """Read a checkpoint.

    Raises:
        CheckpointError: as `read_card`, or the weights do not fit the network that the card describes.
    """
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    from .registry import build

    card = read_card(path)
    name = Path(path).name
    with torch.device("meta"):
        # Shapes alone: a card may describe a network that no memory holds.
        expected = build(card).state_dict()
    try:
        weights = load_file(os.fspath(path))
    except (SafetensorError, OSError) as error:
        raise CheckpointError(f"The weights in '{name}' cannot be read ({error}); copy it again.") from error
    beside = None
    if card.gaussian and card.architecture != LINEAR:
        tensors = {key: weights.pop(key).numpy() for key in list(weights) if key.startswith(PREFIX)}
        beside = Gaussian.of(card, tensors)
    wrong = sorted(set(expected) ^ set(weights))
    wrong += [key for key in expected if key in weights and _kind(expected[key]) != _kind(weights[key])]
    if wrong:
        raise CheckpointError(
            f"The weights in '{name}' do not fit its card ({len(wrong)} tensors differ, such as "
            f"{ascii(wrong[0][:80])}); the file was altered or made by another version."
        )
    if any(not value.isfinite().all() for value in weights.values() if value.is_floating_point()):
        raise CheckpointError(f"The weights in '{name}' hold numbers that are not finite; train it again.")
    network = build(card)
    network.load_state_dict(weights)
    return Checkpoint(card, network.eval(), sha256_of(path), beside)


def _kind(tensor: Tensor) -> tuple:
    return tensor.shape, tensor.dtype


def save(path: str | os.PathLike[str], network: nn.Module, card: Card, gaussian: Gaussian | None = None) -> None:
    """Write weights and card, and the Gaussian that stands beside the network; whole or not at all."""
    import torch
    from safetensors.torch import save_file

    card.check()
    partial = f"{os.fspath(path)}.partial-{os.getpid()}"
    weights = {key: value.detach().cpu().contiguous() for key, value in network.state_dict().items()}
    if gaussian is not None:
        weights |= {key: torch.from_numpy(value) for key, value in gaussian.tensors().items()}
    try:
        save_file(weights, partial, metadata={CARD_KEY: json.dumps(card.to_dict(), ensure_ascii=False)})
        os.chmod(partial, 0o644)  # safetensors makes files that nobody else may read
        os.replace(partial, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(partial)
        raise
