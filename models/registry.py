"""Architectures by name: torch networks, and NumPy forms of those that have one; imports none by itself."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Callable, Iterator, Mapping, Protocol

import numpy as np

from .architectures import ARCHITECTURES
from .card import Card, CheckpointError
from .language import tr
from .output import WindowOutput

if TYPE_CHECKING:
    from .networks.network import CropNetwork

Shapes = Mapping[str, tuple[tuple[int, ...], str]]
"""Name of an array of a checkpoint -> its shape and the name of its NumPy type."""


class Form(Protocol):
    """A network in NumPy: classifies one window; several threads may call it at once.

    Attributes:
        margin: pixels of surroundings that it takes on each side.
    """

    margin: int

    def __init__(self, card: Card, arrays: Mapping[str, np.ndarray]) -> None:
        """Take a card and the arrays of its checkpoint, of the shapes that `expected` gives."""

    @staticmethod
    def expected(card: Card) -> Shapes:
        """Return which arrays the checkpoint of a card holds."""

    def __call__(
        self,
        s2: np.ndarray | None,
        s2_valid: np.ndarray | None,
        s1: np.ndarray | None,
        s1_valid: np.ndarray | None,
        attention: bool = False,
        contribution: bool = False,
    ) -> WindowOutput:
        """Take (T, bands, H, W) and (T, H, W) bool of each sensor, float32 and zero where not valid, None if absent."""


class _Networks(Mapping[str, "type[CropNetwork]"]):
    """Name -> torch network, imported when it is asked for."""

    def __getitem__(self, name: str) -> type[CropNetwork]:
        return _imported(ARCHITECTURES[name].network)

    def __iter__(self) -> Iterator[str]:
        return iter(ARCHITECTURES)

    def __len__(self) -> int:
        return len(ARCHITECTURES)


NETWORKS: Mapping[str, type[CropNetwork]] = _Networks()


def supports_numpy(architecture: str) -> bool:
    """Return whether an architecture runs without torch."""
    return architecture in ARCHITECTURES and bool(ARCHITECTURES[architecture].form)


def numpy_form(card: Card, arrays: Mapping[str, np.ndarray]) -> Form:
    """Return the NumPy form of a network.

    Args:
        card: of an architecture that `supports_numpy`.
        arrays: of its checkpoint, of the shapes that `expected_arrays` gives.

    Raises:
        CheckpointError: a setting is not known to this version.
    """
    return _asked(card, lambda: _form(card)(card, arrays))


def expected_arrays(card: Card) -> Shapes:
    """Return which arrays the checkpoint of a card holds; of an architecture without NumPy form, torch tells.

    Raises:
        CheckpointError: the architecture or one of its settings is not known to this version, or torch is missing.
    """
    if supports_numpy(card.architecture):
        return _asked(card, lambda: _form(card).expected(card))
    _check_known(card)
    torch = _torch(card)
    with torch.device("meta"):
        # Shapes alone: a card may describe a network that no memory holds.
        tensors = build(card).state_dict()
    return {name: (tuple(tensor.shape), str(tensor.dtype).rpartition(".")[2]) for name, tensor in tensors.items()}


def build(card: Card) -> CropNetwork:
    """Build the untrained torch network that a card describes.

    Raises:
        CheckpointError: the architecture or one of its settings is not known to this version, or torch is missing.
    """
    _check_known(card)
    _torch(card)
    return _asked(card, lambda: NETWORKS[card.architecture](card, **card.config))


def _check_known(card: Card) -> None:
    if card.architecture not in NETWORKS:
        known = ", ".join(sorted(NETWORKS))
        raise CheckpointError(
            tr(
                "The checkpoint needs the network '{architecture}', and this plugin knows {known}; update the plugin."
            ).format(architecture=card.architecture, known=known)
        )


def _form(card: Card) -> type[Form]:
    return _imported(ARCHITECTURES[card.architecture].form)


def _imported(place: str) -> Any:
    module, _, name = place.rpartition(".")
    return getattr(import_module(module, __package__), name)


def _torch(card: Card):
    """Return the module."""
    try:
        return import_module("torch")
    except (ImportError, OSError) as error:
        raise CheckpointError(
            tr(
                "The network '{architecture}' of the checkpoint '{card}' runs on torch alone, which this Python "
                "cannot load ({split}); install torch, or choose a checkpoint of the network 'attention_3dcnn'."
            ).format(architecture=card.architecture, card=card.name, split=" ".join(str(error).split())[:200])
        ) from error


def _asked(card: Card, make: Callable[[], object]):
    try:
        return make()
    except (TypeError, ValueError, RuntimeError, KeyError) as error:
        raise CheckpointError(
            tr(
                "The settings of the checkpoint's network do not fit '{architecture}' ({error}); update the plugin."
            ).format(architecture=card.architecture, error=error)
        ) from error
