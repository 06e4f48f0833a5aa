"""Files of a series that are written while a run reads them."""

from __future__ import annotations

import os
from datetime import timedelta

from crop_attention.engine.feedback import Feedback
from crop_attention.engine.jobs.series import warn_of_changed
from crop_attention.engine.options import SeriesOptions
from crop_attention.engine.series.preprocessing.prepare import prepare_series
from season_files import START, card, optical, s2_series


class Heard(Feedback):
    def __init__(self):
        self.said = []

    def warning(self, text):
        self.said.append(text)


def test_files_that_are_written_while_they_are_read_are_named(tmp_path):
    s2 = s2_series(*(optical(tmp_path, START + timedelta(days=5 * index)) for index in range(3)))
    prepared = prepare_series(s2, None, card(), SeriesOptions(min_clear_steps=1, cloud_margin=0))
    feedback = Heard()
    warn_of_changed(prepared, feedback)
    assert prepared.changed() == [] and feedback.said == []
    first, second, *_ = s2.files()
    with open(first, "ab") as handle:
        handle.write(b"more")
    os.remove(second)
    warn_of_changed(prepared, feedback)
    (warning,) = feedback.said
    assert os.path.basename(first) in warning and os.path.basename(second) not in warning
