"""Networks and a random forest on one cube that lies in memory."""

from __future__ import annotations

import copy
from typing import Callable, Iterator

import numpy as np
import torch
from torch import Tensor, nn

from crop_attention.benchmarks.speed.flops import card_of, flops_a_pixel, weights_of
from crop_attention.engine.options import BLOCK
from crop_attention.engine.training.learners.forest import TREES, available
from crop_attention.models.card import Card
from crop_attention.models.checkpoint import default_checkpoint, load
from crop_attention.models.networks.blocks import ready_for_inference
from crop_attention.models.registry import build

from .ceilings import gflops, rate
from .forms import fast_on_cpu
from .table import Row
from .turns import in_turn

OURS, LARGE = "Attention-3DCNN", 2048
CEILING = "float32 matrix product beside it"
RIVALS = {"U-TAE": "utae", "3D U-Net": "unet3d"}
TRAINING_PIXELS = 5000
SEEN = {"s2": 0.54, "s1": 0.96}
"""Share of steps with an observation, as in a real French year."""


def cube(card: Card, side: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return both sensors and their validity on a square window of noise."""
    draw = torch.Generator().manual_seed(1)
    parts = []
    for sensor, bands in (("s2", card.s2_bands), ("s1", card.s1_bands)):
        moments = torch.tensor([card.normalisation[band] for band in bands])[:, :, None, None]
        valid = torch.rand(1, card.season.steps, side, side, generator=draw) < SEEN[sensor]
        noise = torch.randn(1, card.season.steps, len(bands), side, side, generator=draw)
        parts += [(moments[:, 0] + moments[:, 1] * noise) * valid[:, :, None], valid]
    return tuple(parts)


def pixels_a_second(network: nn.Module, card: Card, threads: int, seconds: float, attention: bool = False) -> float:
    """Return the mapped pixels a second, a block a thread as a run does it."""
    inputs = cube(card, BLOCK + 2 * network.margin)
    return rate(lambda: network(*inputs, attention=attention), threads, seconds) * BLOCK**2


def pace(network: nn.Module, card: Card, threads: int, attention: bool = False) -> Callable[[float], float]:
    """Return what measures `pixels_a_second` in the seconds that it is given."""
    return lambda seconds: pixels_a_second(network, card, threads, seconds, attention)


def networks(threads: int, seconds: float) -> Iterator[Row]:
    """Yield our network against its ceiling and against the others, all measured in turn."""
    part = "network"
    checkpoint = load(default_checkpoint())
    trained, card = checkpoint.network, checkpoint.card
    fast = fast_on_cpu(trained, card)
    with torch.device("meta"):
        floor = flops_a_pixel(copy.deepcopy(trained).to("meta"), card, LARGE)
    designed, flops = flops_a_pixel(copy.deepcopy(trained), card), flops_a_pixel(fast, card)
    blocks = f"blocks of {BLOCK} with surroundings"
    yield Row(part, f"{OURS}, architecture, no surroundings", floor / 1e6, "MFLOP/pixel")
    yield Row(part, f"{OURS}, architecture, {blocks}", designed / 1e6, "MFLOP/pixel")
    yield Row(part, f"{OURS}, executed without its kernels' zeros, {blocks}", flops / 1e6, "MFLOP/pixel",
              flops / designed, "architecture")  # fmt: skip
    forms = {
        f"{OURS}, with its attentions": pace(fast, card, threads, attention=True),
        f"{OURS}, as trained, norms folded": pace(ready_for_inference(copy.deepcopy(trained)), card, threads),
    }
    measures = {CEILING: lambda seconds: gflops(threads, seconds), OURS: pace(fast, card, threads), **forms}
    for title, name in RIVALS.items():
        rival = card_of(name)
        network = build(rival).eval()
        title_long = f"{title}, {weights_of(network) / 1e6:.2f} million weights"
        yield Row(part, title_long, flops_a_pixel(network, rival) / 1e6, "MFLOP/pixel")
        measures[title] = pace(fast_on_cpu(network, rival), rival, threads)
    if available():
        measures[f"random forest of {TREES} trees"] = forest_pace(card, threads)
    found = in_turn(measures, seconds)
    ours = found.pop(OURS)
    ceiling = found.pop(CEILING)
    yield Row(part, CEILING, ceiling, "GFLOP/s")
    yield Row(part, OURS, ours, "pixels/s")
    yield Row(part, f"{OURS}, share of the ceiling, executed operations", ours * flops / 1e9 / ceiling, "")
    for name, pixels in found.items():
        against = (pixels / ours, OURS) if name in forms else (ours / pixels, "as fast is ours")
        yield Row(part, name, pixels, "pixels/s", *against)


def forest_pace(card: Card, threads: int) -> Callable[[float], float]:
    """Return what measures the pixels a second of scikit-learn's forest, fitted to pixels of classes that overlap."""
    from sklearn.ensemble import RandomForestClassifier

    draw = np.random.default_rng(1)
    classes, features = len(card.classes), card.season.steps * (len(card.s2_bands) + len(card.s1_bands))
    labels = draw.integers(0, classes, TRAINING_PIXELS)
    centres = draw.normal(0, 0.3, (classes, features))
    values = (centres[labels] + draw.normal(0, 1, (TRAINING_PIXELS, features))).astype(np.float32)
    model = RandomForestClassifier(TREES, n_jobs=threads, random_state=1).fit(values, labels)
    # It shares its trees among threads of its own.
    return lambda seconds: rate(lambda: model.predict_proba(values), 1, seconds) * len(values)
