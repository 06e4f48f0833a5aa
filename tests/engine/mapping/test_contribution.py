"""Contribution on the way from a network to a block: made by both forms, and only where it is wanted."""

from __future__ import annotations

import numpy as np

from crop_attention.engine.feedback import Feedback
from crop_attention.engine.mapping.device import choose_device
from crop_attention.engine.mapping.forward import NumpyNetwork
from crop_attention.engine.mapping.torch_forward import ATTENTIONS, TorchNetwork
from crop_attention.engine.series.cube.cube import Cube
from crop_attention.models.checkpoint import bundled, load


def test_torch_and_numpy_give_a_block_the_same_contribution_where_it_is_wanted():
    checkpoint = load(bundled()[0])
    random, steps, side = np.random.default_rng(4), checkpoint.card.season.steps, 24
    s2, s1 = random.random((steps, 10, side, side)), random.normal(-14, 3, (steps, 2, side, side))
    valid = random.random((2, steps, side, side)) > 0.4
    cube = Cube(s2.astype(np.float32) * valid[0][:, None], valid[0], s1.astype(np.float32), valid[1])
    device = choose_device("cpu", 1, Feedback())
    for shown in (set(ATTENTIONS), {"temporal", "channel", "s1_share"}):
        (one,), (other,) = NumpyNetwork(checkpoint, shown)([cube]), TorchNetwork(checkpoint, shown, device)([cube])
        assert (one.contribution is None) == (other.contribution is None) == ("contribution" not in shown)
        assert np.abs(one.temporal - other.temporal).max() < 1e-5
        if one.contribution is not None:
            apart = np.abs(one.contribution - other.contribution).max(axis=0)
            assert one.contribution.shape == other.contribution.shape == (steps, *one.classes.shape)
            assert (apart < 1e-4).mean() > 0.99 and one.contribution.sum(axis=0).max() > 0.99
