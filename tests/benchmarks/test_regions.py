"""When crops are told, and what a view leaves of a Gaussian beside the network."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from crop_attention.benchmarks.accuracy import crossval, regions
from crop_attention.models.checkpoint import default_checkpoint, read_card
from crop_attention.tools.checkpoints.adapt import GAUSSIAN, TEMPERATURE
from step_network import checkpoint, sample


def test_peaks_are_the_steps_that_contribute_and_those_that_are_attended_to() -> None:
    (row,) = regions.peaks([(checkpoint(20, 14), sample(np.full(30, 4)))])
    assert len(row) == len(regions.PEAKS)
    assert row[:4] == ("Maize", 30, "28 July", "100%")
    assert row[4] == "29 April" and float(row[5].rstrip("%")) > 80


def test_crops_with_few_right_points_are_left_out() -> None:
    assert regions.peaks([(checkpoint(20, 14), sample(np.full(regions.LEAST - 1, 4)))]) == []


class _Even:
    """A Gaussian that calls everything the second class."""

    def logits(self, *arrays: np.ndarray) -> np.ndarray:
        return np.repeat([[0.0], [100.0]], arrays[0].shape[-1], axis=1).astype(np.float32)


def test_the_gaussian_has_the_share_that_the_card_gives_it_and_the_bundled_card_is_that_of_its_making() -> None:
    card = read_card(default_checkpoint())
    assert (card.temperature, card.gaussian) == (TEMPERATURE, GAUSSIAN)
    arrays = (np.zeros((3, 24, 2) if number % 2 == 0 else (3, 24), np.float32) for number in range(4))
    chances = np.array([[0.9, 0.1], [0.48, 0.1], [0.3, 0.45]])
    found = crossval.shipped(chances, SimpleNamespace(card=card, gaussian=_Even()), *arrays)
    mean = 0.7 * chances + 0.3 * np.array([[0.0, 1.0]])
    assert found == pytest.approx(np.where([[False], [True], [True]], mean, chances), abs=1e-6)


def test_a_confidence_below_what_is_right_is_told_from_chance() -> None:
    chances = np.tile([0.6, 0.4], (400, 1))
    told = regions.honesty(np.where(np.arange(400) < 360, 1, 2), chances)
    assert told.startswith("calibration error 0.300, of a perfect confidence 0.0")
    assert told.endswith("confidence less share of right -0.300")
