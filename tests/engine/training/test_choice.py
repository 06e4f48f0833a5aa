"""Which learner becomes the checkpoint, that it maps as it was judged, and how two of them are compared."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from crop_attention.engine.feedback import Feedback
from crop_attention.engine.training.learners import forest, network
from crop_attention.engine.training.learners.choice import Choice, choose
from crop_attention.engine.training.learners.linear import fit_linear
from crop_attention.engine.training.learners.selection import Fitted
from crop_attention.engine.training.paired_difference import gain
from crop_attention.engine.training.pixels import Pixels
from crop_attention.engine.training.train import train
from crop_attention.models.checkpoint import load, read_card
from crop_attention.models.probabilities import softmax
from tiny_training import OPTIONS, samples, write_base


@pytest.fixture(autouse=True)
def no_forest(monkeypatch):
    monkeypatch.setattr(forest, "PACKAGE", "no_such_package")


def pixels(logits):
    logits = np.asarray(logits, np.float32)
    count = len(logits)
    return Pixels(logits, np.arange(count) % 2, np.arange(count), np.arange(count))


def said(strength, wrong=(), count=40):
    """Logits of so strong a belief in the truth, and in the other class at some places."""
    logits = np.zeros((count, 2))
    logits[np.arange(count), np.arange(count) % 2] = strength
    logits[list(wrong)] *= -1
    return pixels(logits)


def test_the_learner_with_the_lower_loss_is_taken():
    poor = said(2.0, range(16))
    assert choose(["net"], [said(2.0, range(2))], poor, "line", 5).name in ("net", "net and line, mean")
    lone = choose(["net"], [poor], said(3.0), "line", 5)
    assert (lone.name, lone.network, lone.beside) == ("line", None, None)


def test_two_that_err_in_different_places_are_joined():
    choice = choose(["net"], [said(2.0, range(8))], said(2.0, range(8, 16)), "line", 5)
    assert choice.name == "net and line, mean" and 0 < choice.beside.share < 1 and choice.beside.until == 5
    assert choice.losses[choice.name] < min(choice.losses["net"], choice.losses["line"])


def test_without_validation_the_mean_of_both_is_taken():
    none = pixels(np.zeros((0, 2)))
    choice = choose(["net"], [none], none, "line", 5)
    assert choice.network == 0 and choice.beside is not None and choice.temperature == 1.0


def test_a_gain_has_a_paired_interval_by_block():
    blocks = np.repeat(np.arange(20), 5)
    own, other = np.ones(100, bool), np.arange(100) % 5 != 0
    found = gain(own, other, blocks)
    assert found.value == pytest.approx(0.2) and found.lower == found.upper == pytest.approx(0.2)
    assert gain(own, own, blocks).value == 0.0
    few = gain(own, other, blocks // 5)
    assert few.lower < 0.2 < few.upper


@pytest.mark.parametrize("learner", ["linear", "best"])
def test_a_checkpoint_gives_what_was_judged(tmp_path, learner):
    dataset, split = samples(classes=3, parcels=60)
    place = tmp_path / "x.safetensors"
    options = replace(OPTIONS, learner=learner, epochs=2)
    result = train(dataset, split, place, options, write_base(tmp_path))
    assert result.network.parcels.overall.value == 1.0
    card = read_card(place)
    assert card.shares == {"Maize": 1 / 3, "Grassland": 1 / 3, "Hemp": 1 / 3}
    assert set(result.losses) >= {"linear discriminant analysis"} and result.learner in card.training
    if learner == "linear":
        assert card.architecture == "linear" and not result.epochs and result.coefficients.shape == (3, 4, 4)
        assert not (place.parent / ".x.training").exists()


def test_joined_the_file_holds_both_and_the_report_shows_each_alone(tmp_path, monkeypatch):
    dataset, split = samples(classes=2, parcels=40)
    mean = "Attention-3DCNN from the base and linear discriminant analysis, mean"
    chosen = Choice(0, 1.5, _beside(), {mean: 0.1}, mean)
    monkeypatch.setattr("crop_attention.engine.training.learners.selection.choose", lambda *_: chosen)
    place = tmp_path / "x.safetensors"
    result = train(dataset, split, place, replace(OPTIONS, learner="best", epochs=1), write_base(tmp_path))
    names = [entry.name for entry in result.others]
    assert names == ["Attention-3DCNN from the base", "linear discriminant analysis"]
    assert result.coefficients is not None
    read = load(place)
    assert read.card.gaussian == {"share": 0.25, "temperature": 3.0, "until": 4}
    window = split.test[0].cube
    parts = [np.asarray(getattr(window, name)) for name in ("s2", "s2_valid", "s1", "s1_valid")]
    parts = [part if part.dtype == bool else part.astype(np.float32) for part in parts]
    with torch.inference_mode():
        logits = read.network(*(torch.from_numpy(part[None]) for part in parts)).logits[0].numpy()
    margin = read.network.margin
    inner = read.gaussian.logits(*parts)[:, margin : -margin or None, margin : -margin or None]
    chances = 0.75 * softmax(logits, 1.5) + 0.25 * softmax(inner, 3.0)
    np.testing.assert_allclose(chances.sum(axis=0), 1.0, rtol=1e-5)


def test_a_network_from_scratch_is_tried_where_labels_are_many(tmp_path, monkeypatch):
    monkeypatch.setattr(network, "ENOUGH_FOR_SCRATCH", 10)
    small = {"width": 4, "depth": 8, "heads": 2, "blocks": 1, "spatial_attention": False}
    monkeypatch.setattr("crop_attention.engine.training.weights.settings_of", lambda name: small)
    dataset, split = samples()
    options = replace(OPTIONS, learner="best", epochs=1)
    result = train(dataset, split, tmp_path / "x.safetensors", options, write_base(tmp_path))
    assert {"Attention-3DCNN from the base", "Attention-3DCNN from scratch"} <= set(result.losses)
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".x")]


def test_logits_of_network_and_linear_learner_are_of_the_same_pixels(tmp_path):
    dataset, split = samples()
    codes = (3, 7)
    held = type("Held", (), {"network": load(write_base(tmp_path)).network})
    margin = held.network.margin
    gaussian = fit_linear(split.train, codes, margin, 1, Feedback())
    device = type("Device", (), {"torch": torch.device("cpu")})
    fitted = Fitted([held], gaussian, Choice(0, 1.0, _beside(), {}, "both"), margin, 0.0)
    (first, second), own = fitted.logits(split.test, codes, Feedback(), device)
    assert first.shape == second.shape and len(own.labels) == len(second)


def _beside():
    from crop_attention.models.probabilities import Beside

    return Beside(0.25, 3.0, 4)
