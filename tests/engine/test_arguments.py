"""Words of a command line: what they mean, and how a wrong one is refused."""

from __future__ import annotations

from argparse import ArgumentTypeError
from datetime import date

import pytest

from crop_attention.engine.arguments import decimal, device, season_start, whole
from crop_attention.engine.option import options_of
from crop_attention.engine.options import MappingOptions, ParcelOptions, SeriesOptions


def test_what_is_right_is_read():
    assert season_start(" 2017-10-01 ") == date(2017, 10, 1)
    assert device("CUDA:1") == "cuda:1"
    assert (whole(1)("12"), decimal()("-0.5")) == (12, -0.5)


@pytest.mark.parametrize(
    "kind, text, sentence",
    [
        (season_start, "1.10.2017", "'1.10.2017' is not a date; write year-month-day"),
        (device, "gpu", "'gpu' is not known; choose auto, cpu, cuda or cuda:N"),
        (whole(1), "0", "0 is out of range; give 1 or more"),
        (whole(), "1.5", "'1.5' is not a whole number"),
        (decimal(), "nan", "nan is out of range"),
        (decimal(0, 1), "2", "2 is out of range; give 0 to 1"),
        (whole(1, 1024), "1025", "give 1 to 1,024"),
    ],
)
def test_what_is_wrong_is_refused_with_what_is_right(kind, text, sentence):
    with pytest.raises(ArgumentTypeError, match=sentence.replace("+", r"\+")):
        kind(text)


def test_all_defaults_lie_within_their_limits():
    every = [each for kind in (SeriesOptions, MappingOptions, ParcelOptions) for each in options_of(kind).values()]
    limited = [each for each in every if each.limits is not None]
    assert len(limited) >= 8
    for each in limited:
        lowest, highest = each.limits
        numbers = each.default if isinstance(each.default, tuple) else (each.default,)
        assert all(number is None or lowest <= number <= highest for number in numbers), each.name
