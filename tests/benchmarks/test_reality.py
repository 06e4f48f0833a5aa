"""The benchmark that holds simulated fields against real ones."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from crop_attention.benchmarks.reality.distances import compare, months
from crop_attention.benchmarks.reality.forest import features, folded, sampled, two_ways
from crop_attention.benchmarks.reality.page import document, summary
from crop_attention.benchmarks.reality.points import CHANNELS, OPTICAL, Points, class_of, read_points, simulate_points
from crop_attention.models.legend import TEMPERATE_EUROPE

FIRST, STEPS = date(2022, 10, 1), 36


def points(seed: int, count: int = 60, lift: float = 0.0, classes: tuple[int, ...] = (1, 4, 11)) -> Points:
    """Points whose red and VV tell the class."""
    rng = np.random.default_rng(seed)
    kinds = np.array(classes)[np.arange(count) % len(classes)]
    values = rng.normal(0.0, 0.01, (count, STEPS, len(CHANNELS)))
    values[..., :9] += 0.2
    values[..., CHANNELS.index("B04")] += 0.02 * kinds[:, None] - 0.05
    values[..., -2] += -10.0 + 0.5 * kinds[:, None] + lift
    values[..., -1] += -17.0
    values[:, 5, :9] = np.nan
    return Points(kinds, values, np.arange(count) % 10)


@pytest.mark.parametrize(
    ("code", "number"),
    [
        ("1101010011", 1),
        ("1101010012", 3),
        ("1101020011", 2),
        ("1101020012", 3),
        ("1101060000", 4),
        ("1106000031", 5),
        ("1107000010", 9),
        ("1105010022", 10),
        ("2001020022", 11),
        ("1201000010", 12),
        ("1115000000", 13),
        ("2501000000", 0),
    ],
)
def test_codes_of_points_fall_into_the_legend(code: str, number: int) -> None:
    assert class_of(code) == number


def test_table_of_points_is_read_onto_ten_day_steps_with_gaps(tmp_path: Path) -> None:
    names = ["sample_id", "date", "lon", "lat", "ewoc_code", *OPTICAL, "VV_dB", "VH_dB"]
    rows = [
        ["a", "2022-10-01", "0.1", "48.0", "1101060000", *["1000"] * 9, "-10.5", "-17"],
        ["a", "2022-10-31", "0.1", "48.0", "1101060000", *[""] * 9, "", "-18"],
        ["b", "2023-09-21", "2.9", "48.0", "2001020022", *["2500"] * 9, "-11", ""],
        ["b", "2022-09-21", "2.9", "48.0", "2001020022", *["9999"] * 9, "-1", "-1"],
    ]
    table = tmp_path / "points.csv"
    table.write_text("\n".join(",".join(row) for row in [names, *rows]))
    found = read_points(table, STEPS, FIRST)
    assert found.classes.tolist() == [4, 11] and found.blocks[0] != found.blocks[1]
    assert found.values[0, 0].tolist() == [0.1] * 9 + [-10.5, -17.0]
    assert np.isnan(found.values[0, 2, :10]).all() and found.values[0, 2, 10] == -18.0
    assert found.values[1, 35, :10].tolist() == [0.25] * 9 + [-11.0]
    assert np.isfinite(found.values).sum() == 11 + 1 + 10


def test_distances_are_those_put_in() -> None:
    found = compare(points(1), points(2, lift=2.0), FIRST, 5)
    assert {(row.code, row.measure) for row in found} == {(c, m) for c in (1, 4, 11) for m in ("NDVI", "VV", "VH")}
    assert len(found) == 12 * 9
    for row in found:
        moved = row.measure == "VV"
        assert row.gap == pytest.approx(2.0 if moved else 0.0, abs=0.1)
        assert row.shift == pytest.approx(2.0 if moved else 0.0, abs=0.1)
        assert (row.overlap == 1.0) == moved
    apart, shift, overlap, spread = summary([row for row in found if row.measure == "VV"])
    assert (apart, shift, overlap) == pytest.approx((2.0, 2.0, 1.0), abs=0.02) and spread == pytest.approx(1.0, abs=0.3)


def test_months_hold_three_ten_day_steps() -> None:
    found = list(months(FIRST, STEPS))
    assert found[0] == (2022, 10, slice(0, 3)) and found[3] == (2023, 1, slice(9, 12)) and len(found) == 12


def test_features_fill_gaps_linearly_and_add_ndvi() -> None:
    made = points(3, 6)
    made.values[:, :, 0] = np.arange(STEPS)
    made.values[:, 12:15, 0] = np.nan
    table = features(made).reshape(6, 24, len(CHANNELS) + 1)
    assert np.isfinite(table).all()
    assert table[:, 8:10, 0] == pytest.approx(np.broadcast_to([12.17, 13.33], (6, 2)), abs=0.5)
    assert (np.diff(table[:, :, 0], axis=1) > 0.0).all()
    near, red = table[..., CHANNELS.index("B08")], table[..., CHANNELS.index("B04")]
    assert table[..., -1] == pytest.approx((near - red) / (near + red))


def test_simulated_points_are_drawn_at_the_frequencies_of_real_ones() -> None:
    classes = np.array([1] * 7 + [4] * 2 + [9] * 3 + [12] * 5)
    drawn = sampled(points(4), classes, np.random.default_rng(0))
    assert np.bincount(drawn.classes).tolist() == [0, 7, 0, 0, 2]
    assert folded(np.array([1, 8, 9, 10, 13])).tolist() == [1, 13, 13, 13, 13]


def test_forests_score_both_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("sklearn")
    monkeypatch.setattr("crop_attention.benchmarks.reality.forest.TREES", 20)
    shuffled = points(6)
    shuffled = Points(np.random.default_rng(0).permutation(shuffled.classes), shuffled.values, shuffled.blocks)
    scores = two_ways(points(5), shuffled, 2, 1)
    assert scores.real.accuracy == scores.real.macro_f1 == 1.0
    assert (scores.real.trained, scores.real.tested) == (48, 60)
    for kept in (scores.made, scores.made_to_real, scores.real_to_made):
        assert len(kept) == 2 and all(score.accuracy < 0.75 for score in kept)


def test_the_page_draws_each_crop_and_measure() -> None:
    found = compare(points(1), points(2), FIRST, 5)
    page = document(found, None, TEMPERATE_EUROPE, "a test")
    assert page.count("<svg") == 9 and page.count("<polygon") == 18
    assert all(f"<h2>{name}</h2>" in page for name in ("Winter cereals", "Maize", "Grassland"))
    assert "Two-way test" not in page


def test_one_pixel_of_each_simulated_parcel_is_taken() -> None:
    made = simulate_points([3], 64, 6, date(2023, 4, 1), parcel_size=1.0)
    assert made.values.shape == (len(made.classes), 6, 11) and len(made.classes) > 5
    assert set(made.classes) <= set(range(1, 14)) and set(made.blocks) == {3}
    assert -30 < np.nanmin(made.values[..., 10]) and np.nanmax(made.values[..., :9]) < 1.3
