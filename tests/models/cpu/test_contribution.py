"""What each step contributes, by hand in NumPy: as torch gives it, whatever is missing or left out."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from crop_attention.models.checkpoint import bundled, load
from crop_attention.models.cpu import contribution as by_hand
from uneven_networks import CARD, NEW, STEPS, form_of, network_of, window

SAME = 1e-4
both_cards = pytest.mark.parametrize("card", [CARD, NEW], ids=["first", "new"])


def compare(network, card, inputs, most=0.003):
    """Return the contribution in NumPy after comparing it with torch's.

    A unit that is zero to the rounding, as few are, may be on in one of the two and off in the other.
    """
    arrays = [None if part is None else part[0].numpy() for part in inputs]
    with torch.inference_mode():
        plain = network(*inputs, attention=True).contribution[0].numpy()
    found = form_of(network, card)(*arrays, contribution=True).contribution
    assert found.shape == plain.shape and found.dtype == np.float32 and (found >= 0).all()
    apart = np.abs(found - plain).max(axis=0) > SAME
    assert apart.mean() <= most
    total = found.sum(axis=0)
    assert ((np.abs(total - 1) < 1e-5) | (total == 0)).all()
    return found


@pytest.mark.parametrize("path", bundled(), ids=lambda path: path.stem)
def test_a_bundled_checkpoint_gives_what_torch_gives(path):
    checkpoint = load(path)
    card = checkpoint.card
    found = compare(checkpoint.network, card, window(card.season.steps, len(card.s2_bands), len(card.s1_bands), 40, 50))
    assert (found.sum(axis=0) > 0.99).mean() > 0.9
    assert np.sort(found, axis=0)[-5:].sum(axis=0).mean() > 0.3


@both_cards
@pytest.mark.parametrize("part", [None, "channel_attention", "temporal_attention", "spatial_attention", "residual"])
def test_each_part_may_be_left_out(part, card):
    card = dataclasses.replace(card, config={**card.config, **({part: False} if part else {})})
    found = compare(network_of(card), card, window(STEPS, 3, 2, 30, 22))
    assert (found.sum(axis=0) > 0.99).any()


@both_cards
@pytest.mark.parametrize("blocks, kernel", [(0, 3), (1, 5), (2, 1)])
def test_blocks_and_kernels_of_any_number_and_size(card, blocks, kernel):
    card = dataclasses.replace(card, config={**card.config, "blocks": blocks, "kernel": kernel})
    compare(network_of(card), card, window(STEPS, 3, 2, 30, 22))


@both_cards
@pytest.mark.parametrize("absent", ["s2", "s1"])
def test_a_sensor_and_steps_may_be_missing(absent, card):
    inputs = window(STEPS, 3, 2, 30, 28)
    first = 0 if absent == "s2" else 2
    inputs[first] = inputs[first + 1] = None
    inputs[3 - first][:, [0, 3]] = False
    inputs[2 - first] = inputs[2 - first] * inputs[3 - first][:, :, None]
    found = compare(network_of(card), card, inputs)
    assert (found[[0, 3]] == 0).all() and found[[1, 2, 4, 5, 6]].any()


def test_pixels_that_nobody_saw_have_none():
    inputs = window(STEPS, 3, 2, 40, 40)
    for mask, values in ((inputs[1], inputs[0]), (inputs[3], inputs[2])):
        mask[..., 10:30, 8:32] = False
        values *= mask[:, :, None]
    network = network_of(NEW)
    found = compare(network, NEW, inputs)
    margin = network.margin
    assert (found[:, 10 - margin : 30 - margin, 8 - margin : 32 - margin] == 0).all()


def test_the_size_of_a_chunk_changes_nothing(monkeypatch):
    network, inputs = network_of(CARD), window(STEPS, 3, 2, 37, 26)
    for size in (1, 100, 10**6):
        monkeypatch.setattr(by_hand, "CHUNK", size)
        compare(network, CARD, inputs)


def test_it_is_made_only_when_asked_for():
    arrays = [part[0].numpy() for part in window(STEPS, 3, 2, 24, 24)]
    found = form_of(network_of(CARD), CARD)(*arrays, attention=True)
    assert found.contribution is None and found.temporal is not None
