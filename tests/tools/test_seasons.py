"""Other seasons: what changes is what is said to change, in the steps where it may, and nothing unseen is made up."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from crop_attention.engine.training.augment import augment
from crop_attention.engine.training.samples import Batch
from crop_attention.tools.checkpoints.adapt import ADAPTATION
from crop_attention.tools.checkpoints.seasons import (
    AdaptationOptions,
    another_season,
    shortened,
    stretched,
    wintered,
)

STEPS, BANDS = 24, 3
SOIL = torch.tensor([0.1, 0.2, 0.3])


@pytest.fixture
def uniform():
    random = torch.Generator().manual_seed(3)
    return lambda *shape: torch.rand(shape, generator=random)


def batch(count=200, seen=1.0, side=1):
    """Green series of reflectance 0.05, 0.1, 0.5, and backscatter that counts the steps."""
    random = torch.Generator().manual_seed(1)
    s2 = torch.tensor([0.05, 0.1, 0.5]).reshape(1, 1, BANDS, 1, 1).expand(count, STEPS, BANDS, side, side).clone()
    s1 = torch.arange(STEPS).float().reshape(1, STEPS, 1, 1, 1).expand(count, STEPS, 2, side, side).clone()
    valid = torch.rand((2, count, STEPS, side, side), generator=random) <= seen
    return Batch(s2, valid[0], s1, valid[1], torch.zeros((count, side, side), dtype=torch.long))


def test_a_hard_winter_shows_soil_until_spring_and_leaves_summer_and_radar(uniform):
    before = batch()
    after = wintered(before, 1.0, SOIL, uniform)
    near = after.s2[:, :, 2, 0, 0]
    assert (near[:, 0] < 0.5).all() and near[:, 0].min() < 0.3
    assert torch.allclose(near[:, 0], near[:, 9], atol=1e-6)
    assert torch.equal(after.s2[:, 17:], before.s2[:, 17:])
    assert (near.diff(dim=1) >= -1e-6).all()
    assert after.s1 is before.s1 and after.s2_valid is before.s2_valid


def test_winter_comes_as_often_as_asked(uniform):
    after = wintered(batch(4000), 0.25, SOIL, uniform)
    assert (after.s2[:, 0, 2, 0, 0] < 0.4999).float().mean().item() == pytest.approx(0.25, abs=0.03)


def test_stretching_moves_midsummer_most_and_keeps_both_ends(uniform):
    after = stretched(batch(500), 1.0, uniform)
    place = after.s1[:, :, 0, 0, 0]
    shift = torch.arange(STEPS) - place
    assert torch.equal(shift[:, :7], torch.zeros(500, 7))
    assert shift[:, 15].max().item() == pytest.approx(1.5, abs=0.03)
    assert shift[:, 15].min().item() == pytest.approx(-0.5, abs=0.03)
    assert (place.diff(dim=1) > 0).all()


def test_about_as_much_is_seen_after_stretching_as_before():
    after = stretched(batch(300, seen=0.5), 1.0, _again())
    assert after.s1_valid.float().mean().item() == pytest.approx(0.5, abs=0.05)


def _again():
    random = torch.Generator().manual_seed(9)
    return lambda *shape: torch.rand(shape, generator=random)


def test_no_number_of_an_unseen_step_reaches_a_seen_one():
    before = batch(300, seen=0.6)
    spoilt = batch(300, seen=0.6)
    spoilt.s1 = torch.where(spoilt.s1_valid[:, :, None], spoilt.s1, torch.tensor(1e6))
    spoilt.s2 = torch.where(spoilt.s2_valid[:, :, None], spoilt.s2, torch.tensor(1e6))
    clean, dirty = (stretched(each, 1.0, _again()) for each in (before, spoilt))
    for name in ("s1", "s2"):
        kept = getattr(clean, f"{name}_valid")[:, :, None].expand_as(getattr(clean, name))
        torch.testing.assert_close(getattr(clean, name)[kept], getattr(dirty, name)[kept])


def test_a_late_start_hides_the_first_steps_and_a_cut_the_last_ones(uniform):
    late = shortened(batch(2000), 1.0, 0.0, uniform)
    first = late.s2_valid[:, :, 0, 0].float().argmax(dim=1)
    assert first.min() == 1 and first.max() == 9 and torch.equal(late.s2_valid, late.s1_valid)
    cut = shortened(batch(2000), 0.0, 1.0, uniform).s1_valid[:, :, 0, 0].sum(dim=1)
    assert cut.min() == 10 and cut.max() == 22
    half = shortened(batch(4000), 0.0, 0.5, uniform).s1_valid[:, :, 0, 0].sum(dim=1)
    assert (half == STEPS).float().mean().item() == pytest.approx(0.5, abs=0.03)


def test_nothing_asked_changes_nothing_and_draws_nothing(uniform):
    before = batch(5)
    assert another_season(before, AdaptationOptions(), uniform) is before


def test_patches_change_as_one(uniform):
    options = AdaptationOptions(winter=1.0, stretch=1.0, late_start=1.0, soil=tuple(SOIL.tolist()))
    after = another_season(batch(20, side=4), options, uniform)
    assert torch.equal(after.s2, after.s2[..., :1, :1].expand_as(after.s2))
    assert torch.equal(after.s2_valid, after.s2_valid[..., :1, :1].expand_as(after.s2_valid))


def test_the_adaptation_draws_all_three_in_the_ten_bands():
    assert (ADAPTATION.winter, ADAPTATION.stretch, ADAPTATION.late_start, ADAPTATION.cut) == (0.5, 0.7, 0.3, 0.0)
    assert len(ADAPTATION.soil) == 10
    assert np.all(np.diff(ADAPTATION.soil[:9]) > 0), "bare soil grows brighter up to B11"
    options = AdaptationOptions(winter=1.0, soil=tuple(SOIL.tolist()), gain=0.0, haze=0.0, jitter=0.0)
    found = augment(
        batch(50),
        options,
        torch.Generator().manual_seed(2),
        lambda some, uniform: another_season(some, options, uniform),
    )
    assert found.s2[:, 0, 2].max() < 0.5
