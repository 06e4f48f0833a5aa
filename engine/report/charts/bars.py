"""Stacked shares, a histogram, and the legend of any drawing."""

from __future__ import annotations

import math
from typing import Sequence

import numpy as np

from ....models.language import tr
from ..html import Markup
from ..numbers import in_percent
from ..theme import INK, MUTED, OPTICAL, PAPER, RULE, WIDTH
from .svg import curve, drawing, label, linear, nice_step, readable_on, rect, segment, width_of


def stacked_bar(shares: Sequence[tuple[str, str, float]], title: str, width: int = WIDTH, height: int = 30) -> Markup:
    """Return one bar cut by share; `shares` are (name, colour, share 0..1), names are written where they fit."""
    parts, x = [], 0.0
    for name, colour, share in shares:
        wide = share * width
        parts.append(rect(x, 0, wide, height, colour, f"{name}: {in_percent(share)}", PAPER))
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
        parts.append(label(left - 5, up(share) + 4, in_percent(share, 0), "end", 10))
    stride = max(1, math.ceil(18 / wide))
    for count, share in enumerate(values):
        x = left + count * wide
        parts.append(rect(x + 1, up(share), wide - 2, base - up(share), OPTICAL, f"{count}: {in_percent(share)}"))
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
