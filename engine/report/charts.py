"""The drawings of a report: the season, attention or contribution beside phenology, stacked shares."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Sequence

import numpy as np

from ...models.language import counted, span, tr
from .html import Markup, join
from .svg import (
    blend,
    curve,
    day_and_month,
    day_scale,
    drawing,
    label,
    linear,
    month_axis,
    nice_step,
    readable_on,
    rect,
    segment,
    width_of,
)
from .theme import EMPTY, INK, MUTED, OPTICAL, PAPER, RADAR, RULE, SHADE, WIDTH

Look = tuple[date, float]
Step = tuple[date, date]


@dataclass(frozen=True)
class Lane:
    """One sensor on the season's calendar.

    Attributes:
        name: what the lane is called.
        colour: "#rrggbb".
        looks: (date, share of pixels seen, 0..1) of each acquisition; NaN where the share is not known.
        shares: share of pixels with a valid observation at each step, 0..1.
    """

    name: str
    colour: str
    looks: Sequence[Look]
    shares: Sequence[float]


def season_chart(lanes: Sequence[Lane], steps: Sequence[Step]) -> Markup:
    """Return acquisitions by date and coverage by step, a lane for each sensor, over one date axis."""
    left, right, tall, strip, gap = 112, 12, 46, 22, 20
    first, end = _span(steps)
    across = day_scale(first, end, left, WIDTH - right)
    parts, top = [], 12.0
    height = 12 + len(lanes) * (tall + strip + 4 + gap) + 22
    parts.append(month_axis(first, end, across, 6, height - 32))
    for lane in lanes:
        base = top + tall
        parts.append(label(0, top + 18, lane.name, fill=INK, size=13, bold=True))
        parts.append(label(0, top + 34, counted(len(lane.looks), "date"), size=11))
        parts.append(label(0, base + 19, tr("seen by step, %"), size=11))
        for day, share in lane.looks:
            x, seen = across(day + timedelta(hours=12)), 1.0 if math.isnan(share) else share
            hint = day.isoformat() if math.isnan(share) else tr("{day}: {share:.0%} clear").format(day=day, share=share)
            parts.append(rect(x - 1.5, top, 3, tall, SHADE, hint))
            parts.append(rect(x - 1.5, base - tall * seen, 3, tall * seen, lane.colour, hint))
        parts.append(segment(left, base, WIDTH - right, base))
        for (start, last), share in zip(steps, lane.shares):
            x1, x2 = across(start), across(last + timedelta(days=1))
            fill = blend(EMPTY, lane.colour, share)
            parts.append(rect(x1, base + 4, x2 - x1, strip, fill, f"{_days(start, last)}: {share:.0%}", PAPER))
            if x2 - x1 >= 24:
                parts.append(label((x1 + x2) / 2, base + 19, f"{100 * share:.0f}", "middle", 11, readable_on(fill)))
        top += tall + strip + 4 + gap
    return drawing(WIDTH, height, tr("Acquisitions and coverage over the season"), parts)


@dataclass(frozen=True)
class Phenology:
    """What one class looked like and what its steps weighed; all arrays have one value a step, NaN is missing.

    Attributes:
        weights: share of the temporal attention or contribution, 0..1; None where the network has none.
        vh: mean VH in dB.
        weighed: which of the two it is.
    """

    name: str
    colour: str
    subtitle: str
    weights: np.ndarray | None
    ndvi: np.ndarray
    vh: np.ndarray
    weighed: str = ""


def phenology_chart(
    crop: Phenology, steps: Sequence[Step], top_share: float, vh_range: tuple[float, float], blind: Sequence[bool],
) -> Markup:  # fmt: skip
    """Return bars of attention or contribution, where there is one, over NDVI and VH curves of one class.

    Args:
        steps: first and last day of each step.
        top_share: end of the axis of the bars, the same in all drawings of a report.
        vh_range: ends of the VH axis in dB.
        blind: steps without a usable optical observation, shaded.
    """
    left, right, bottom, width, height = 38, 30, 216, WIDTH // 2 - 12, 248
    middle = 36 if crop.weights is None else 122
    first, end = _span(steps)
    across = day_scale(first, end, left, width - right)
    ndvi_up = linear(0, 1, bottom, middle)
    vh_up = linear(*vh_range, bottom, middle)
    edges = [(across(start), across(last + timedelta(days=1))) for start, last in steps]
    centres = [(a + b) / 2 for a, b in edges]

    parts = [rect(1, 5, 13, 13, crop.colour, stroke="#888888"), label(21, 16, crop.name, size=14, fill=INK, bold=True)]
    parts.append(label(width - right, 16, crop.subtitle, "end", 12))
    parts += [rect(a, 36, b - a, bottom - 36, SHADE) for (a, b), hidden in zip(edges, blind) if hidden]
    parts.append(month_axis(first, end, across, 36, bottom))
    if crop.weights is not None:
        up = linear(0, top_share, middle - 18, 36)
        for share in (0, top_share / 2, top_share):
            parts.append(segment(left, up(share), width - right, up(share)))
            parts.append(label(left - 5, up(share) + 4, f"{100 * share:.3g}%", "end", 10))
        parts.append(_bars(crop, crop.weights, steps, edges, up))
    parts += [segment(left, y, width - right, y) for y in (ndvi_up(0), ndvi_up(0.5), ndvi_up(1))]
    if np.isfinite(crop.ndvi).any():
        parts += [label(left - 5, ndvi_up(v) + 4, f"{v:g}", "end", 10, OPTICAL) for v in (0, 0.5, 1)]
        clipped = np.clip(crop.ndvi, -0.05, 1.05)
        parts.append(curve([(x, ndvi_up(v)) for x, v in zip(centres, clipped)], OPTICAL))
    if np.isfinite(crop.vh).any():
        ticks = (vh_range[0], sum(vh_range) / 2, vh_range[1])
        parts += [label(width - right + 5, vh_up(v) + 4, f"{v:g}", "start", 10, RADAR) for v in ticks]
        parts.append(curve([(x, vh_up(v)) for x, v in zip(centres, np.clip(crop.vh, *vh_range))], RADAR))
    what = (
        tr("NDVI and VH") if crop.weights is None else tr("{weighed} beside NDVI and VH").format(weighed=crop.weighed)
    )
    return drawing(width, height, f"{crop.name}: {what}", parts)


def _bars(
    crop: Phenology, weights: np.ndarray, steps: Sequence[Step], edges: Sequence[tuple[float, float]], up
) -> Markup:
    parts: list[Markup] = []
    named: list[float] = []
    order = np.argsort(-np.nan_to_num(weights), kind="stable")
    for step, ((start, last), (a, b)) in enumerate(zip(steps, edges)):
        share = float(np.nan_to_num(weights[step]))
        hint = f"{_days(start, last)}: {share:.1%}"
        parts.append(rect(a + 1, up(share), b - a - 2, up(0) - up(share), crop.colour, hint, "#777777"))
    for step in order[:3]:
        x = sum(edges[step]) / 2
        if weights[step] > 0 and all(abs(x - other) > 34 for other in named):
            named.append(x)
            parts.append(label(x, up(weights[step]) - 4, day_and_month(steps[step][0]), "middle", 10, INK))
    return join(parts)


def stacked_bar(shares: Sequence[tuple[str, str, float]], title: str, width: int = WIDTH, height: int = 30) -> Markup:
    """Return one bar cut by share; `shares` are (name, colour, share 0..1), names are written where they fit."""
    parts, x = [], 0.0
    for name, colour, share in shares:
        wide = share * width
        parts.append(rect(x, 0, wide, height, colour, f"{name}: {share:.1%}", PAPER))
        if wide > width_of(name) + 12:
            parts.append(label(x + wide / 2, height / 2 + 4, name, "middle", 12, readable_on(colour)))
        x += wide
    return drawing(width, height, title, parts)


def histogram(values: Sequence[float], title: str, below: str) -> Markup:
    """Return bars of shares (0..1) over 0, 1, 2, ...; `below` names the axis."""
    left, height = 40, 150
    base = height - 36
    top_share = max(max(values, default=0), 1e-9)
    up, wide = linear(0, top_share, base, 12), (WIDTH - left - 8) / max(len(values), 1)
    parts, tick = [], nice_step(top_share, 3)
    for share in np.arange(0, top_share + tick / 1000, tick):
        parts.append(segment(left, up(share), WIDTH - 8, up(share)))
        parts.append(label(left - 5, up(share) + 4, f"{share:.0%}", "end", 10))
    stride = max(1, math.ceil(18 / wide))
    for count, share in enumerate(values):
        x = left + count * wide
        parts.append(rect(x + 1, up(share), wide - 2, base - up(share), OPTICAL, f"{count}: {share:.1%}"))
        if count % stride == 0:
            parts.append(label(x + wide / 2, base + 14, count, "middle", 10))
    parts += [segment(left, base, WIDTH - 8, base, MUTED), label((left + WIDTH) / 2, height - 5, below, "middle", 11)]
    return drawing(WIDTH, height, title, parts)


def legend(entries: Sequence[tuple[str, str, str]]) -> Markup:
    """Return a row of (name, colour, kind), kind "bar", "line" or "shade"."""
    parts, x = [], 0.0
    for name, colour, kind in entries:
        if kind == "line":
            parts.append(curve([(x, 10), (x + 11, 10), (x + 22, 10)], colour))
        else:
            parts.append(rect(x + 4, 3, 14, 14, colour, stroke=RULE if kind == "shade" else "#777777"))
        parts.append(label(x + 29, 14, name, fill=INK))
        x += 46 + width_of(name)
    return drawing(WIDTH, 20, tr("Legend"), parts)


def _span(steps: Sequence[Step]) -> tuple[date, date]:
    return steps[0][0], steps[-1][1] + timedelta(days=1)


def _days(first: date, last: date) -> str:
    return span(first, last)
