"""A training run: what it writes, that it goes on after a kill to the last bit, and that it says what it does."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors import safe_open

from crop_attention.engine.errors import Cancelled, OutputError
from crop_attention.engine.training import epochs, loop, weights
from crop_attention.engine.training.learners import forest
from crop_attention.engine.training.state import state_folder
from crop_attention.engine.training.train import train
from crop_attention.models.architectures import settings_of
from crop_attention.models.card import CheckpointError, Season
from crop_attention.models.checkpoint import load, read_card
from tiny_training import CLASSES, OPTIONS, Ear, samples, write_base


@pytest.fixture(autouse=True)
def no_forest(monkeypatch):
    """Most of these tests need none, and it takes its time."""
    monkeypatch.setattr(forest, "PACKAGE", "no_such_package")


@pytest.fixture
def few_trees(monkeypatch):
    """A forest after all, of few trees."""
    monkeypatch.setattr(forest, "PACKAGE", "sklearn")
    monkeypatch.setattr(forest, "TREES", 25)


@pytest.fixture
def base(tmp_path):
    return write_base(tmp_path)


def weights_of(path):
    return {name: value.numpy().tobytes() for name, value in load(path).network.state_dict().items()}


@pytest.fixture
def stop_after(monkeypatch):
    """A function that returns an ear which stops, or raises an error, once more than so many steps have begun."""
    begun: list[int] = []
    own = loop.Fitting._advance
    monkeypatch.setattr(loop.Fitting, "_advance", lambda self: begun.append(1) or own(self))

    def call(steps: int, error: type[Exception] | None = None) -> Ear:
        begun.clear()

        class Stop(Ear):
            def cancelled(self):
                if len(begun) > steps and error is not None:
                    raise error
                return len(begun) > steps

        return Stop()

    return call


def test_a_run_writes_a_checkpoint_that_has_learnt_and_says_how_well(tmp_path, base, few_trees):
    dataset, split = samples()
    place, ear = tmp_path / "new folder" / "county.safetensors", Ear()
    result = train(dataset, split, place, OPTIONS, base, ear, command="as ordered")
    assert result.network.parcels.overall.value == 1.0
    assert result.network.parcel_matrix.total == 8
    card = load(place).card
    assert card == result.card
    assert card.classes == CLASSES[:2]
    assert result.forest.parcels.overall.value == 1.0
    assert card.accuracy["random forest by parcel, same split"].startswith("1.000 (0.6")
    assert card.accuracy["overall accuracy by parcel, test blocks"].startswith("1.000 (0.6")
    assert "Maize 20, Grassland 20" in card.training and "test 2 blocks with 8 parcels" in card.training
    assert card.licence == "CC0; base: GPL-2.0-or-later"
    assert (card.command, card.seed, card.name) == ("as ordered", 5, "county")
    assert result.warnings == ("One warning.",)
    assert len(result.epochs) == 6 and result.steps == 24
    assert ear.shares == sorted(ear.shares) and ear.shares[-1] == 1.0
    assert any(text.startswith("Epoch 6 of 6: loss ") and "of parcels correct" in text for text in ear.infos)
    assert [path.name for path in place.parent.iterdir()] == ["county.safetensors"]


def test_the_same_seed_gives_the_same_file_and_another_seed_another(tmp_path, base):
    dataset, split = samples()
    options = replace(OPTIONS, epochs=2)
    files = []
    for name, seed in (("a", 5), ("b", 5), ("c", 6)):
        folder = tmp_path / name
        train(dataset, split, folder / "x.safetensors", replace(options, seed=seed), base)
        files.append((folder / "x.safetensors").read_bytes())
    assert files[0] == files[1]
    assert files[0] != files[2]


@pytest.fixture(scope="module")
def undisturbed():
    """Start -> weights of a run that nobody stopped."""
    return {}


@pytest.mark.parametrize("start", ["base", "scratch"])
@pytest.mark.parametrize("steps", [0, 3, 6, 11])
def test_a_stopped_run_goes_on_to_the_weights_of_an_undisturbed_one(
    tmp_path, base, start, steps, monkeypatch, stop_after, undisturbed
):
    dataset, split = samples()
    options = replace(OPTIONS, epochs=3)
    begin = base if start == "base" else None
    if begin is None:
        small = {"width": 4, "depth": 8, "heads": 2, "blocks": 1, "spatial_attention": False}
        monkeypatch.setattr(weights, "settings_of", lambda name: settings_of(name, **small))
    if start not in undisturbed:
        train(dataset, split, tmp_path / "whole" / "x.safetensors", options, begin)
        undisturbed[start] = weights_of(tmp_path / "whole" / "x.safetensors")
    place, ear = tmp_path / "broken" / "x.safetensors", stop_after(steps)
    with pytest.raises(Cancelled):
        train(dataset, split, place, options, begin, ear)
    assert not place.exists()
    assert any("started again, continues" in text for text in ear.infos)
    state = state_folder(place) / "state.safetensors"
    assert state.is_file()
    again = Ear()
    train(dataset, split, place, options, begin, again)
    assert any("is continued after" in text for text in again.infos)
    assert weights_of(place) == undisturbed[start]
    assert not state.parent.exists()


def test_a_killed_run_goes_on_from_what_it_saved_now_and_then(tmp_path, base, stop_after):
    dataset, split = samples()
    options = replace(OPTIONS, epochs=3, save_seconds=0.0)

    class Killed(Exception):
        pass

    train(dataset, split, tmp_path / "whole.safetensors", options, base)
    place, ear = tmp_path / "killed.safetensors", Ear()
    with pytest.raises(Killed):
        train(dataset, split, place, options, base, stop_after(5, Killed))
    train(dataset, split, place, options, base, ear)
    assert any("is continued after" in text for text in ear.infos)
    assert weights_of(place) == weights_of(tmp_path / "whole.safetensors")


@pytest.mark.parametrize("change", ["samples", "options", "base"])
def test_a_run_with_other_inputs_starts_afresh_and_says_so(tmp_path, base, change, stop_after):
    dataset, split = samples()
    options = replace(OPTIONS, epochs=2)
    place = tmp_path / "x.safetensors"
    with pytest.raises(Cancelled):
        train(dataset, split, place, options, base, stop_after(2))
    if change == "samples":
        dataset, split = samples(seed=2)
    elif change == "options":
        options = replace(options, label_smoothing=0.2)
    else:
        (tmp_path / "other").mkdir()
        base = write_base(tmp_path / "other", title="Another")
    ear = Ear()
    result = train(dataset, split, place, options, base, ear)
    assert any("starts from the beginning" in text for text in ear.warnings)
    assert any("starts from the beginning" in text for text in result.warnings)
    assert not any("is continued after" in text for text in ear.infos)


def test_nothing_in_the_state_is_pickled(tmp_path, base, stop_after):
    dataset, split = samples()
    place = tmp_path / "x.safetensors"
    with pytest.raises(Cancelled):
        train(dataset, split, place, OPTIONS, base, stop_after(5))
    (file,) = state_folder(place).iterdir()
    with safe_open(file, "numpy") as state:
        numbers = json.loads(state.metadata()["numbers"])
        kinds = {name.split("/")[0] for name in state.keys()}
    assert kinds == {"network", "mean", "first", "second", "best", "random"}
    assert numbers["step"] > 0 and numbers["sampler"]["bit_generator"] == "PCG64"


def test_a_class_that_the_base_does_not_know_is_learnt(tmp_path, base):
    dataset, split = samples(classes=3, parcels=60)
    result = train(dataset, split, tmp_path / "x.safetensors", OPTIONS, base)
    assert result.transferred["Hemp"] == "prototype of its pixels"
    assert result.transferred["Maize"] == "weights of the base"
    hemp = 2
    assert result.network.parcel_matrix.counts[:, hemp].tolist() == [0, 0, 4]
    assert [entry.name for entry in read_card(tmp_path / "x.safetensors").classes] == ["Maize", "Grassland", "Hemp"]


def test_points_are_trained_on_too(tmp_path, base):
    dataset, split = samples(side=1, parcels=80)
    result = train(dataset, split, tmp_path / "x.safetensors", OPTIONS, base)
    assert result.network.parcel_matrix.total == 16
    assert result.network.parcels.overall.value > 0.85


def test_a_base_of_another_season_is_refused_before_anything_is_written(tmp_path):
    base = write_base(tmp_path, season=Season(10, 1, 5, 30))
    dataset, split = samples()
    with pytest.raises(CheckpointError, match="another season than the samples"):
        train(dataset, split, tmp_path / "out" / "x.safetensors", OPTIONS, base)
    assert not (tmp_path / "out").exists()


def test_a_disk_without_room_for_the_checkpoint_and_its_state_is_told_before_the_fit(tmp_path, base, monkeypatch):
    full = shutil.disk_usage(tmp_path)._replace(free=5 * base.stat().st_size)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: full)
    monkeypatch.setattr(loop.Fitting, "_advance", lambda _: pytest.fail("it began"))
    with pytest.raises(OutputError, match="The disk of .* has .* free and this run needs .*: free space"):
        train(*samples(), tmp_path / "own.safetensors", OPTIONS, base)
    assert not (tmp_path / "own.safetensors").exists()


def test_it_stops_when_the_validation_loss_no_longer_falls(tmp_path, base):
    dataset, split = samples()
    result = train(dataset, split, tmp_path / "x.safetensors", replace(OPTIONS, epochs=30, patience=2), base)
    assert len(result.epochs) < 30
    assert len(result.epochs) - result.best == 2
    assert result.stopped == "The validation loss had not fallen for 2 epochs."


def test_a_plan_that_does_not_fit_into_the_time_is_shortened(tmp_path, base, monkeypatch):
    clock = iter(np.arange(0, 1e6, 1.0))  # a second passes at every look
    monkeypatch.setattr(epochs.TrainingProgress, "seconds", property(lambda self: float(next(clock))))
    dataset, split = samples()
    result = train(dataset, split, tmp_path / "x.safetensors", replace(OPTIONS, epochs=40, minutes=0.5), base)
    assert 1 <= len(result.epochs) < 10
    assert f"Only {len(result.epochs)} of 40 epochs fitted into 0.5 minutes" in result.stopped


def test_a_first_epoch_that_does_not_fit_into_the_time_ends_before_its_last_step(tmp_path, base, monkeypatch):
    passed, rates = [0.0], []

    def step(self, own=loop.Fitting._advance):
        passed[0] += 1.0
        rates.append(loop.one_cycle(self.step / self.steps, 0.2))
        return own(self)

    monkeypatch.setattr(epochs.TrainingProgress, "seconds", property(lambda self: passed[0]))
    monkeypatch.setattr(loop.Fitting, "_advance", step)
    dataset, split = samples()
    windows = replace(split, train=split.train * 60)
    result = train(dataset, windows, tmp_path / "x.safetensors", replace(OPTIONS, minutes=0.2), base)
    assert len(rates) == result.steps == 12 and len(result.epochs) == 1 and passed[0] == 12
    assert rates[-1] < 0.1 < max(rates)  # the learning rate fell to its end
    assert result.stopped.startswith("Only 12 of ")
    assert "steps of the first epoch fitted into 0.2 minutes; allow more minutes." in result.stopped


def test_an_epoch_that_grows_slow_ends_when_the_time_is_over(tmp_path, base, monkeypatch):
    passed = [0.0]

    def step(self, own=loop.Fitting._advance):
        passed[0] += 1.0 if self.step < 8 else 60.0
        return own(self)

    monkeypatch.setattr(epochs.TrainingProgress, "seconds", property(lambda self: passed[0]))
    monkeypatch.setattr(loop.Fitting, "_advance", step)
    dataset, split = samples()
    train(dataset, split, tmp_path / "x.safetensors", replace(OPTIONS, epochs=40, minutes=1.0), base)
    assert passed[0] <= 60 + 60


def test_without_scikit_learn_the_forest_is_left_out_and_that_is_said(tmp_path, base):
    dataset, split = samples()
    ear = Ear()
    result = train(dataset, split, tmp_path / "x.safetensors", replace(OPTIONS, epochs=1), base, ear)
    assert result.forest is None
    assert any("scikit-learn is not installed" in text for text in ear.infos)
    assert "random forest by parcel, same split" not in result.card.accuracy


def test_the_thread_count_of_others_is_left_as_it_was(tmp_path, base):
    dataset, split = samples()
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        train(dataset, split, tmp_path / "x.safetensors", replace(OPTIONS, epochs=1), base)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
