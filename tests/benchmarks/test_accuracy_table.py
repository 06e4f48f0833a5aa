"""The table of the accuracy benchmark: its rows, what is resampled, what plain learners and trained networks are."""

from __future__ import annotations

from dataclasses import replace
from math import isnan

import numpy as np
import pytest
import torch

from crop_attention.benchmarks.accuracy import __main__ as bench
from crop_attention.benchmarks.accuracy import crossval, networks, table
from crop_attention.engine.series.cube.cube import Cube
from crop_attention.engine.training.dataset import LabelledCube
from crop_attention.models.checkpoint import load
from crop_attention.tools.checkpoints.adapt import ADAPTATION

WHEAT, MAIZE = 1, 4


def said(codes: np.ndarray) -> np.ndarray:
    return np.eye(14)[np.asarray(codes) - 1]


def points(count: int, first: int = 0) -> crossval.Points:
    """Wheat is dark and maize bright at all steps; two points a block."""
    codes = np.where(np.arange(count) % 2, MAIZE, WHEAT)
    noise = np.random.default_rng(first).normal(0, 0.01, (count, 24, 10))
    arrays = {
        "s2": (0.1 * codes[:, None, None] + noise).astype(np.float32),
        "s2_valid": np.ones((count, 24), bool),
        "s1": noise[..., :2].astype(np.float32) - 12,
        "s1_valid": np.ones((count, 24), bool),
    }
    return crossval.Points(
        [None] * count, arrays, codes, np.arange(count) // 2 + first, np.arange(count) % crossval.FOLDS
    )


def test_a_row_has_its_scores_and_the_paired_difference_to_its_rival(capsys: pytest.CaptureFixture[str]) -> None:
    codes = np.where(np.arange(40) % 2, MAIZE, WHEAT)
    wrong = np.where(np.arange(40) < 10, MAIZE, codes)
    chances = {"own": {"both": said(codes), "s2": said(codes)}, "other": {"both": said(wrong), "s2": said(codes)}}
    own, _, every, rival, *_ = found = table.rows("here", chances, codes, np.arange(40) // 2, {"other": "own"})
    assert [(row.system, row.data) for row in found] == [
        (system, view) for system in ("own", "other") for view in ("both", "s2", table.ALL_VIEWS)
    ]
    assert (own.accuracy, own.rival, every.accuracy) == (1.0, "", 1.0) and isnan(own.ahead)
    assert rival.accuracy == 0.875 and rival.ahead == -0.125 and rival.ahead_lower < -0.125 < rival.ahead_upper < 0.0
    assert found[-1].ahead == -0.0625
    printed = capsys.readouterr().out.splitlines()
    assert len(printed) == 6 and "-0.125 (" in printed[3] and printed[3].endswith("to own")


def test_points_in_few_blocks_are_drawn_by_themselves() -> None:
    few, many = np.arange(60) // 30, np.arange(60) // 3
    assert np.array_equal(table.units_of(few), np.arange(60)) and table.units_of(many) is many


def test_plain_learners_see_what_a_view_shows_and_never_their_own_fold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crossval, "TREES", 10)
    every = points(40)
    found = crossval.plain_in_folds(every, crossval.View())
    assert set(found) == {
        "discriminant analysis",
        "logistic regression",
        *(f"random forest, seed {n}" for n in range(3)),
    }
    assert all((chances.argmax(axis=1) == table.ten(every.codes)).all() for chances in found.values())
    blind = crossval.plain_chances(every, points(10, 100), crossval.View("s1"))
    truth = table.ten(points(10, 100).codes)
    assert all((chances.argmax(axis=1) == truth).mean() < 1 for chances in blind.values())


def test_sets_that_are_joined_keep_their_blocks_apart() -> None:
    both = crossval.together([points(6), points(4)])
    assert both.codes.tolist() == [1, 4] * 5 and both.blocks.tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
    assert both.pick(both.codes == MAIZE).arrays["s2"].shape == (5, 24, 10)


def test_a_sensor_that_points_lack_is_in_no_view() -> None:
    assert set(crossval.views_of("both")) == set(crossval.views_of("s2")) | {"both", "s1"}
    assert all(view.sensors == "s1" and not view.hidden for view in crossval.views_of("s1").values())


def test_a_network_of_the_pool_is_the_one_that_a_single_process_trains() -> None:
    windows = []
    for number, code in enumerate((WHEAT, MAIZE) * 4):
        seen = np.ones((24, 1, 1), bool)
        cube = Cube(np.full((24, 10, 1, 1), code / 10, np.float32), seen, np.full((24, 2, 1, 1), -12, np.float32), seen)
        windows.append(LabelledCube(cube, np.array([[code]], np.uint8), np.array([[number + 1]], np.int32)))
    options = replace(ADAPTATION, steps=2, batch=4)
    plan = [
        networks.Training(bench.BASE, [windows], [options]),
        networks.Training(bench.BASE, [windows], [options], scratch=True),
    ]
    pooled = networks.trained(plan, windows, workers=2)
    networks._hold(windows, threads=1)
    base = load(bench.BASE).network.head.weight
    for training, network in zip(plan, pooled):
        assert np.array_equal(networks._trained(training)["head.weight"], network.head.weight.detach().numpy())
        assert not torch.equal(network.head.weight, base)
    assert (pooled[0].head.weight - base).abs().max() < 0.01 < (pooled[1].head.weight - base).abs().max()
