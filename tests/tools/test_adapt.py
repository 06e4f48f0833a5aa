"""Adaptation: real points move a network, simulated ones hold what real ones do not show, and batch norms stay."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
import torch

from crop_attention.engine.errors import Cancelled
from crop_attention.engine.feedback import Feedback
from crop_attention.engine.series.cube.cube import Cube
from crop_attention.engine.training.dataset import LabelledCube
from crop_attention.models.card import Card, CropClass, Season
from crop_attention.models.checkpoint import default_checkpoint, read_card
from crop_attention.models.networks.points import on_points
from crop_attention.models.registry import build
from crop_attention.tools.checkpoints.adapt import (
    ADAPTATION,
    adapt,
    adapted,
    drawn_shares,
    parts_of,
    point_file,
    real_points,
    trainings,
)

STEPS, CODES = 4, (2, 5, 9)
OPTIONS = replace(ADAPTATION, steps=30, batch=12, learning_rate=1e-2, drop_steps=0.0, drop_optical=0.0, drop_radar=0.0)
OPTIONS = replace(OPTIONS, winter=0.0, stretch=0.0, late_start=0.0)
LEVELS = {2: 0.1, 5: 0.3, 9: 0.5}


def point(code, number, levels, random):
    s2 = np.full((STEPS, 1, 1, 1), levels[code]) + random.normal(0, 0.01, (STEPS, 1, 1, 1))
    s1 = random.normal(-12, 1, (STEPS, 2, 1, 1))
    seen = np.ones((STEPS, 1, 1), bool)
    cube = Cube(s2.astype(np.float32), seen, s1.astype(np.float32), seen)
    return LabelledCube(cube, np.array([[code]], np.uint8), np.array([[number]], np.int32))


def points(count, levels, seed, codes=CODES):
    random = np.random.default_rng(seed)
    return [point(codes[number % len(codes)], number + 1, levels, random) for number in range(count)]


@pytest.fixture
def network():
    card = Card(
        name="test",
        title="Test",
        version="0",
        architecture="attention_3dcnn",
        config={"width": 8, "depth": 16, "heads": 2},
        classes=tuple(CropClass(code, f"class {code}", "#102030") for code in CODES),
        s2_bands=("B08",),
        s1_bands=("VV", "VH"),
        season=Season(10, 1, STEPS, 30),
        normalisation={"B08": (0.3, 0.15), "VV": (-12.0, 3.0), "VH": (-12.0, 3.0)},
    )
    torch.manual_seed(2)
    return build(card)


def accuracy(network, samples):
    arrays = [np.stack([getattr(s.cube, name) for s in samples]) for name in ("s2", "s2_valid", "s1", "s1_valid")]
    with torch.inference_mode():
        logits = on_points(network.eval(), *(torch.from_numpy(part) for part in arrays)).logits[:, :, 0, 0]
    said = np.array(CODES)[logits.argmax(dim=1).numpy()]
    return (said == [int(sample.labels[0, 0]) for sample in samples]).mean()


def statistics(network):
    return {name: value.clone() for name, value in network.named_buffers() if "running" in name}


def test_points_alone_train_a_network_from_scratch(network):
    adapt(network, [points(60, LEVELS, 1)], [], CODES, OPTIONS)
    assert accuracy(network, points(30, LEVELS, 7)) > 0.9


def test_simulation_holds_a_class_that_no_real_point_shows(network):
    simulated = points(60, LEVELS, 3)
    adapt(network, [points(60, LEVELS, 1)], [], CODES, OPTIONS)
    before = statistics(network)
    shifted = {2: 0.17, 5: 0.37}
    adapt(network, [points(40, shifted, 4, (2, 5)), points(20, shifted, 5, (2, 5))], simulated, CODES, OPTIONS)
    assert accuracy(network, points(30, shifted, 8, (2, 5))) > 0.9
    assert accuracy(network, points(30, LEVELS, 9, (9,))) > 0.9
    assert all(torch.equal(value, before[name]) for name, value in statistics(network).items())


def test_the_same_seed_gives_the_same_weights(network):
    torch.manual_seed(2)
    start = {name: value.clone() for name, value in network.state_dict().items()}
    found = []
    for _ in range(2):
        network.load_state_dict(start)
        adapt(network, [points(20, LEVELS, 1)], points(20, LEVELS, 2), CODES, replace(OPTIONS, steps=4))
        found.append({name: value.clone() for name, value in network.state_dict().items()})
    assert all(torch.equal(value, found[1][name]) for name, value in found[0].items())
    assert any(not torch.equal(value, start[name]) for name, value in found[0].items())


def test_what_points_taught_leaves_the_neighbours_out(network):
    adapt(network, [points(20, LEVELS, 1)], points(20, LEVELS, 2), CODES, replace(OPTIONS, steps=4))
    kernel = network.body[0].first.conv.weight
    around = kernel.detach().clone()
    around[..., 1, 1] = 0
    assert kernel.shape[-2:] == (3, 3) and kernel.abs().sum() > 0 and around.abs().sum() == 0


def test_adaptation_can_be_stopped(network):
    class Stop(Feedback):
        def cancelled(self):
            return True

    with pytest.raises(Cancelled):
        adapt(network, [points(6, LEVELS, 1)], [], CODES, OPTIONS, Stop())


def test_a_point_file_is_named_with_the_first_day_of_its_season():
    path, start = point_file("points/a=b.csv.gz=2022-10-01")
    assert path.name == "a=b.csv.gz" and start.isoformat() == "2022-10-01"


def test_real_points_of_one_crop_alone_are_read(real_data):
    card = read_card(default_checkpoint())
    found = real_points(real_data("points/lucas_2018_wheat_months_25.csv.gz"), date(2017, 10, 1), card)
    assert [entry.name for entry in found.classes] == ["Winter cereals"] and len(found.windows) == 25
    assert all(window.cube.s2_valid.any() and window.cube.s1_valid.any() for window in found.windows)


def test_several_trainings_are_averaged_and_the_base_stays(network):
    before = {name: value.clone() for name, value in network.state_dict().items()}
    real, simulated = [points(30, LEVELS, 1)], points(30, LEVELS, 3)
    options = [replace(OPTIONS, steps=3, seed=seed) for seed in (1, 2)]
    mean = adapted(network, real, simulated, CODES, options).state_dict()
    alone = [adapted(network, real, simulated, CODES, [each]).state_dict() for each in options]
    for name, value in network.state_dict().items():
        assert torch.equal(value, before[name])
        both = torch.stack([each[name].double() for each in alone]).mean(dim=0)
        torch.testing.assert_close(mean[name].double(), both, atol=1e-6, rtol=1e-5, check_dtype=False)
    assert any(not torch.equal(alone[0][name], alone[1][name]) for name in mean)


def test_each_seed_trains_on_whole_and_on_cut_seasons():
    found = [(each.seed, each.cut) for each in trainings(replace(ADAPTATION, seed=5), 2)]
    assert found == [(5, 0.0), (5, 1.0), (6, 0.0), (6, 1.0)]


def test_shares_are_those_that_the_loss_meets():
    real = [points(30, LEVELS, 1, (2, 2, 5)), points(10, LEVELS, 2, (5,))]
    parts = parts_of(real, points(30, LEVELS, 3), CODES, OPTIONS)
    counts = torch.zeros(len(CODES))
    for part in parts:
        drawn = torch.bincount(part.sampler.draw(20_000).labels.flatten(), minlength=len(CODES))
        counts += part.weight * drawn / 20_000
    shares = drawn_shares(parts)
    assert shares.sum() == pytest.approx(1.0) and (shares > 0).all()
    assert shares == pytest.approx((counts / counts.sum()).numpy(), abs=0.01)
