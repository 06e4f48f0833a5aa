"""Training: patches are what they say, augmentation loses but never invents, and a fitted network has learnt."""

import numpy as np
import pytest
import torch

from crop_attention.engine.errors import Cancelled
from crop_attention.engine.feedback import Feedback
from crop_attention.engine.series.cube.cube import Cube
from crop_attention.engine.training.augment import augment
from crop_attention.engine.training.dataset import LabelledCube
from crop_attention.engine.training.loop import Fitting
from crop_attention.engine.training.options import TrainingOptions
from crop_attention.engine.training.predict import predict
from crop_attention.engine.training.samples import PatchSampler
from crop_attention.engine.training.weights import normalisation
from crop_attention.models.card import Card, CropClass, Season
from crop_attention.models.registry import build
from crop_attention.tools.checkpoints import pretrain
from crop_attention.tools.checkpoints.counties import simulated_counties
from crop_attention.tools.checkpoints.judging import best_temperature, macro_f1, score

STEPS, SIZE, CODES = 4, 64, (3, 7)
OPTIONS = TrainingOptions(steps=40, batch=8, patch=8, learning_rate=1e-2, drop_steps=0.2, seed=4)


def fit(network, counties, feedback):
    fitting = Fitting(network, PatchSampler(counties, CODES, OPTIONS.patch, network.margin, 1), OPTIONS, OPTIONS.steps)
    while fitting.step < fitting.steps:
        fitting.advance(feedback)


def make_county(seed):
    """Two classes in fields of 16 pixels that differ in one band at one step and in VH."""
    random = np.random.default_rng(seed)
    fields = random.integers(0, 2, (SIZE // 16, SIZE // 16))
    which = np.kron(fields, np.ones((16, 16), int))
    s2 = random.normal(0.3, 0.05, (STEPS, 2, SIZE, SIZE))
    s2[1, 0] += 0.2 * which
    s1 = random.normal(-15, 1, (STEPS, 2, SIZE, SIZE))
    s1[:, 1] -= 4 * which
    valid = random.random((2, STEPS, SIZE, SIZE)) > 0.2
    parcels = np.kron(np.arange(1, fields.size + 1).reshape(fields.shape), np.ones((16, 16), int)).astype(np.int32)
    cube = Cube(s2.astype(np.float16), valid[0], s1.astype(np.float16), valid[1])
    return LabelledCube(cube, np.where(which, 7, 3).astype(np.uint8), parcels)


@pytest.fixture(autouse=True)
def one_thread():
    """Small convolutions on two threads wait for each other where the machine is busy."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def network():
    torch.manual_seed(0)
    bands = ("B04", "B08", "VV", "VH")
    card = Card(
        name="t",
        title="t",
        version="0",
        architecture="attention_3dcnn",
        config={"width": 4, "depth": 8, "heads": 2, "blocks": 1},
        classes=tuple(CropClass(code, str(code), "#000000") for code in CODES),
        s2_bands=bands[:2],
        s1_bands=bands[2:],
        season=Season(10, 1, STEPS, 90),
        normalisation={**dict.fromkeys(bands[:2], (0.3, 0.1)), **dict.fromkeys(bands[2:], (-15.0, 3.0))},
    )
    return build(card)


def test_patches_are_cut_from_the_cube_with_their_labels(network):
    county = make_county(1)
    # Each pixel carries its own number, so that a patch tells where it came from.
    place = np.arange(SIZE * SIZE, dtype=np.float32).reshape(SIZE, SIZE)
    county.cube.s2 = np.broadcast_to(place, (STEPS, 2, SIZE, SIZE)).copy()
    batch = PatchSampler([county], CODES, 8, network.margin, 5).draw(20)
    side = 8 + 2 * network.margin
    assert batch.s2.shape == (20, STEPS, 2, side, side) and batch.labels.shape == (20, 8, 8)
    r = network.margin
    numbers = batch.s2[:, 0, 0, r:-r, r:-r].long().numpy()
    expected = np.searchsorted(CODES, county.labels.ravel()[numbers])
    assert np.array_equal(batch.labels.numpy(), expected)


def test_unknown_ground_is_left_out_of_the_loss(network):
    county = make_county(1)
    county.labels[:, ::2] = 0
    labels = PatchSampler([county], CODES, 8, network.margin, 5).draw(10).labels
    assert (labels == -1).float().mean() == 0.5


def test_the_same_seed_draws_the_same_patches(network):
    one, other = (PatchSampler([make_county(1)], CODES, 8, network.margin, 9).draw(6) for _ in range(2))
    assert torch.equal(one.s2, other.s2) and torch.equal(one.labels, other.labels)


def test_augmentation_hides_looks_and_never_both_sensors(network):
    batch = PatchSampler([make_county(1)], CODES, 8, network.margin, 5).draw(200)
    options = TrainingOptions(drop_optical=0.4, drop_radar=0.4)
    changed = augment(batch, options, torch.Generator().manual_seed(1))
    for name in ("s2_valid", "s1_valid"):
        assert not (getattr(changed, name) & ~getattr(batch, name)).any()
    no_optical, no_radar = (~v.flatten(1).any(1) for v in (changed.s2_valid, changed.s1_valid))
    assert 0.25 < no_optical.float().mean() < 0.55 and 0.25 < no_radar.float().mean() < 0.55
    assert not (no_optical & no_radar).any()
    assert torch.equal(changed.labels, batch.labels)


def test_a_fitted_network_maps_a_county_it_never_saw(network):
    train, unseen = [make_county(seed) for seed in (1, 2, 3)], [make_county(9)]
    before = score(network, unseen, CODES)
    fit(network, train, Feedback())
    after = score(network, unseen, CODES)
    assert after.parcel == 1.0 and after.pixel > 0.9 and after.macro_f1 == 1.0
    assert before.pixel < 0.8
    logits = predict(network, unseen[0])
    r = network.margin
    assert np.isnan(logits[:, :r]).all() and np.isfinite(logits[:, r:-r, r:-r]).all()
    assert 0.5 <= best_temperature(network, unseen, CODES) <= 4


def test_training_can_be_stopped(network):
    class Stop(Feedback):
        def cancelled(self):
            return True

    with pytest.raises(Cancelled):
        fit(network, [make_county(1)], Stop())


def test_macro_f1_is_the_mean_over_classes_that_occur():
    truth, label = np.array([1, 1, 1, 2]), np.array([1, 1, 2, 2])
    assert macro_f1(truth, label) == pytest.approx((2 * 2 / 5 + 2 * 1 / 3) / 2)


def test_simulated_counties_come_on_the_calendar_of_the_checkpoint():
    (county,) = simulated_counties(3, 1, 64, pretrain.SEASON, workers=1)
    assert county.cube.s2.shape == (24, 10, 64, 64) and county.cube.s1.shape == (24, 2, 64, 64)
    assert county.cube.s2.dtype == np.float16
    assert set(np.unique(county.labels)) <= set(range(1, 15))
    moments = normalisation([county], pretrain.S2_BANDS, pretrain.S1_BANDS)
    seen = county.cube.s1[:, 1][county.cube.s1_valid].astype(float)
    assert moments["VH"][0] == pytest.approx(seen.mean(), abs=0.3)
