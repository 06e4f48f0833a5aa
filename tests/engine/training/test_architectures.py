"""Training another network than the default: chosen by name, from scratch or from a base of the same."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch

from crop_attention.engine.errors import Cancelled
from crop_attention.engine.feedback import Feedback
from crop_attention.engine.training import weights
from crop_attention.engine.training.learners import forest
from crop_attention.engine.training.loop import Fitting
from crop_attention.engine.training.options import TrainingOptions
from crop_attention.engine.training.samples import PatchSampler, PointSampler
from crop_attention.engine.training.train import train
from crop_attention.models import registry
from crop_attention.models.card import CheckpointError
from crop_attention.models.checkpoint import load
from crop_attention.models.registry import NETWORKS, build
from small_networks import SMALL, one_thread  # noqa: F401
from tiny_training import CLASSES, OPTIONS, Ear, card, samples, write_base

pytestmark = pytest.mark.usefixtures("one_thread")

CODES = tuple(entry.code for entry in CLASSES[:2])
QUICK = replace(OPTIONS, epochs=2, architecture="tgfnet")


@pytest.fixture(autouse=True)
def no_forest(monkeypatch):
    monkeypatch.setattr(forest, "PACKAGE", "no_such_package")


def small(name):
    torch.manual_seed(1)
    return build(card(architecture=name, config=SMALL[name]))


def test_the_default_is_attention_3dcnn():
    assert TrainingOptions().architecture == "attention_3dcnn"


@pytest.mark.parametrize("name", sorted(SMALL))
def test_the_loop_fits_every_network_to_patches_and_to_points(name):
    network = small(name)
    _, split = samples(parcels=12)
    fitting = Fitting(network, PatchSampler(split.train, CODES, 4, network.margin, 1), replace(OPTIONS, batch=2), 2)
    assert all(np.isfinite(fitting.advance(Feedback())) for _ in range(2))
    _, points = samples(parcels=12, side=1)
    lone = Fitting(network, PointSampler(points.train, CODES, 0, 1), replace(OPTIONS, batch=4), 1)
    assert np.isfinite(lone.advance(Feedback()))


@pytest.mark.parametrize("name", ["cnnlstm", "utae"])
def test_dropout_is_drawn_by_seed_and_step(name):
    """A fitting that is taken up goes on as if it had never stopped, whatever chance was drawn meanwhile."""
    _, split = samples(parcels=12)

    def fitting():
        network = small(name)
        return Fitting(network, PatchSampler(split.train, CODES, 4, network.margin, 1), replace(OPTIONS, batch=2), 4)

    whole, stopped = fitting(), fitting()
    losses = [whole.advance(Feedback()) for _ in range(3)]
    torch.rand(7)
    assert stopped.advance(Feedback()) == losses[0]
    tensors, numbers = stopped.state()
    taken_up = fitting()
    taken_up.restore(tensors, numbers)
    torch.rand(3)
    assert [taken_up.advance(Feedback()) for _ in range(2)] == losses[1:]
    assert all(torch.equal(one, taken_up.mean[key]) for key, one in whole.mean.items())
    before = torch.get_rng_state()
    whole.advance(Feedback())
    assert torch.equal(before, torch.get_rng_state())


def test_a_network_is_trained_from_scratch_by_name(tmp_path, monkeypatch):
    small = {**NETWORKS, "tgfnet": partial(NETWORKS["tgfnet"], **SMALL["tgfnet"])}
    monkeypatch.setattr(registry, "NETWORKS", small)
    dataset, split = samples()
    place = tmp_path / "county.safetensors"
    with pytest.raises(Cancelled):
        train(dataset, split, place, QUICK, None, Ear(stop_after=40))
    result = train(dataset, split, place, QUICK, None, Ear())
    loaded = load(place)
    assert loaded.card.architecture == "tgfnet" and loaded.card.config == {}
    assert type(loaded.network).__name__ == "TGFNet"
    assert result.base == "scratch" and result.network.parcel_matrix.total == 8
    assert result.network.parcels.overall.value >= 0.75


def test_a_base_of_another_network_is_refused(tmp_path):
    dataset, split = samples()
    base = write_base(tmp_path)
    said = "'base' holds the network Attention-3DCNN, and TGF-Net-style is to be trained"
    with pytest.raises(CheckpointError, match=said) as caught:
        train(dataset, split, tmp_path / "new.safetensors", QUICK, base)
    assert "\n" not in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["base.safetensors"]


@pytest.mark.parametrize("name", sorted(set(SMALL) - {"attention_3dcnn"}))
def test_a_base_of_the_same_network_keeps_its_weights_under_a_new_legend(name, tmp_path):
    base = write_base(tmp_path, architecture=name, config=SMALL[name])
    dataset, split = samples(classes=3, parcels=24)
    start = weights.from_base(base, dataset, split.train, 1, Feedback())
    old, new = load(base).network.state_dict(), start.network.state_dict()
    heads = [key for key in old if key.split(".")[0] == "head"]
    assert heads and all(torch.equal(old[key], new[key]) for key in old if key not in heads)
    ended = [key for key in heads if old[key].dim() and len(old[key]) == 2 and old[key].shape[1:] == new[key].shape[1:]]
    assert ended and all(torch.equal(old[key], new[key][:2]) for key in ended)
    learnt = "prototype of its pixels" if name in ("cnnlstm", "selfattention3d", "tgfnet", "unetpp") else "random"
    assert start.origins == {"Maize": "weights of the base", "Grassland": "weights of the base", "Hemp": learnt}
    assert all(value.isfinite().all() for value in new.values())


def test_a_prototype_tells_its_class_from_the_others(tmp_path):
    base = write_base(tmp_path, architecture="selfattention3d", config=SMALL["selfattention3d"])
    dataset, split = samples(classes=3, parcels=60)
    network = weights.from_base(base, dataset, split.train, 1, Feedback()).network
    scores = {code: [] for code in (3, 7, 9)}
    with torch.inference_mode():
        for labelled in split.test:
            cube = labelled.cube
            parts = [torch.from_numpy(np.ascontiguousarray(part))[None] for part in vars(cube).values()]
            logits = network(*(part if part.dtype == torch.bool else part.float() for part in parts)).logits
            scores[int(labelled.labels.max())].append(logits[0, 2, 3:9, 3:9].mean().item())
    assert min(np.mean(scores[9]) - np.mean(scores[3]), np.mean(scores[9]) - np.mean(scores[7])) > 0
