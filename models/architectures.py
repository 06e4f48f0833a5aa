"""What can be said of the architectures by name without torch: their titles, and which attentions they give."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Mapping

from .card import Card, CheckpointError

DEFAULT, LINEAR = "attention_3dcnn", "linear"


@dataclass(frozen=True)
class Architecture:
    """One entry.

    Attributes:
        title: for people.
        attentions: those fields of `NetworkOutput` that it fills when asked for attention.
        settings: of a new network, where they are not the defaults; those are kept for checkpoints made before.
    """

    title: str
    attentions: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)


ARCHITECTURES = {
    "attention_3dcnn": Architecture(
        "Attention-3DCNN",
        ("temporal", "channel", "spatial", "s1_share", "contribution"),
        {"kernel": 1, "similarity": True, "zero_start": True},
    ),  # fmt: skip
    LINEAR: Architecture("Linear discriminant analysis"),
    "cnnlstm": Architecture("CNN-LSTM dual-stream-style"),
    "convstar": Architecture("3D-ConvSTAR"),
    "selfattention3d": Architecture("Self-Attention 3D-style", ("temporal", "channel", "spatial", "s1_share")),
    "tgfnet": Architecture("TGF-Net-style"),
    "unet3d": Architecture("3D U-Net"),
    "unetpp": Architecture("UNet++"),
    "utae": Architecture("U-TAE", ("temporal",)),
}
"""Name in a card -> what is known of it; every one is in `registry` too."""


def attentions_of(name: str) -> tuple[str, ...]:
    """Return the attentions that an architecture gives; none of one that is not known."""
    return ARCHITECTURES[name].attentions if name in ARCHITECTURES else ()


def title_of(name: str) -> str:
    """Return the title of an architecture, or its name."""
    return ARCHITECTURES[name].title if name in ARCHITECTURES else name


def settings_of(name: str, **changes: Any) -> dict[str, Any]:
    """Return the settings that the card of a new network names, with changes."""
    return {**(ARCHITECTURES[name].settings if name in ARCHITECTURES else {}), **changes}


def check_base(card: Card, architecture: str) -> None:
    """Raise CheckpointError when a checkpoint to start from is of another network than the one to train.

    The linear learner takes no weights from a base, so that any will do.
    """
    if architecture != LINEAR and card.architecture != architecture:
        raise CheckpointError(
            f"The base checkpoint '{card.name}' holds the network {title_of(card.architecture)}, and "
            f"{title_of(architecture)} is to be trained; choose the architecture of the base, another base, or train "
            "from scratch."
        )
