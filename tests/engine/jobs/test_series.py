"""What names tell of a series before any file is opened."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crop_attention.engine.errors import Refused
from crop_attention.engine.jobs.series import SeriesRequest, check_inputs
from crop_attention.engine.series.inputs import SeriesInputs
from crop_attention.models import checkpoint as checkpoints

S1_NAMES = ("S1A_IW_GRDH_1SDV_20180704.tif", "S1B_IW_GRDH_1SDV_20180710.tif")
S2_NAMES = ("S2A_MSIL2A_20180704_B04.jp2", "S2B_MSIL2A_20180709_B04.jp2")


@pytest.fixture
def folder(tmp_path):
    """A function that makes a folder with empty files of some names."""

    def make(name: str, *files: str) -> str:
        place = tmp_path / name
        place.mkdir(parents=True)
        for file in files:
            (place / file).touch()
        return str(place)

    return make


def asked(s2=(), s1=()) -> SeriesRequest:
    return SeriesRequest(SeriesInputs(s2=tuple(s2), s1=tuple(s1)), "")


def test_a_folder_of_the_other_sensor_is_told_with_an_example(folder):
    with pytest.raises(Refused, match="given as Sentinel-2 and holds files named as Sentinel-1, such as S1"):
        check_inputs(asked(s2=[folder("a", *S1_NAMES)]))
    with pytest.raises(Refused, match="given as Sentinel-1 and holds files named as Sentinel-2, such as S2"):
        check_inputs(asked(s1=[folder("b", *S2_NAMES)]))


def test_names_that_do_not_tell_or_tell_both_are_left_to_the_files(folder):
    both, plain = folder("both", *S1_NAMES, *S2_NAMES), folder("s1", "20180704.tif", "20180714.tif", S2_NAMES[0])
    check_inputs(asked(s2=[both, plain], s1=[both, plain, folder("empty")]))
    check_inputs(asked(s2=[folder("right", *S2_NAMES)], s1=[folder("left", *S1_NAMES)]))


def test_a_checkpoint_for_the_other_sensor_is_told(folder, monkeypatch):
    card = replace(checkpoints.read_card(checkpoints.default_checkpoint()), name="optical", sensors=("S2",))
    monkeypatch.setattr(checkpoints, "read_card", lambda path: card)
    radar, optical = folder("r", *S1_NAMES), folder("o", *S2_NAMES)
    check_inputs(replace(asked(s2=[optical], s1=[radar]), checkpoint="x"))
    with pytest.raises(Refused, match="'optical' was made for Sentinel-2, of which nothing is given"):
        check_inputs(replace(asked(s1=[radar]), checkpoint="x"))
