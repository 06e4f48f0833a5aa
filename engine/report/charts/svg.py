"""Small pure functions that return SVG: shapes, a date axis, and colours between two ends."""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import Callable, Iterable, Sequence

from ....models import language
from ....models.language import MONTHS, tr
from ..html import Markup, join, text
from ..numbers import NBSP
from ..theme import FONT, INK, MUTED, ON_COLOUR, RULE

Scale = Callable[[float], float]


def drawing(width: float, height: float, title: str, parts: Iterable[Markup]) -> Markup:
    """Return a drawing; `title` is what a reader who cannot see it is told."""
    return Markup(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" '
        f'viewBox="0 0 {width:g} {height:g}" role="img" font-family="{text(FONT)}">'
        f"<title>{text(title)}</title>\n{join(parts, chr(10))}</svg>"
    )


def linear(low: float, high: float, start: float, end: float) -> Scale:
    """Return the map from values low..high to coordinates start..end."""
    span = (high - low) or 1.0
    return lambda value: start + (value - low) / span * (end - start)


def rect(x: float, y: float, width: float, height: float, fill: str, hint: str = "", stroke: str = "none") -> Markup:
    """Return a rectangle; `hint` appears under the pointer."""
    inside = f"<title>{text(hint)}</title>" if hint else ""
    return Markup(
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0):.1f}" height="{max(height, 0):.1f}" '
        f'fill="{text(fill)}" stroke="{text(stroke)}">{inside}</rect>'
    )


def segment(x1: float, y1: float, x2: float, y2: float, stroke: str = RULE, width: float = 1.0) -> Markup:
    """Return a straight line."""
    return Markup(
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{text(stroke)}" '
        f'stroke-width="{width:g}"/>'
    )


def label(
    x: float, y: float, content: object, anchor: str = "start", size: float = 12, fill: str = MUTED, bold: bool = False
) -> Markup:
    """Return a line of text; `anchor` is "start", "middle" or "end"."""
    weight = ' font-weight="600"' if bold else ""
    return Markup(
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size:g}" fill="{text(fill)}"{weight}>'
        f"{text(content)}</text>"
    )


def curve(points: Sequence[tuple[float, float]], stroke: str, width: float = 2.0) -> Markup:
    """Return a line through the points with a dot on each; a NaN breaks the line."""
    parts, run = [], []
    for x, y in [*points, (math.nan, math.nan)]:
        if not math.isnan(y):
            run.append((x, y))
            continue
        if len(run) > 1:
            path = " ".join(f"{px:.1f},{py:.1f}" for px, py in run)
            parts.append(
                Markup(f'<polyline points="{path}" fill="none" stroke="{text(stroke)}" stroke-width="{width:g}"/>')
            )
        parts += [Markup(f'<circle cx="{px:.1f}" cy="{py:.1f}" r="2.2" fill="{text(stroke)}"/>') for px, py in run]
        run = []
    return join(parts)


def day_scale(first: date, end: date, start: float, stop: float) -> Callable[[date], float]:
    """Return the map from days to horizontal coordinates; `end` is the day after the last."""
    across = linear(first.toordinal(), end.toordinal(), start, stop)
    return lambda day: across(day.toordinal())


def month_axis(first: date, end: date, across: Callable[[date], float], top: float, bottom: float) -> Markup:
    """Return ticks at the first day of each month from `top` to `bottom`, with names and years below."""
    parts = []
    opening = month = first if first.day == 1 else _next_month(first)
    stride = 1 if (end - first).days <= 430 else 3
    while month < end:
        following = min(_next_month(month), end)
        middle = (across(month) + across(following)) / 2
        parts.append(segment(across(month), top, across(month), bottom))
        if (month.month - opening.month) % stride == 0 and following - month >= timedelta(days=20):
            parts.append(label(middle, bottom + 14, month_name(month), "middle", 11))
        if month.month == 1 or (month == opening and month.month < 11):
            parts.append(label(middle, bottom + 27, month.year, "middle", 11, INK))
        month = following
    return join(parts)


def day_and_month(day: date) -> str:
    """Return "5 Apr"; the space does not break."""
    return language.day_and_month(day.day, day.month).replace(" ", NBSP)


def month_name(day: date) -> str:
    """Return "Apr", or what the language in use calls it."""
    return tr(MONTHS[day.month - 1])


def width_of(words: str, size: float = 12) -> float:
    """Return about how wide a text is set; letters of Chinese are as wide as high."""
    return size * sum(1.0 if letter > "\u2e7f" else 0.55 for letter in words)


def nice_step(span: float, about: int = 4) -> float:
    """Return a round distance between ticks so that about `about` of them cover `span`."""
    if span <= 0:
        return 1.0
    raw = span / about
    power = 10.0 ** math.floor(math.log10(raw))
    return next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= raw * 0.999)


def blend(low: str, high: str, share: float) -> str:
    """Return the colour at `share` (0..1) of the way between two "#rrggbb" colours."""
    share = min(max(share, 0.0), 1.0) if not math.isnan(share) else 0.0
    ends = [[int(colour[i : i + 2], 16) for i in (1, 3, 5)] for colour in (low, high)]
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in zip(*ends))


def readable_on(colour: str) -> str:
    """Return black or white, whichever is read better on `colour`."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return ON_COLOUR if 0.299 * red + 0.587 * green + 0.114 * blue > 140 else "#ffffff"


def _next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)
