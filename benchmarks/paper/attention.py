"""What a network attends to, as means over the judged pixels of each class."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from crop_attention.models.architectures import attentions_of
from crop_attention.models.networks.points import on_points

from .judging import attention_windows
from .record import Attention
from .sites.ground import Ground

KEPT = ("temporal", "channel", "s1_share")
DIGITS = 5


def attention_of(
    network: nn.Module, system: str, ground: Ground, blind: str = "", device: torch.device | None = None
) -> Attention:
    """Return the means a true class of the attentions that a network gives; empty for one that gives none."""
    wanted = [name for name in KEPT if name in attentions_of(system)]
    if not wanted:
        return Attention()
    size = len(ground.judged_names)
    sums: dict[str, np.ndarray] = {}
    counts = np.zeros(size)
    for arrays, places in attention_windows(ground, blind):
        known = places.reshape(-1)
        point = places.shape[-1] == 1
        inputs = [part.to(device) for part in arrays]
        with torch.inference_mode():
            output = on_points(network, *inputs, True) if point else network(*inputs, attention=True)
        if not point:
            margin = network.margin
            known = places[:, margin:-margin, margin:-margin].reshape(-1)
        counts += np.bincount(known[known >= 0], minlength=size)
        for name in wanted:
            values = getattr(output, name).movedim(1, 0).flatten(1).cpu().numpy()
            own = np.stack([np.bincount(known[known >= 0], row[known >= 0], size) for row in values], axis=1)
            sums[name] = sums.get(name, 0) + own
    means = {name: np.round(total / np.maximum(counts, 1)[:, None], DIGITS) for name, total in sums.items()}
    met = [(place, name) for place, name in enumerate(ground.judged_names) if counts[place]]
    parts = {name: {title: table[place].tolist() for place, title in met} for name, table in means.items()}
    if "s1_share" in parts:
        parts["s1_share"] = {title: values[0] for title, values in parts["s1_share"].items()}
    return Attention(**parts)
