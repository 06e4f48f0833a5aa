"""Weights and arithmetic a pixel of every network.

Multiplications and additions of one forward pass over a block of the map, both counted, divided by the 64 x 64 pixels
that it classifies; the margin around them is part of the cost. Elementwise work is not counted. What is executed is
the form for CPUs, which leaves out the zeros around the middle of a kernel: only a checkpoint knows of them.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import Iterator

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from crop_attention.benchmarks.speed.forms import NumpyOnTensors, fast_on_cpu
from crop_attention.engine.options import BLOCK
from crop_attention.models.architectures import ARCHITECTURES, LINEAR, settings_of
from crop_attention.models.card import Card, CropClass, Season
from crop_attention.models.checkpoint import default_checkpoint, load
from crop_attention.models.cpu import products
from crop_attention.models.registry import build

from .table import Row

S2_BANDS = ("B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B11", "B12")
S1_BANDS = ("VV", "VH")
CLASSES, STEPS = 14, 24


def card_of(architecture: str, **changes) -> Card:
    """Return a card of 24 steps of ten optical bands and two polarisations, and 14 classes."""
    values = {
        "name": architecture, "title": architecture, "version": "1", "architecture": architecture,
        "config": settings_of(architecture),
        "classes": tuple(CropClass(code, f"Class {code}", "#808080") for code in range(1, CLASSES + 1)),
        "s2_bands": S2_BANDS, "s1_bands": S1_BANDS, "season": Season(10, 1, STEPS, 15),
        "normalisation": {**dict.fromkeys(S2_BANDS, (0.2, 0.1)), **dict.fromkeys(S1_BANDS, (-15.0, 5.0))},
    }  # fmt: skip
    return Card(**{**values, **changes})


def weights_of(network: nn.Module) -> int:
    """Return how many numbers are learnt."""
    return sum(parameter.numel() for parameter in network.parameters())


def flops_a_pixel(network: nn.Module, card: Card, block: int = BLOCK) -> float:
    """Return the floating point operations of a mapped pixel, where every look is there.

    Args:
        network: in any mode; left in evaluation mode. As trained, it tells what the architecture asks for; in its form
            for CPUs, what is executed there.
        card: that it was built from.
        block: pixels a side that are mapped at once.
    """
    side = block + 2 * network.margin
    valid = torch.ones(1, card.season.steps, side, side, dtype=torch.bool)
    arguments: list[torch.Tensor | None] = []
    for bands in (card.s2_bands, card.s1_bands):
        shape = (1, card.season.steps, len(bands), side, side)
        arguments += [torch.zeros(shape), valid] if bands else [None, None]
    if isinstance(network, NumpyOnTensors):
        with _counted() as counted:
            network(*arguments)
        return sum(counted) / block**2
    counter = FlopCounterMode(display=False)
    with torch.no_grad(), _plain_kernels(), counter:
        network.eval()(*arguments)
    return counter.get_total_flops() / block**2


@contextmanager
def _counted() -> Iterator[list[int]]:
    """Collect the operations of each product of the NumPy form."""
    found, real = [], products.ways

    def counting(work):
        def multiply(matrix, x, out):
            found.append(2 * matrix.size * x.size // x.shape[-2])
            work(matrix, x, out)

        return multiply

    way = real()
    products.ways = lambda: products.Ways(way.name, counting(way.product), way.add and counting(way.add))
    try:
        yield found
    finally:
        products.ways = real


@contextmanager
def _plain_kernels() -> Iterator[None]:
    """Without oneDNN an LSTM is made of matrix products, which the counter knows."""
    enabled = torch.backends.mkldnn.set_flags(_enabled=False)[0]
    try:
        yield
    finally:
        torch.backends.mkldnn.set_flags(_enabled=enabled)


def arithmetic() -> Iterator[Row]:
    """Yield the operations a pixel of every network, and what of the bundled one is executed on CPUs."""
    for name, entry in ARCHITECTURES.items():
        if name == LINEAR:
            continue
        card = card_of(name)
        network = build(card)
        what = f"{entry.title}, {weights_of(network):,} weights, margin {network.margin}"
        yield Row("arithmetic", what, flops_a_pixel(network, card) / 1e6, "MFLOP/pixel")
    trained = load(default_checkpoint())
    executed = flops_a_pixel(fast_on_cpu(trained.network, trained.card), trained.card) / 1e6
    yield Row("arithmetic", "the bundled checkpoint, executed on CPUs", executed, "MFLOP/pixel")
