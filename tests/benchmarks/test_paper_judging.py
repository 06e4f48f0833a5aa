"""Counts by block, parcels by majority, folded classes, and ground that is put around a patch."""

from dataclasses import replace

import numpy as np
import pytest

from crop_attention.benchmarks.paper.cells import leaking, thinned
from crop_attention.benchmarks.paper.judging import judged, says_of_network
from crop_attention.benchmarks.paper.plan import Variant
from crop_attention.benchmarks.paper.record import WHOLE
from crop_attention.benchmarks.paper.sites.ground import Ground
from crop_attention.benchmarks.paper.systems import OURS
from crop_attention.benchmarks.paper.training import card_of
from crop_attention.engine.series.cube.cube import Cube
from crop_attention.engine.training.dataset import LabelledCube
from crop_attention.engine.training.pixels import Pixels, places_of
from crop_attention.models.card import CropClass, Season
from crop_attention.models.registry import build

STEPS, SIZE = 4, 20
CLASSES = tuple(CropClass(code, name, "#808080") for code, name in ((1, "Wheat"), (2, "Maize"), (3, "Other")))


def county(block=5, size=SIZE):
    random = np.random.default_rng(block)
    labels = np.full((size, size), 3, np.uint8)
    parcels = np.zeros((size, size), np.int32)
    labels[:, :6], parcels[:, :6] = 1, 1
    labels[:, 6:10], parcels[:, 6:10] = 2, 2
    cube = Cube(
        random.random((STEPS, 10, size, size), np.float32), np.ones((STEPS, size, size), bool),
        random.random((STEPS, 2, size, size), np.float32), np.ones((STEPS, size, size), bool),
    )  # fmt: skip
    return LabelledCube(cube, labels, parcels, block)


def ground(*windows, **more):
    bands = tuple(f"B{number}" for number in range(10))
    return Ground(CLASSES, Season(10, 1, STEPS, 15), bands, ("VV", "VH"), windows, windows, **more)


def always(place, share=1.0):
    """Say one class of the first so many pixels of each window, and the last class of the rest."""

    def says(windows):
        (window,) = windows
        known = window.labels > 0
        labels = places_of([1, 2, 3])[window.labels[known]]
        scores = np.zeros((len(labels), 3), np.float32)
        first = np.arange(len(labels)) < share * len(labels)
        scores[first, place], scores[~first, 2] = 1, 1
        return Pixels(scores, labels, window.parcels[known].astype(np.int64), np.full(len(labels), window.block))

    return says


def test_pixels_are_counted_by_block():
    found = judged(always(0), ground(county(5), county(6)), WHOLE)
    assert found.pixels == {block: [[0, 0, 120], [1, 0, 80], [2, 0, 200]] for block in ("5", "6")}


def test_a_parcel_is_what_most_of_its_judged_pixels_are_and_as_large_as_all_of_them():
    inner = county()
    labels = inner.labels.copy()
    labels[:8] = 0
    found = judged(always(0, 0.6), ground(replace(inner, labels=labels)), WHOLE)
    assert sum(number for *_, number in found.pixels["5"]) == 12 * SIZE
    assert found.parcels == [[5, 0, 0, 6 * SIZE], [5, 1, 0, 4 * SIZE]]
    assert judged(always(0, 0.4), ground(replace(inner, labels=labels)), WHOLE).parcels[0] == [5, 0, 2, 6 * SIZE]


def test_classes_that_are_judged_as_one_are_summed():
    def undecided(windows):
        pixels = always(0)(windows)
        return replace(pixels, scores=np.tile(np.array([0.4, 0.3, 0.3], np.float32), (len(pixels.labels), 1)))

    folded = ground(county(), names=("Wheat", "Not wheat"), fold=np.array([0, 1, 1]))
    assert judged(undecided, ground(county()), WHOLE).pixels["5"] == [[0, 0, 120], [1, 0, 80], [2, 0, 200]]
    assert judged(undecided, folded, WHOLE).pixels["5"] == [[0, 1, 120], [1, 1, 280]]


@pytest.fixture(scope="module")
def network():
    return build(card_of(OURS, ground(county()), Variant())).eval()


def test_missing_ground_around_a_patch_lets_all_of_it_be_judged(network):
    says = says_of_network(network, (1, 2, 3))
    without, padded = ground(county()), ground(county(), pad=8)
    assert sum(number for *_, number in judged(says, without, WHOLE).pixels["5"]) == (SIZE - 2 * network.margin) ** 2
    assert sum(number for *_, number in judged(says, padded, WHOLE).pixels["5"]) == SIZE**2


def test_points_are_judged_as_points(network):
    one = slice(0, 1)
    points = [
        LabelledCube(county(n).cube.cut(one, one), np.full((1, 1), 2, np.uint8), np.full((1, 1), n), n % 2)
        for n in range(5)
    ]
    found = judged(says_of_network(network, (1, 2, 3)), ground(*points), WHOLE)
    assert {block: sum(number for *_, number in part) for block, part in found.pixels.items()} == {"0": 3, "1": 2}
    assert found.parcels == [] and all(truth == 1 for part in found.pixels.values() for truth, *_ in part)


def test_the_leak_learns_and_judges_different_pixels_of_the_same_parcels():
    whole = ground(county(5), county(6))
    leak = leaking(whole)
    for learnt, left, given in zip(leak.counties, leak.test, whole.test):
        assert not ((learnt.labels > 0) & (left.labels > 0)).any()
        assert ((learnt.labels + left.labels) == given.labels).all()
        assert set(np.unique(learnt.parcels[learnt.labels > 0])) == set(np.unique(left.parcels[left.labels > 0]))


def test_the_forest_learns_from_pixels_of_all_ground_as_often_as_it_occurs():
    counties = [county(block, 40) for block in range(4)]
    found = thinned(counties, 1600, 0)
    kept = np.concatenate([window.labels.ravel() for window in found])
    assert abs((kept > 0).sum() - 1600) < 120
    for code, share in ((1, 0.15), (2, 0.1), (3, 0.75)):
        assert (kept == code).sum() / (kept > 0).sum() == pytest.approx(share, abs=0.03)
    numbers = np.concatenate([window.parcels[window.labels > 0] for window in found])
    assert np.bincount(numbers)[1:].max() <= 15 and all((w.labels[w.parcels == 0] == 0).all() for w in found)
    blocks = [set(np.unique(window.parcels).tolist()) - {0} for window in found]
    assert sum(map(len, blocks)) == len(set().union(*blocks))
