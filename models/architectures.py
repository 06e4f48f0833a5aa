"""The architectures by name, without torch: titles, attentions, and where networks and NumPy forms are."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Mapping

from .card import Card, CheckpointError
from .language import N_, tr

DEFAULT, LINEAR = "attention_3dcnn", "linear"


@dataclass(frozen=True)
class Architecture:
    """One entry.

    Attributes:
        network: module and class of the torch network, imported when it is asked for.
        attentions: those fields of `NetworkOutput` that it fills when asked for attention.
        settings: of a new network, where they are not the defaults; those are kept for checkpoints made before.
        form: module and class that run it in NumPy; empty where torch alone does.
    """

    title: str
    network: str
    attentions: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    form: str = ""


ARCHITECTURES = {
    DEFAULT: Architecture(
        "Attention-3DCNN",
        ".networks.attention_3dcnn.Attention3DCNN",
        ("temporal", "channel", "spatial", "s1_share", "contribution"),
        {"kernel": 1, "similarity": True, "zero_start": True},
        ".cpu.form.NumpyForm",
    ),
    LINEAR: Architecture(
        N_("Linear discriminant analysis"), ".networks.linear.LinearLearner", form=".gaussian.GaussianForm"
    ),
    "cnnlstm": Architecture("CNN-LSTM dual-stream-style", ".networks.cnnlstm.CNNLSTM"),
    "convstar": Architecture("3D-ConvSTAR", ".networks.convstar.ConvSTAR"),
    "selfattention3d": Architecture(
        "Self-Attention 3D-style",
        ".networks.selfattention3d.SelfAttention3D",
        ("temporal", "channel", "spatial", "s1_share"),
    ),
    "tgfnet": Architecture("TGF-Net-style", ".networks.tgfnet.TGFNet"),
    "unet3d": Architecture("3D U-Net", ".networks.unet3d.UNet3D"),
    "unetpp": Architecture("UNet++", ".networks.unetpp.UNetPlusPlus"),
    "utae": Architecture("U-TAE", ".networks.utae.UTAE", ("temporal",)),
}
"""Name in a card -> what is known of it."""


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
            tr(
                "The base checkpoint '{card}' holds the network {architecture}, and {architecture_2} is to be "
                "trained; choose the architecture of the base, another base, or train from scratch."
            ).format(card=card.name, architecture=title_of(card.architecture), architecture_2=title_of(architecture))
        )
