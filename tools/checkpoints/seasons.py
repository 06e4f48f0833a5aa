"""Another season than the one that was seen: a bare winter, a late spring, a late beginning, a season not over yet.

What a network learns from one region it holds for true everywhere: French wheat is green all winter, so that wheat
which frost has set back looks like a spring cereal to it. These changes say nothing of a class; they are drawn for all
alike, from the share of the season at which they act, which fits a season from October to September.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Sequence

import torch
from torch import Tensor

from ...engine.simulation.spectra import BANDS, SPECTRA, spectrum
from ...engine.training.augment import Uniform
from ...engine.training.options import TrainingOptions
from ...engine.training.samples import Batch

MOST_LOSS = 0.9
"""Most of the optical signal of a plant cover that a winter takes."""

SPRING = (9 / 24, 13 / 24)
"""Share of the season until which a winter lasts: mid-February to mid-April."""

EASING = (1 / 24, 4 / 24)
"""Share of the season over which the cover then comes back."""

BRIGHTNESS = (0.6, 1.2)
"""Bare soil beside dry soil: wet and dark to dry and pale."""

SETTLED = 6 / 24
"""Share of the season from which spring and summer may come earlier or later; autumn stays where it is."""

LATEST, EARLIEST = 1.5 / 24, 0.5 / 24
"""How much later and earlier, as a share of the season."""

MOST_MISSING = 9 / 24
"""Most of the season's beginning that was not seen."""

CUTS = (10 / 24, 22 / 24)
"""Share of the season that is over, where it is cut."""


@dataclass(frozen=True)
class AdaptationOptions(TrainingOptions):
    """How a network is adapted.

    Attributes:
        winter, stretch, late_start, cut: chance of a bare winter, of a spring that comes earlier or later, of a season
            whose beginning was not seen, and of one that is not over yet.
        soil: reflectance of bare soil in the bands of the network, which a bare winter shows.
    """

    winter: float = 0.0
    stretch: float = 0.0
    late_start: float = 0.0
    cut: float = 0.0
    soil: tuple[float, ...] = ()


def bare_soil(bands: Sequence[str]) -> tuple[float, ...]:
    """Return the reflectance of dry bare soil in some of `BANDS`."""
    row = SPECTRA[spectrum("soil")]
    return tuple(float(row[BANDS.index(band)]) for band in bands)


def another_season(batch: Batch, options: AdaptationOptions, uniform: Uniform) -> Batch:
    """Return the batch as another winter, another spring or an earlier date might have shown it.

    Args:
        batch: of points or patches.
        options: the chance of each.
        uniform: draws numbers of a given shape from 0 to 1, on the device of the batch.
    """
    if options.stretch:
        batch = stretched(batch, options.stretch, uniform)
    if options.winter:
        batch = wintered(batch, options.winter, batch.s2.new_tensor(options.soil), uniform)
    if options.late_start or options.cut:
        batch = shortened(batch, options.late_start, options.cut, uniform)
    return batch


def wintered(batch: Batch, chance: float, soil: Tensor, uniform: Uniform) -> Batch:
    """Draw the optical observations of autumn and winter towards bare soil, as frost, snow and late sowing do.

    Args:
        batch: of points or patches.
        chance: that a sample has such a winter; how hard it is, when it ends and how bright the soil is are drawn.
        soil: (bands,) reflectance of bare soil.
        uniform: as for `another_season`.
    """
    count, steps = batch.s2_valid.shape[:2]
    time = torch.arange(steps, device=batch.s2.device) / steps
    loss = MOST_LOSS * uniform(count, 1) * (uniform(count, 1) < chance)
    end = SPRING[0] + (SPRING[1] - SPRING[0]) * uniform(count, 1)
    easing = EASING[0] + (EASING[1] - EASING[0]) * uniform(count, 1)
    share = loss * (1 - ((time - end) / easing).clamp(0, 1))
    bright = BRIGHTNESS[0] + (BRIGHTNESS[1] - BRIGHTNESS[0]) * uniform(count, 1, 1)
    bare = (soil * bright)[..., None, None]
    return replace(batch, s2=torch.lerp(batch.s2, bare.expand_as(batch.s2), share[:, :, None, None, None]))


def stretched(batch: Batch, chance: float, uniform: Uniform) -> Batch:
    """Let spring and summer come earlier or later in both sensors, most at midsummer; the season's ends stay.

    Args:
        batch: of points or patches.
        chance: that a sample is stretched.
        uniform: as for `another_season`.
    """
    count, steps = batch.s2_valid.shape[:2]
    time = torch.arange(steps, device=batch.s2.device) / steps
    bump = torch.sin(math.pi * ((time - SETTLED) / (1 - SETTLED)).clamp(0, 1))
    late = (LATEST + EARLIEST) * uniform(count, 1) - EARLIEST
    late = late * (uniform(count, 1) < chance)
    place = (steps * (time - late * bump)).clamp(0, steps - 1)
    s2, s2_valid = _resampled(batch.s2, batch.s2_valid, place)
    s1, s1_valid = _resampled(batch.s1, batch.s1_valid, place)
    return replace(batch, s2=s2, s2_valid=s2_valid, s1=s1, s1_valid=s1_valid)


def shortened(batch: Batch, late_start: float, cut: float, uniform: Uniform) -> Batch:
    """Hide the beginning of the season, or what follows a date in it, from both sensors.

    Args:
        batch: of points or patches.
        late_start: chance that a sample's first steps were not seen.
        cut: chance that its season is not over yet.
        uniform: as for `another_season`.
    """
    count, steps = batch.s2_valid.shape[:2]
    time = torch.arange(steps, device=batch.s2.device)
    first = (uniform(count, 1) * MOST_MISSING * steps + 1).floor() * (uniform(count, 1) < late_start)
    kept = time >= first
    if cut:
        low, high = (round(share * steps) for share in CUTS)
        over = (low + uniform(count, 1) * (high - low + 1)).floor()
        kept = kept & ((time < over) | (uniform(count, 1) >= cut))
    kept = kept[..., None, None]
    return replace(batch, s2_valid=batch.s2_valid & kept, s1_valid=batch.s1_valid & kept)


def _resampled(values: Tensor, valid: Tensor, place: Tensor) -> tuple[Tensor, Tensor]:
    """Read series at places between their steps: linear where both neighbours were seen, else the nearer one.

    Args:
        values: (N, T, C, H, W).
        valid: (N, T, H, W).
        place: (N, T) step, with a fraction, from which each step is read.
    """
    steps = valid.shape[1]
    before = place.floor().long()
    after = (before + 1).clamp(max=steps - 1)
    part = (place - before)[..., None, None]
    first, second = _at(valid, before), _at(valid, after)
    both, nearer = first & second, torch.where(part > 0.5, second, first)
    share = torch.where(both, part, (part > 0.5).to(part.dtype))
    mixed = torch.lerp(_at(values, before), _at(values, after), share[:, :, None])
    return mixed, nearer


def _at(series: Tensor, step: Tensor) -> Tensor:
    """Return (N, T, ...) what a series holds at the steps (N, T)."""
    return series[torch.arange(len(series), device=series.device)[:, None], step]
