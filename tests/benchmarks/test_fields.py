"""Accuracy by size of parcel, and with looks hidden."""

from __future__ import annotations

import numpy as np
import pytest

from crop_attention.benchmarks.accuracy import fields as module
from crop_attention.benchmarks.accuracy.fields import HEAD, counties_of, county, fields, parcels_of, rows, totals
from crop_attention.benchmarks.accuracy.hits import Hits, together
from crop_attention.benchmarks.accuracy.page import document, fields_section
from crop_attention.engine.series.cube.cube import Cube
from crop_attention.engine.training.dataset import LabelledCube
from step_network import CARD, SEASON, checkpoint

SIDE = 40


def made(card, seed: int, side: int, parcel_size: float) -> LabelledCube:
    """Parcels of 4 x 4 pixels and one of 20 x 20, or four large ones; maize shows as sunflower in the first ones."""
    parcels = np.zeros((SIDE, SIDE), np.int32)
    if parcel_size < 1:
        for number in range(10):
            parcels[:4, 4 * number : 4 * number + 4] = number + 1
        parcels[20:, 20:] = 11
    else:
        parcels[:] = 1 + np.add.outer(np.arange(SIDE) // 20 * 2, np.arange(SIDE) // 20)
    labels = np.where(parcels % 2, 4, 5) * (parcels > 0)
    shown = np.where((parcels == 1) & (parcel_size < 1), 6, labels)
    s2 = np.zeros((SEASON.steps, 2, SIDE, SIDE), np.float32)
    s2[:, 0] = shown / 1000
    valid = np.ones((SEASON.steps, SIDE, SIDE), bool)
    return LabelledCube(Cube(s2, valid, s2 - 12, valid), labels.astype(np.uint8), parcels, seed)


def test_hits_are_counted_by_size_and_landscape(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "county", made)
    judged, counties = checkpoint(20, 20), counties_of(CARD, seeds=(1, 2))
    found = fields(judged, counties)
    whole = {(group.landscape, group.size[0]): group for group in found if not group.hidden}
    assert set(whole) == {(0.4, 0.0), (0.4, 2.0), (5.0, 2.0)}
    assert whole[0.4, 0.0].parcels == Hits("under 0.5 ha", 18, 20)
    assert whole[0.4, 0.0].pixels == Hits("under 0.5 ha", 18 * 16, 20 * 16)
    assert whole[0.4, 2.0].parcels == Hits("over 2 ha", 2, 2) and whole[5.0, 2.0].parcels.right == 8
    right = parcels_of(judged, counties, margin=0)
    assert (right[0.4, False].sum(), len(right[0.4, False])) == (20, 22) and right[5.0, False].all()
    assert len(parcels_of(judged, counties, margin=4)[0.4, False]) == 2
    small = next(group for group in totals(found) if group.landscape == 0.4 and not group.hidden)
    assert small.parcels == Hits("all parcels", 20, 22) and small.pixels.total == 20 * 16 + 800
    table = rows(found)
    assert [row[1] for row in table] == ["under 0.5 ha", "over 2 ha", "all parcels", "over 2 ha", "all parcels"]
    assert table[0][:5] == ("0.4 ha", "under 0.5 ha", "20", "90.0%", "90.0%")
    assert all(len(row) == len(HEAD) for row in table)
    page = document([fields_section(found)], "a test")
    assert page.count("<svg") == 2 and "18 of 20" not in page and "90.0%" in page


def test_half_of_the_clear_steps_go_and_the_same_ones_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "county", made)
    lost, counties = [], counties_of(CARD, seeds=(1,))
    for step in range(SEASON.steps):
        group = next(group for group in fields(checkpoint(step, step), counties) if group.hidden)
        # Without its step the network says the first class, which no parcel has.
        lost.append(group.parcels.right == 0)
    assert sum(lost) == 12


def test_counties_of_one_seed_differ_in_their_parcels_alone() -> None:
    small, large = (county(CARD, 95_000, 64, size) for size in (0.4, 5.0))
    assert len(np.unique(small.parcels)) > 2 * len(np.unique(large.parcels))
    assert np.array_equal(small.cube.s1_valid, large.cube.s1_valid)
    assert np.array_equal(small.cube.s2_valid.any(axis=(1, 2)), large.cube.s2_valid.any(axis=(1, 2)))


def test_shares_add_up() -> None:
    both = together("both", [Hits("one", 1, 4), Hits("two", 2, 2)])
    assert both == Hits("both", 3, 6) and both.share == 0.5
    assert np.isnan(Hits("none", 0, 0).share)
