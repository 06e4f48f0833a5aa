"""Hiding attended steps against hiding random ones."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from crop_attention.benchmarks.accuracy.sample import french, look, of_windows
from crop_attention.benchmarks.accuracy.trust import HEAD, highest, ratio_interval, trust
from crop_attention.engine.series.cube.cube import Cube
from crop_attention.engine.training.dataset import LabelledCube
from crop_attention.models.checkpoint import Checkpoint, bundled, load
from crop_attention.models.registry import numpy_form
from step_network import CARD, checkpoint, sample

SURE = np.exp(4) / (np.exp(4) + 13)


def test_attention_on_the_step_that_decides_costs_more_than_chance() -> None:
    found = trust([(checkpoint(20, 20), sample(np.full(120, 4)))])
    assert [one.sensors for one in found] == ["both sensors", "Sentinel-2 alone"]
    for one in found:
        assert (one.pixels, one.parcels) == (120, 60) and one.full == pytest.approx(SURE)
        assert one.attended == pytest.approx(SURE - 1 / 14)
        # Five of twelve clear steps are drawn.
        assert one.random == pytest.approx((SURE - 1 / 14) * 5 / 12, rel=0.05)
        assert one.ratio == pytest.approx(one.attended / one.random) and one.more == 1.0
        assert one.interval[0] < one.ratio < one.interval[1] and one.interval[1] - one.interval[0] < 0.3
        assert len(one.row()) == len(HEAD)


def test_attention_elsewhere_costs_less_than_chance() -> None:
    for one in trust([(checkpoint(23, 12), sample(np.full(40, 4)))]):
        assert one.attended == one.ratio == one.more == 0.0 and one.random > 0.1


def test_contribution_finds_the_step_that_decides_where_attention_does_not() -> None:
    (one, _) = trust([(checkpoint(23, 12), sample(np.full(40, 4)))], shown="contribution")
    assert one.shown == "contribution" and one.attended == pytest.approx(SURE - 1 / 14)
    assert one.held == pytest.approx(1.0) and one.row()[1] == "contribution"


def test_steps_without_an_optical_look_count_for_both_sensors_only() -> None:
    both, optical = trust([(checkpoint(14, 3), sample(np.full(30, 5)))])
    # Step 3 is radar's; the other four are the first by number, clear or not.
    assert both.attended == 0.0
    # Clear steps start at 12: five of even attention are 12 to 16.
    assert optical.attended == pytest.approx(SURE - 1 / 14)


def test_networks_of_folds_are_tried_on_their_own_pixels() -> None:
    every = sample(np.full(40, 4))
    good, bad = (every.pick(np.arange(40) % 4 // 2 == half) for half in (0, 1))
    (one, _) = trust([(checkpoint(20, 20), good), (checkpoint(23, 12), bad)])
    assert (one.pixels, one.parcels, one.more) == (40, 20, 0.5)
    assert one.attended == pytest.approx((SURE - 1 / 14) / 2)


def test_too_few_clear_steps_are_told() -> None:
    with pytest.raises(ValueError, match="made has more than 5 clear steps"):
        trust([(checkpoint(20, 20), sample(np.full(4, 4), clear=5))])


def test_highest_takes_only_what_is_allowed() -> None:
    values = np.array([[0.5, 0.4, 0.3, 0.2], [0.1, 0.2, 0.3, 0.4]])
    among = np.array([[False, True, True, True], [True, False, False, False]])
    assert highest(values, among, 2).tolist() == [[False, True, True, False], [True, False, False, False]]


def test_interval_widens_when_pixels_share_a_parcel() -> None:
    rng = np.random.default_rng(0)
    above, below = np.repeat(rng.random(20), 10) + 1.0, np.ones(200)
    alone, shared = (ratio_interval(above, below, parcels, 1) for parcels in (np.arange(200), np.arange(200) // 10))
    assert alone[0] < above.mean() < alone[1]
    assert shared[1] - shared[0] > 2 * (alone[1] - alone[0])
    assert np.isnan(ratio_interval(above, 0 * below, np.arange(200), 1)).all()


def test_points_of_two_counties_keep_their_parcels_apart() -> None:
    one = sample(np.array([4]))
    arrays = (one.s2[0], one.s2_valid[0], one.s1[0], one.s1_valid[0])
    cube = Cube(*(array[..., None, None] for array in arrays))
    windows = [
        LabelledCube(cube, np.array([[code]], np.uint8), np.array([[7]], np.int32), block)
        for code, block in ((4, 1), (5, 1), (6, 2))
    ]
    found = of_windows("two", windows, date(2022, 10, 1))
    assert found.labels.tolist() == [4, 5, 6] and found.parcels.tolist() == [0, 0, 1]
    assert found.s2.shape == (3, 24, 2) and found.s1_valid.shape == (3, 24)
    assert found.ndvi(("B04", "B08"))[0, -1] == pytest.approx(0.296 / 0.304, rel=1e-4)
    assert np.isnan(found.ndvi(("B04", "B08"))[0, 0])


def test_temperature_of_the_card_cools_the_confidence() -> None:
    warm = checkpoint(20, 20)
    warm = Checkpoint.of_network(replace(CARD, temperature=2.0), warm.network)
    chances, temporal = look(warm, sample(np.full(3, 4)), "temporal")
    assert chances[:, 3] == pytest.approx(np.exp(2) / (np.exp(2) + 13))
    assert temporal.shape == (3, 24) and temporal.sum(axis=1) == pytest.approx(1.0)


def test_the_form_that_maps_contributes_as_trustworthily_as_torch_on_french_points(real_data, monkeypatch) -> None:
    network = load(bundled()[0])
    every = french(network.card, real_data("points/france_2023_dekads.csv.gz"))
    some = every.pick(np.arange(0, len(every), 3))
    plain = trust([(network, some)], draws=5, shown="contribution")
    form = numpy_form(network.card, network.arrays)
    side = 2 * form.margin + 1

    def by_numpy(checkpoint, part, shown=""):
        chances, _ = look(checkpoint, part)
        if not shown:
            return chances, None
        arrays = [np.asarray(each)[..., None, None] for each in (part.s2, part.s2_valid, part.s1, part.s1_valid)]
        wide = [np.ascontiguousarray(np.broadcast_to(each, (*each.shape[:-2], side, side))) for each in arrays]
        found = [form(*(each[pixel] for each in wide), contribution=True) for pixel in range(len(part))]
        return chances, np.stack([one.contribution[:, 0, 0] for one in found])

    monkeypatch.setattr("crop_attention.benchmarks.accuracy.trust.look", by_numpy)
    for one, other in zip(trust([(network, some)], draws=5, shown="contribution"), plain):
        assert one.ratio == pytest.approx(other.ratio, rel=1e-3) and one.held == pytest.approx(other.held, abs=1e-3)
        assert one.ratio > 3 and one.held > 0.6
