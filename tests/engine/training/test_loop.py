"""The loop: its schedule, what it leaves alone, and augmentation that hides but never invents."""

from __future__ import annotations

import copy
from dataclasses import replace

import numpy as np
import pytest
import torch

from crop_attention.engine.feedback import Feedback
from crop_attention.engine.training.augment import augment
from crop_attention.engine.training.loop import Fitting, one_cycle
from crop_attention.engine.training.mixture import Mixture, Part
from crop_attention.engine.training.options import TrainingOptions
from crop_attention.engine.training.samples import Batch, PatchSampler
from crop_attention.models.registry import build
from tiny_training import OPTIONS, card, samples

CODES = (3, 7)
NOTHING = TrainingOptions(
    drop_optical=0, drop_radar=0, drop_steps=0, gain=0, noise=0, jitter=0, cloud=0, haze=0, speckle=0
)


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def network():
    torch.manual_seed(0)
    return build(card())


def fitting(network, fresh=None, weights=None, **changes):
    _, split = samples()
    sampler = PatchSampler(split.train, CODES, OPTIONS.patch, network.margin, 1)
    return Fitting(network, sampler, replace(OPTIONS, **changes), 10, None, weights, fresh)


def batch(count=60, steps=4, side=12):
    random = np.random.default_rng(2)
    parts = (
        random.normal(0.3, 0.1, (count, steps, 2, side, side)), random.random((count, steps, side, side)) > 0.3,
        random.normal(-15, 2, (count, steps, 2, side, side)), random.random((count, steps, side, side)) > 0.3,
    )  # fmt: skip
    tensors = [torch.from_numpy(part) if part.dtype == bool else torch.from_numpy(part).float() for part in parts]
    return Batch(*tensors, torch.zeros(count, 4, 4, dtype=torch.long))


def test_the_rate_rises_and_falls_as_a_cosine():
    assert one_cycle(0.0, 0.2) == pytest.approx(1 / 25)
    assert one_cycle(0.1, 0.2) == pytest.approx((1 + 1 / 25) / 2)
    assert one_cycle(0.2, 0.2) == pytest.approx(1.0)
    assert one_cycle(0.6, 0.2) == pytest.approx(0.5, abs=1e-5)
    assert one_cycle(1.0, 0.2) == pytest.approx(1 / 250_000)


def test_the_weights_of_a_base_learn_more_slowly_and_its_statistics_stay(network):
    fresh = [name for name, _ in network.named_parameters() if "head" in name]
    before = {name: value.clone() for name, value in network.state_dict().items()}
    run = fitting(network, fresh, body_rate=0.0, weight_decay=0.0)
    for _ in range(3):
        run.advance(Feedback())
    after = network.state_dict()
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert changed == set(fresh)


def test_a_network_from_chance_learns_its_statistics(network):
    before = {name: value.clone() for name, value in network.state_dict().items() if "running_mean" in name}
    run = fitting(network)
    run.advance(Feedback())
    assert all(not torch.equal(value, network.state_dict()[name]) for name, value in before.items())


def several(network, fresh):
    _, split = samples()
    parts = ((3, 1.0, 1), (2, 0.5, 2), (5, 0.25, 3))
    return Fitting(
        network,
        Mixture(*(Part(PatchSampler(split.train, CODES, 2, network.margin, seed), n, w) for n, w, seed in parts)),
        OPTIONS, 10, fresh=fresh,
    )  # fmt: skip


def test_parts_that_run_together_teach_what_each_teaches_by_itself(network, monkeypatch):
    twin = copy.deepcopy(network)
    together, apart = several(network, ()), several(twin, ())
    monkeypatch.setattr(apart, "_passes", lambda drawn: [[each] for each in drawn])
    sizes = []
    network.register_forward_pre_hook(lambda _, arrays: sizes.append(len(arrays[0])))
    for step in range(3):
        assert together.advance(Feedback()) == pytest.approx(apart.advance(Feedback()), rel=1e-5)
        for (name, one), other in zip(network.named_parameters(), twin.parameters()):
            if step == 0 and one.grad is not None:
                torch.testing.assert_close(one.grad, other.grad, rtol=1e-3, atol=1e-6, msg=name)
    assert sizes == [10, 10, 10]


