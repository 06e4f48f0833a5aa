"""Drawing and wording primitives give the values they are asked for."""

import math
from datetime import date

import pytest

from crop_attention.engine.report.charts.bars import stacked_bar
from crop_attention.engine.report.charts.svg import (
    blend,
    curve,
    day_scale,
    label,
    linear,
    month_axis,
    nice_step,
    readable_on,
)
from crop_attention.engine.report.html import Markup, join, table, tag, text
from crop_attention.engine.report.numbers import counted, duration, hectares, in_percent, listed, megabytes, percent


def test_text_is_escaped_once_and_markup_never():
    assert text("<a & 'b'>") == "&lt;a &amp; &#x27;b&#x27;&gt;"
    assert text(text("<a>")) == "&lt;a&gt;"
    assert join(["<", Markup("<br/>")]) == "&lt;<br/>"


def test_attributes_are_escaped():
    assert tag("p", "x", title='"><script>') == '<p title="&quot;&gt;&lt;script&gt;">x</p>'


def test_a_table_sets_numbers_flush_right():
    written = table(["name", "value"], [["a", 1]], numbers=(1,))
    assert '<td>a</td><td class="number">1</td>' in written


def test_scales_are_linear_in_values_and_days():
    assert linear(0, 10, 100, 0)(2.5) == 75
    assert linear(3, 3, 0, 1)(3) == 0
    across = day_scale(date(2018, 1, 1), date(2018, 1, 11), 0, 100)
    assert across(date(2018, 1, 6)) == 50


def test_the_date_axis_names_months_and_years():
    across = day_scale(date(2017, 10, 1), date(2018, 3, 1), 0, 500)
    axis = month_axis(date(2017, 10, 1), date(2018, 3, 1), across, 0, 10)
    assert [name for name in ("Oct", "Nov", "Dec", "Jan", "Feb", "Mar") if f">{name}<" in axis] == [
        "Oct", "Nov", "Dec", "Jan", "Feb",
    ]  # fmt: skip
    assert ">2017<" in axis
    assert ">2018<" in axis


def test_a_curve_breaks_at_missing_values_and_keeps_lonely_points():
    drawn = curve([(0, 1), (1, 2), (2, math.nan), (3, 4)], "#000000")
    assert drawn.count("<polyline") == 1
    assert 'points="0.0,1.0 1.0,2.0"' in drawn
    assert drawn.count("<circle") == 3


@pytest.mark.parametrize(("span", "step"), [(100, 25), (1, 0.25), (0.37, 0.1), (7, 2), (0, 1)])
def test_ticks_fall_on_round_numbers(span, step):
    assert nice_step(span) == pytest.approx(step)


def test_colours_blend_from_end_to_end():
    assert blend("#000000", "#ffffff", 0) == "#000000"
    assert blend("#000000", "#ff8000", 0.5) == "#804000"
    assert blend("#000000", "#ffffff", 7) == "#ffffff"
    assert blend("#102030", "#ffffff", math.nan) == "#102030"


def test_text_is_dark_on_light_colours_and_white_on_dark_ones():
    assert readable_on("#f6f13c") != "#ffffff"
    assert readable_on("#882e72") == "#ffffff"


def test_a_label_escapes_its_text():
    assert ">a &lt; b<" in label(0, 0, "a < b")


def test_a_stacked_bar_is_as_wide_as_its_shares():
    drawn = stacked_bar([("Maize", "#e8601c", 0.75), ("Rapeseed", "#f6f13c", 0.25)], "Area", width=400)
    assert 'x="0.0" y="0.0" width="300.0"' in drawn
    assert 'x="300.0" y="0.0" width="100.0"' in drawn


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (hectares(1_234_567_8), "1,235 ha"), (hectares(56_000), "5.6 ha"), (hectares(100), "< 0.1 ha"),
        (percent(0.123), "12 %"), (percent(0.004), "0.4 %"), (percent(math.nan), ""),
        (percent(0.0002), "< 0.1 %"), (in_percent(0.0), "0.0 %"), (in_percent(0.0002), "< 0.1 %"),
        (duration(0.2), "1 s"), (duration(125), "2 min 5 s"), (duration(7800), "2 h 10 min"),
        (megabytes(0.01), "10 kB"), (megabytes(850), "850 MB"), (megabytes(2048), "2.0 GB"),
        (listed([]), ""), (listed(["a"]), "a"), (listed(["a", "b", "c"]), "a, b and c"),
        (counted(1, "step"), "1 step"), (counted(2, "class", "classes"), "2 classes"),
    ],
)  # fmt: skip
def test_numbers_are_written_for_people(written, expected):
    assert written.replace("\u00a0", " ") == expected
