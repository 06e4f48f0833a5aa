"""Where a network starts: rows of a base by name, prototypes, chance; and what classes weigh."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from crop_attention.engine.feedback import Feedback
from crop_attention.engine.training.calibration import softmax
from crop_attention.engine.training.predict import labelled_pixels
from crop_attention.engine.training.scoring import decide
from crop_attention.engine.training.weights import class_weights, from_base, from_scratch, normalisation
from crop_attention.models.card import CropClass
from crop_attention.models.checkpoint import load
from tiny_training import samples, write_base


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def test_classes_known_by_name_keep_their_rows_whatever_their_code(tmp_path):
    legend = (CropClass(1, "grassland", "#a6d96a"), CropClass(2, "MAIZE", "#e8601c"))
    base = write_base(tmp_path)
    dataset, split = samples()
    dataset = type(dataset)(**{**vars(dataset), "classes": legend})
    found = from_base(base, dataset, split.train, 1, Feedback())
    old, new = load(base).network.state_dict(), found.network.state_dict()
    for key in old:
        if key.split(".")[0] in ("head", "optical_head", "radar_head"):
            assert torch.equal(new[key], old[key][[1, 0]])
        else:
            assert torch.equal(new[key], old[key])
    assert found.card.classes == legend
    assert set(found.fresh) == {f"{head}.{part}" for head in ("head", "optical_head", "radar_head")
                                for part in ("weight", "bias")}  # fmt: skip


def test_a_prototype_finds_its_own_pixels_before_any_step(tmp_path):
    dataset, split = samples(classes=3, parcels=60)
    found = from_base(write_base(tmp_path), dataset, split.train, 1, Feedback())
    pixels = labelled_pixels(found.network, split.test, (3, 7, 9), Feedback())
    told = decide(pixels, softmax(pixels.scores))
    hemp = told.truth == 2
    assert (told.label[hemp] == 2).mean() > 0.7
    assert found.origins == {"Maize": "weights of the base", "Grassland": "weights of the base",
                             "Hemp": "prototype of its pixels"}  # fmt: skip


def test_chance_is_settled_by_the_seed_and_leaves_torch_s_own_alone():
    dataset, split = samples()
    torch.manual_seed(11)
    expected = torch.rand(1)
    torch.manual_seed(11)
    one, other, third = (from_scratch(dataset, split.train, seed, "x") for seed in (1, 1, 2))
    assert torch.equal(torch.rand(1), expected)
    assert torch.equal(one.network.head.weight, other.network.head.weight)
    assert not torch.equal(one.network.head.weight, third.network.head.weight)
    assert one.fresh is None and one.card.classes == dataset.classes


def test_normalisation_counts_what_was_seen_alone():
    _, split = samples()
    for labelled in split.train:
        labelled.cube.s2[:, 0][~labelled.cube.s2_valid] = np.nan
    found = normalisation(split.train, ("B04", "B08"), ("VV", "VH"))
    assert found["B08"][0] == pytest.approx(0.3, abs=0.002) and found["B08"][1] == pytest.approx(0.05, abs=0.002)
    assert np.isfinite(found["B04"]).all()


def test_rare_classes_weigh_more_within_bounds():
    assert class_weights({1: 100, 2: 100}, (1, 2), 1.0).tolist() == [1.0, 1.0]
    assert class_weights({1: 400, 2: 100}, (1, 2), 0.0).tolist() == [1.0, 1.0]
    common, rare = class_weights({1: 400, 2: 100}, (1, 2), 0.5).tolist()
    assert rare / common == pytest.approx(2.0) and (rare + common) / 2 == pytest.approx(1.0)
    common, rare = class_weights({1: 10**6, 2: 1}, (1, 2), 1.0).tolist()
    assert rare / common <= 16.0
