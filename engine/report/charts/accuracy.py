"""The drawings of an assessment: the confusion matrix, scores and areas with their intervals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ....models.language import tr
from ...accuracy.intervals import Estimate
from ..html import Markup, join, tag
from ..numbers import hectares, in_percent, percent, span
from ..theme import ACCENT, EMPTY, INK, MUTED, PAPER, WARM, WIDTH
from .svg import blend, drawing, label, linear, nice_step, readable_on, rect, segment, width_of

_LEFT, _RIGHT = 210, 26
_LONGEST = 26


@dataclass(frozen=True)
class Row:
    """One class in a drawing: its name, its colour, and what is drawn on its line."""

    name: str
    colour: str
    estimates: Sequence[Estimate]
    bar: float | None = None


def matrix_table(
    counts: np.ndarray, names: Sequence[str], colours: Sequence[str], users: Estimate, producers: Estimate
) -> Markup:
    """Return the confusion matrix as a heat table: rows map, columns reference, shares of the column by colour.

    Args:
        counts: (K, K) units.
        names, colours: K classes.
        users, producers: (K,) accuracies, written in the margins.
    """
    size = len(names)
    totals = counts.sum(0)
    narrow = "font-size:11px" if size > 14 else None
    head = [tag("th", tr("Map (rows) ↓"), class_="name")]
    head += [tag("th", number + 1, title=name) for number, name in enumerate(names)]
    head += [tag("th", tr("Total")), tag("th", tr("User's"))]
    above = tag(
        "tr",
        join(
            [
                tag("th", "", class_="name"),
                tag("th", tr("Reference (columns) →"), colspan=size),
                tag("th", "", colspan=2),
            ]
        ),
    )
    lines = [above, tag("tr", join(head))]
    for row, name in enumerate(names):
        square = tag("span", "", class_="swatch", style=f"background:{colours[row]}")
        cells = [
            tag(
                "td",
                join([f"{row + 1} ", square, _short(name)]),
                class_="name",
                title=tr("Map: {name}").format(name=name),
            )
        ]
        for column, other in enumerate(names):
            number = int(counts[row, column])
            share = number / totals[column] if totals[column] else 0.0
            fill = blend(EMPTY, ACCENT if row == column else WARM, share) if number else PAPER
            hint = tr("Map {name}, reference {other}: {number:,}").format(name=name, other=other, number=number)
            style = f"background:{fill};color:{readable_on(fill) if number else MUTED}"
            cells.append(tag("td", f"{number:,}" if number else "·", style=style, title=hint))
        cells += [tag("td", f"{int(counts[row].sum()):,}"), tag("td", percent(float(users.value[row])) or "–")]
        lines.append(tag("tr", join(cells)))
    blank = tag("td", "")
    sums = [tag("td", tr("Total"), class_="name"), *(tag("td", f"{int(total):,}") for total in totals)]
    lines.append(tag("tr", join([*sums, tag("td", f"{int(counts.sum()):,}"), blank])))
    below = [tag("td", tr("Producer's"), class_="name")]
    below += [tag("td", percent(float(value)) or "–") for value in producers.value]
    lines.append(tag("tr", join([*below, blank, blank])))
    return tag("table", join(lines, "\n"), class_="heat", style=narrow)


def interval_chart(rows: Sequence[Row], marks: Sequence[tuple[str, str]], title: str) -> Markup:
    """Return scores of 0..1 as dots with their 95 % intervals, a line of dots for each class.

    Args:
        rows: classes; each has an estimate for each mark.
        marks: (name, colour) of the scores.
        title: what a reader who cannot see it is told.
    """
    each = 9 * len(marks) + 12
    top, height = 24, 24 + each * len(rows) + 24
    across = linear(0, 1, _LEFT, WIDTH - _RIGHT)
    parts = _axis(across, [(share / 10, in_percent(share / 10, 0)) for share in range(0, 11, 2)], top - 4, height - 24)
    x = float(_LEFT)
    for name, colour in marks:
        parts += [_dot(x, 8, colour), label(x + 9, 12, name, fill=INK)]
        x += 34 + width_of(name)
    for number, row in enumerate(rows):
        start = top + number * each
        parts += [_name(row, start + each / 2), segment(_LEFT, start + each, WIDTH - _RIGHT, start + each, EMPTY)]
        for place, ((name, colour), estimate) in enumerate(zip(marks, row.estimates)):
            y = start + 10.5 + 9 * place
            if not math.isnan(estimate.value):
                hint = f"{row.name}, {name}: {interval_text(estimate)}"
                parts.append(_whisker(across, estimate, y, colour, hint))
    return drawing(WIDTH, height, title, parts)


def area_chart(rows: Sequence[Row], title: str) -> Markup:
    """Return mapped areas as bars and adjusted areas as dots with their 95 % intervals, in hectares."""
    each, top = 30, 24
    height = top + each * len(rows) + 26
    ends = [row.bar or 0.0 for row in rows]
    for row in rows:
        ends += [float(end) for end in (row.estimates[0].value, row.estimates[0].upper) if math.isfinite(end)]
    longest = max(max(ends), 1e-9)
    across = linear(0, longest, _LEFT, WIDTH - _RIGHT)
    step = nice_step(longest, 6)
    ticks = [(tick, f"{tick:,.6g}") for tick in np.arange(0, longest + step / 1000, step)]
    parts = _axis(across, ticks, top - 4, height - 26)
    parts += [rect(_LEFT, 3, 16, 10, "#b9c4be"), label(_LEFT + 22, 12, tr("mapped"), fill=INK)]
    parts += [_dot(_LEFT + 90, 8, INK), label(_LEFT + 99, 12, tr("adjusted, with 95 % interval (hectares)"), fill=INK)]
    for number, row in enumerate(rows):
        start = top + number * each
        parts += [_name(row, start + each / 2)]
        if row.bar:
            hint = f"{row.name}: {hectares(row.bar * 1e4)}"
            parts.append(
                rect(_LEFT, start + 5, across(row.bar) - _LEFT, each - 10, blend(row.colour, PAPER, 0.35), hint)
            )
        found = row.estimates[0]
        if not math.isnan(found.value):
            hint = f"{row.name}: {interval_text(found, 1, tr('{number} ha'))}"
            parts.append(_whisker(across, found, start + each / 2, INK, hint))
    return drawing(WIDTH, height, title, parts)


def interval_text(estimate: Estimate, scale: float = 100, unit: str = "") -> str:
    """Return "78.1 % (70.2 to 84.4)", without the bounds where there are none, "–" for nothing.

    Args:
        estimate: of one number.
        scale: what it is multiplied by.
        unit: pattern of the number with its unit; empty for percent.
    """
    if math.isnan(estimate.value):
        return "–"
    value = (unit or tr("{number} %")).format(number=f"{scale * estimate.value:,.1f}")
    if math.isnan(estimate.lower) or math.isnan(estimate.upper):
        return value
    bounds = span(f"{scale * estimate.lower:,.1f}", f"{scale * estimate.upper:,.1f}")
    return tr("{value} ({bounds})").format(value=value, bounds=bounds)


def _axis(across, ticks: Sequence[tuple[float, str]], top: float, bottom: float) -> list[Markup]:
    parts = [segment(across(tick), top, across(tick), bottom) for tick, _ in ticks]
    return parts + [label(across(tick), bottom + 15, name, "middle", 11) for tick, name in ticks]


def _name(row: Row, middle: float) -> Markup:
    return join(
        [rect(0, middle - 6, 12, 12, row.colour, stroke="#888888"), label(19, middle + 4, _short(row.name), fill=INK)]
    )


def _whisker(across, estimate: Estimate, y: float, colour: str, hint: str) -> Markup:
    parts = []
    if math.isfinite(estimate.lower) and math.isfinite(estimate.upper):
        low, high = across(estimate.lower), across(estimate.upper)
        parts += [segment(low, y, high, y, colour, 2), segment(low, y - 3, low, y + 3, colour, 1.5)]
        parts.append(segment(high, y - 3, high, y + 3, colour, 1.5))
    x = across(estimate.value)
    parts += [_dot(x, y, colour), rect(x - 7, y - 5, 14, 10, "transparent", hint)]
    return join(parts)


def _dot(x: float, y: float, colour: str) -> Markup:
    return rect(x - 3.5, y - 3.5, 7, 7, colour)


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"