def test_parts_are_apart_where_batch_norms_measure_them(network):
    sizes = []
    network.register_forward_pre_hook(lambda _, arrays: sizes.append(len(arrays[0])))
    several(network, None).advance(Feedback())
    assert sizes == [3, 2, 5]


def test_the_mean_of_the_weights_lies_between_start_and_end(network):
    run = fitting(network, average=0.5)
    start = network.head.weight.detach().clone()
    run.advance(Feedback())
    run.advance(Feedback())
    end, mean = network.head.weight.detach(), run.mean["head.weight"]
    assert not torch.equal(start, end)
    assert ((mean >= torch.minimum(start, end) - 1e-2) & (mean <= torch.maximum(start, end) + 1e-2)).all()
    assert not torch.equal(mean, end)


def test_a_class_that_weighs_nothing_teaches_nothing(network):
    run = fitting(network, [], torch.tensor([1.0, 0.0]), label_smoothing=0.0, auxiliary=0.0)
    before = network.head.bias.detach().clone()
    for _ in range(5):
        run.advance(Feedback())
    assert network.head.bias[0] - before[0] > 0 > network.head.bias[1] - before[1]


def test_augmentation_that_is_switched_off_changes_nothing():
    one = batch()
    other = augment(one, NOTHING, torch.Generator().manual_seed(1))
    assert all(torch.equal(a, b) for a, b in zip(vars(one).values(), vars(other).values()))


def test_a_shifted_season_mixes_neighbours_that_were_seen_and_no_others():
    one = batch()
    other = augment(one, replace(NOTHING, jitter=0.7), torch.Generator().manual_seed(1))
    assert torch.equal(one.s2_valid, other.s2_valid)
    values, valid = one.s2, one.s2_valid[:, :, None].expand_as(one.s2)
    hidden = ~valid
    assert torch.equal(other.s2[hidden], values[hidden])
    # In a season of two levels each mixed look lies between its own and its neighbour's.
    ramp = torch.arange(4.0)[None, :, None, None, None].expand_as(values).clone()
    shifted = augment(Batch(ramp, one.s2_valid, one.s1, one.s1_valid, one.labels), replace(NOTHING, jitter=0.7),
                      torch.Generator().manual_seed(1)).s2  # fmt: skip
    moved = shifted - ramp
    assert moved.abs().max() <= 0.7 + 1e-6 and moved.abs().max() > 0.5
    for patch in moved:
        assert not ((patch > 1e-6).any() and (patch < -1e-6).any())


def test_simulated_clouds_hide_parts_of_optical_looks_alone():
    one = batch(count=200)
    other = augment(one, replace(NOTHING, cloud=0.5), torch.Generator().manual_seed(1))
    assert torch.equal(one.s1_valid, other.s1_valid) and torch.equal(one.s2, other.s2)
    lost = one.s2_valid & ~other.s2_valid
    share = lost.sum() / one.s2_valid.sum()
    assert 0.15 < share < 0.35
    whole = (one.s2_valid.flatten(2).any(2) & ~other.s2_valid.flatten(2).any(2)).float().mean()
    assert whole < 0.1


def test_haze_brightens_dark_ground_and_speckle_touches_radar_alone():
    one = batch(count=200)
    one.s2[:] = 0.05
    other = augment(one, replace(NOTHING, haze=0.5, speckle=0.5), torch.Generator().manual_seed(1))
    assert (other.s2 >= 0.05 - 1e-6).all() and 0.3 < (other.s2 > 0.0501).float().mean() < 0.6
    assert (other.s1 - one.s1).std().item() == pytest.approx(0.5, rel=0.05)
    assert torch.equal(one.s1_valid, other.s1_valid)
