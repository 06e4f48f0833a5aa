"""Progress and messages between engine and QGIS."""

from __future__ import annotations

import pytest

from counties import Listener
from crop_attention.algorithms.feedback import ProcessingFeedback
from crop_attention.engine.errors import Cancelled
from crop_attention.engine.feedback import shares


def test_parts_share_the_whole_by_expected_time():
    found = shares({"read": 1.0, "map": 2.0, "labels": 0.0, "report": 1.0}, first=0.2)
    assert found["read"] == pytest.approx((0.2, 0.4))
    assert found["map"] == pytest.approx((0.4, 0.8))
    assert found["labels"] == pytest.approx((0.8, 0.8))
    assert found["report"] == pytest.approx((0.8, 1.0))


def test_progress_within_a_part_moves_within_its_share_and_never_back(qgis_app):
    listener = Listener()
    voice = ProcessingFeedback(listener)
    with voice.part(0.0, 0.5) as stage:
        stage.progress(0.5)
        stage.progress(0.2)
    with voice.part(0.5, 1.0) as stage:
        stage.progress(0.5)
        stage.progress(7)
    assert listener.steps == pytest.approx([25, 50, 75, 100])


def test_a_message_is_said_once(qgis_app):
    listener = Listener()
    voice = ProcessingFeedback(listener)
    for _ in range(2):
        voice.warning("cloudy")
        voice.info("24 steps")
    assert (listener.warnings, listener.infos) == (["cloudy"], ["24 steps"])


def test_a_cancelled_run_begins_no_further_part(qgis_app):
    listener = Listener()
    voice = ProcessingFeedback(listener)
    begun = []
    with voice.part(0.0, 0.5):
        listener.cancel()
    with pytest.raises(Cancelled):
        with voice.part(0.5, 1.0):
            begun.append("second")
    assert begun == []
    assert voice.cancelled()
