"""Augmentation that means something for satellite series: lost steps, lost sensors, haze and radiometry."""

from __future__ import annotations

import torch
from torch import Tensor

from .options import TrainingOptions
from .samples import Batch


def augment(batch: Batch, options: TrainingOptions, random: torch.Generator) -> Batch:
    """Return the batch as another year, sensor or sky might have shown it.

    Optical steps vanish (cloud), whole sensors vanish (never both), reflectance is scaled a band, backscatter is
    shifted a polarisation.
    """
    count, steps = batch.s2_valid.shape[:2]

    def uniform(*shape: int) -> Tensor:
        return torch.rand(shape, generator=random)

    share = uniform(count, 1) * options.drop_share * (uniform(count, 1) < options.drop_steps)
    kept = uniform(count, steps) >= share
    sensor = uniform(count, 1)
    no_optical = sensor < options.drop_optical
    no_radar = sensor > 1 - options.drop_radar
    s2_valid = batch.s2_valid & (kept & ~no_optical)[..., None, None]
    radar_kept = uniform(count, steps) >= 0.3 * share
    s1_valid = batch.s1_valid & (radar_kept & ~no_radar)[..., None, None]
    bands, polarisations = batch.s2.shape[2], batch.s1.shape[2]
    gain = 1 + options.gain * torch.randn((count, 1, bands, 1, 1), generator=random)
    whole = 1 + options.gain * torch.randn((count, 1, 1, 1, 1), generator=random)
    shift = options.noise * torch.randn((count, 1, polarisations, 1, 1), generator=random)
    return Batch(batch.s2 * gain * whole, s2_valid, batch.s1 + shift, s1_valid, batch.labels)
