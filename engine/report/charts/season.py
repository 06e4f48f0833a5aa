"""Drawings over a season: acquisitions and coverage, attention or contribution beside phenology."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Sequence

import numpy as np

from ....models.language import counted, span, tr
from ..html import Markup, join
from ..numbers import in_percent
from ..theme import EMPTY, INK, OPTICAL, PAPER, RADAR, SHADE, WIDTH
from .svg import (
    blend,
    curve,
    day_and_month,
    day_scale,
    drawing,
    label,
    linear,
    month_axis,
    readable_on,
    rect,
    segment,
)

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
            hint = (
                day.isoformat()
                if math.isnan(share)
                else tr("{day}: {share} clear").format(day=day, share=in_percent(share, 0))
            )
            parts.append(rect(x - 1.5, top, 3, tall, SHADE, hint))
            parts.append(rect(x - 1.5, base - tall * seen, 3, tall * seen, lane.colour, hint))
        parts.append(segment(left, base, WIDTH - right, base))
        for (start, last), share in zip(steps, lane.shares):
            x1, x2 = across(start), across(last + timedelta(days=1))
            fill = blend(EMPTY, lane.colour, share)
            parts.append(
                rect(x1, base + 4, x2 - x1, strip, fill, f"{_days(start, last)}: {in_percent(share, 0)}", PAPER)
            )
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
            parts.append(
                label(left - 5, up(share) + 4, in_percent(share, 0 if round(1000 * share) % 10 == 0 else 1), "end", 10)
            )
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
        hint = f"{_days(start, last)}: {in_percent(share)}"
        parts.append(rect(a + 1, up(share), b - a - 2, up(0) - up(share), crop.colour, hint, "#777777"))
    for step in order[:3]:
        x = sum(edges[step]) / 2
        if weights[step] > 0 and all(abs(x - other) > 34 for other in named):
            named.append(x)
            parts.append(label(x, up(weights[step]) - 4, day_and_month(steps[step][0]), "middle", 10, INK))
    return join(parts)


def _span(steps: Sequence[Step]) -> tuple[date, date]:
    return steps[0][0], steps[-1][1] + timedelta(days=1)


def _days(first: date, last: date) -> str:
    return span(first, last)
