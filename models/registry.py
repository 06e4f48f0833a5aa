"""Architectures by name: torch networks, and NumPy forms of those that have one; imports none by itself."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Callable, Iterator, Mapping, Protocol

import numpy as np

from .card import Card, CheckpointError
from .output import WindowOutput

if TYPE_CHECKING:
    from torch import nn

Shapes = "Mapping[str, tuple[tuple[int, ...], str]]"
"""Name of an array of a checkpoint -> its shape and the name of its NumPy type."""


class Form(Protocol):
    """A network in NumPy: classifies one window; several threads may call it at once.

    Attributes:
        margin: pixels of surroundings that it takes on each side.
    """

    margin: int

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


class _Networks(Mapping[str, "type[nn.Module]"]):
    """Name -> torch network, imported when it is asked for."""

    _PLACES = {
        "attention_3dcnn": (".attention_3dcnn", "Attention3DCNN"),
        "linear": (".linear", "LinearLearner"),
        "cnnlstm": (".baselines.cnnlstm", "CNNLSTM"),
        "convstar": (".baselines.convstar", "ConvSTAR"),
        "selfattention3d": (".baselines.selfattention3d", "SelfAttention3D"),
        "tgfnet": (".baselines.tgfnet", "TGFNet"),
        "unet3d": (".baselines.unet3d", "UNet3D"),
        "unetpp": (".baselines.unetpp", "UNetPlusPlus"),
        "utae": (".baselines.utae", "UTAE"),
    }

    def __getitem__(self, name: str) -> type[nn.Module]:
        module, kind = self._PLACES[name]
        return getattr(import_module(module, __package__), kind)

    def __iter__(self) -> Iterator[str]:
        return iter(self._PLACES)

    def __len__(self) -> int:
        return len(self._PLACES)


ARCHITECTURES: Mapping[str, type[nn.Module]] = _Networks()


def _attention_3dcnn_shapes(card: Card) -> Shapes:
    from .cpu.settings import expected

    return expected(card)


def _attention_3dcnn_form(card: Card, arrays: Mapping[str, np.ndarray]) -> Form:
    from .cpu.form import NumpyForm

    return NumpyForm(card, arrays)


def _linear_shapes(card: Card) -> Shapes:
    from .gaussian import PREFIX, shapes

    return {PREFIX + name: (shape, "float32") for name, shape in shapes(card).items()}


def _linear_form(card: Card, arrays: Mapping[str, np.ndarray]) -> Form:
    from .gaussian import Gaussian, GaussianForm

    return GaussianForm(Gaussian.of(card, arrays))


_FORMS: dict[str, tuple[Callable[[Card], Shapes], Callable[[Card, Mapping[str, np.ndarray]], Form]]] = {
    "attention_3dcnn": (_attention_3dcnn_shapes, _attention_3dcnn_form),
    "linear": (_linear_shapes, _linear_form),
}
"""Name -> which arrays the checkpoint of a card holds, and what makes a form of them."""


def supports_numpy(architecture: str) -> bool:
    """Return whether an architecture runs without torch."""
    return architecture in _FORMS


def numpy_form(card: Card, arrays: Mapping[str, np.ndarray]) -> Form:
    """Return the NumPy form of a network.

    Args:
        card: of an architecture that `supports_numpy`.
        arrays: of its checkpoint, of the shapes that `expected_arrays` gives.

    Raises:
        CheckpointError: a setting is not known to this version.
    """
    return _asked(card, lambda: _FORMS[card.architecture][1](card, arrays))


def expected_arrays(card: Card) -> Shapes:
    """Return which arrays the checkpoint of a card holds; of an architecture without NumPy form, torch tells.

    Raises:
        CheckpointError: the architecture or one of its settings is not known to this version, or torch is missing.
    """
    if supports_numpy(card.architecture):
        return _asked(card, lambda: _FORMS[card.architecture][0](card))
    _check_known(card)
    torch = _torch(card)
    with torch.device("meta"):
        # Shapes alone: a card may describe a network that no memory holds.
        tensors = build(card).state_dict()
    return {name: (tuple(tensor.shape), str(tensor.dtype).rpartition(".")[2]) for name, tensor in tensors.items()}


def build(card: Card) -> nn.Module:
    """Build the untrained torch network that a card describes.

    Raises:
        CheckpointError: the architecture or one of its settings is not known to this version, or torch is missing.
    """
    _check_known(card)
    _torch(card)
    return _asked(card, lambda: ARCHITECTURES[card.architecture](card, **card.config))


def _check_known(card: Card) -> None:
    if card.architecture not in ARCHITECTURES and card.architecture not in _FORMS:
        known = ", ".join(sorted({*ARCHITECTURES, *_FORMS}))
        raise CheckpointError(
            f"The checkpoint needs the network '{card.architecture}', and this plugin knows {known}; update the plugin."
        )


def _torch(card: Card):
    """Return the module."""
    try:
        return import_module("torch")
    except (ImportError, OSError) as error:
        raise CheckpointError(
            f"The network '{card.architecture}' of the checkpoint '{card.name}' runs on torch alone, which this Python "
            f"cannot load ({' '.join(str(error).split())[:200]}); install torch, or choose a checkpoint of the network "
            "'attention_3dcnn'."
        ) from error


def _asked(card: Card, make: Callable[[], object]):
    try:
        return make()
    except (TypeError, ValueError, RuntimeError, KeyError) as error:
        raise CheckpointError(
            f"The settings of the checkpoint's network do not fit '{card.architecture}' ({error}); update the plugin."
        ) from error
