"""Masks held against the numbers of a season: which are kept, and on which scale scores are read."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from crop_attention.engine.options import SeriesOptions
from crop_attention.engine.series.files.grid import Window
from crop_attention.engine.series.preprocessing.prepare import prepare_series
from crop_attention.engine.series.recognise.masking import MEANINGS, placed
from season_files import START, card, optical, s2_series

OPTIONS = SeriesOptions(min_clear_steps=1, cloud_margin=0)


def days(count, step=5):
    return [START + timedelta(days=step * index) for index in range(count)]


def test_a_mask_is_kept_on_dates_on_which_dry_soil_or_haze_and_no_cloud_is_bright(tmp_path):
    numbers = np.stack([np.full((20, 20), number) for number in (300, 400, 3000)])
    dry, cloudy, classes = numbers.copy(), numbers.copy(), np.full((20, 20), 4)
    dry[:2, :8] = 1200
    cloudy[:, :6], classes[:6] = 5000, 9
    looks = [optical(tmp_path, d, cloudy if n == 1 else dry, classes if n == 1 else 4) for n, d in enumerate(days(6))]
    prepared = prepare_series(s2_series(*looks), None, card(s1=()), OPTIONS)
    assert all(found.parts[0].masks for found in prepared.s2.acquisitions)
    assert not any("mask" in text for text in prepared.warnings)


@pytest.mark.parametrize(
    "name, clear, cloud",
    [("CS_CDF", 90, 20), ("CS_CDF", 0.9, 0.2), ("CLDPRB", 0.1, 0.9), ("CLDPRB", 2, 95), ("CLP", 0.1, 0.9)],
)
def test_scores_of_cloud_are_read_in_percent_and_as_shares(tmp_path, name, clear, cloud):
    numbers = np.stack([np.full((20, 20), number) for number in (300, 400, 3000)])
    scores = np.full((20, 20), clear)
    numbers[:, :6], scores[:6] = 5000, cloud
    looks = []
    for day in days(4, 10):
        look = optical(tmp_path, day, numbers / 1e4, scores, scale=1.0, dtype="float32")
        (mask,) = look.parts[0].masks
        own = placed(MEANINGS[name], mask.path, mask.band)
        looks.append(replace(look, parts=(replace(look.parts[0], masks=(own,)),)))
    prepared = prepare_series(s2_series(*looks), None, card(s1=()), OPTIONS)
    assert all(found.parts[0].masks for found in prepared.s2.acquisitions)
    valid = prepared.reader().read(Window(0, 0, 20, 20)).s2_valid[0]
    assert not valid[:6].any() and valid[6:].all()


@pytest.mark.parametrize(
    "clear, cloud, title",
    [(64, 66, "Fmask bits (HLS)"), (0, 10, "Fmask bits (HLS)"), (0, 4, "Fmask 4"), (1, 2, "Fmask")],
)
@pytest.mark.parametrize("dtype", ["int16", "float32"])
def test_a_band_called_fmask_is_read_by_its_numbers(tmp_path, clear, cloud, title, dtype):
    numbers = np.stack([np.full((20, 20), number) for number in (300, 400, 3000)])
    codes = np.full((20, 20), clear)
    numbers[:, :6], codes[:6] = 5000, cloud
    looks = []
    for day in days(4, 10):
        look = optical(tmp_path, day, numbers, codes, dtype=dtype)
        (mask,) = look.parts[0].masks
        own = placed(MEANINGS["FMASK"], mask.path, mask.band)
        looks.append(replace(look, parts=(replace(look.parts[0], masks=(own,)),)))
    prepared = prepare_series(s2_series(*looks), None, card(s1=()), OPTIONS)
    assert {mask.title for found in prepared.s2.acquisitions for mask in found.parts[0].masks} == {title}
    valid = prepared.reader().read(Window(0, 0, 20, 20)).s2_valid[0]
    assert not valid[:6].any() and valid[6:].all()
