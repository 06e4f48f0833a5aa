"""The worked examples of the papers that the estimators come from."""

from __future__ import annotations

import numpy as np
import pytest

from crop_attention.engine.accuracy.areas import adjusted_areas
from crop_attention.engine.accuracy.bootstrap import Units
from crop_attention.engine.accuracy.confusion import ConfusionMatrix, confusion
from crop_attention.engine.accuracy.scores import kappa_error, scores
from crop_attention.engine.accuracy.stehman import Stratified, stratified

# Olofsson et al. (2014), tables 8 and 9 and section 5: deforestation, forest gain, stable forest, stable non-forest.
OLOFSSON = np.array([[66, 0, 5, 4], [0, 55, 8, 12], [1, 0, 153, 11], [2, 1, 9, 313]])
CLASSES = ("Deforestation", "Forest gain", "Stable forest", "Stable non-forest")
MAPPED = np.array([200_000.0, 150_000.0, 3_200_000.0, 6_450_000.0])
HECTARES_A_PIXEL = 0.09

# Stehman (2014), table 2: 40 units in 4 strata of 10.
STRATA = np.repeat(np.arange(4), 10)
MAP = "AAAAAAABBB" + "ABBBBBBBBB" + "BBCCCCCCBB" + "DDDDDDDDDD"
REFERENCE = "AAAAACBABC" + "ABBBBBAABB" + "CCCCCDDBBA" + "DDDDDDDCCB"
SIZES = np.array([40_000.0, 30_000.0, 20_000.0, 10_000.0])


def olofsson(matrix: ConfusionMatrix, mapped: np.ndarray) -> Stratified:
    """Return stratified estimates where the strata are the classes of the map.

    Olofsson et al. (2014, Remote Sensing of Environment 148:42-57).

    Args:
        matrix: K classes; each row needs at least two units.
        mapped: (K,) area or pixels of each class in the map.
    """
    rows, columns = np.nonzero(matrix.counts)
    units = Units(rows, columns, matrix.counts[rows, columns], stratum=rows)
    return stratified(units, mapped / mapped.sum(), len(matrix.classes))


def places(letters: str) -> np.ndarray:
    return np.array(["ABCD".index(letter) for letter in letters])


@pytest.fixture
def found():
    return olofsson(ConfusionMatrix(OLOFSSON, CLASSES), MAPPED)


def test_olofsson_accuracies_to_the_printed_digits(found):
    assert (round(found.overall, 2), round(1.96 * found.overall_error, 2)) == (0.95, 0.02)
    assert found.users.round(2).tolist() == [0.88, 0.73, 0.93, 0.96]
    assert (1.96 * found.users_error).round(2).tolist() == [0.07, 0.10, 0.04, 0.02]
    assert found.producers.round(2).tolist() == [0.75, 0.85, 0.93, 0.96]


def test_olofsson_producers_intervals_by_equation_7(found):
    # The paper prints 0.21, 0.23, 0.03 and 0.01; its own equation 7 gives 0.25 and 0.02 for the second and the last.
    assert (1.96 * found.producers_error).round(2).tolist() == [0.21, 0.25, 0.03, 0.02]
    share = OLOFSSON / OLOFSSON.sum(1, keepdims=True)
    n, total = OLOFSSON.sum(1), MAPPED @ share
    for j in range(4):
        others = [i for i in range(4) if i != j]
        missed = sum(MAPPED[i] ** 2 * share[i, j] * (1 - share[i, j]) / (n[i] - 1) for i in others)
        caught = MAPPED[j] ** 2 * (1 - found.producers[j]) ** 2 * share[j, j] * (1 - share[j, j]) / (n[j] - 1)
        expected = np.sqrt(caught + found.producers[j] ** 2 * missed) / total[j]
        assert found.producers_error[j] == pytest.approx(expected, rel=1e-9)


def test_olofsson_areas_to_the_hectare(found):
    pixels = found.share * MAPPED.sum()
    assert round(pixels[0]) == 235_086
    assert round(1.96 * found.share_error[0] * MAPPED.sum()) == 68_418
    assert (pixels * HECTARES_A_PIXEL).round().tolist() == [21_158, 11_686, 285_770, 581_386]
    half = 1.96 * found.share_error * MAPPED.sum() * HECTARES_A_PIXEL
    assert half.round().tolist() == [6_158, 3_756, 15_510, 16_282]


def test_olofsson_error_matrix_of_proportions(found):
    printed = [
        [0.0176, 0.0000, 0.0013, 0.0011],
        [0.0000, 0.0110, 0.0016, 0.0024],
        [0.0019, 0.0000, 0.2967, 0.0213],
        [0.0040, 0.0020, 0.0179, 0.6212],
    ]
    assert found.cells.round(4).tolist() == printed


def test_weights_are_what_makes_the_difference():
    alike = olofsson(ConfusionMatrix(OLOFSSON, CLASSES), np.ones(4))
    assert alike.share[0] * MAPPED.sum() > 2_000_000


