"""Walking folders: bounded, each folder once, stopped by a cancel."""

import os

import pytest

from crop_attention.engine import walk as walking
from crop_attention.engine.errors import Cancelled, SeriesError
from crop_attention.engine.feedback import Feedback
from crop_attention.engine.series.files.discover import find_rasters


def test_links_that_lead_round_are_entered_once(tmp_path):
    inside = tmp_path / "a" / "b"
    inside.mkdir(parents=True)
    (inside / "up").symlink_to(tmp_path)
    (inside / "S2_20190601.tif").touch()
    assert [os.path.relpath(root, tmp_path) for root, _, _ in walking.walk(str(tmp_path), Feedback())] == [
        ".", "a", "a/b",
    ]  # fmt: skip
    assert find_rasters([str(tmp_path)]) == [str(inside / "S2_20190601.tif")]


@pytest.mark.parametrize("bound", ["MOST", "DEEPEST"])
def test_more_than_can_be_searched_is_refused(tmp_path, monkeypatch, bound):
    (tmp_path / "a" / "b" / "c").mkdir(parents=True)
    (tmp_path / "a" / "S2_20190601.tif").touch()
    monkeypatch.setattr(walking, bound, 2)
    with pytest.raises(SeriesError, match="name the folder that holds the series itself"):
        find_rasters([str(tmp_path)])


def test_another_file_system_is_told_and_not_entered(tmp_path, monkeypatch):
    (tmp_path / "there").mkdir()
    (tmp_path / "here").mkdir()
    real = os.stat

    def elsewhere(place, **more):
        found = real(place, **more)
        return os.stat_result((*found[:2], found[2] + str(place).endswith("there"), *found[3:10]))

    monkeypatch.setattr(walking.os, "stat", elsewhere)
    told = []
    feedback = Feedback()
    feedback.warning = told.append
    assert [os.path.basename(root) for root, _, _ in walking.walk(str(tmp_path), feedback)][1:] == ["here"]
    assert len(told) == 1 and f"{tmp_path}/there lies on another file system" in told[0]


def test_a_walk_hears_a_cancel(tmp_path):
    (tmp_path / "S2_20190601.tif").touch()
    feedback = Feedback()
    feedback.cancelled = lambda: True
    with pytest.raises(Cancelled):
        find_rasters([str(tmp_path)], feedback=feedback)
