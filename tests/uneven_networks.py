"""Untrained networks as uneven as trained ones, their inputs, and their form in NumPy."""

from __future__ import annotations

import dataclasses

import torch

from crop_attention.models.architectures import settings_of
from crop_attention.models.card import Card, CropClass, Season
from crop_attention.models.checkpoint import arrays_of
from crop_attention.models.registry import build, numpy_form

S2, S1, STEPS = ("B02", "B04", "B08"), ("VV", "VH"), 7
CARD = Card(
    name="test",
    title="Test",
    version="0",
    architecture="attention_3dcnn",
    config={"width": 8, "depth": 16, "heads": 2},
    classes=tuple(CropClass(code, f"Crop {code}", "#102030") for code in range(1, 6)),
    s2_bands=S2,
    s1_bands=S1,
    season=Season(10, 1, STEPS, 30),
    normalisation={**dict.fromkeys(S2, (0.3, 0.2)), **dict.fromkeys(S1, (-15.0, 4.0))},
)
NEW = dataclasses.replace(CARD, config={**CARD.config, **settings_of("attention_3dcnn")})


def network_of(card):
    """An untrained network whose batch norms are as uneven as trained ones."""
    torch.manual_seed(5)
    network = build(card)
    for name, buffer in network.named_buffers():
        if name.endswith("running_mean"):
            buffer.normal_(0, 0.3)
        elif name.endswith("running_var"):
            buffer.uniform_(0.3, 3.0)
    for parameter in network.parameters():
        if parameter.dim() == 1:
            torch.nn.init.uniform_(parameter, -0.5, 1.5)
    return network.eval()


def window(steps, bands, polarisations, height, width, seen=0.6, count=1):
    """Inputs as a cube gives them: zero where nothing was seen."""
    draw = torch.Generator().manual_seed(9)
    parts = []
    for number, mean, spread in ((bands, 0.3, 0.2), (polarisations, -15.0, 4.0)):
        valid = torch.rand(count, steps, height, width, generator=draw) < seen
        values = mean + spread * torch.randn(count, steps, number, height, width, generator=draw)
        parts += [values * valid[:, :, None], valid]
    return parts


def form_of(network, card):
    return numpy_form(card, arrays_of(network))
