"""Sample sizes against published ones; draws that nothing but the seed decides."""

from __future__ import annotations

import numpy as np
import pytest

from crop_attention.engine.accuracy.design import EQUAL, OPTIMAL, PROPORTIONAL, DesignOptions, design_sample
from crop_attention.engine.accuracy.draw import draw_members, draw_points
from crop_attention.engine.errors import AccuracyError
from crop_attention.engine.parcels import frame as frame_module
from crop_attention.engine.parcels.class_map import ClassMap
from rasters import write_raster

# Olofsson et al. (2014), table 4: mapped pixels and expected user's accuracies.
NAMES = ("Deforestation", "Forest gain", "Stable forest", "Stable non-forest")
PIXELS = np.array([200_000, 150_000, 3_200_000, 6_450_000])
EXPECTED = dict(zip(NAMES, (0.7, 0.6, 0.9, 0.95)))
PUBLISHED = DesignOptions(accuracies=EXPECTED)


def test_the_size_is_that_of_the_published_example():
    assert design_sample(NAMES, PIXELS * 900.0, PIXELS, PUBLISHED).counts.sum() == 641


def test_allocations_are_those_of_the_published_example():
    """Table 5: equal 160 each; proportional 13, 10, 205, 413; "Alloc2" gives 75 to each rare class."""
    options = DesignOptions(accuracies=EXPECTED, size=640, allocation=EQUAL)
    assert design_sample(NAMES, PIXELS * 900.0, PIXELS, options).counts.tolist() == [160] * 4
    options = DesignOptions(accuracies=EXPECTED, size=641, allocation=PROPORTIONAL)
    assert design_sample(NAMES, PIXELS * 900.0, PIXELS, options).counts.tolist() == [13, 10, 205, 413]
    options = DesignOptions(accuracies=EXPECTED, size=641, least=75)
    found = design_sample(NAMES, PIXELS * 900.0, PIXELS, options).counts
    assert found[:2].tolist() == [75, 75]
    assert found[2:].tolist() == [163, 328]
    optimal = design_sample(NAMES, PIXELS * 900.0, PIXELS, DesignOptions(accuracies=EXPECTED, allocation=OPTIMAL))
    assert optimal.expected_error == pytest.approx(0.01, abs=2e-4)


def test_the_area_of_a_class_needs_its_own_spread():
    options = DesignOptions(accuracies=EXPECTED, area_class="Deforestation", omission=0.001, target_error=0.002)
    found = design_sample(NAMES, PIXELS * 900.0, PIXELS, options)
    spread = np.sqrt(np.array([0.7 * 0.3, *[0.001 * 0.999] * 3]))
    weights = PIXELS / PIXELS.sum()
    wanted = (weights * spread).sum() ** 2 / (0.002**2 + (weights * spread**2).sum() / PIXELS.sum())
    assert found.counts.sum() == int(np.ceil(wanted))


@pytest.mark.parametrize(
    "options",
    [
        DesignOptions(area_class="Rice"),
        DesignOptions(accuracies={"Rice": 0.5}),
        DesignOptions(target_error=0),
        DesignOptions(users_accuracy=1.2),
        DesignOptions(size=0),
    ],
)
def test_what_cannot_be_is_refused(options):
    with pytest.raises(AccuracyError):
        design_sample(NAMES, PIXELS * 900.0, PIXELS, options)


@pytest.fixture
def class_map(tmp_path):
    codes = np.random.default_rng(1).choice([0, 1, 2, 3], size=(90, 70), p=[0.1, 0.6, 0.25, 0.05])
    return ClassMap(write_raster(tmp_path / "map.tif", codes, dtype="uint8", options=["BLOCKYSIZE=1"])), codes


def test_points_lie_on_their_class_and_strips_change_nothing(class_map, monkeypatch):
    found, codes = class_map
    pixels = {code: int((codes == code).sum()) for code in (1, 2, 3)}
    wanted = {1: 40, 2: 20, 3: 10}
    drawn = draw_points(found, pixels, wanted, seed=4)
    assert {code: int((drawn.code == code).sum()) for code in wanted} == wanted
    cols, rows = np.floor(drawn.place).astype(int).T
    assert (codes[rows, cols] == drawn.code).all()
    assert len(np.unique(drawn.place, axis=0)) == 70
    monkeypatch.setattr(frame_module, "STRIP_PIXELS", 70 * 7)
    again = draw_points(found, pixels, wanted, seed=4)
    assert (again.place == drawn.place).all()
    other = draw_points(found, pixels, wanted, seed=5)
    assert not (other.place == drawn.place).all()


def test_every_pixel_is_drawn_with_the_same_chance(class_map):
    found, codes = class_map
    pixels = {3: int((codes == 3).sum())}
    hits = np.zeros(codes.shape)
    for seed in range(200):
        cols, rows = np.floor(draw_points(found, pixels, {3: 30}, seed=seed).place).astype(int).T
        hits[rows, cols] += 1
    rate = hits[codes == 3] / 200
    assert rate.mean() == pytest.approx(30 / pixels[3])
    assert abs(rate - rate.mean()).max() < 5 * np.sqrt(rate.mean() * (1 - rate.mean()) / 200)


def test_units_keep_their_distance_and_what_does_not_fit_is_told(class_map):
    found, codes = class_map
    pixels = {code: int((codes == code).sum()) for code in (1, 2)}
    drawn = draw_points(found, pixels, {1: 20, 2: 20}, seed=1, distance=(5.0, 5.0))
    apart = np.hypot(*(drawn.place[:, None] - drawn.place[None]).transpose(2, 0, 1))
    assert apart[np.triu_indices(len(apart), 1)].min() >= 5
    crowded = draw_points(found, pixels, {1: 500, 2: 0}, seed=1, distance=(20.0, 20.0))
    assert crowded.short[1] == 500 - len(crowded.code) > 400


def test_parcels_are_drawn_within_their_class():
    codes = np.array([1, 1, 2, 0, 2, 1, 2])
    drawn = draw_members(codes, {1: 2, 2: 5}, seed=1)
    assert (codes[drawn.place[:, 0]] == drawn.code).all()
    assert len(set(drawn.place[:, 0].tolist())) == len(drawn.place) == 5
    assert drawn.short == {2: 2}
