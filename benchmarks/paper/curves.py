"""The drawings of the comparison: curves with their intervals and names at their ends, and rows of dots."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from crop_attention.engine.accuracy.intervals import Estimate
from crop_attention.engine.report.charts.svg import drawing, label, linear, nice_step, rect, segment
from crop_attention.engine.report.html import Markup, join, text
from crop_attention.engine.report.theme import EMPTY, INK, MUTED, PAPER, WIDTH

from .comparison import OURS
from .wording import known

FULL = ""
COLOURS = {
    OURS: ("#c03d00", FULL),
    "convstar": ("#0072b2", FULL),
    "unetpp": ("#009e73", FULL),
    "selfattention3d": ("#a8588a", FULL),
    "cnnlstm": ("#2d94cf", "7 4"),
    "tgfnet": ("#7a5c00", "7 4"),
    "utae": ("#1f2a24", FULL),
    "unet3d": ("#6b6b6b", "2 3"),
    "random_forest": ("#6b8f00", "2 3"),
}
"""Told apart by the colour-blind (after Okabe and Ito, darkened for white paper), and once more by dashes."""

OTHERS = (("#5a4fcf", "2 3"), ("#8a8a8a", "7 4"))
HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 340, 48, 190, 14, 44
ROW, NAMES, NUMBERS = 25, 250, 250
LINE = 14.5
"""Pixels between two names at the ends of curves."""


@dataclass(frozen=True)
class Line:
    """A curve: (x, estimate) from left to right; a missing point is left out."""

    name: str
    system: str
    points: Sequence[tuple[float, Estimate]]


@dataclass(frozen=True)
class Dot:
    """A row of a dot chart; `spread` are the lowest and the highest seed, `written` stands at the right."""

    name: str
    found: Estimate
    written: str
    colour: str
    strong: bool = False
    spread: tuple[float, float] | None = None


def look(system: str, place: int = 0) -> tuple[str, str]:
    """Return the colour and the dashes of a system."""
    return COLOURS.get(system) or OTHERS[place % len(OTHERS)]


def curves(lines: Sequence[Line], ticks: Sequence[tuple[float, str]], below: str, title: str) -> Markup:
    """Return shares (0..1) as curves; ours is drawn thick with its interval as a band, others with whiskers.

    Args:
        lines: at least one point in all.
        ticks: (x, text) below.
        below: what the lower axis shows.
        title: what a reader who cannot see it is told.
    """
    ends = [bound for line in lines for _, found in line.points for bound in _ends(found)]
    low, high = _rounded(min(ends), max(ends))
    xs = [x for line in lines for x, _ in line.points] + [x for x, _ in ticks]
    across = linear(min(xs), max(xs), LEFT + 14, WIDTH - RIGHT - 12)
    up = linear(low, high, HEIGHT - BOTTOM, TOP)
    parts, step = [], nice_step(high - low, 5)
    for number in range(round((high - low) / step) + 1):
        share = low + number * step
        parts += [
            segment(LEFT, up(share), WIDTH - RIGHT, up(share)),
            label(LEFT - 6, up(share) + 4, f"{100 * share:.4g}%", "end", 11),
        ]
    for x, name in ticks:
        parts += [
            segment(across(x), HEIGHT - BOTTOM, across(x), HEIGHT - BOTTOM + 4, MUTED),
            label(across(x), HEIGHT - BOTTOM + 17, name, "middle", 11),
        ]
    parts.append(label((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 6, below, "middle", 12, INK))
    ordered = sorted(enumerate(lines), key=lambda pair: pair[1].system == OURS)
    for place, line in ordered:
        parts.append(_line(line, place, len(lines), across, up))
    parts.append(_names(list(enumerate(lines)), across, up))
    return drawing(WIDTH, HEIGHT, title, parts)


def dots(rows: Sequence[Dot], title: str, zero: bool = False, unit: str = "%") -> Markup:
    """Return a row an entry: a dot with its interval, grey ticks at the lowest and the highest seed.

    Args:
        rows: at least one.
        title: what a reader who cannot see it is told.
        zero: draw a line at zero, as differences need.
        unit: behind the numbers of the axis.
    """
    ends = [bound for row in rows for bound in (*_ends(row.found), *(row.spread or ()))]
    low, high = _rounded(min([*ends, 0.0] if zero else ends), max([*ends, 0.0] if zero else ends))
    across, height = linear(low, high, NAMES, WIDTH - NUMBERS), 12 + ROW * len(rows) + 26
    base, step = height - 24, nice_step(high - low, 6)
    parts = []
    for number in range(round((high - low) / step) + 1):
        share = low + number * step
        parts.append(segment(across(share), 4, across(share), base))
        parts.append(label(across(share), base + 16, f"{100 * share:{'+' if zero else ''}.4g}{unit}", "middle", 11))
    if zero:
        parts.append(segment(across(0), 2, across(0), base, INK, 1.4))
    for number, row in enumerate(rows):
        y = 8 + ROW * number + ROW / 2
        if row.strong:
            parts.insert(0, rect(0, y - ROW / 2, WIDTH, ROW, "#fbeee7"))
        parts.append(label(8, y + 4, row.name, fill=INK, size=13, bold=row.strong))
        for seed in row.spread or ():
            parts.append(segment(across(seed), y - 7, across(seed), y + 7, "#9aa39e", 1.6))
        parts.append(_whisker(across, row, y))
        parts.append(label(WIDTH - NUMBERS + 14, y + 4, row.written, fill=INK, size=12, bold=row.strong))
    return drawing(WIDTH, height, title, parts)


def _line(line: Line, place: int, count: int, across, up) -> Markup:
    colour, dash = look(line.system, place)
    ours = line.system == OURS
    found = [(across(x), e) for x, e in line.points]
    parts = []
    held = [(x, e) for x, e in found if known(e)]
    if ours and len(held) > 1:
        edge = [(x, up(e.lower)) for x, e in held] + [(x, up(e.upper)) for x, e in reversed(held)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in edge)
        parts.append(Markup(f'<polygon points="{path}" fill="{colour}" fill-opacity="0.15"/>'))
    elif len(found) <= 8:
        aside = 3.0 * (place - (count - 1) / 2)
        parts += [segment(x + aside, up(e.lower), x + aside, up(e.upper), colour, 0.7) for x, e in held]
    path = " ".join(f"{x:.1f},{up(e.value):.1f}" for x, e in found)
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    width = 3.4 if ours else 1.7
    style = f'fill="none" stroke="{colour}" stroke-width="{width}"{dashed}'
    parts.append(Markup(f'<polyline points="{path}" {style}/>'))
    radius = 4 if ours else 2.6
    parts += [_circle(x, up(e.value), radius, colour, f"{line.name}: {100 * e.value:.1f}") for x, e in found]
    return join(parts)


def _names(lines: Sequence[tuple[int, Line]], across, up) -> Markup:
    """Return names at the ends of the curves, pushed apart, each tied to its end."""
    ends = sorted((up(line.points[-1][1].value), place, line) for place, line in lines if line.points)
    wanted = [y for y, _, _ in ends]
    placed: list[float] = []
    for y in wanted:
        placed.append(max(y, placed[-1] + LINE) if placed else max(y, TOP))
    over = placed[-1] - (HEIGHT - BOTTOM) if placed else 0.0
    if over > 0:
        placed[-1] -= over
        for number in range(len(placed) - 2, -1, -1):
            placed[number] = min(placed[number], placed[number + 1] - LINE)
    parts = []
    for y, (end, place, line) in zip(placed, ends):
        colour, _ = look(line.system, place)
        x = across(line.points[-1][0])
        parts.append(segment(x + 5, end, WIDTH - RIGHT + 8, y, colour, 0.7))
        parts.append(label(WIDTH - RIGHT + 12, y + 4, line.name, size=12, fill=colour, bold=line.system == OURS))
    return join(parts)


def _whisker(across, row: Dot, y: float) -> Markup:
    parts, width = [], 3.0 if row.strong else 2.0
    if known(row.found):
        low, high = across(row.found.lower), across(row.found.upper)
        parts.append(segment(low, y, high, y, row.colour, width))
        parts += [segment(x, y - 4, x, y + 4, row.colour, 1.6) for x in (low, high)]
    radius = 5.5 if row.strong else 4.2
    centre = across(row.found.value)
    parts.append(_circle(centre, y, radius, row.colour, f"{row.name}: {row.written}"))
    return join(parts)


def _circle(x: float, y: float, radius: float, colour: str, hint: str) -> Markup:
    inside = f"<title>{text(hint)}</title>"
    return Markup(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius}" fill="{colour}" stroke="{PAPER}">{inside}</circle>')


def _ends(found: Estimate) -> list[float]:
    return [value for value in (found.value, found.lower, found.upper) if math.isfinite(value)]


def _rounded(low: float, high: float) -> tuple[float, float]:
    """Return ends of an axis on its ticks, with some room."""
    step = nice_step(max(high - low, 0.02), 5)
    return math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step


def heat(share: float, top: float) -> str:
    """Return the shade of a cell of a heat table."""
    return f"background:rgba(192,61,0,{0.75 * min(share / top, 1):.2f})" if top > 0 else f"background:{EMPTY}"
