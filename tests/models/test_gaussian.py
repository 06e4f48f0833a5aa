"""Gaussians of a season: what is unseen is marginalised, a pixel's answer is its own, and a checkpoint keeps them."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from crop_attention.engine.training.learners.linear import fitted
from crop_attention.models.architectures import LINEAR
from crop_attention.models.card import Card, CheckpointError, CropClass, Season
from crop_attention.models.checkpoint import load, read_card, save
from crop_attention.models.gaussian import filled
from crop_attention.models.networks.linear import LinearLearner
from crop_attention.models.probabilities import Beside, joined, shares_factors, softmax, weighted, with_gaussian
from crop_attention.models.registry import build

STEPS, OPTICAL, RADAR = 5, 2, 1
FEATURES = STEPS * (OPTICAL + RADAR)
CLASSES = (CropClass(1, "Maize", "#e8601c"), CropClass(2, "Wheat", "#e6b422"), CropClass(9, "Hemp", "#4eb265"))


@pytest.fixture
def gaussian():
    random = np.random.default_rng(3)
    labels = np.arange(90) % 3
    mixing = random.normal(size=(FEATURES, FEATURES)) / 3 + np.eye(FEATURES)
    rows = random.normal(size=(90, FEATURES)) @ mixing + labels[:, None] * np.linspace(-1, 1, FEATURES)
    return fitted(rows, labels, 3, STEPS, (OPTICAL, RADAR), np.ones((90, 2), bool))


@pytest.fixture
def card():
    return Card(
        name="fields", title="Fields", version="1", architecture=LINEAR, config={}, classes=CLASSES,
        s2_bands=("B04", "B08"), s1_bands=("VV",), season=Season(10, 1, STEPS, 30),
        normalisation={band: (0.1, 0.2) for band in ("B04", "B08", "VV")},
    )  # fmt: skip


def ground(seed, *shape):
    random = np.random.default_rng(seed)
    return (
        random.normal(size=(STEPS, OPTICAL, *shape)).astype(np.float32), random.random((STEPS, *shape)) > 0.3,
        random.normal(size=(STEPS, RADAR, *shape)).astype(np.float32), random.random((STEPS, *shape)) > 0.1,
    )  # fmt: skip


def by_the_formula(gaussian, row, chosen):
    """Log density of each class over some features, up to a constant, from the inverse of the full formula."""
    inverse = np.linalg.inv(gaussian.covariance[np.ix_(chosen, chosen)].astype(float))
    away = ((row - gaussian.centre) / gaussian.scale)[chosen] - gaussian.means[:, chosen]
    return gaussian.prior - 0.5 * np.einsum("kf,fg,kg->k", away, inverse, away)


@pytest.mark.parametrize("until", [2, 5])
@pytest.mark.parametrize(("optical", "radar"), [(True, True), (True, False), (False, True)])
def test_the_unseen_is_marginalised_not_guessed(gaussian, until, optical, radar):
    s2, _, s1, _ = ground(1, 1)
    seen = (np.arange(STEPS) < until)[:, None]
    found = gaussian.logits(s2, seen & optical, s1, seen & radar)[:, 0]
    chosen = [step * OPTICAL + band for step in range(until) for band in range(OPTICAL)] if optical else []
    chosen += [STEPS * OPTICAL + step for step in range(until)] if radar else []
    wanted = by_the_formula(gaussian, np.concatenate([s2.ravel(), s1.ravel()]), chosen)
    np.testing.assert_allclose(softmax(found), softmax(wanted), rtol=1e-3, atol=1e-6)


def test_gaps_are_filled_over_time_and_edges_held():
    values = np.array([9.0, 1.0, 9.0, 9.0, 4.0, 9.0], np.float32).reshape(6, 1, 1)
    valid = np.array([0, 1, 0, 0, 1, 0], bool).reshape(6, 1)
    np.testing.assert_allclose(filled(values, valid).ravel(), [1, 1, 2, 3, 4, 4])
    assert not filled(values, np.zeros((6, 1), bool)).any()


def test_a_pixel_does_not_depend_on_its_window(gaussian):
    parts = ground(2, 6, 7)
    whole = gaussian.logits(*parts)
    one = gaussian.logits(*(part[..., 2:3, 4:5] for part in parts))
    np.testing.assert_allclose(whole[:, 2:3, 4:5], one, rtol=1e-4, atol=1e-4)


def test_nothing_seen_leaves_the_shares(gaussian):
    s2, valid, s1, _ = ground(1, 1)
    none = np.zeros_like(valid)
    np.testing.assert_allclose(softmax(gaussian.logits(s2, none, s1, none))[:, 0], [1 / 3] * 3, rtol=1e-6)


def test_a_sensor_that_is_not_there_is_as_one_that_was_not_seen(gaussian):
    s2, valid, s1, _ = ground(1, 3, 3)
    absent = gaussian.logits(s2, valid, None, None)
    np.testing.assert_array_equal(absent, gaussian.logits(s2, valid, s1, np.zeros_like(valid)))


def test_a_linear_checkpoint_gives_what_was_fitted(gaussian, card, tmp_path):
    path = tmp_path / "fields.safetensors"
    save(path, LinearLearner(card).take(gaussian), card)
    network = load(path).network
    parts = ground(4, 3, 2)
    found = network(*(torch.from_numpy(part[None]) for part in parts)).logits[0].numpy()
    np.testing.assert_array_equal(found, gaussian.logits(*parts))


def test_a_gaussian_travels_beside_a_network(gaussian, card, tmp_path):
    path = tmp_path / "joined.safetensors"
    config = {"width": 4, "depth": 8, "heads": 2}
    said = {
        "shares": dict.fromkeys(("Maize", "Wheat", "Hemp"), 1 / 3),
        "gaussian": {"share": 0.5, "temperature": 4.0, "until": 3},
        "in_season": {"3": {"Maize": 0.6}},
    }
    own = replace(card, architecture="attention_3dcnn", config=config, **said)
    save(path, build(own), own, gaussian)
    loaded = load(path)
    assert loaded.card == own == read_card(path) and Beside.of(loaded.card) == Beside(0.5, 4.0, 3)
    parts = ground(4, 3, 2)
    np.testing.assert_array_equal(loaded.gaussian.logits(*parts), gaussian.logits(*parts))
    tensors = load_file(path)
    tensors["gaussian.means"] = tensors["gaussian.means"][:, 1:].contiguous()
    save_file(tensors, path, metadata={"card": json.dumps(own.to_dict())})
    with pytest.raises(CheckpointError, match="Gaussian .* does not fit its card .means"):
        load(path)


def test_a_card_without_later_parts_reads_in_earlier_versions(card):
    assert not {"shares", "gaussian", "in_season"} & set(card.to_dict())


def test_the_mean_of_network_and_gaussian_is_one_of_chances():
    network = np.array([[0.7], [0.3]], np.float32)
    logits = np.log(np.array([[0.2], [0.8]], np.float32))
    found = joined(network, logits, Beside(0.5, 1.0, 5))
    np.testing.assert_allclose(found[:, 0], [0.45, 0.55], rtol=1e-6)
    np.testing.assert_allclose(joined(network, logits, Beside(1.0, 2.0, 5))[:, 0], [1 / 3, 2 / 3], rtol=1e-6)


def test_the_gaussian_is_asked_and_computed_where_the_network_is_not_sure():
    asked = []

    class Counted:
        def logits(self, s2, s2_valid, s1, s1_valid):
            asked.append((s2.shape, s2_valid.shape, s1))
            return np.log(np.tile([[0.2], [0.8]], (1, s2.shape[-1])))

    network = np.array([[[0.9, 0.6]], [[0.1, 0.4]]], np.float32)
    s2, valid = np.zeros((3, 5, 1, 2)), np.ones((3, 1, 2), bool)
    found = with_gaussian(network, Counted(), Beside(0.5, 1.0, 5, below=0.7), s2, valid, None, None)
    np.testing.assert_allclose(found[:, 0], [[0.9, 0.4], [0.1, 0.6]], rtol=1e-6)
    assert asked == [((3, 5, 1), (3, 1), None)]
    logits = np.log(np.full((2, 1, 2), [[[0.2]], [[0.8]]]))
    np.testing.assert_allclose(found, joined(network, logits, Beside(0.5, 1.0, 5, 0.7)), rtol=1e-6)
    sure = with_gaussian(network, Counted(), Beside(0.5, 1.0, 5, below=0.1), s2, valid, None, None)
    assert np.array_equal(sure, network) and len(asked) == 1
    assert with_gaussian(network, None, None, s2, valid, None, None) is network


def test_pixels_that_one_sensor_alone_saw_ask_the_gaussian_more():
    class Even:
        def logits(self, s2, s2_valid, s1, s1_valid):
            return np.zeros((2, s2.shape[-1]), np.float32)

    # Seen by both, by Sentinel-2, by Sentinel-1, by Sentinel-2 where the network is surer than any bound, by none.
    network = np.array([[0.7, 0.7, 0.7, 0.9, 0.7], [0.3, 0.3, 0.3, 0.1, 0.3]], np.float32)
    s2_valid = np.array([[0, 1, 0, 1, 0], [1, 0, 0, 0, 0]], bool)
    s1_valid = np.array([[1, 0, 0, 0, 0], [0, 0, 1, 0, 0]], bool)
    series = (np.zeros((2, 3, 5), np.float32), s2_valid, np.zeros((2, 2, 5), np.float32), s1_valid)
    beside = Beside(0.2, 1.0, 2, below=0.8, lone_share=0.5)
    found = with_gaussian(network, Even(), beside, *series)
    np.testing.assert_allclose(found[0], [0.66, 0.6, 0.6, 0.9, 0.66], rtol=1e-6)
    assert found.dtype == np.float32
    without = with_gaussian(network, Even(), beside, *series[:2], None, None)
    np.testing.assert_allclose(without[0], [0.6, 0.6, 0.66, 0.9, 0.66], rtol=1e-6)


def test_a_card_says_what_one_sensor_alone_is_worth(card):
    told = replace(card, gaussian={"share": 0.3, "temperature": 4.0, "lone_share": 0.5})
    found = Beside.of(told)
    assert (found.lone_share, found.share) == (0.5, 0.3)
    with pytest.raises(CheckpointError, match="a share up to 1"):
        replace(card, gaussian={"share": 0.3, "temperature": 4.0, "lone_share": 1.5}).check()


def test_expected_shares_move_chances_half_the_way():
    factors = shares_factors(np.array([0.5, 0.5]), np.array([0.8, 0.2]))
    np.testing.assert_allclose(factors, [1.6**0.5, 0.4**0.5], rtol=1e-6)
    found = weighted(np.array([[0.4], [0.6]], np.float32), factors)
    np.testing.assert_allclose(found[:, 0], np.array([0.8, 0.6]) / 1.4, rtol=1e-6)
