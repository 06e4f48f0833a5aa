"""Checkpoints: what goes in comes out, and what does not fit is refused in one sentence."""

import json
from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file, save_file

from crop_attention.models import checkpoint as checkpoints
from crop_attention.models.card import Card, CheckpointError, CropClass, Season
from crop_attention.models.region import Region
from crop_attention.models.registry import build


@pytest.fixture
def card():
    bands = ("B02", "B04", "B08", "VV", "VH")
    return Card(
        name="test",
        title="Tést",
        version="1",
        architecture="attention_3dcnn",
        config={"width": 8, "depth": 8, "heads": 2},
        classes=(CropClass(1, "Maize", "#e8601c"), CropClass(7, "Grassland", "#a6d96a")),
        s2_bands=bands[:3],
        s1_bands=bands[3:],
        season=Season(10, 1, 5, 30),
        normalisation={band: (0.1, 0.2) for band in bands},
        substitutes={"B8A": "B08"},
        accuracy={"overall accuracy": "not measured"},
    )


@pytest.fixture
def saved(card, tmp_path):
    path = tmp_path / "sub dir é.safetensors"
    checkpoints.save(path, build(card), card)
    return path


def test_card_and_weights_survive(card, saved):
    loaded = checkpoints.load(saved)
    assert loaded.card == card
    assert loaded.sha256 == checkpoints.sha256_of(saved) and len(loaded.sha256) == 64
    assert not loaded.network.training
    for key, value in load_file(saved).items():
        assert torch.equal(loaded.network.state_dict()[key], value)


def test_card_is_read_without_weights(card, saved):
    assert checkpoints.read_card(saved) == card


def test_card_is_read_once_until_the_file_changes(card, saved, monkeypatch):
    reads, real = [], checkpoints.read_texts
    monkeypatch.setattr(checkpoints, "read_texts", lambda path: reads.append(path) or real(path))
    assert checkpoints.read_card(saved) is checkpoints.read_card(str(saved))
    assert len(reads) == 1
    checkpoints.save(saved, build(card), replace(card, title="Another title"))
    assert checkpoints.read_card(saved).title == "Another title" and len(reads) == 2


def test_region_and_years_survive_and_are_left_out_where_unknown(card, saved, tmp_path):
    assert not {"region", "years"} & set(card.to_dict())
    told = replace(card, region=Region("Two boxes", ((0.0, 1.0, 2.0, 3.0), (4.0, 5.0, 6.0, 7.0))), years=(2019, 2021))
    checkpoints.save(tmp_path / "told.safetensors", build(told), told)
    assert checkpoints.read_card(tmp_path / "told.safetensors") == told


def refusal(path):
    with pytest.raises(CheckpointError) as caught:
        checkpoints.load(path)
    text = str(caught.value)
    assert "\n" not in text and path.name in text
    return text


def rewrite(path, change):
    """Save the file again with a changed card."""
    values = checkpoints.read_card(path).to_dict()
    change(values)
    save_file(load_file(path), path, metadata={"card": json.dumps(values)})


def test_missing_file_is_refused(tmp_path):
    assert "does not exist" in refusal(tmp_path / "nothing.safetensors")


@pytest.mark.parametrize("keep", [0, 5, 200, -100])
def test_truncated_file_is_refused(saved, keep):
    saved.write_bytes(saved.read_bytes()[:keep])
    refusal(saved)


def test_a_pickle_is_refused_and_never_run(tmp_path):
    path = tmp_path / "weights.safetensors"
    torch.save({"a": torch.ones(1)}, path)
    assert "broken or not a safetensors file" in refusal(path)


def test_weights_without_a_card_are_refused(tmp_path):
    path = tmp_path / "plain.safetensors"
    save_file({"a": torch.ones(1)}, path)
    assert "no Crop Attention card" in refusal(path)


def test_other_version_of_the_card_is_refused(saved):
    rewrite(saved, lambda values: values.update(format=99))
    assert "version 99" in refusal(saved)


def test_unknown_architecture_is_refused_with_the_known_ones(saved):
    rewrite(saved, lambda values: values.update(architecture="resnet"))
    with pytest.raises(CheckpointError, match="'resnet'.*attention_3dcnn"):
        checkpoints.load(saved)


def test_unknown_setting_is_refused(saved):
    rewrite(saved, lambda values: values["config"].update(wings=2))
    with pytest.raises(CheckpointError, match="wings"):
        checkpoints.load(saved)


@pytest.mark.parametrize(
    "change, said",
    [
        (lambda v: v.update(s2_bands=["B02", "B04"]), "do not fit its card"),
        (lambda v: v["season"].update(steps=9), "do not fit its card"),
        (lambda v: v["normalisation"].pop("VV"), "normalisation is missing for VV"),
        (lambda v: v["normalisation"].update(VV=[0, 0]), "must be positive"),
        (lambda v: v["classes"][0].update(code=0), "class codes"),
        (lambda v: v["classes"][0].update(colour="red"), "#rrggbb"),
        (lambda v: v.pop("season"), "not readable"),
        (lambda v: v.update(surprise=1), "not readable"),
        (lambda v: v.update(region={"name": "Here", "boxes": [[3, 50, 2, 51]]}), "region cannot be read"),
        (lambda v: v.update(region={"name": "Here", "boxes": []}), "region cannot be read"),
        (lambda v: v.update(region={"name": "Here"}), "not readable"),
        (lambda v: v.update(years=[2023, 2021]), "years cannot be read"),
    ],
)
def test_card_that_does_not_fit_is_refused(saved, change, said):
    rewrite(saved, change)
    assert said in refusal(saved)


def test_weights_that_are_not_finite_are_refused(saved):
    weights = load_file(saved)
    weights["head.bias"][0] = torch.nan
    save_file(weights, saved, metadata={"card": json.dumps(checkpoints.read_card(saved).to_dict())})
    assert "not finite" in refusal(saved)


def test_a_failed_save_leaves_the_old_file(card, saved):
    before = saved.read_bytes()
    with pytest.raises(CheckpointError):
        checkpoints.save(saved, build(card), replace(card, classes=()))
    assert saved.read_bytes() == before
    assert [entry.name for entry in saved.parent.iterdir()] == [saved.name]


def test_season_knows_the_day_of_the_year_of_each_step():
    assert Season(10, 1, 24, 15).day_of_year()[:2] == (281.0, 296.0)
    assert Season(10, 1, 24, 15).day_of_year()[-1] == pytest.approx(261.0)


def test_bundled_checkpoints_are_found_by_name_and_fit_their_list(tmp_path):
    assert [path.name for path in checkpoints.bundled()] == list(checkpoints.BUNDLED)
    assert sorted(path.name for path in checkpoints.FOLDER.glob("*.safetensors")) == sorted(checkpoints.BUNDLED)
    for path in checkpoints.bundled():
        assert checkpoints.find_checkpoint(path.name) == checkpoints.find_checkpoint(path.stem) == path
        card = checkpoints.load(path).card
        assert card.command and card.limits and card.training and path.stat().st_size < 5_000_000
        assert ("not tested" in checkpoints.BUNDLED[path.name]) == card.untested()


def test_a_path_comes_before_a_bundled_name(saved, tmp_path):
    assert checkpoints.find_checkpoint(str(saved)) == saved
    with pytest.raises(CheckpointError, match="'best' does not exist.*temperate_europe.safetensors"):
        checkpoints.find_checkpoint("best")
