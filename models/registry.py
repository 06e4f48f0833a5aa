"""Architectures by name."""

from __future__ import annotations

from torch import nn

from .attention_3dcnn import Attention3DCNN
from .baselines.cnnlstm import CNNLSTM
from .baselines.convstar import ConvSTAR
from .baselines.selfattention3d import SelfAttention3D
from .baselines.tgfnet import TGFNet
from .baselines.unet3d import UNet3D
from .baselines.unetpp import UNetPlusPlus
from .baselines.utae import UTAE
from .card import Card, CheckpointError
from .linear import LinearLearner

ARCHITECTURES: dict[str, type[nn.Module]] = {
    "attention_3dcnn": Attention3DCNN,
    "linear": LinearLearner,
    "cnnlstm": CNNLSTM,
    "convstar": ConvSTAR,
    "selfattention3d": SelfAttention3D,
    "tgfnet": TGFNet,
    "unet3d": UNet3D,
    "unetpp": UNetPlusPlus,
    "utae": UTAE,
}


def build(card: Card) -> nn.Module:
    """Build the untrained network that a card describes.

    Raises:
        CheckpointError: the architecture or one of its settings is not known to this version.
    """
    try:
        architecture = ARCHITECTURES[card.architecture]
    except KeyError:
        known = ", ".join(sorted(ARCHITECTURES))
        raise CheckpointError(
            f"The checkpoint needs the network '{card.architecture}', and this plugin knows {known}; update the plugin."
        ) from None
    try:
        return architecture(card, **card.config)
    except (TypeError, ValueError, RuntimeError, KeyError) as error:
        raise CheckpointError(
            f"The settings of the checkpoint's network do not fit '{card.architecture}' ({error}); update the plugin."
        ) from error