def test_areas_in_square_metres_with_intervals():
    rows, columns = np.nonzero(OLOFSSON)
    units = Units(rows, columns, OLOFSSON[rows, columns], stratum=rows)
    areas = adjusted_areas(units, MAPPED * 900, CLASSES, MAPPED * 900, by_map=True)
    deforestation = areas.adjusted[0]
    assert deforestation.value / 1e4 == pytest.approx(21_158, abs=0.5)
    assert (deforestation.upper - deforestation.value) / 1e4 == pytest.approx(6_158, abs=0.5)
    assert (areas.total, areas.left_out, areas.units) == (9e9, (), 640)


def test_stehman_estimates_and_standard_errors():
    units = Units(places(MAP), places(REFERENCE), np.ones(40, np.int64), stratum=STRATA)
    found = stratified(units, SIZES / SIZES.sum(), 4, sampled=10 / SIZES)
    assert found.share[0] == pytest.approx(0.35) and round(found.share_error[0], 3) == 0.082
    assert found.share[2] == pytest.approx(0.20) and round(found.share_error[2], 3) == 0.064
    assert found.overall == pytest.approx(0.63) and round(found.overall_error, 3) == 0.085
    assert (round(found.users[1], 3), round(found.users_error[1], 3)) == (0.574, 0.125)
    assert round(found.producers[1], 3) == 0.794
    assert found.cells[1, 2] == pytest.approx(0.08)
    assert found.cells.sum() == pytest.approx(1)


def test_stehman_producers_error_with_all_of_table_3():
    # The paper prints 0.114: it leaves out s2_x = 0.1 of the fourth stratum, which its own table 3 holds.
    units = Units(places(MAP), places(REFERENCE), np.ones(40, np.int64), stratum=STRATA)
    found = stratified(units, SIZES / SIZES.sum(), 4, sampled=10 / SIZES)
    is_b, hit = places(REFERENCE) == 1, (places(REFERENCE) == 1) & (places(MAP) == 1)
    total, forgetful, ratio = 0.0, 0.0, found.producers[1]
    for stratum in range(4):
        here = STRATA == stratum
        (yy, xy), (_, xx) = np.cov(hit[here].astype(float), is_b[here].astype(float))
        factor = SIZES[stratum] ** 2 * (1 - 10 / SIZES[stratum]) / 10
        total += factor * (yy + ratio**2 * xx - 2 * ratio * xy)
        forgetful += factor * (yy + ratio**2 * (xx if stratum < 3 else 0) - 2 * ratio * xy)
    area = found.share[1] * SIZES.sum()
    assert found.producers_error[1] == pytest.approx(np.sqrt(total) / area, rel=1e-9)
    assert round(found.producers_error[1], 4) == 0.1165
    assert round(np.sqrt(forgetful) / area, 3) == 0.114


def test_both_estimators_are_one_where_strata_are_the_classes():
    rows, columns = np.nonzero(OLOFSSON)
    units = Units(rows, columns, OLOFSSON[rows, columns], stratum=rows)
    corrected = stratified(units, MAPPED / MAPPED.sum(), 4, sampled=OLOFSSON.sum(1) / MAPPED)
    plain = olofsson(ConfusionMatrix(OLOFSSON, CLASSES), MAPPED)
    assert np.allclose(corrected.producers, plain.producers)
    assert (corrected.producers_error < plain.producers_error).all()
    assert np.allclose(corrected.producers_error, plain.producers_error, rtol=1e-3)


def test_kappa_of_congalton_and_green():
    # Assessing the Accuracy of Remotely Sensed Data: 434 units, overall accuracy 74 %, kappa 0.65.
    counts = np.array([[65, 4, 22, 24], [6, 81, 5, 8], [0, 11, 85, 19], [4, 7, 3, 90]])
    found = scores(ConfusionMatrix(counts, tuple("abcd")))
    assert (round(found.overall.value, 2), round(found.kappa.value, 2)) == (0.74, 0.65)
    # The variance is that of the delta method, here by differences.
    share, slope = counts / counts.sum(), np.zeros((4, 4))
    for cell in np.ndindex(4, 4):
        step = np.zeros((4, 4))
        step[cell] = 1e-6
        slope[cell] = (_kappa(share + step) - _kappa(share - step)) / 2e-6
    variance = ((share * slope**2).sum() - (share * slope).sum() ** 2) / counts.sum()
    assert kappa_error(counts) ** 2 == pytest.approx(variance, rel=1e-6)


def test_orientation_rows_are_the_map():
    matrix = confusion(np.array([0, 0, 1]), np.array([0, 1, 1]), ("x", "y"))
    assert matrix.counts.tolist() == [[1, 1], [0, 1]]
    found = scores(matrix)
    assert found.users.value.tolist() == [0.5, 1.0]
    assert found.producers.value.tolist() == [1.0, 0.5]


def _kappa(share: np.ndarray) -> float:
    share = share / share.sum()
    chance = share.sum(1) @ share.sum(0)
    return (np.trace(share) - chance) / (1 - chance)


def test_the_variance_of_a_share_counts_successes_and_failures():
    """As SMByC corrected AcATaMa: s^2 = n p (1 - p) / (n - 1), not the part of the successes alone."""
    counts = np.array([[95, 5], [10, 90]])
    found = olofsson(ConfusionMatrix(counts, ("a", "b")), np.array([30.0, 70.0]))
    by_hand = np.sqrt(0.3**2 * 0.95 * 0.05 / 99 + 0.7**2 * 0.1 * 0.9 / 99)
    assert found.share_error == pytest.approx([by_hand, by_hand])
