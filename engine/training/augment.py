"""Augmentation that means something for satellite series: another year, another sky, another sensor, speckle."""

from __future__ import annotations

from typing import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from .options import TrainingOptions
from .samples import Batch

Uniform = Callable[..., Tensor]
"""Draws numbers of a given shape from 0 to 1, on the device of a batch."""

Season = Callable[[Batch, Uniform], Batch]

CLOUD_CELLS = 4
"""Cells a side of the field from which the shape of a cloud is drawn."""

HAZE = 0.45
"""Reflectance of what a haze mixes into the ground."""


def augment(batch: Batch, options: TrainingOptions, random: torch.Generator, season: Season | None = None) -> Batch:
    """Return the batch as another year, sensor or sky might have shown it; what was hidden stays hidden.

    First `season`, if any, makes another season of it. Then the season comes earlier or later, optical observations
    lose a part to a cloud or are brightened by haze, steps vanish, whole sensors vanish (never both), reflectance is
    scaled a band, backscatter is shifted a polarisation and speckled.
    Chance is drawn on the CPU, so that it is the same on every device.
    """
    count, steps = batch.s2_valid.shape[:2]
    device = batch.s2.device

    def uniform(*shape: int) -> Tensor:
        return torch.rand(shape, generator=random).to(device)

    def normal(*shape: int) -> Tensor:
        return torch.randn(shape, generator=random).to(device)

    if season is not None:
        batch = season(batch, uniform)
    share = uniform(count, 1) * options.drop_share * (uniform(count, 1) < options.drop_steps)
    kept = uniform(count, steps) >= share
    sensor = uniform(count, 1)
    no_optical = sensor < options.drop_optical
    no_radar = sensor > 1 - options.drop_radar
    s2_valid = batch.s2_valid & (kept & ~no_optical)[..., None, None]
    radar_kept = uniform(count, steps) >= 0.3 * share
    s1_valid = batch.s1_valid & (radar_kept & ~no_radar)[..., None, None]
    bands, polarisations = batch.s2.shape[2], batch.s1.shape[2]
    gain = 1 + options.gain * normal(count, 1, bands, 1, 1)
    whole = 1 + options.gain * normal(count, 1, 1, 1, 1)
    shift = options.noise * normal(count, 1, polarisations, 1, 1)
    s2, s1 = batch.s2, batch.s1
    if options.jitter:
        late = options.jitter * (2 * uniform(count) - 1)
        s2, s1 = _shifted(s2, batch.s2_valid, late), _shifted(s1, batch.s1_valid, late)
    s2 = s2 * gain * whole
    if options.haze:
        thickness = 0.3 * uniform(count, steps) * (uniform(count, steps) < options.haze)
        s2 = torch.lerp(s2, s2.new_tensor(HAZE), thickness[..., None, None, None])
    if options.cloud:
        s2_valid = s2_valid & ~_clouds(uniform, s2_valid.shape, options.cloud)
    s1 = s1 + shift
    if options.speckle:
        s1 = s1 + options.speckle * normal(*s1.shape)
    return Batch(s2, s2_valid, s1, s1_valid, batch.labels)


def _shifted(values: Tensor, valid: Tensor, late: Tensor) -> Tensor:
    """Mix each observation with that of the neighbouring step, by a share of a step, where both were seen.

    Args:
        values: (N, T, C, H, W).
        valid: (N, T, H, W).
        late: (N,) steps by which the season comes later; -1 to 1.
    """
    before = torch.cat((values[:, :1], values[:, :-1]), dim=1)
    after = torch.cat((values[:, 1:], values[:, -1:]), dim=1)
    before_valid = torch.cat((valid[:, :1], valid[:, :-1]), dim=1)
    after_valid = torch.cat((valid[:, 1:], valid[:, -1:]), dim=1)
    is_late = (late > 0)[:, None, None, None]
    known = torch.where(is_late, before_valid, after_valid) & valid
    other = torch.where(is_late[..., None], before, after)
    share = late.abs()[:, None, None, None] * known
    return torch.where(known[:, :, None], torch.lerp(values, other, share[:, :, None]), values)


def _clouds(uniform, shape: torch.Size, chance: float) -> Tensor:
    """(N, T, H, W) True under a cloud: soft blobs in some observations, over half of the patch on average."""
    count, steps, height, width = shape
    field = uniform(count, steps, CLOUD_CELLS, CLOUD_CELLS)
    smooth = F.interpolate(field, size=(height, width), mode="bilinear", align_corners=False)
    cloudy = uniform(count, steps) < chance
    return (smooth > 0.5) & cloudy[..., None, None]
