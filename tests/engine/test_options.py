"""An option is written once: title, help, limits and default are read from the field of its dataclass."""

from __future__ import annotations

from argparse import ArgumentParser
from dataclasses import dataclass, fields

import pytest

from crop_attention.cli.arguments import add_options
from crop_attention.cli.request import options as from_arguments
from crop_attention.engine.option import CHOICE, CHOICES, DEVICE, NUMBER, SWITCH, TEXT, WHOLE, option, options_of
from crop_attention.engine.options import MappingOptions, ParcelOptions, SeriesOptions
from crop_attention.engine.simulation.options import CountyOptions

CLASSES = (SeriesOptions, MappingOptions, ParcelOptions, CountyOptions)


@dataclass(frozen=True)
class Made:
    """One option of each kind."""

    deep: bool = option(False, "Go deep", "Digs.")
    wide: bool = option(True, "Go wide", "Spreads.")
    count: int = option(3, "Count", "How many.", limits=(1, 9))
    length: float | None = option(None, "Length", "How long.", unit="metres", limits=(0, 5), empty="as found")
    mode: str = option("a", "Mode", "Which.", choices={"a": "First", "b": "Second"})
    codes: tuple[int, ...] = option((1,), "Codes", "Which ones.", choices={1: "One", 2: "Two"})
    label: str = option("", "Label", "A name.")
    where: str = option("auto", "Device", "Where.", kind=DEVICE, key="DEVICE")
    hidden: int = 7


def parsed(*words: str) -> Made:
    parser = ArgumentParser()
    add_options(parser, Made, "made")
    return from_arguments(Made, parser.parse_args(words))


def test_kinds_come_from_the_types_of_the_fields():
    kinds = [each.kind for each in options_of(Made).values()]
    assert kinds == [SWITCH, SWITCH, WHOLE, NUMBER, CHOICE, CHOICES, TEXT, DEVICE]


def test_the_terminal_takes_every_option_and_gives_the_defaults():
    assert parsed() == Made()
    words = ["--deep", "--no-wide", "--count", "4", "--length", "1.5", "--mode", "b", "--codes", "2,1", "--label", "x"]
    assert parsed(*words, "--device", "CPU") == Made(True, False, 4, 1.5, "b", (1, 2), "x", "cpu")


@pytest.mark.parametrize(
    "words, said",
    [
        (["--count", "10"], "10 is out of range; give 1 to 9"),
        (["--codes", "1,3"], "3 is out of range; give 1 to 2"),
        (["--codes", "one"], "'one' is not a list of numbers"),
        (["--device", "tpu"], "'tpu' is not known"),
        (["--mode", "c"], "invalid choice"),
    ],
)
def test_values_out_of_their_limits_are_refused(words, said, capsys):
    with pytest.raises(SystemExit):
        parsed(*words)
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("options", CLASSES, ids=lambda each: each.__name__)
def test_every_option_is_explained_and_its_default_lies_within_its_limits(options):
    for each in options_of(options).values():
        assert each.title[0].isupper() and not each.title.endswith("."), each.name
        assert len(each.help) > 15 and each.help.endswith("."), each.name
        assert each.default is not None or each.empty, each.name
        assert not each.empty or each.default in (None, ""), each.name
        numbers = each.default if isinstance(each.default, tuple) else (each.default,)
        if each.limits:
            assert all(number is None or each.limits[0] <= number <= each.limits[1] for number in numbers), each.name
        if each.choices:
            assert set(numbers) <= set(each.choices), each.name


def test_a_margin_is_kept_only_around_what_is_masked():
    assert SeriesOptions(masked_scl=(0, 3, 9)).margin_scl == (3, 9)
    assert SeriesOptions().margin_scl == (3, 8, 9, 10)


def test_fields_that_are_no_options_stay_out():
    assert "hidden" not in options_of(Made) and "hidden" in {each.name for each in fields(Made)}
