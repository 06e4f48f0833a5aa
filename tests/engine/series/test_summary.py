"""The numbers of a season for reports."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from crop_attention.engine.options import SeriesOptions
from crop_attention.engine.series.preprocessing.prepare import prepare_series
from crop_attention.engine.series.preprocessing.summary import summarise
from season_files import DARK, START, card, optical, radar, s1_series, s2_series


@pytest.fixture
def summary(tmp_path):
    half = np.where(np.arange(8) < 4, 4, 9) * np.ones((8, 1))
    clouds = {0: half, 5: np.fliplr(half), 12: np.full((8, 8), 9), 33: half}
    s2 = s2_series(*(optical(tmp_path, START + timedelta(days=day), DARK, scl) for day, scl in clouds.items()))
    s1 = s1_series(*(radar(tmp_path, START + timedelta(days=day), track=track) for day, track in ((3, "A"), (3, "B"))))
    return summarise(prepare_series(s2, s1, card(), SeriesOptions(cloud_margin=0, min_clear_steps=0)))


def test_clear_share_of_a_step_joins_its_acquisitions(summary):
    assert [step.s2_clear for step in summary.steps] == [1.0, 0.0, 0.0, 0.5]
    assert [step.s1_clear for step in summary.steps] == [1.0, 0.0, 0.0, 0.0]
    assert (summary.usable_s2, summary.usable_s1) == (2, 1)


def test_steps_name_their_days_and_dates(summary):
    first, second = summary.steps[:2]
    assert (first.first, first.last) == (START, date(2018, 1, 10))
    assert first.s2_dates == (START, date(2018, 1, 6)) and first.s1_dates == (date(2018, 1, 4),)
    assert second.s2_dates == (date(2018, 1, 13),) and len(summary.steps) == 4


def test_looks_and_gap_count_usable_dates_only(summary):
    assert [share for _, share in summary.s2_clear_shares] == [0.5, 0.5, 0.0, 0.5]
    assert summary.longest_gap_days == 27
    assert (summary.s2_acquisitions, summary.s1_acquisitions) == (4, 2)


def test_gap_counts_the_ends_of_the_season_and_takes_radar_where_there_is_no_optical(tmp_path):
    s1 = s1_series(radar(tmp_path, START + timedelta(days=12)))
    found = summarise(prepare_series(None, s1, card(), SeriesOptions()))
    assert found.longest_gap_days == 27 and found.s2_clear_shares == () and found.usable_s1 == 1
