"""How every network of the comparison is trained: on lone pixels, which is cheap, then on patches."""

from __future__ import annotations

from dataclasses import replace
from typing import Sequence

import numpy as np
import torch
from torch import nn

from crop_attention.engine.feedback import Feedback
from crop_attention.engine.provenance import version
from crop_attention.engine.training.dataset import LabelledCube
from crop_attention.engine.training.loop import Fitting
from crop_attention.engine.training.mixture import Mixture, Part, Sampler
from crop_attention.engine.training.options import TrainingOptions
from crop_attention.engine.training.samples import PatchSampler, PointSampler
from crop_attention.engine.training.weights import normalisation
from crop_attention.models.card import Card
from crop_attention.models.registry import build
from crop_attention.tools.checkpoints.adapt import REAL_BALANCE, REALITY, UNMET
from crop_attention.tools.checkpoints.counties import inner_points

from .conditions import blinded
from .plan import Effort, Variant
from .sites.ground import Ground


def card_of(system: str, ground: Ground, variant: Variant) -> Card:
    """Return the card of a network before it is trained."""
    return Card(
        name=system, title=system, version=version(), architecture=system, config=variant.settings(system),
        classes=ground.classes, s2_bands=ground.s2_bands, s1_bands=ground.s1_bands, season=ground.season,
        normalisation=normalisation(ground.counties, ground.s2_bands, ground.s1_bands),
    )  # fmt: skip


def trained(
    system: str,
    ground: Ground,
    variant: Variant,
    effort: Effort,
    learning_rate: float,
    seed: int,
    device: torch.device | None = None,
) -> nn.Module:
    """Return a network after all its steps, with the running mean of its weights.

    Args:
        system: name of the network.
        ground: to train on.
        variant: of the network or of what it sees.
        effort: steps and batches.
        learning_rate: peak in the first stage; half of it in the second.
        seed: of weights, draws and augmentation.
        device: where it is trained; None is the CPU.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = build(card_of(system, ground, variant))
    counties = [blinded(county, variant.blind) for county in ground.counties]
    real = [blinded(point, variant.blind) for point in ground.real]
    options = replace(TrainingOptions(), learning_rate=learning_rate, batch=effort.points, seed=seed)
    if variant.blind or not (ground.s2_bands and ground.s1_bands):
        options = replace(options, drop_optical=0.0, drop_radar=0.0)  # the only sensor there is
    if effort.point_steps:
        lone = inner_points(counties, effort.pixels_a_parcel, seed)
        sampler = _mixed(real, lone, ground.codes, effort, seed) if real else PointSampler(lone, ground.codes, 0, seed)
        _fit(network, sampler, options, effort.point_steps, device)
    if effort.patch_steps:
        patches = PatchSampler(counties, ground.codes, effort.patch, network.margin, seed)
        second = replace(options, learning_rate=learning_rate / 2, batch=effort.patches)
        _fit(network, patches, second, effort.patch_steps, device)
    return network.eval()


def _fit(
    network: nn.Module, sampler: Sampler | Mixture, options: TrainingOptions, steps: int, device: torch.device | None
) -> None:
    fitting, feedback = Fitting(network, sampler, options, steps, device), Feedback()
    while fitting.step < steps:
        fitting.advance(feedback)
    network.load_state_dict(fitting.mean)


def _mixed(
    real: Sequence[LabelledCube], simulated: Sequence[LabelledCube], codes: Sequence[int], effort: Effort, seed: int
) -> Mixture:
    """Half real and half simulated pixels, by the rules of `tools.checkpoints.adapt`."""
    counts = np.bincount([int(point.labels[0, 0]) for point in real], minlength=256)[list(codes)] + UNMET
    chances = (1 - REALITY) / len(codes) + REALITY * counts / counts.sum()
    half = effort.points // 2
    return Mixture(
        Part(PointSampler(real, codes, 0, seed, REAL_BALANCE), half, 0.5),
        Part(PointSampler(simulated, codes, 0, seed + 1, chances=chances), effort.points - half, 0.5),
    )
